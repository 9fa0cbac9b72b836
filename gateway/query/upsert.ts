// Upserts: each record updates the one that it means, or else is a new one; one statement, all or nothing. In: data in API names; out:
// what stands behind `with`, as write.ts has it, `written` with the ordinal column of insert.ts. A record means another by its
// key, in the trash or not, or by any unique key of which it gives all columns. Steps: look up and lock what is meant; update
// it; insert the rest. Two writers at once are for the unique indexes to tell apart: the later one fails and tries again
// (attempt.ts).

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Column, Model, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../problem.ts'
import { type Author, authorCells, cellsToWrite, withFilled } from './assign.ts'
import { type Cells, sqlCell } from './cell.ts'
import { comparable } from './comparable.ts'
import type { Emitter } from './emit.ts'
import { trashCondition } from './filter.ts'
import { compileInsertMany, insertNone, ordinalColumn, ownId, withId } from './insert.ts'
import { scalarOf } from './key.ts'
import { wholeOf } from './permission.ts'
import { raise } from './raise.ts'
import { groupOf, type MatchKey, matchKeysOf, mayRestore, type UpsertGroup } from './upsertGroup.ts'
import { columnsOf, setsOf, TABLE_ALIAS, touched, WRITTEN } from './write.ts'

/** Groups that give the same columns, to be written together. */
interface Source {
  readonly columns: readonly Column[]
  readonly groups: readonly UpsertGroup[]
}

interface Scope {
  readonly e: Emitter
  readonly object: ObjectModel
  readonly author: Author
  readonly id: Column | null
}

const q = quoteIdentifier
const keyColumns = (object: ObjectModel): readonly Column[] =>
  object.key.flatMap((name) => object.columns.get(name) ?? [])

const labelOf = (object: ObjectModel, column: string): string => scalarOf(object, column)?.name ?? column

/** The records that the given values of one key mean, locked; by the number of their group. */
const hits = ({ e, object }: Scope, key: MatchKey, groups: readonly UpsertGroup[]): string | null => {
  const forms = key.columns.map((column) => comparable(column, 't'))
  const rows = groups.flatMap(({ number, members }) =>
    members.flatMap((cells) =>
      key.isGivenBy(cells)
        ? [
            `(${[number, ...key.columns.map((column, index) => `(${cells.get(column.name)?.sql(e, 0)})::${forms[index]?.type}`)].join(', ')})`,
          ]
        : [],
    ),
  )
  if (rows.length === 0) return null
  const names = key.columns.map((_, index) => `v${index}`)
  const conditions = forms.map(({ sql }, index) => `${sql} = given.v${index}`)
  const state = trashCondition(object, 't', key.trashed)
  if (state !== null) conditions.push(state)
  const keys = keyColumns(object).map((column) => comparable(column, 't').sql)
  // In the order of the key, so that two upserts of the same records wait for each other instead of locking each other out.
  return `select given.g, ${keys.map((sql, index) => `${sql} as k${index}`).join(', ')} from (values ${rows.join(', ')}) given (g, ${names.join(', ')}) join ${inWorkspace(object.table)} t on ${conditions.join(' and ')} order by ${keys.join(', ')} for no key update of t`
}

/** The record that each group means; of several groups that mean the same one, the last wins. */
const targets = ({ e, object }: Scope, keys: readonly MatchKey[], found: readonly string[]): string => {
  const names = object.key.map((_, index) => `k${index}`).join(', ')
  const fields = [...new Set(keys.flatMap(({ columns }) => columns.map(({ name }) => labelOf(object, name))))]
  const ambiguous = raise(e, {
    subCode: 'MULTIPLE_MATCHES',
    message: `Multiple records found with the same unique field values for ${fields.join(', ')}. Cannot determine which record to update.`,
  })
  const all = found.map((name) => `select g, ${names} from ${name}`).join(' union ')
  return `targets as materialized (select g, ${names}, case when pg_catalog.count(*) over (partition by g) > 1 then ${ambiguous} else pg_catalog.max(g) over (partition by ${names}) end as winner from (${all}) found)`
}

/** SQL by column; what is filled in stands back where something was given, and takes no parameter then. */
const assignments = (
  e: Emitter,
  given: ReadonlyMap<string, string>,
  filled: Cells,
): ReadonlyMap<string, string> =>
  new Map([
    ...[...filled].flatMap(([name, cell]): [string, string][] =>
      given.has(name) ? [] : [[name, cell.sql(e, 0)]],
    ),
    ...given,
  ])

const valuesOf = ({ e }: Scope, { columns, groups }: Source, index: number): string => {
  const rows = groups.map(
    ({ number, cells }) =>
      `(${[number, ...columns.map(({ name }) => cells.get(name)?.sql(e, number - 1))].join(', ')})`,
  )
  const names = columns.map((_, column) => `c${column}`)
  return `given${index} (${['g', ...names].join(', ')}) as materialized (values ${rows.join(', ')})`
}

