// The result of a write, which the rest of its statement reads.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { wholeOf } from './model/permission.ts'

/** The relation with the written records, and the alias of the table in a statement that writes. */
export const WRITTEN = 'written'

/** Columns of a written record: all that the role may read. */
export const columnsOf = (object: ObjectModel, alias: string): string =>
  [...object.columns.keys()].map((name) => `${alias}.${quoteIdentifier(name)}`).join(', ')

/** The column of `written` that sorts the rows of a batch. */
export const ordinalColumn = (object: ObjectModel): string => {
  let name = 'ordinal'
  while (wholeOf(object).columns.has(name)) name += '_'
  return name
}

/**
 * A write as one statement, apart from its `returning`, which can hold the answer itself: Postgres then needs
 * no table of the written records.
 */
export interface SingleWrite {
  readonly object: ObjectModel
  /** Compiles it, and registers its parameters. The table has the alias `written`. */
  readonly statement: () => string
  /** Of a new record whose values are all texts: another one with the same shape has the same statement. */
  readonly row?: { readonly shape: string; readonly texts: readonly (string | null)[] }
  /** SQL of a record's position in the batch. */
  readonly place?: string
}

/** Common table expressions, the last of them `written`, or one statement. */
export type Written = string | SingleWrite

/** As common table expressions; with a position there is an ordinal column. */
export const asTables = (written: Written): string => {
  if (typeof written === 'string') return written
  const { object, statement, place } = written
  const ordinal = place === undefined ? '' : `, ${place} as ${quoteIdentifier(ordinalColumn(object))}`
  return `${WRITTEN} as (${statement()} returning ${columnsOf(object, WRITTEN)}${ordinal})`
}
