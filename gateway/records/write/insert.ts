// New records, one or many, in one statement, as in write.ts; for many, `written` has one more column, the
// position of each record in the input. Returned rows carry no position by themselves: those of our objects
// are matched by their ids, which are generated here if missing; a table made in SQL, which generates its own
// keys, gets one insert per record.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, Model, ObjectModel } from '../../../tenants/model/model.ts'
import { checkObject, may, wholeOf } from '../model/permission.ts'
import { arrayLiteral, type Params } from '../params.ts'
import { columnsOf, ordinalColumn, type SingleWrite, WRITTEN, type Written } from '../writtenTable.ts'
import { valuesToWrite, withFilled } from './assign.ts'
import { type Author, authorValues } from './author.ts'
import { type BoundValue, type BoundValues, DEFAULT, textValue } from './boundValue.ts'
import { eachRecord } from './faults.ts'
import { refuseOverQuota } from './quota.ts'
import { recordLists } from './recordLists.ts'
import { uuidv7 } from './uuid.ts'
import { TABLE_ALIAS } from './write.ts'

/** The id of an object of ours: a UUID, which the insert does not change. */
export const ownId = (object: ObjectModel): Column | null => {
  const [name = ''] = object.key
  const column = object.columns.get(name)
  return object.emptyStringForNull && object.key.length === 1 && column?.type.name === 'uuid' ? column : null
}

const idValue = (id: Column, text: string = uuidv7()): BoundValue => textValue(id, text)

/** A record with an id of its own. */
export const withId = (bound: BoundValues, id: Column): BoundValues =>
  typeof bound.get(id.name)?.text === 'string' ? bound : new Map(bound).set(id.name, idValue(id))

const into = (object: ObjectModel, columns: readonly string[]): string =>
  `insert into ${inWorkspace(object.table)} as ${TABLE_ALIAS} (${columns.map(quoteIdentifier).join(', ')})`

/**
 * @param first position of the first record in its batch
 * @param clause between the columns and the values
 */
const insert = (
  e: Params,
  object: ObjectModel,
  records: readonly BoundValues[],
  first = 0,
  clause = '',
): string => {
  const anyColumn = [...wholeOf(object).columns.keys()].find((name) => may(object, 'create', name))
  const named = new Set(records.flatMap((bound) => [...bound.keys()]))
  if (named.size === 0 && anyColumn !== undefined) named.add(anyColumn)
  const columns = [...named]
  const rows = records.map(
    (bound, index) =>
      `(${columns.map((name) => (bound.get(name) ?? DEFAULT).sql(e, first + index)).join(', ')})`,
  )
  return `${into(object, columns)}${clause} values ${rows.join(', ')}`
}

const filledIn = (object: ObjectModel, author: Author): BoundValues =>
  authorValues(object, author, 'create', 'created_by', 'updated_by')

/** Empty if a value is SQL. How a text is bound depends on its column alone. */
const textRow = (bound: BoundValues): Pick<SingleWrite, 'row'> => {
  const texts: (string | null)[] = []
  let shape = ''
  for (const [name, { text, form }] of bound) {
    if (text === undefined || form === undefined) return {}
    texts.push(text)
    // No name contains a NUL.
    shape += `${name}\0`
  }
  return texts.length === 0 ? {} : { row: { shape, texts } }
}

/** @param identity texts of columns whose values the database would generate, by their names */
export const compileInsertOne = (
  e: Params,
  model: Model,
  object: ObjectModel,
  data: unknown,
  author: Author,
  identity: ReadonlyMap<string, string> = new Map(),
): SingleWrite => {
  const given = valuesToWrite(model, object, data, 'create')
  refuseOverQuota(author)
  const record = filledIn(object, author)
  for (const [name, boundValue] of given) record.set(name, boundValue)
  if (identity.size === 0) return { object, statement: () => insert(e, object, [record]), ...textRow(record) }
  for (const [name, text] of identity) {
    const column = wholeOf(object).columns.get(name)
    if (column !== undefined) record.set(name, textValue(column, text))
  }
  return { object, statement: () => insert(e, object, [record], 0, ' overriding system value') }
}

/** Rows matched by their ids. */
const insertKnown = (
  e: Params,
  object: ObjectModel,
  id: Column,
  given: readonly BoundValues[],
  filled: BoundValues,
): SingleWrite => {
  const ids = given.map((bound) => bound.get(id.name)?.text ?? uuidv7())
  const idList = e.param(arrayLiteral(ids), `${id.type.sql}[]`)
  const lists = recordLists(e, object, given, filled, { name: id.name, list: idList })
  const statement =
    lists === null
      ? insert(
          e,
          object,
          given.map((bound, at) => withFilled(bound, filled).set(id.name, idValue(id, ids[at]))),
        )
      : `${into(object, lists.columns)} ${lists.rows}`
  const place = `pg_catalog.array_position(${idList}::pg_catalog.uuid[], ${TABLE_ALIAS}.${quoteIdentifier(id.name)}::pg_catalog.uuid)`
  return { object, statement: () => statement, place }
}

const insertEach = (e: Params, object: ObjectModel, records: readonly BoundValues[]): string => {
  const inserts = records.map(
    (bound, ordinal) =>
      `made${ordinal} as (${insert(e, object, [bound], ordinal)} returning ${columnsOf(object, TABLE_ALIAS)})`,
  )
  const rows = records.map(
    (_, ordinal) =>
      `select ${ordinal} as ${quoteIdentifier(ordinalColumn(object))}, ${columnsOf(object, 'made')} from made${ordinal} made`,
  )
  return `${inserts.join(', ')}, ${WRITTEN} as (${rows.join(' union all ')})`
}

/** An empty batch has an empty `written`. Throws Problem FORBIDDEN if the role may create no such record. */
export const insertNone = (object: ObjectModel): string => {
  checkObject('create', object)
  return `${WRITTEN} as (select ${columnsOf(object, 'none')}, 0 as ${quoteIdentifier(ordinalColumn(object))} from ${inWorkspace(object.table)} none where false)`
}

/** All or nothing. */
export const compileInsertMany = (
  e: Params,
  model: Model,
  object: ObjectModel,
  data: readonly unknown[],
  author: Author,
): Written => {
  if (data.length === 0) return insertNone(object)
  const given = eachRecord(data, (record) => valuesToWrite(model, object, record, 'create'))
  refuseOverQuota(author)
  const filled = filledIn(object, author)
  const id = ownId(object)
  return id === null
    ? insertEach(
        e,
        object,
        given.map((bound) => withFilled(bound, filled)),
      )
    : insertKnown(e, object, id, given, filled)
}
