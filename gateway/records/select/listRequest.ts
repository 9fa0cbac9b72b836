// What is asked of a list, and how it is read from the arguments of a connection.

import { type PageArguments, type PageBounds, parsePage } from '../read/pageArguments.ts'

/** Input of compiling a list's statement. */
export interface ListRequest {
  readonly filter: unknown
  readonly orderBy: readonly unknown[] | null
  readonly page: PageBounds
  /** The filter's values are text from a URL. */
  readonly isLenient?: boolean
  /** Ties the records to an outer row. */
  readonly link?: string
  /** Nothing in it comes from a request. */
  readonly isFixed?: boolean
}

/** A single `orderBy` object is coerced to a list of one (GraphQL specification §3.11). */
export const coercedList = (given: unknown): readonly unknown[] | null =>
  given === null || given === undefined ? null : Array.isArray(given) ? given : [given]

/** The arguments of a connection, coerced. */
export const requestOf = (given: Readonly<Record<string, unknown>>, isNested: boolean): ListRequest => ({
  filter: given.filter,
  orderBy: coercedList(given.orderBy),
  page: parsePage(given as Partial<PageArguments>, isNested),
})
