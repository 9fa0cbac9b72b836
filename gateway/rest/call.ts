// One authorised REST request: its object, its body and its access to the database, for reads.ts and
// writes.ts.

import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { recordNotFound } from '../records/read/relation.ts'
import type { Past } from '../records/recordHistory.ts'
import type { ReadRows } from '../records/run.ts'
import type { RunWrite } from '../records/write/writeRunner.ts'

export interface RestCall {
  readonly requestContext: RequestContext<unknown>
  readonly model: Model
  readonly object: ObjectModel
  readonly readBody: () => Promise<unknown>
  /** Rejects with a Problem in terms of the API's names. */
  readonly read: ReadRows
  readonly write: RunWrite
  readonly past: Past
  /** The caller wants no bodies of written records (RFC 7240 §4.2). */
  readonly isMinimal: boolean
}

export interface RestAnswer {
  readonly status: number
  /** JSON; null if the answer has no body. */
  readonly body: string | null
}

/** The one item of an answer about one record. Throws Problem NOT_FOUND. */
export const theOne = <Item>([item]: readonly Item[]): Item => {
  if (item === undefined) throw recordNotFound()
  return item
}

/** `{"data":{"company":{…}}}` @param record its JSON */
export const recordAnswer = (name: string, record: string): string => `{"data":{"${name}":${record}}}`

/** `{"data":{"createCompanies":[…]}}` @param records JSON of each */
export const recordsAnswer = (name: string, records: readonly string[]): string =>
  `{"data":{"${name}":[${records.join(',')}]}}`
