// The one statement of a REST call that reads. In: a model, an object and what is asked of it; out: SQL with its parameters, and how its rows
// become JSON text. The schema is the placeholder's, so the text is the same for every workspace of the shape.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { compileCursor, cursorSelect } from '../query/cursor.ts'
import { createTextEmitter } from '../query/emit.ts'
import { compileFilter } from '../query/filter.ts'
import { compileKey } from '../query/key.ts'
import { compileOrder, type OrderTerm, orderBySql } from '../query/order.ts'
import { type RecordForm, recordForm } from './record.ts'
import type { Page, Shown } from './request.ts'

export interface CompiledStatement {
  readonly text: string
  readonly values: readonly (string | null)[]
}

/** Each row is a record. */
export interface CompiledRecords extends CompiledStatement {
  readonly record: RecordForm
}

/**
 * Each row is the number of all matching records, the sort values of one record (null where the page is empty) and that
 * record's columns.
 */
export interface CompiledPage extends CompiledRecords {
  readonly terms: readonly OrderTerm[]
  readonly isBackward: boolean
}

/** Where the columns of a record begin in a row of a page. */
export const PAGE_OFFSET = 2

type Key = ReadonlyMap<string, string>

export interface PageRequest {
  readonly filter: unknown
  readonly orderBy: readonly unknown[]
  readonly page: Page
  readonly shown: Shown
}

/**
 * Sort values for use outside of the sorted page: those of the record's own columns can be read there again; those that took
 * a detour over relations are handed out under names of their own.
 */
const carryTerms = (
  terms: readonly OrderTerm[],
): { readonly outside: OrderTerm[]; readonly carried: string[] } => {
  const carried: string[] = []
  const outside = terms.map((term, index) => {
    if (term.isOwn) return term
    const name = quoteIdentifier(`sort ${index}`)
    carried.push(`${term.sql} as ${name}`)
    return { ...term, sql: `t.${name}` }
  })
  return { outside, carried }
}

/**
 * A page of records. One more than the page holds is read, to know whether there are more. The count is its own scan: it
 * needs no sorting and no columns.
 */
export const compileFindMany = (model: Model, object: ObjectModel, request: PageRequest): CompiledPage => {
  const e = createTextEmitter()
  const { page, shown } = request
  const from = `from ${inWorkspace(object.table)} t`
  const condition = compileFilter(e, model, object, 't', request.filter, { isLenient: true })
  const terms = compileOrder(e, model, object, 't', request.orderBy)
  const isBackward = page.before !== undefined
  const cursor = page.after ?? page.before
  const reach = cursor === undefined ? null : compileCursor(e, terms, cursor, isBackward ? 'before' : 'after')
  const where = reach === null ? condition : `${condition} and ${reach}`
  const order = terms.length === 0 ? '' : ` order by ${orderBySql(terms, isBackward)}`
  const limit = e.param(String(page.limit + 1), 'pg_catalog.int8')
  const { outside, carried } = carryTerms(terms)
  const record = recordForm(model, object, 't', shown)
  const columns = [...object.columns.keys()].map((name) => `t.${quoteIdentifier(name)}`)
  const sorted = `select ${[...columns, ...carried].join(', ')} ${from} where ${where}${order} limit ${limit}`
  const text = `select counted.total, page.* from \
(select pg_catalog.count(*) as total ${from} where ${condition}) counted left join \
(select ${[cursorSelect(outside), ...record.columns].map((sql, index) => `${sql} as c${index}`).join(', ')} from (${sorted}) t${record.joins}) page on true`
  return { text, values: e.values, record, terms, isBackward }
}

const select = (record: RecordForm, from: string, where = ''): string =>
  `select ${record.columns.join(', ')} from ${from}${record.joins}${where}`

/** One record, or no row. */
export const compileFindOne = (
  model: Model,
  object: ObjectModel,
  key: Key,
  shown: Shown,
): CompiledRecords => {
  const e = createTextEmitter()
  const where = compileKey(e, object, 't', key)
  const record = recordForm(model, object, 't', shown)
  return {
    text: select(record, `${inWorkspace(object.table)} t`, ` where ${where}`),
    values: e.values,
    record,
  }
}
