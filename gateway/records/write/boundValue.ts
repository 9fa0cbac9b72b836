// A value on its way into a column: text that fits the column, or SQL that computes the value, with the way
// it is written into a statement. Data is validated and converted to bound values before any SQL is compiled,
// so that records of a batch can be compared.

import type { Column } from '../../../tenants/model/model.ts'
import type { Params } from '../params.ts'

export interface BoundValue {
  /** The written text; undefined if only the database knows it. */
  readonly text: string | null | undefined
  /** How the text is bound; undefined if there is none. */
  readonly form?: TextForm
  /** For a column that cannot be written: the value must equal the stored one. */
  readonly fixed?: Fixed
  /** Null in an upsert, for a column that cannot be null: a new record gets the column's default. */
  readonly isDefaultInNew?: true
  /** @param ordinal the record's position in its batch, from 0 */
  readonly sql: (e: Params, ordinal: number) => string
}

export interface Fixed {
  readonly column: Column
  /** The refusal of another value. */
  readonly message: string
}

/** Values by column. */
export type BoundValues = Map<string, BoundValue>

/** How text is bound to a column. */
export interface TextForm {
  /** SQL of the type that the text is bound as. */
  readonly type: string
  readonly isArray: boolean
  /** Suffix of the parameter: a cast, or empty. */
  readonly cast: string
}

/** Uses the column's default; only in `values` of an insert. */
export const DEFAULT: BoundValue = { text: undefined, sql: () => 'default' }

const formOf = ({ type }: Column): TextForm =>
  // A list made in SQL is cast through text, so that `[1, 2]` and `["1", "2"]` both fit an integer[].
  type.isArray && type.enum === null && type.name !== 'text'
    ? { type: 'pg_catalog.text[]', isArray: true, cast: `::${type.sql}` }
    : { type: type.sql, isArray: type.isArray, cast: '' }

export const textValue = (column: Column, text: string | null): BoundValue => {
  const form = formOf(column)
  return { text, form, sql: (e) => e.param(text, form.type) + form.cast }
}

/** A value that is accepted if it equals the stored one, and refused with the message otherwise. */
export const fixedValue = (column: Column, text: string | null, message: string): BoundValue => ({
  ...textValue(column, text),
  fixed: { column, message },
})

export const sqlValue = (sql: BoundValue['sql']): BoundValue => ({ text: undefined, sql })
