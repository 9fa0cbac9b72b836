// The one statement of a REST call. In: a model, an object and what is asked of it; out: SQL whose result is the answer's JSON
// text, with its parameters. The schema is the placeholder's, so the text is the same for every workspace of the shape.

import { inWorkspace } from '../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { compileCursor, cursorSelect } from '../query/cursor.ts'
import { createTextEmitter } from '../query/emit.ts'
import { compileFilter } from '../query/filter.ts'
import { compileOrder, type OrderTerm, orderBySql } from '../query/order.ts'
import {
  type Author,
  compileDestroy,
  compileInsert,
  compileKey,
  compileSoftDelete,
  compileUpdate,
} from '../query/write.ts'
import { keyJson, recordJson } from './record.ts'
import type { Depth, Page } from './request.ts'

export interface CompiledStatement {
  readonly text: string
  readonly values: readonly (string | null)[]
}

export interface CompiledPage extends CompiledStatement {
  readonly terms: readonly OrderTerm[]
  readonly isBackward: boolean
}

type Key = ReadonlyMap<string, string>

/**
 * A page of records in one row: records (JSON text), whether there are more, the cursor values of the first and the last,
 * and the number of all records that the filter matches. One row more than the page is read to know whether there are more.
 */
export const compileFindMany = (
  model: Model,
  object: ObjectModel,
  request: {
    readonly filter: unknown
    readonly orderBy: readonly unknown[]
    readonly page: Page
    readonly depth: Depth
  },
): CompiledPage => {
  const e = createTextEmitter()
  const { page, depth } = request
  const from = `from ${inWorkspace(object.table)} t`
  const condition = compileFilter(e, model, object, 't', request.filter, { isLenient: true })
  const terms = compileOrder(e, model, object, 't', request.orderBy)
  const isBackward = page.before !== undefined
  const cursor = page.after ?? page.before
  const reach = cursor === undefined ? null : compileCursor(e, terms, cursor, isBackward ? 'before' : 'after')
  const order = terms.length === 0 ? '' : ` order by ${orderBySql(terms, isBackward)}`
  const limit = e.param(String(page.limit), 'pg_catalog.int8')
  const where = reach === null ? condition : `${condition} and ${reach}`
  const record = recordJson(model, object, 't', depth)
  // Every aggregate names its order: left to itself, one takes over the order that the planner chose for another.
  const text = `select coalesce(pg_catalog.json_agg(page.record order by page.n${isBackward ? ' desc' : ''}) filter (where page.n <= ${limit}), '[]')::text, \
pg_catalog.count(*) > ${limit}, \
(pg_catalog.array_agg(page.cursor order by page.n))[1]::text, \
(pg_catalog.array_agg(page.cursor order by page.n))[least(pg_catalog.count(*), ${limit})]::text, \
(select pg_catalog.count(*) ${from} where ${condition}) \
from (select rows.*, pg_catalog.row_number() over () as n from \
(select ${record} as record, ${cursorSelect(terms)} as cursor ${from} where ${where}${order} limit ${limit} + 1) rows) page`
  return { text, values: e.values, terms, isBackward }
}

/** One record, or no row. */
export const compileFindOne = (
  model: Model,
  object: ObjectModel,
  key: Key,
  depth: Depth,
): CompiledStatement => {
  const e = createTextEmitter()
  const where = compileKey(e, object, 't', key)
  const text = `select ${recordJson(model, object, 't', depth)}::text from ${inWorkspace(object.table)} t where ${where}`
  return { text, values: e.values }
}

const written = (write: string, record: string, values: readonly (string | null)[]): CompiledStatement => ({
  text: `with written as (${write}) select ${record}::text from written`,
  values,
})

export const compileCreateOne = (
  model: Model,
  object: ObjectModel,
  data: unknown,
  author: Author,
  depth: Depth,
): CompiledStatement => {
  const e = createTextEmitter()
  const write = compileInsert(e, object, [data], author)
  return written(write, recordJson(model, object, 'written', depth), e.values)
}

/** All or nothing; the answer lists the records in the order given. */
export const compileCreateMany = (
  model: Model,
  object: ObjectModel,
  records: readonly unknown[],
  author: Author,
  depth: Depth,
): CompiledStatement => {
  const e = createTextEmitter()
  const write = compileInsert(e, object, records, author)
  return written(write, `pg_catalog.json_agg(${recordJson(model, object, 'written', depth)})`, e.values)
}

export const compileUpdateOne = (
  model: Model,
  object: ObjectModel,
  key: Key,
  data: unknown,
  author: Author,
  depth: Depth,
): CompiledStatement => {
  const e = createTextEmitter()
  const write = compileUpdate(e, object, data, author, (alias) => compileKey(e, object, alias, key))
  return written(write, recordJson(model, object, 'written', depth), e.values)
}

/** Answers with the record's key alone. A hard delete reaches into the trash. */
export const compileDeleteOne = (
  model: Model,
  object: ObjectModel,
  key: Key,
  isSoft: boolean,
): CompiledStatement => {
  const e = createTextEmitter()
  const write = isSoft
    ? compileSoftDelete(object, (alias) => compileKey(e, object, alias, key))
    : compileDestroy(object, (alias) => compileKey(e, object, alias, key, 'any'))
  return written(write, keyJson(model, object, 'written'), e.values)
}
