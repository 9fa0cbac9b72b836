// The one statement of a REST call that reads. In: a model, an object and what is asked of it; out: SQL with its parameters, and how its rows
// become JSON text. The schema is the placeholder's, so the text is the same for every workspace of the shape.

import { inWorkspace } from '../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { createParams } from '../records/params.ts'
import { cursorSelect } from '../records/read/cursor.ts'
import { compileKey } from '../records/read/key.ts'
import type { OrderTerm } from '../records/read/order.ts'
import { compileMatching, compileRows } from '../records/read/page.ts'
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

type Key = ReadonlyMap<string, unknown>

export interface PageRequest {
  readonly filter: unknown
  readonly orderBy: readonly unknown[]
  readonly page: Page
  readonly shown: Shown
}

/**
 * A page of records. Behind a cursor one more than the page holds is read, to know whether there are more. The count is its own scan: it
 * needs no sorting and no columns.
 */
export const compileFindMany = (model: Model, object: ObjectModel, request: PageRequest): CompiledPage => {
  const e = createParams()
  const { page, shown, filter, orderBy } = request
  const isBackward = page.before !== undefined
  const side = isBackward ? 'before' : 'after'
  const text = page.after ?? page.before
  const record = recordForm(model, object, 't', shown)
  const matching = compileMatching(e, model, object, 't', { filter, isLenient: true })
  const { rows, terms } = compileRows(e, model, object, 't', matching, {
    filter,
    orderBy,
    // A first page needs no further record to know of more: it knows how many there are.
    limit: text === undefined ? page.limit : page.limit + 1,
    isBackward,
    cursor: text === undefined ? null : { side, text },
    columns: record.reads,
  })
  const columns = [cursorSelect(terms), ...record.columns].map((sql, index) => `${sql} as c${index}`)
  return {
    text: `select counted.total, page.* from (select pg_catalog.count(*) as total ${matching}) counted \
left join (select ${columns.join(', ')} from ${rows}${record.joins}) page on true`,
    values: e.values,
    record,
    terms,
    isBackward,
  }
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
  const e = createParams()
  const where = compileKey(e, object, 't', key)
  const record = recordForm(model, object, 't', shown)
  return {
    text: select(record, `${inWorkspace(object.table)} t`, ` where ${where}`),
    values: e.values,
    record,
  }
}
