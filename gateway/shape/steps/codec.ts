// How a selected value becomes JavaScript. Everything travels as text: inside arrays of rows, where PostGraphile folds
// relations into one statement, and outside of them alike.

import type { PgCodec } from 'postgraphile/@dataplan/pg'
import { type SQL, sql } from 'postgraphile/@dataplan/pg/pg-sql2'
import { keepDigits, mayChange } from '../../exactNumber.ts'
import { writeJson } from '../../records/select/json.ts'
import type { ReadForm } from '../../records/select/readForm.ts'

type Parse = (text: string) => unknown

/** A type that is read by `parse` and written as the text it is given. */
export const textCodec = (name: string, sqlType: SQL, parse: Parse): PgCodec => ({
  name,
  sqlType,
  castFromPg: (fragment) => sql`(${fragment})::pg_catalog.text`,
  fromPg: parse,
  toPg: String,
  attributes: undefined,
  executor: null,
})

export const asIs: Parse = (text) => text

/** Of what JSON text says there. */
const written =
  (json: ReadForm['json']): Parse =>
  (text): unknown =>
    JSON.parse(writeJson(text, json))

const TEXT = sql`pg_catalog.text`

const json: Parse = (text): unknown =>
  mayChange(text)
    ? JSON.parse(text, (_key, value, { source }) => keepDigits(value, source))
    : JSON.parse(text)

/** GraphQL's lists have one dimension: what lies in a further one is told as JSON text. */
const list: Parse = (text) => {
  const items = json(text)
  return Array.isArray(items)
    ? items.map((item: unknown) => (Array.isArray(item) ? JSON.stringify(item) : item))
    : items
}

export const LIST: PgCodec = textCodec('tenantryList', TEXT, list)

export const CODECS: Readonly<Record<ReadForm['json'], PgCodec>> = {
  string: textCodec('tenantryString', TEXT, asIs),
  number: textCodec('tenantryNumber', TEXT, written('number')),
  finite: textCodec('tenantryFinite', TEXT, written('finite')),
  exact: textCodec('tenantryExact', TEXT, written('exact')),
  rounded: textCodec('tenantryRounded', TEXT, written('rounded')),
  date: textCodec('tenantryDate', TEXT, written('date')),
  instant: textCodec('tenantryInstant', TEXT, written('instant')),
  millisecond: textCodec('tenantryMillisecond', TEXT, written('millisecond')),
  boolean: textCodec('tenantryBoolean', TEXT, (text) => text === 'true' || text === 't'),
  json: textCodec('tenantryJson', TEXT, json),
}
