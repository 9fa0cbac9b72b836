// Merges several records into one, for both protocols, in one statement: from ids in order, and the index of
// the record with priority, to common table expressions that end in `written`, the survivor. It keeps its
// values, takes missing ones from the others in their order, and collects e-mails, phones, links and lists of
// all; references to the others are redirected to it, and the others are deleted permanently. Nothing happens
// if a record is missing.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { COMPOSITES } from '../../../tenants/model/compositeType.ts'
import type {
  Column,
  CompositeField,
  Model,
  ModelField,
  ObjectModel,
  ToManyField,
} from '../../../tenants/model/model.ts'
import { badInputOf } from '../../error/problem.ts'
import { checkColumns, checkObject, deniedObject, wholeOf } from '../model/permission.ts'
import { arrayLiteral, type Params } from '../params.ts'
import { decidingColumns, isAbsent } from '../read/aggregate.ts'
import { isComparableElement } from '../read/comparable.ts'
import { liveOnly } from '../read/trash.ts'
import { type Author, authorValues } from '../write/author.ts'
import { setsOf, TABLE_ALIAS, touched } from '../write/write.ts'
import { columnsOf, WRITTEN } from '../writtenTable.ts'
import { checkCriteria, idColumnOf, idText } from './likeness.ts'

interface MergeRequest {
  readonly ids: unknown
  readonly conflictPriorityIndex: unknown
  readonly dryRun: unknown
}

export const MIN_RECORDS = 2
export const MAX_RECORDS = 9
/** Positions of list items sort after their record's rank. */
const ITEMS_PER_RECORD = 10_000
const RANK = quoteIdentifier('merge rank')
const SOURCE = 's'
/** Fixed by the record itself, independent of the other records. */
const OWN = ['created_at', 'updated_at', 'position']

const bad = badInputOf('INVALID_ARGS_DATA')

interface Asked {
  readonly ids: readonly string[]
  readonly priority: number
  readonly isDryRun: boolean
}

const check = (object: ObjectModel, { ids, conflictPriorityIndex, dryRun }: MergeRequest): Asked => {
  checkCriteria(object, 'Merge')
  const texts = (Array.isArray(ids) ? ids : []).map((id: unknown) => idText(object, id).toLowerCase())
  const distinct = [...new Set(texts)]
  if (distinct.length < MIN_RECORDS) throw bad('At least 2 record IDs are required for merge')
  if (distinct.length > MAX_RECORDS) throw bad(`Maximum ${MAX_RECORDS} records can be merged at once`)
  const priority = conflictPriorityIndex ?? 0
  if (typeof priority !== 'number' || !Number.isInteger(priority) || distinct[priority] === undefined)
    throw bad(
      `Invalid conflict priority '${String(priority).slice(0, 20)}'. Valid options for ${distinct.length} records: 0-${distinct.length - 1}`,
    )
  return { ids: distinct, priority, isDryRun: dryRun === true }
}

const of = (column: Column): string => `${SOURCE}.${quoteIdentifier(column.name)}`

const present = (object: ObjectModel, columns: readonly Column[]): string =>
  `not (${columns.map((column) => isAbsent(object, column, SOURCE)).join(' and ')})`

/** SQL of the first record's non-null value. */
const firstOf = (sql: string, where: string): string =>
  `(select ${sql} from sources ${SOURCE} where ${where} order by ${SOURCE}.${RANK} limit 1)`

/** The identity of a list item, for a record's primary value and for a further one. */
interface Gathering {
  readonly item: (part: (name: string) => string) => string
  readonly key: (part: (name: string) => string) => string
  readonly itemKey: string
}

/** Lists in composites that take in the primary values of merged records, by sub-field. */
const GATHERED: Readonly<Record<string, Gathering>> = {
  additionalEmails: {
    item: (part) => `pg_catalog.to_jsonb(${part('primaryEmail')})`,
    key: (part) => `pg_catalog.lower(${part('primaryEmail')})`,
    itemKey: `pg_catalog.lower(each.value #>> '{}')`,
  },
  secondaryLinks: {
    item: (part) =>
      `pg_catalog.jsonb_build_object('label', coalesce(${part('primaryLinkLabel')}, ''), 'url', ${part('primaryLinkUrl')})`,
    key: (part) => part('primaryLinkUrl'),
    itemKey: `(each.value ->> 'url')`,
  },
  additionalPhones: {
    item: (part) =>
      `pg_catalog.jsonb_build_object('number', ${part('primaryPhoneNumber')}, 'countryCode', coalesce(${part('primaryPhoneCountryCode')}, ''), 'callingCode', coalesce(${part('primaryPhoneCallingCode')}, ''))`,
    key: (part) =>
      `nullif(${part('primaryPhoneNumber')}, '') || coalesce(${part('primaryPhoneCallingCode')}, '')`,
    itemKey: `nullif(each.value ->> 'number', '') || coalesce(each.value ->> 'callingCode', '')`,
  },
}

