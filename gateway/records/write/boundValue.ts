// A value on its way into a column. In: text that fits the column, or SQL that finds the value; out: how it
// is written into a statement. Data is checked and turned into cells before any SQL is made, so that records
// of a batch can be compared.

import type { Column } from '../../../tenants/model/model.ts'
import type { ScalarType } from '../../../tenants/model/storage.ts'
import type { Params } from '../params.ts'

export interface BoundValue {
  /** What is written; undefined where only the database knows. */
  readonly text: string | null | undefined
  /** How the text is written; undefined where there is none. */
  readonly form?: TextForm
  /** Of a column that cannot be written: the value must be the stored one. */
  readonly fixed?: Fixed
  /** @param ordinal the record's place in its batch, from 0 */
  readonly sql: (e: Params, ordinal: number) => string
}

export interface Fixed {
  readonly column: Column
  /** The refusal of another value. */
  readonly message: string
}

/** BoundValues by column. */
export type BoundValues = Map<string, BoundValue>

/** How text gets into a column. */
export interface TextForm {
  /** SQL of the type that the text is bound as. */
  readonly type: string
  readonly isArray: boolean
  /** What follows the parameter: a cast, or nothing. */
  readonly cast: string
}

/** Leaves the column to Postgres; stands in `values` of an insert alone. */
export const DEFAULT: BoundValue = { text: undefined, sql: () => 'default' }

const formOf = ({ type }: Column, scalar: ScalarType): TextForm =>
  // A list made in SQL is cast through text, so that `[1, 2]` and `["1", "2"]` both fit an integer[].
  scalar === 'ARRAY' && type.name !== 'text'
    ? { type: 'pg_catalog.text[]', isArray: true, cast: `::${type.sql}` }
    : { type: type.sql, isArray: type.isArray, cast: '' }

export const textCell = (column: Column, type: ScalarType, text: string | null): BoundValue => {
  const form = formOf(column, type)
  return { text, form, sql: (e) => e.param(text, form.type) + form.cast }
}

/** A value that is accepted where it is stored already, and refused by the message elsewhere. */
export const fixedCell = (
  column: Column,
  type: ScalarType,
  text: string | null,
  message: string,
): BoundValue => ({
  ...textCell(column, type, text),
  fixed: { column, message },
})

export const sqlCell = (sql: BoundValue['sql']): BoundValue => ({ text: undefined, sql })
