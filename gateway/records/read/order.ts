// Sorting, for both protocols: from `orderBy` objects in API names to terms of a total order, with the
// object's key after the requested terms, so that pages neither lose nor repeat a record.

import { hasOurIndexes, isDescending, orderIndexes } from '../../../tenants/model/ddl/orderIndexes.ts'
import type { Column, Model, ObjectModel, ToOneField } from '../../../tenants/model/model.ts'
import { SCALARS, type ScalarType } from '../../../tenants/model/scalarType.ts'
import { badInput, type Problem } from '../../error/problem.ts'
import { unknownField } from '../model/field.ts'
import { comparable, comparableOf } from './comparable.ts'
import { referenceAt, shownInAll } from './reference.ts'
import type { Joins } from './relation.ts'

export interface OrderTerm {
  /** SQL to sort by. */
  readonly sql: string
  /** SQL of the type that a cursor's value is cast to. */
  readonly type: string
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
  readonly isNullable: boolean
  /** The column of the sorted record itself; null for one reached over relations. */
  readonly ownColumn: string | null
  /** The large table's index on the column and then this key; null: none is known. */
  readonly indexed: { readonly direction: 'asc' | 'desc'; readonly key: readonly string[] } | null
  /** Whether this index has the nulls at the other end. */
  readonly isFlipped: boolean
  /** Columns of the large table's indexes that begin with the column. */
  readonly leads: readonly (readonly string[])[]
  /** Path of the value in a cursor: `['name', 'lastName']`. */
  readonly path: readonly string[]
}

const DIRECTIONS = {
  AscNullsFirst: { direction: 'asc', nulls: 'first' },
  AscNullsLast: { direction: 'asc', nulls: 'last' },
  DescNullsFirst: { direction: 'desc', nulls: 'first' },
  DescNullsLast: { direction: 'desc', nulls: 'last' },
} as const
export type OrderByDirection = keyof typeof DIRECTIONS
export const ORDER_BY_DIRECTIONS: readonly string[] = Object.keys(DIRECTIONS)

const MAX_TERMS = 16
const MAX_HOPS = 4

const bad = (message: string, hint?: string): Problem => badInput(message, 'INVALID_ARGS_ORDER', hint)

const isDirection = (value: unknown): value is OrderByDirection =>
  typeof value === 'string' && Object.hasOwn(DIRECTIONS, value)

/** A column, reached from the sorted record over `hops` to-one relations. */
interface Place {
  readonly object: ObjectModel
  readonly path: readonly string[]
  readonly hops: readonly ToOneField[]
}

/** Nulls are lower than values, as in the indexes of large tables. */
const isNullsAscending = (name: OrderByDirection): boolean =>
  (DIRECTIONS[name].direction === 'asc') === (DIRECTIONS[name].nulls === 'first')

/** The column's indexes for orders. */
const orderIndexesOf = (object: ObjectModel, column: Column): Pick<OrderTerm, 'indexed' | 'leads'> => {
  const { key } = object
  const own = hasOurIndexes(object)
    ? orderIndexes(object).filter(({ columns: [first] }) => first === column.name)
    : []
  const leads = own.map(({ columns }) => columns)
  const index = own.find(({ columns: [, ...rest] }) => rest.join() === key.join())
  if (index === undefined) return { indexed: null, leads }
  return { indexed: { direction: isDescending(index.options[0] ?? 0) ? 'desc' : 'asc', key }, leads }
}

const UNINDEXED: Pick<OrderTerm, 'indexed' | 'leads'> = { indexed: null, leads: [] }

const termOf = (
  joins: Joins,
  alias: string,
  column: Column,
  place: Place,
  direction: OrderByDirection,
): OrderTerm => {
  const isOwn = place.hops.length === 0 && referenceAt(place.object, column) === undefined
  const { indexed, leads } = isOwn ? orderIndexesOf(place.object, column) : UNINDEXED
  return {
    sql: joins.read(
      alias,
      place.hops,
      (at) => comparableOf(column, shownInAll(place.object, column, at)).sql,
    ),
    type: comparable(column, alias).type,
    isNullable: !column.notNull || place.hops.length > 0,
    ownColumn: isOwn ? column.name : null,
    indexed,
    isFlipped: indexed !== null && !column.notNull && !isNullsAscending(direction),
    leads,
    path: place.path,
    ...DIRECTIONS[direction],
  }
}

const directionOf = (path: readonly string[], value: unknown): OrderByDirection => {
  if (isDirection(value)) return value
  throw bad(
    `'order_by' direction '${typeof value === 'string' ? value.slice(0, 100) : JSON.stringify(value)}' invalid. Allowed values are '${ORDER_BY_DIRECTIONS.join("', '")}'. eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3`,
    `It was given for "${path.join('.')}".`,
  )
}

/**
 * @param joins for the tables that terms reach over relations
 * @param orderBy a list of objects `{field: direction}`, `{composite: {subField: direction}}`, `{relation:
 * {…}}` Throws Problem BAD_USER_INPUT or, for fields that the role may not read, FORBIDDEN.
 */