/** All items of all records once, in order, without the one that became the primary value. */
const gather = (
  field: CompositeField,
  { item, key, itemKey }: Gathering,
  list: Column,
  where: string,
): string => {
  const part = (name: string): string => {
    const found = field.parts.find((entry) => entry.part.name === name)
    return found === undefined ? 'null' : of(found.column)
  }
  const items = `case when pg_catalog.jsonb_typeof(${of(list)}) = 'array' then ${of(list)} else '[]' end`
  const every = `select ${item(part)} as value, ${key(part)} as key, ${SOURCE}.${RANK} * ${ITEMS_PER_RECORD} as place from sources ${SOURCE} where ${where} \
union all select each.value, ${itemKey}, ${SOURCE}.${RANK} * ${ITEMS_PER_RECORD} + each.place from sources ${SOURCE} \
cross join lateral pg_catalog.jsonb_array_elements(${items}) with ordinality each (value, place)`
  const kept = `select distinct on (every.key) every.value, every.place from (${every}) every \
where every.key <> '' and every.key is distinct from ${firstOf(key(part), where)} order by every.key, every.place`
  return `(select coalesce(pg_catalog.jsonb_agg(kept.value order by kept.place), '[]'::pg_catalog.jsonb) from (${kept}) kept)`
}

/** Parts of a composite belong together: they come from one record. */
const mergeComposite = (object: ObjectModel, field: CompositeField): [string, string][] => {
  if (COMPOSITES[field.type].isAuthor === true) return []
  const where = present(object, decidingColumns(field))
  return field.parts.map(({ part, column }) => {
    const gathering = GATHERED[part.name]
    return [
      column.name,
      gathering === undefined ? firstOf(of(column), where) : gather(field, gathering, column, where),
    ]
  })
}

/**
 * Every item once, in the order of the records. Lists of several dimensions have no single items to collect:
 * they come whole from the first record that has one.
 */
const unite = (column: Column): string => {
  const list = of(column)
  const item = `(${list})[item.place]`
  // Items without operators of their own are compared as text.
  const key = isComparableElement(column.type) ? item : `${item}::pg_catalog.text`
  const items = `select distinct on (${key}) ${item} as value, ${SOURCE}.${RANK} as record, item.place from sources ${SOURCE} \
cross join lateral pg_catalog.generate_subscripts(${list}, 1) item (place) order by ${key}, ${SOURCE}.${RANK}, item.place`
  const united = `(select pg_catalog.array_agg(items.value order by items.record, items.place) from (${items}) items)`
  const hasDimensions = `exists (select from sources ${SOURCE} where pg_catalog.array_ndims(${list}) > 1)`
  const first = firstOf(list, `pg_catalog.cardinality(${list}) > 0`)
  return `case when ${hasDimensions} then ${first} else coalesce(${united}, ${firstOf(list, `${list} is not null`)}) end`
}

const mergeField = (object: ObjectModel, field: ModelField): [string, string][] => {
  if (field.kind === 'composite') return mergeComposite(object, field)
  if (field.kind !== 'scalar') return []
  const { column } = field
  const isOwn =
    !column.writable ||
    OWN.includes(column.name) ||
    object.key.includes(column.name) ||
    column === object.softDelete
  if (isOwn) return []
  if (column.type.isArray) return [[column.name, unite(column)]]
  const relation = field.joinOf === null ? undefined : object.fields.get(field.joinOf)
  const isSelf = relation?.kind === 'toOne' && relation.target === object.table
  const id = `gone.${quoteIdentifier(idColumnOf(object))}`
  const stays = isSelf ? ` and ${of(column)} not in (select ${id} from sources gone)` : ''
  return [[column.name, firstOf(of(column), present(object, [column]) + stays)]]
}

/** The relations by which other records refer to a record. */
export const pointersTo = (object: ObjectModel): readonly ToManyField[] =>
  [...wholeOf(object).fields.values()].filter(
    (field): field is ToManyField =>
      field.kind === 'toMany' && field.columns.length === 1 && field.columns[0] === idColumnOf(object),
  )

/**
 * A merge reads all of its records and deletes the rest, and anything it could not move to the survivor would
 * be lost with them: a role that may not see or change all of it may not merge. Throws Problem FORBIDDEN with
 * what is missing.
 */
const checkPermitted = (model: Model, object: ObjectModel, changed: Iterable<string>): void => {
  checkObject('update', object)
  checkObject('destroy', object)
  checkColumns('update', object, changed)
  for (const { target, targetColumns } of pointersTo(object)) {
    const other = model.byTable.get(target)
    if (other === undefined) continue
    checkObject('read', other)
    checkObject('update', other)
    checkColumns('read', other, targetColumns)
    checkColumns('update', other, targetColumns)
    if (other.restriction?.permissions.hasRecordRules)
      throw deniedObject(
        'update',
        other,
        `Your role may not see all records of ${other.nameSingular}: references from hidden records to the merged ones would be lost.`,
      )
  }
}

