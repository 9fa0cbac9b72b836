// Batches of new records and of upserts: common table expressions of write.ts, `written` with the ordinal
// column of insert.ts. A batch is one statement over all records if they are independent. If their values
// show that they are not, it is divided into runs of independent records, and each run sees the results of
// those before it. Dependencies that only Postgres can find (two records that name the same one in
// different ways, or one that takes a value that another gives up) make it fail; the batch is then written
// record by record (writeRunner.ts). The result is that of consecutive requests, but all or nothing, and a
// refusal names its record.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { entryMark } from '../../error/entryMark.ts'
import { arrayLiteral, createListParams, type Params } from '../params.ts'
import { comparable } from '../read/comparable.ts'
import { asTables, columnsOf, ordinalColumn, WRITTEN, type Written } from '../writtenTable.ts'
import type { Author } from './author.ts'
import { compileInsertMany, insertNone } from './insert.ts'
import { matchKeysOf, runsOf } from './matchKey.ts'
import { compileUpsertTogether, lockNamed, valuesToUpsert } from './upsert.ts'

/** How the records of a batch are written: as many at once as possible, or one after the other. */
export type BatchWay = 'together' | 'inTurn'

interface BatchOptions {
  readonly isUpsert: boolean
  readonly way: BatchWay
}

const TEXT = 'pg_catalog.text'
const TURNS = 'turns'

/** The state in which the last entry left each record; entries of new records are the only ones of theirs. */
const latest = (object: ObjectModel, isUpsert: boolean): string => {
  const ordinal = quoteIdentifier(ordinalColumn(object))
  const key = object.key.flatMap((name) => object.columns.get(name) ?? [])
  if (!isUpsert || key.length < object.key.length)
    return `select place.${ordinal}, ${columnsOf(object, 'place')} from ${TURNS} place`
  const isSame = key.map((column) => `${comparable(column, 'last').sql} = ${comparable(column, 'place').sql}`)
  return `select place.${ordinal}, ${columnsOf(object, 'last')} from ${TURNS} place cross join lateral (select last.* from ${TURNS} last where ${isSame.join(' and ')} order by last.${ordinal} desc limit 1) last`
}

const inTurn = (
  e: Params,
  object: ObjectModel,
  isUpsert: boolean,
  {
    locks,
    statements,
    values,
  }: Readonly<{ locks: string | null; statements: string[]; values: (string | null)[] }>,
): string => {
  const columns = [...object.columns.values()].map(({ name, type }) => `${quoteIdentifier(name)} ${type.sql}`)
  const declared = [`${quoteIdentifier(ordinalColumn(object))} pg_catalog.int4`, ...columns].join(', ')
  const given = [
    `null::${inWorkspace(object.table)}`,
    e.param(locks, TEXT),
    e.param(arrayLiteral(statements), `${TEXT}[]`),
    e.param(arrayLiteral(values), `${TEXT}[]`),
  ]
  return `${TURNS} as materialized (select * from tenantry_request.in_turn(${given.join(', ')}) as turn (${declared})), ${WRITTEN} as (${latest(object, isUpsert)})`
}

interface Batch {
  readonly model: Model
  readonly object: ObjectModel
  readonly data: readonly unknown[]
  readonly author: Author
  readonly isUpsert: boolean
}

/**
 * Each run as a statement of its own.
 * @param starts positions at which runs begin
 */
const compileRuns = (
  e: Params,
  { model, object, data, author, isUpsert }: Batch,
  starts: readonly number[],
): string => {
  const list = createListParams()
  const locks = isUpsert ? lockNamed(list, object, valuesToUpsert(model, object, data)) : null
  const ordinal = `${WRITTEN}.${quoteIdentifier(ordinalColumn(object))}`
  const statements = starts.map((start, run) => {
    const records = data.slice(start, starts[run + 1])
    const write = isUpsert
      ? compileUpsertTogether(list, model, object, records, valuesToUpsert(model, object, records), author)
      : compileInsertMany(list, model, object, records, author)
    const mark = records.length === 1 ? `${entryMark(start)} ` : ''
    // Positions within a run count from 0 or from 1; twice the start keeps them distinct from those of the
    // next run.
    return `${mark}with ${asTables(write)} select ${2 * start} + ${ordinal}, ${columnsOf(object, WRITTEN)} from ${WRITTEN}`
  })
  return inTurn(e, object, isUpsert, { locks, statements, values: [...list.values] })
}

/** All or nothing, in the given order. */
export const compileCreateMany = (
  e: Params,
  model: Model,
  object: ObjectModel,
  data: readonly unknown[],
  author: Author,
  { isUpsert, way }: BatchOptions,
): Written => {
  if (data.length === 0) return insertNone(object)
  const batch: Batch = { model, object, data, author, isUpsert }
  if (way === 'inTurn') return compileRuns(e, batch, [...data.keys()])
  if (!isUpsert) return compileInsertMany(e, model, object, data, author)
  const records = valuesToUpsert(model, object, data)
  const starts = runsOf(records, matchKeysOf(object))
  return starts.length > 1
    ? compileRuns(e, batch, starts)
    : compileUpsertTogether(e, model, object, data, records, author)
}

/** Whether the records of a batch may depend on each other. */
export const mayGoInTurn = (data: readonly unknown[]): boolean => data.length > 1
