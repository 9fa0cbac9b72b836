// The envelopes of the contract. In: rows of a compiled statement; out: the body as text.

import type { Rows } from '../../sql/pipeline/pool.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { encodeCursor } from '../records/read/cursor.ts'
import { type CompiledPage, PAGE_OFFSET } from './compile.ts'
import type { RecordForm } from './record.ts'
import type { Page } from './request.ts'

/** `{"data":{"createCompanies":[…]}}` */
export const recordsAnswer = (
  name: string,
  { record }: { readonly record: RecordForm },
  rows: Rows,
): string => `{"data":{"${name}":[${rows.map((row) => record.write(row, 0)).join(',')}]}}`

const cursorOf = ({ terms }: CompiledPage, row: Rows[number] | undefined): string | null => {
  const values: unknown = terms.length === 0 || row?.[1] == null ? null : JSON.parse(row[1])
  return Array.isArray(values) ? encodeCursor(terms, values) : null
}

/**
 * `{"data":{"companies":[…]},"totalCount":…,"pageInfo":{…}}`. A page is known to have something before it when it begins
 * behind a cursor, and the other way round when it was read backwards.
 */
export const pageAnswer = (object: ObjectModel, compiled: CompiledPage, page: Page, rows: Rows): string => {
  const found = rows.filter((row) => row[1] !== null)
  const total = rows[0]?.[0] ?? '0'
  const isFirst = page.after === undefined && page.before === undefined
  const isMore = (isFirst ? Number(total) : found.length) > page.limit
  const read = found.slice(0, page.limit)
  const records = compiled.isBackward ? read.toReversed() : read
  const pageInfo = {
    startCursor: cursorOf(compiled, records[0]),
    endCursor: cursorOf(compiled, records.at(-1)),
    hasNextPage: compiled.isBackward || isMore,
    hasPreviousPage: compiled.isBackward ? isMore : page.after !== undefined,
  }
  const list = records.map((row) => compiled.record.write(row, PAGE_OFFSET)).join(',')
  return `{"data":{"${object.namePlural}":[${list}]},"totalCount":${total},"pageInfo":${JSON.stringify(pageInfo)}}`
}
