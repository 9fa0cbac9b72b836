// A value on its way into a column. In: text that fits the column, or SQL that finds the value; out: how it is written into a
// statement. Data is checked and turned into cells before any SQL is made, so that records of a batch can be compared.

import type { Column } from '../../tenants/model/model.ts'
import type { ScalarType } from '../../tenants/model/storage.ts'
import type { Emitter } from './emit.ts'

export interface Cell {
  /** What is written; undefined where only the database knows. */
  readonly text: string | null | undefined
  /** @param ordinal the record's place in its batch, from 0 */
  readonly sql: (e: Emitter, ordinal: number) => string
}

/** Cells by column. */
export type Cells = Map<string, Cell>

/** Leaves the column to Postgres; stands in `values` of an insert alone. */
export const DEFAULT: Cell = { text: undefined, sql: () => 'default' }

export const textCell = (column: Column, type: ScalarType, text: string | null): Cell => ({
  text,
  sql: (e) =>
    // A list made in SQL is cast through text, so that `[1, 2]` and `["1", "2"]` both fit an integer[].
    text !== null && type === 'ARRAY' && column.type.name !== 'text'
      ? `${e.param(text, 'pg_catalog.text[]')}::${column.type.sql}`
      : e.param(text, column.type.sql),
})

export const sqlCell = (sql: Cell['sql']): Cell => ({ text: undefined, sql })