export const compileOrder = (
  joins: Joins,
  model: Model,
  root: ObjectModel,
  alias: string,
  orderBy: readonly unknown[] | null | undefined,
): readonly OrderTerm[] => {
  const terms: OrderTerm[] = []

  const add = (column: Column, type: ScalarType, place: Place, value: unknown): void => {
    if (!SCALARS[type].isOrdered) throw bad(`Cannot order by field "${place.path.join('.')}" of type ${type}`)
    if (terms.length >= MAX_TERMS) throw bad(`Records can be ordered by at most ${MAX_TERMS} fields`)
    const key = place.path.join('.')
    const direction = directionOf(place.path, value)
    if (terms.some((term) => term.path.join('.') === key)) return
    terms.push(termOf(joins, alias, column, place, direction))
  }

  const visit = (place: Place, value: unknown): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw bad(
        `Cannot order by "${place.path.join('.') || root.nameSingular}" itself: name one of its fields, eg: ${place.path.join('.') || 'field'}.name`,
      )
    for (const [name, inner] of Object.entries(value)) {
      if (inner === null || inner === undefined) continue
      const field = place.object.fields.get(name)
      const path = [...place.path, name]
      if (field === undefined) throw unknownField(place.object, name, 'INVALID_ARGS_ORDER')
      if (field.kind === 'scalar') add(field.column, field.type, { ...place, path }, inner)
      else if (field.kind === 'composite') visitComposite(field.name, { ...place, path }, inner)
      else if (field.kind === 'toOne') {
        const target = model.byTable.get(field.target)
        if (target === undefined || place.hops.length >= MAX_HOPS)
          throw bad(`Relation order nesting deeper than ${MAX_HOPS} hops is not supported`)
        visit({ object: target, path, hops: [...place.hops, field] }, inner)
      } else throw bad(`Cannot filter or order through ${name}: only to-one relations are supported`)
    }
  }

  const visitComposite = (name: string, place: Place, value: unknown): void => {
    const field = place.object.fields.get(name)
    if (field?.kind !== 'composite') return
    if (typeof value !== 'object' || value === null)
      throw bad(
        `Cannot order by composite field "${name}" itself: name a sub-field, eg: ${name}.${field.parts[0]?.part.name}`,
      )
    for (const [sub, inner] of Object.entries(value)) {
      if (inner === null || inner === undefined) continue
      const found = field.parts.find(({ part }) => part.name === sub)
      if (found === undefined) throw unknownField(place.object, `${name}.${sub}`, 'INVALID_ARGS_ORDER')
      add(found.column, found.part.type, { ...place, path: [...place.path, sub] }, inner)
    }
  }

  for (const item of orderBy ?? []) visit({ object: root, path: [], hops: [] }, item)
  return [...terms, ...tieBreakers(root, alias, terms)]
}

/** The object's key, ascending, without columns that are already sorted by. */
const tieBreakers = (object: ObjectModel, alias: string, terms: readonly OrderTerm[]): OrderTerm[] =>
  object.key.flatMap((name) => {
    const column = object.columns.get(name)
    const field = [...object.fields.values()].find(
      (other) => other.kind === 'scalar' && other.column === column,
    )
    if (column === undefined || field === undefined) return []
    if (terms.some((term) => term.path.length === 1 && term.path[0] === field.name)) return []
    const { sql, type } = comparable(column, alias)
    return [
      {
        sql,
        type,
        direction: 'asc',
        nulls: 'first',
        isNullable: !column.notNull,
        ownColumn: column.name,
        ...UNINDEXED,
        isFlipped: false,
        path: [field.name],
      },
    ]
  })

/** Whether an index of a large table has the columns of all terms, in any directions. */
const isIndexed = (terms: readonly OrderTerm[]): boolean => {
  const columns = terms.map(({ ownColumn }) => ownColumn).join()
  return terms[0]?.leads.some((lead) => lead.join() === columns) === true
}

/**
 * Whether an index has the columns of the terms, and the order of the first one alone: of others the
 * direction is another, or the place of the nulls. Postgres sorts all records with the first value at which a
 * page begins. Nulls of the first term are left to ranges of their own.
 */
export const isAgainstIndex = (terms: readonly OrderTerm[]): boolean => {
  const [, ...others] = terms
  if (others.length === 0 || !isIndexed(terms)) return false
  const ways = new Set(terms.map(({ direction, indexed }) => direction === (indexed?.direction ?? 'asc')))
  return ways.size > 1 || others.some(({ isFlipped }) => isFlipped)
}

/** Whether the first value is followed by another one with an index of its own, before the key. */
export const hasSecond = ([first, next]: readonly OrderTerm[]): boolean =>
  first !== undefined && first.ownColumn !== null && next !== undefined && next.indexed !== null

/**
 * Whether records with one first value, which may be most of the table, are better found in the order of the
 * second one: by its index, where they are frequent. Otherwise Postgres sorts all of them.
 */
export const isBySecond = (terms: readonly OrderTerm[]): boolean => hasSecond(terms) && !isIndexed(terms)

/** `order by` of the terms; reversed for a page that is read backwards. */
export const orderBySql = (terms: readonly OrderTerm[], isBackward: boolean): string =>
  terms
    .map(({ sql, direction, nulls, isNullable }) => {
      const way = (direction === 'asc') !== isBackward ? 'asc' : 'desc'
      if (!isNullable) return `${sql} ${way}`
      return `${sql} ${way} nulls ${(nulls === 'first') !== isBackward ? 'first' : 'last'}`
    })
    .join(', ')