const updates = ({ e, object, author }: Scope, { columns }: Source, index: number): string => {
  const given = columns.flatMap(({ name }, column): [string, string][] =>
    // Who a record is and who made it stays as it is.
    object.key.includes(name) || (object.blanksAbsent && name.startsWith('created_by_'))
      ? []
      : [[name, `v.c${column}`]],
  )
  const filled = withFilled(
    authorCells(object, author, 'updated_by', 'update'),
    touched(object),
    new Map(mayRestore(object) ? [[object.softDelete.name, sqlCell(() => 'null')]] : []),
  )
  const sets = new Map(assignments(e, new Map(given), filled))
  const [anyColumn = ''] = object.key
  if (sets.size === 0) sets.set(anyColumn, `${TABLE_ALIAS}.${q(anyColumn)}`)
  const isTarget = keyColumns(object).map(
    (column, part) => `${comparable(column, TABLE_ALIAS).sql} = targets.k${part}`,
  )
  return `updated${index} as (update ${inWorkspace(object.table)} as ${TABLE_ALIAS} set ${setsOf(sets)} from given${index} v join targets on targets.g = v.g and targets.winner = v.g where ${isTarget.join(' and ')} returning v.g, ${columnsOf(object, TABLE_ALIAS)})`
}

const inserts = ({ e, object, author }: Scope, { columns }: Source, index: number): string => {
  const into = `inserted${index} as (insert into ${inWorkspace(object.table)} as ${TABLE_ALIAS}`
  const returning = `returning ${columnsOf(object, TABLE_ALIAS)})`
  const given = new Map(columns.map(({ name }, column) => [name, `v.c${column}`]))
  const filled = withFilled(
    authorCells(object, author, 'created_by', 'create'),
    authorCells(object, author, 'updated_by', 'create'),
  )
  const values = assignments(e, given, filled)
  // Nothing given means nothing in particular.
  if (values.size === 0) return `${into} default values ${returning}`
  return `${into} (${[...values.keys()].map(q).join(', ')}) select ${[...values.values()].join(', ')} from given${index} v where not exists (select from targets where targets.g = v.g) ${returning}`
}

/** The rows of one source, with the number of their group. */
const rowsOf = ({ object, id }: Scope, { columns }: Source, index: number): string => {
  const made = columnsOf(object, 'made')
  const idIndex = columns.findIndex(({ name }) => name === id?.name)
  const isSame = id === null ? 'true' : `v.c${idIndex} = made.${q(id.name)}`
  return `select made.g, ${made} from updated${index} made union all select v.g, ${made} from inserted${index} made join given${index} v on ${isSame}`
}

/** A table that makes its own keys is written record by record: its rows could not be told apart. */
const sourcesOf = ({ object, id }: Scope, groups: readonly UpsertGroup[]): readonly Source[] => {
  const sources = new Map<string, { columns: Column[]; groups: UpsertGroup[] }>()
  for (const group of groups) {
    const cells = id === null ? group.cells : withId(group.cells, id)
    const columns = [...wholeOf(object).columns.values()].filter(({ name }) => cells.has(name))
    const signature = id === null ? String(group.number) : columns.map(({ name }) => name).join('\0')
    const source = sources.get(signature) ?? { columns, groups: [] }
    source.groups.push({ ...group, cells })
    sources.set(signature, source)
  }
  return [...sources.values()]
}

export const compileUpsertMany = (
  e: Emitter,
  model: Model,
  object: ObjectModel,
  data: readonly unknown[],
  author: Author,
): string => {
  if (object.key.length === 0)
    throw new Problem(
      'BAD_USER_INPUT',
      `A ${object.nameSingular} has no key: it can be created but not upserted`,
    )
  if (data.length === 0) return insertNone(object)
  const records = data.map((record) => cellsToWrite(model, object, record, 'upsert'))
  const keys = matchKeysOf(object)
  const { groups, numbers } = groupOf(records, keys)
  const scope: Scope = { e, object, author, id: ownId(object) }
  const found = keys.flatMap((key) => hits(scope, key, groups) ?? [])
  if (found.length === 0) return compileInsertMany(e, model, object, data, author)
  const sources = sourcesOf(scope, groups)
  const ordinal = q(ordinalColumn(object))
  const places = numbers.map((number, place) => `(${place}, ${number})`)
  return [
    ...found.map((sql, index) => `hits${index} as materialized (${sql})`),
    targets(
      scope,
      keys,
      found.map((_, index) => `hits${index}`),
    ),
    ...sources.flatMap((source, index) => [
      valuesOf(scope, source, index),
      updates(scope, source, index),
      inserts(scope, source, index),
    ]),
    `upserted as (${sources.map((source, index) => rowsOf(scope, source, index)).join(' union all ')})`,
    `${WRITTEN} as (select place.ordinal as ${ordinal}, ${columnsOf(object, 'upserted')} from (values ${places.join(', ')}) place (ordinal, g) left join targets on targets.g = place.g join upserted on upserted.g = coalesce(targets.winner, place.g))`,
  ].join(', ')
}

export const compileUpsertOne = (
  e: Emitter,
  model: Model,
  object: ObjectModel,
  data: unknown,
  author: Author,
): string => compileUpsertMany(e, model, object, [data], author)
