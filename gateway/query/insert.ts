// New records, one or many, in one statement. In: data in API names; out: what stands behind `with`, as write.ts has it; for many,
// `written` has one column more, the record's place among those given. Returned rows carry no such place by themselves: those of
// our objects are known by their ids, which are made here where nobody gave one; a table made in SQL, whose keys are its own
// affair, gets one insert per record.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Column, Model, ObjectModel } from '../../tenants/model/model.ts'
import { type Author, authorCells, cellsToWrite, withFilled } from './assign.ts'
import { type Cell, type Cells, DEFAULT, textCell } from './cell.ts'
import type { Emitter } from './emit.ts'
import { may, wholeOf } from './permission.ts'
import { uuidv7 } from './uuid.ts'
import { columnsOf, TABLE_ALIAS, WRITTEN } from './write.ts'

/** The column of `written` that says which record of a batch a row is. */
export const ordinalColumn = (object: ObjectModel): string => {
  let name = 'ordinal'
  while (wholeOf(object).columns.has(name)) name += '_'
  return name
}

/** The id of an object of ours: a UUID, which nothing changes on its way into the table. */
export const ownId = (object: ObjectModel): Column | null => {
  const [name = ''] = object.key
  const column = object.columns.get(name)
  return object.blanksAbsent && object.key.length === 1 && column?.type.name === 'uuid' ? column : null
}

/** A record with an id, and that id. */
export const withId = (cells: Cells, id: Column): { readonly cells: Cells; readonly id: Cell } => {
  const given = cells.get(id.name)
  const cell = typeof given?.text === 'string' ? given : textCell(id, 'UUID', uuidv7())
  return { cells: new Map([...cells, [id.name, cell]]), id: cell }
}

const insert = (
  e: Emitter,
  object: ObjectModel,
  rows: readonly { readonly cells: Cells; readonly ordinal: number }[],
): string => {
  const anyColumn = [...wholeOf(object).columns.keys()].find((name) => may(object, 'create', name))
  const named = new Set(rows.flatMap(({ cells }) => [...cells.keys()]))
  if (named.size === 0 && anyColumn !== undefined) named.add(anyColumn)
  const columns = [...named]
  const values = rows.map(
    ({ cells, ordinal }) =>
      `(${columns.map((name) => (cells.get(name) ?? DEFAULT).sql(e, ordinal)).join(', ')})`,
  )
  return `insert into ${inWorkspace(object.table)} as ${TABLE_ALIAS} (${columns.map(quoteIdentifier).join(', ')}) values ${values.join(', ')} returning ${columnsOf(object, TABLE_ALIAS)}`
}

const newRecord = (model: Model, object: ObjectModel, data: unknown, author: Author): Cells =>
  withFilled(
    cellsToWrite(model, object, data, 'create'),
    authorCells(object, author, 'created_by', 'create'),
    authorCells(object, author, 'updated_by', 'create'),
  )

export const compileInsertOne = (
  e: Emitter,
  model: Model,
  object: ObjectModel,
  data: unknown,
  author: Author,
): string =>
  `${WRITTEN} as (${insert(e, object, [{ cells: newRecord(model, object, data, author), ordinal: 0 }])})`

/** Rows that are known by their ids again. */
const insertKnown = (e: Emitter, object: ObjectModel, id: Column, records: readonly Cells[]): string => {
  const rows = records.map((record, ordinal) => ({ ...withId(record, id), ordinal }))
  const places = rows.map(({ id: { sql }, ordinal }) => `(${ordinal}, ${sql(e, ordinal)})`)
  return `made as (${insert(e, object, rows)}), ${WRITTEN} as (select given.place as ${quoteIdentifier(ordinalColumn(object))}, ${columnsOf(object, 'made')} from (values ${places.join(', ')}) given (place, id) join made on given.id = made.${quoteIdentifier(id.name)})`
}

const insertEach = (e: Emitter, object: ObjectModel, records: readonly Cells[]): string => {
  const inserts = records.map(
    (cells, ordinal) => `made${ordinal} as (${insert(e, object, [{ cells, ordinal }])})`,
  )
  const rows = records.map(
    (_, ordinal) =>
      `select ${ordinal} as ${quoteIdentifier(ordinalColumn(object))}, ${columnsOf(object, 'made')} from made${ordinal} made`,
  )
  return `${inserts.join(', ')}, ${WRITTEN} as (${rows.join(' union all ')})`
}

/** All or nothing. */
export const compileInsertMany = (
  e: Emitter,
  model: Model,
  object: ObjectModel,
  data: readonly unknown[],
  author: Author,
): string => {
  const records = data.map((record) => newRecord(model, object, record, author))
  const id = ownId(object)
  return id === null ? insertEach(e, object, records) : insertKnown(e, object, id, records)
}