/** Redirects all references to the survivor; one update per table, because none may touch a row twice. */
const moveRelations = (model: Model, object: ObjectModel): string[] => {
  const id = quoteIdentifier(idColumnOf(object))
  const byTable = Map.groupBy(pointersTo(object), ({ target }) => target)
  return [...byTable].flatMap(([table, fields], index) => {
    if (!model.byTable.has(table)) return []
    const columns = fields.flatMap(({ targetColumns }) => targetColumns)
    const pointing = (name: string): string =>
      `moving.${quoteIdentifier(name)} in (select gone.${id} from sources gone where gone.${RANK} > 0)`
    const sets = new Map(
      columns.map((name) => [
        name,
        `case when ${pointing(name)} then merged.${id} else moving.${quoteIdentifier(name)} end`,
      ]),
    )
    const others =
      table === object.table ? ` and moving.${id} not in (select gone.${id} from sources gone)` : ''
    return [
      `moved${index} as (update ${inWorkspace(table)} as moving set ${setsOf(sets)} from merged where (${columns.map(pointing).join(' or ')})${others})`,
    ]
  })
}

/** Throws Problem BAD_USER_INPUT. Returns no row if one of the records is missing. */
export const compileMerge = (
  e: Params,
  model: Model,
  object: ObjectModel,
  request: MergeRequest,
  author: Author,
): string => {
  const { ids, priority, isDryRun } = check(object, request)
  checkColumns('read', object, wholeOf(object).columns.keys())
  const key = object.columns.get(idColumnOf(object))
  if (key === undefined) throw bad(`A ${object.nameSingular} cannot be named by an id`)
  const id = quoteIdentifier(key.name)
  const table = inWorkspace(object.table)
  const live = liveOnly(object, TABLE_ALIAS)
  const rank = `case asked.place when ${priority + 1} then 0 else asked.place end as ${RANK}`
  const sources = `sources as (select ${columnsOf(object, TABLE_ALIAS)}, ${rank} \
from pg_catalog.unnest(${e.param(arrayLiteral(ids), `${key.type.comparableSql}[]`)}) with ordinality asked (id, place) \
join ${table} ${TABLE_ALIAS} on ${TABLE_ALIAS}.${id} = asked.id${live === null ? '' : ` and ${live}`}${isDryRun ? '' : ` for update of ${TABLE_ALIAS}`})`

  const changed = new Map([
    ...[...object.fields.values()].flatMap((field) => mergeField(object, field)),
    ...[...touched(object), ...authorValues(object, author, 'update', 'updated_by')].map(
      ([name, boundValue]): [string, string] => [name, boundValue.sql(e, 0)],
    ),
  ])
  if (!isDryRun) checkPermitted(model, object, changed.keys())
  const values = [...object.columns.values()].map((column) => {
    const sql = changed.get(column.name)
    const own = `first.${quoteIdentifier(column.name)}`
    // A required composite that is empty in all records keeps the survivor's value.
    return `${sql === undefined ? own : `coalesce(${sql}, ${own})`} as ${quoteIdentifier(column.name)}`
  })
  const merged = `merged as (select ${values.join(', ')} from sources first \
where first.${RANK} = 0 and (select pg_catalog.count(*) from sources) = ${ids.length})`
  if (isDryRun) return [sources, merged, preview(object)].join(', ')

  const removed = `removed as (delete from ${table} as ${TABLE_ALIAS} using merged where ${TABLE_ALIAS}.${id} in \
(select gone.${id} from sources gone where gone.${RANK} > 0) returning ${TABLE_ALIAS}.${id})`
  const sets = new Map([...changed.keys()].map((name) => [name, `merged.${quoteIdentifier(name)}`]))
  // Counting them first deletes the others before the survivor takes over their unique values.
  const written = `${WRITTEN} as (update ${table} as ${TABLE_ALIAS} set ${setsOf(sets)} \
from merged, (select pg_catalog.count(*) from removed) done where ${TABLE_ALIAS}.${id} = merged.${id} returning ${columnsOf(object, TABLE_ALIAS)})`
  return [sources, merged, ...moveRelations(model, object), removed, written].join(', ')
}

/** The preview: a record that does not exist, so it gets a new id and counts as deleted. */
const preview = (object: ObjectModel): string => {
  const columns = [...object.columns.values()].map((column) => {
    const name = quoteIdentifier(column.name)
    if (column.name === idColumnOf(object) && column.type.name === 'uuid')
      return `pg_catalog.gen_random_uuid() as ${name}`
    return column === object.softDelete ? `pg_catalog.now()::${column.type.sql} as ${name}` : `merged.${name}`
  })
  return `${WRITTEN} as (select ${columns.join(', ')} from merged)`
}
