// Probable duplicates, for both protocols: for an object with criteria (groups of columns), SQL that compares
// records with given ids or new data. A criterion with a missing value matches nothing.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, Model, ObjectModel } from '../../../tenants/model/model.ts'
import { badInputOf } from '../../error/problem.ts'
import { checkColumns, wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { comparable } from '../read/comparable.ts'
import { keyText, scalarOf } from '../read/key.ts'
import { liveOnly } from '../read/trash.ts'
import { boundValuesOf } from '../write/assign.ts'
import { eachRecord } from '../write/faults.ts'

/** One item of the request: an existing record, or values by column. */
export interface Likeness {
  readonly id: string | null
  readonly values: ReadonlyMap<string, string | null>
}

export const MAX_DUPLICATES = 200
const TEXT = 'pg_catalog.text'

const bad = badInputOf('INVALID_ARGS_DATA')

/** Columns of the criteria, and the id column. */
const criteriaColumns = (object: ObjectModel): readonly string[] => [
  ...new Set(object.duplicateCriteria.flat()),
]

export const idColumnOf = (object: ObjectModel): string => object.key[0] ?? 'id'

export const hasCriteria = (object: ObjectModel): boolean =>
  object.duplicateCriteria.length > 0 && object.key.length === 1

/**
 * Throws Problem BAD_USER_INPUT for an object without criteria, or FORBIDDEN if the role cannot read any
 * criterion completely.
 */
export const checkCriteria = (object: ObjectModel, what: 'Merge' | 'Duplicates'): void => {
  if (hasCriteria(object)) return
  checkColumns('read', object, criteriaColumns(wholeOf(object)))
  const are = what === 'Merge' ? 'Merge is' : 'Duplicates are'
  throw bad(
    `${are} only available for objects with duplicate criteria. Object '${object.nameSingular}' does not have duplicate criteria defined.`,
  )
}

/** The id of a record in its column's form. Throws Problem BAD_USER_INPUT. */
export const idText = (object: ObjectModel, id: unknown): string => {
  const field = scalarOf(object, idColumnOf(object))
  if (field === undefined) throw bad(`A ${object.nameSingular} cannot be named by an id`)
  return keyText(id, { path: field.name, type: field.type, column: field.column })
}

/** Throws Problem BAD_USER_INPUT unless exactly one of `ids` and `data` is given. */
export const likenessesOf = (
  model: Model,
  object: ObjectModel,
  ids: unknown,
  data: unknown,
  maxItems: number,
): readonly Likeness[] => {
  checkCriteria(object, 'Duplicates')
  const hasIds = ids !== undefined && ids !== null
  const hasData = data !== undefined && data !== null
  if (hasIds && hasData) throw bad('You cannot provide both "data" and "ids" arguments')
  if (!hasIds && !hasData) throw bad('You have to provide either "data" or "ids" argument')
  const items: readonly unknown[] = Array.isArray(ids ?? data) ? ((ids ?? data) as unknown[]) : [ids ?? data]
  if (items.length > maxItems) throw bad(`Duplicates of at most ${maxItems} records can be asked for at once`)
  return eachRecord(items, (item) => {
    if (hasIds) return { id: idText(object, item), values: new Map() }
    const bound = boundValuesOf(model, object, item, 'update')
    checkColumns('read', object, bound.keys())
    return {
      id: bound.get(idColumnOf(object))?.text ?? null,
      values: new Map(criteriaColumns(object).map((name) => [name, bound.get(name)?.text ?? null])),
    }
  })
}

/**
 * Whether the record of `alias` agrees with the values on any criterion.
 * @param textOf SQL of a column's value as text
 */
const agrees = (object: ObjectModel, alias: string, textOf: (column: string) => string): string =>
  `(${object.duplicateCriteria
    .map(
      (group) =>
        `(${group
          .map((name) => `${alias}.${quoteIdentifier(name)}::${TEXT} = nullif(${textOf(name)}, '')`)
          .join(' and ')})`,
    )
    .join(' or ')})`

/** A text as a value that is compared with the key's own: its index finds no texts. */
const keyOf = (column: Column, text: string): string => {
  const { type } = comparable(column, 'source')
  const { comparableSql } = column.type
  return `${text}::${comparableSql}${type === comparableSql ? '' : `::${type}`}`
}

/**
 * One row per item: `place`, `id` and the values to compare with, all text. The values of an existing record
 * are read from it.
 */
export const compileLikenesses = (e: Params, object: ObjectModel, items: readonly Likeness[]): string => {
  const columns = criteriaColumns(object)
  const names = columns.map((_, index) => `v${index}`)
  const key = wholeOf(object).columns.get(idColumnOf(object))
  // Postgres considers the cast of a row's text leaky: for a role with record rules, it belongs into the row.
  const rowOf = (place: number, [id = '', ...texts]: readonly string[]): string =>
    [String(place), id, ...texts, ...(key === undefined ? [] : [keyOf(key, id)])].join(', ')
  const rows = items.map(({ id, values }, place) => {
    const texts = [id, ...columns.map((name) => values.get(name) ?? null)].map((text) => e.param(text, TEXT))
    return `(${rowOf(place, texts)})`
  })
  const asked = `asked (${['place', 'id', ...names, ...(key === undefined ? [] : ['key'])].join(', ')})`
  // `values` requires a row; without items there is none to join.
  const nulls = ['id', ...names].map(() => `null::${TEXT}`)
  const given =
    rows.length > 0
      ? `(values ${rows.join(', ')}) ${asked}`
      : `(select ${rowOf(0, nulls)} where false) ${asked}`
  const live = liveOnly(object, 'source')
  // Postgres considers a `coalesce` leaky: for a role with record rules, conditions with it use no index.
  const read = columns.map(
    (name, index) =>
      `case when asked.v${index} is null then source.${quoteIdentifier(name)}::${TEXT} else asked.v${index} end as v${index}`,
  )
  return `select asked.place, asked.id, ${read.join(', ')} from ${given} \
left join ${inWorkspace(object.table)} source on ${key === undefined ? 'false' : `${comparable(key, 'source').sql} = asked.key`}${live === null ? '' : ` and ${live}`}`
}

/** SQL of an item's values, as text. */
export interface Item {
  readonly id: string
  readonly textOf: (column: string) => string
}

/** An item as a row of `compileLikenesses`. */
export const itemOfRow = (object: ObjectModel, alias: string): Item => ({
  id: `${alias}.id`,
  textOf: (name) => `${alias}.v${criteriaColumns(object).indexOf(name)}`,
})

/** The condition that the record of `alias` is a duplicate of an item, but not the item itself. */
export const isDuplicate = (object: ObjectModel, alias: string, item: Item): string => {
  const live = liveOnly(object, alias)
  const own = `${alias}.${quoteIdentifier(idColumnOf(object))}::${TEXT} is distinct from ${item.id}`
  return [own, ...(live === null ? [] : [live]), agrees(object, alias, item.textOf)].join(' and ')
}
