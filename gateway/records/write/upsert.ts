// Upserts: each record updates the one that it names, or is inserted; one statement, all or nothing: common
// table expressions of write.ts, `written` with the ordinal column of insert.ts. A record names another by
// its key, in the trash or not, or by any unique key of which it has all columns. Steps: look up and lock the
// named records; update them; insert the rest. Records that name the same one are refused: they must be
// written one by one (batch.ts). The unique indexes detect two concurrent writers: the later one fails
// and retries (retry.ts).

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, Model, ObjectModel } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import { raise } from '../../error/raise.ts'
import { fieldOfColumn, wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { comparable } from '../read/comparable.ts'
import { trashCondition } from '../read/trash.ts'
import { columnsOf, ordinalColumn, WRITTEN, type Written } from '../writtenTable.ts'
import { valuesToWrite, withFilled } from './assign.ts'
import { type Author, authorValues } from './author.ts'
import { type BoundValues, sqlValue } from './boundValue.ts'
import { eachRecord } from './faults.ts'
import { compileInsertMany, ownId, withId } from './insert.ts'
import { type MatchKey, matchKeysOf, mayRestore } from './matchKey.ts'
import { refuseOverQuota, unlessOverQuota } from './quota.ts'
import { type GivenFixed, keepingUnseen, unlessFixed, whereUnchanged } from './unchanged.ts'
import { setsOf, TABLE_ALIAS, touched, writableColumn } from './write.ts'

interface Entry {
  /** Its position in the batch, from 0. */
  readonly place: number
  readonly bound: BoundValues
}

/** Entries with the same columns, and the same of them with defaults, to be written together. */
interface Source {
  readonly columns: readonly Column[]
  readonly entries: readonly Entry[]
}

interface Scope {
  readonly e: Params
  readonly object: ObjectModel
  readonly author: Author
  readonly id: Column | null
}

/** The entry's place in the batch: a name that no column has. */
const ENTRY = quoteIdentifier('entry of the batch')

const q = quoteIdentifier
const keyColumns = (object: ObjectModel): readonly Column[] =>
  object.key.flatMap((name) => object.columns.get(name) ?? [])

/** The records matched by the given values of one key, locked; by the position of the entry. */
const hits = (
  { e, object }: Pick<Scope, 'e' | 'object'>,
  key: MatchKey,
  records: readonly BoundValues[],
): string | null => {
  const forms = key.columns.map((column) => comparable(column, 't'))
  const rows = records.flatMap((bound, place) =>
    key.isGivenBy(bound)
      ? [
          `(${[place, ...key.columns.map((column, index) => `(${bound.get(column.name)?.sql(e, 0)})::${forms[index]?.type}`)].join(', ')})`,
        ]
      : [],
  )
  if (rows.length === 0) return null
  const names = key.columns.map((_, index) => `v${index}`)
  const conditions = forms.map(({ sql }, index) => `${sql} = given.v${index}`)
  const state = trashCondition(object, 't', key.trashed)
  if (state !== null) conditions.push(state)
  const keys = keyColumns(object).map((column) => comparable(column, 't').sql)
  // In the order of the key, so that two upserts of the same records wait for each other without deadlock.
  return `select given.${ENTRY}, ${keys.map((sql, index) => `${sql} as k${index}`).join(', ')} from (values ${rows.join(', ')}) given (${ENTRY}, ${names.join(', ')}) join ${inWorkspace(object.table)} t on ${conditions.join(' and ')} order by ${keys.join(', ')} for no key update of t`
}

/** A statement that locks the named records, in the order of the key; null if none is named. */
export const lockNamed = (e: Params, object: ObjectModel, records: readonly BoundValues[]): string | null => {
  const found = matchKeysOf(object).flatMap((key) => hits({ e, object }, key, records) ?? [])
  if (found.length === 0) return null
  const named = found.map((sql, index) => `hits${index} as materialized (${sql})`)
  const counts = found.map((_, index) => `(select pg_catalog.count(*) from hits${index})`)
  return `with ${named.join(', ')} select ${counts.join(', ')}`
}

/** API names of the fields that could match records. */
const namesOf = (object: ObjectModel, keys: readonly MatchKey[], records: readonly BoundValues[]): string => {
  const given = keys.filter((key) => records.some((bound) => key.isGivenBy(bound)))
  const paths = given.flatMap(({ columns }) =>
    columns.flatMap(({ name }) => fieldOfColumn(wholeOf(object), name) ?? []),
  )
  return [...new Set(paths)].join(', ')
}

/** The record that each entry names: one at most, and no two entries the same. */
const targets = (
  { e, object }: Scope,
  keys: readonly MatchKey[],
  records: readonly BoundValues[],
  found: readonly string[],
): string => {
  const names = object.key.map((_, index) => `k${index}`).join(', ')
  const ambiguous = raise(e, {
    subCode: 'UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT',
    message: `Multiple records found with the same unique field values for ${namesOf(object, keys, records)}. Cannot determine which record to update.`,
  })
  const repeated =
    records.length === 1
      ? '0'
      : `case when pg_catalog.count(*) over (partition by ${names}) > 1 then ${raise(e, { subCode: 'CARDINALITY_VIOLATION', message: 'Two records of the batch refer to the same record.' })} else 0 end`
  const all = found.map((name) => `select ${ENTRY}, ${names} from ${name}`).join(' union ')
  return `targets as materialized (select ${ENTRY}, ${names}, case when pg_catalog.count(*) over (partition by ${ENTRY}) > 1 then ${ambiguous} else ${repeated} end as fault from (${all}) found)`
}

/** SQL by column; a given value takes precedence over a filled one, which then needs no parameter. */
const assignments = (
  e: Params,
  given: ReadonlyMap<string, string>,
  filled: BoundValues,
): ReadonlyMap<string, string> =>
  new Map([
    ...[...filled].flatMap(([name, boundValue]): [string, string][] =>
      given.has(name) ? [] : [[name, boundValue.sql(e, 0)]],
    ),
    ...given,
  ])

/** Values of columns that cannot be written, from the rows of a source. */
const fixedOf = ({ columns, entries }: Source): readonly GivenFixed[] =>
  columns.flatMap(({ name }, column) => {
    const fixed = entries[0]?.bound.get(name)?.fixed
    return fixed === undefined ? [] : [{ fixed, value: (type) => `v.c${column}::${type}` }]
  })

const valuesOf = ({ e }: Scope, { columns, entries }: Source, index: number): string => {
  const rows = entries.map(
    ({ place, bound }) =>
      `(${[place, ...columns.map(({ name }) => bound.get(name)?.sql(e, place))].join(', ')})`,
  )
  const names = columns.map((_, column) => `c${column}`)
  return `given${index} (${[ENTRY, ...names].join(', ')}) as materialized (values ${rows.join(', ')})`
}

const updates = ({ e, object, author }: Scope, source: Source, index: number): string => {
  const { columns } = source
  const fixed = fixedOf(source)
  const isFixed = (name: string): boolean => fixed.some((each) => each.fixed.column.name === name)
  const given = columns.flatMap(({ name }, column): [string, string][] =>
    // Identity and creator of an existing record stay as they are.
    isFixed(name) ||
    object.key.includes(name) ||
    (object.emptyStringForNull && name.startsWith('created_by_'))
      ? []
      : [[name, keepingUnseen(e, object, name, TABLE_ALIAS, `v.c${column}`)]],
  )
  const filled = withFilled(
    authorValues(object, author, 'update', 'updated_by'),
    touched(object),
    new Map(mayRestore(object) ? [[object.softDelete.name, sqlValue(() => 'null')]] : []),
  )
  const sets = new Map(assignments(e, new Map(given), filled))
  const anyColumn = writableColumn(object)
  if (sets.size === 0 && anyColumn !== '') sets.set(anyColumn, `${TABLE_ALIAS}.${q(anyColumn)}`)
  const isTarget = keyColumns(object).map(
    (column, part) => `${comparable(column, TABLE_ALIAS).sql} = targets.k${part}`,
  )
  const table = `${inWorkspace(object.table)} as ${TABLE_ALIAS}`
  const pairs = `given${index} v join targets on targets.${ENTRY} = v.${ENTRY}`
  const where = `targets.fault = 0 and ${isTarget.join(' and ')}`
  const shown = `v.${ENTRY}, ${columnsOf(object, TABLE_ALIAS)}`
  const [[first, sql] = []] = sets
  const type = wholeOf(object).columns.get(first ?? '')?.type.sql
  if (first === undefined || sql === undefined || type === undefined) {
    const isUnchanged = whereUnchanged(e, fixed, TABLE_ALIAS, 'true', 'pg_catalog.bool')
    return `updated${index} as (select ${shown} from ${table}, ${pairs} where ${where} and ${isUnchanged})`
  }
  sets.set(first, whereUnchanged(e, fixed, TABLE_ALIAS, sql, type))
  return `updated${index} as (update ${table} set ${setsOf(sets)} from ${pairs} where ${where} returning ${shown})`
}

const inserts = ({ e, object, author }: Scope, source: Source, index: number): string => {
  const { columns } = source
  const fixed = fixedOf(source)
  const isDefault = (name: string): boolean => source.entries[0]?.bound.get(name)?.isDefaultInNew === true
  const into = `inserted${index} as (insert into ${inWorkspace(object.table)} as ${TABLE_ALIAS}`
  const returning = `returning ${columnsOf(object, TABLE_ALIAS)})`
  const given = new Map(
    columns.flatMap(({ name }, column): [string, string][] =>
      fixed.some((each) => each.fixed.column.name === name) || isDefault(name)
        ? []
        : [[name, `v.c${column}`]],
    ),
  )
  const filled = authorValues(object, author, 'create', 'created_by', 'updated_by')
  const values = assignments(e, given, filled)
  // An entry without values matches nothing.
  if (values.size === 0 && fixed.length === 0) {
    refuseOverQuota(author)
    return `${into} default values ${returning}`
  }
  const isUnmatched = `not exists (select from targets where targets.${ENTRY} = v.${ENTRY})`
  const isNew = unlessFixed(e, fixed, unlessOverQuota(e, author, isUnmatched))
  const named = values.size === 0 ? '' : ` (${[...values.keys()].map(q).join(', ')})`
  return `${into}${named} select ${[...values.values()].join(', ')} from given${index} v where ${isNew} ${returning}`
}

/** The rows of one source, with the position of their entry. */
const rowsOf = ({ object, id }: Scope, { columns }: Source, index: number): string => {
  const made = columnsOf(object, 'made')
  const idIndex = columns.findIndex(({ name }) => name === id?.name)
  const isSame = id === null ? 'true' : `v.c${idIndex} = made.${q(id.name)}`
  return `select made.${ENTRY}, ${made} from updated${index} made union all select v.${ENTRY}, ${made} from inserted${index} made join given${index} v on ${isSame}`
}

/** A table that generates its own keys is written record by record: its rows could not be matched. */
const sourcesOf = ({ object, id }: Scope, records: readonly BoundValues[]): readonly Source[] => {
  const sources = new Map<string, { columns: Column[]; entries: Entry[] }>()
  for (const [place, given] of records.entries()) {
    const bound = id === null ? given : withId(given, id)
    const columns = [...wholeOf(object).columns.values()].filter(({ name }) => bound.has(name))
    const named = columns.map(({ name }) => [name, bound.get(name)?.isDefaultInNew === true])
    const signature = id === null ? String(place) : JSON.stringify(named)
    const source = sources.get(signature) ?? { columns, entries: [] }
    source.entries.push({ place, bound })
    sources.set(signature, source)
  }
  return [...sources.values()]
}

/** Throws Problem BAD_USER_INPUT, or FORBIDDEN if the role may not write this way. */
export const valuesToUpsert = (
  model: Model,
  object: ObjectModel,
  data: readonly unknown[],
): BoundValues[] => {
  if (object.key.length === 0)
    throw new Problem(
      'BAD_USER_INPUT',
      `A ${object.nameSingular} has no key: it can be created but not upserted`,
    )
  return eachRecord(data, (record) => valuesToWrite(model, object, record, 'upsert'))
}

/** @param records values of the data */
export const compileUpsertTogether = (
  e: Params,
  model: Model,
  object: ObjectModel,
  data: readonly unknown[],
  records: readonly BoundValues[],
  author: Author,
): Written => {
  const keys = matchKeysOf(object)
  const scope: Scope = { e, object, author, id: ownId(object) }
  const found = keys.flatMap((key) => hits(scope, key, records) ?? [])
  if (found.length === 0) return compileInsertMany(e, model, object, data, author)
  const sources = sourcesOf(scope, records)
  const ordinal = q(ordinalColumn(object))
  return [
    ...found.map((sql, index) => `hits${index} as materialized (${sql})`),
    targets(
      scope,
      keys,
      records,
      found.map((_, index) => `hits${index}`),
    ),
    ...sources.flatMap((source, index) => [
      valuesOf(scope, source, index),
      updates(scope, source, index),
      inserts(scope, source, index),
    ]),
    `upserted as (${sources.map((source, index) => rowsOf(scope, source, index)).join(' union all ')})`,
    `${WRITTEN} as (select upserted.${ENTRY} as ${ordinal}, ${columnsOf(object, 'upserted')} from upserted)`,
  ].join(', ')
}

export const compileUpsertOne = (
  e: Params,
  model: Model,
  object: ObjectModel,
  data: unknown,
  author: Author,
): Written => compileUpsertTogether(e, model, object, [data], valuesToUpsert(model, object, [data]), author)
