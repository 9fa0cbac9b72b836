// How values are read from the database: SQL whose JSON form is the value of REST and whose text form is what
// GraphQL's scalars pass on, so that both protocols return the same. Timestamps are ISO 8601 in UTC, numeric
// and bigint are numbers if JSON holds them exactly, absent texts and lists are blank in objects with
// `emptyStringForNull`.

import type { Column, CompositeField, ObjectModel, ScalarField } from '../../../tenants/model/model.ts'
import { scalarTypeOf } from '../../../tenants/model/read/columnType.ts'
import { SCALARS } from '../../../tenants/model/scalarType.ts'
import { columnReference } from './comparable.ts'
import { shownId } from './reference.ts'

export interface ReadForm {
  readonly sql: string
  /**
   * The JSON type of a non-null value. NaN and the infinities are strings as a `number`, null as a `finite`
   * one. An `exact` number is a string if a double would change it; a `rounded` one is a string only beyond
   * the integers that a double holds. A `millisecond` is an instant without its microseconds. `dates` and
   * `instants` are lists, of any dimensions.
   */
  readonly json:
    | 'string'
    | 'number'
    | 'finite'
    | 'exact'
    | 'rounded'
    | 'boolean'
    | 'date'
    | 'instant'
    | 'millisecond'
    | 'dates'
    | 'instants'
    | 'json'
  /** The JSON of null, if it is not `null`: Postgres plans and keeps an expression for each `coalesce`. */
  readonly blank?: string
}

const TEXTS = new Set(['text', 'varchar'])
const INTEGERS = new Set(['int2', 'int4'])
export const FLOATS: ReadonlySet<string> = new Set(['float4', 'float8'])

/** Lists whose elements Postgres writes in another form than ISO 8601. */
const LISTS: Readonly<Record<string, ReadForm['json']>> = {
  date: 'dates',
  timestamp: 'instants',
  timestamptz: 'instants',
}

const readArray = (column: Column, sql: string, blanks: boolean): ReadForm => ({
  sql:
    column.type.enum !== null || TEXTS.has(column.type.name)
      ? `pg_catalog.to_json(${sql})`
      : `pg_catalog.to_json(${sql}::pg_catalog.text[])`,
  json: LISTS[column.type.name] ?? 'json',
  ...(blanks ? { blank: '[]' } : {}),
})

/**
 * Any SQL of a column's type, in the form in which the column itself is read.
 * @param blanks whether null text reads as empty
 */
export const readValue = (column: Column, sql: string, blanks: boolean): ReadForm => {
  if (column.type.isArray) return readArray(column, sql, blanks)
  switch (SCALARS[scalarTypeOf(column.type)].value) {
    case 'boolean':
      return { sql, json: 'boolean' }
    case 'number':
      if (INTEGERS.has(column.type.name)) return { sql, json: 'number' }
      // Our own objects promise numbers; a table made in SQL may contain NaN.
      if (FLOATS.has(column.type.name)) return { sql, json: blanks ? 'finite' : 'number' }
      return { sql, json: 'exact' }
    case 'instant':
      // Our own objects return milliseconds, as in the contract; tables made in SQL all digits.
      return { sql: `${sql}::pg_catalog.text`, json: blanks ? 'millisecond' : 'instant' }
    case 'json':
      return { sql, json: 'json' }
    case 'day':
      return { sql: `${sql}::pg_catalog.text`, json: 'date' }
    case 'uuid':
      return { sql, json: 'string' }
    case 'text':
    case 'option':
    case 'options':
    case 'texts':
    case 'searchVector':
      if (!TEXTS.has(column.type.name)) return { sql: `${sql}::pg_catalog.text`, json: 'string' }
      return { sql, json: 'string', ...(blanks ? { blank: '""' } : {}) }
  }
}

/** A field of one column, as the API shows it. */
export const readScalar = (object: ObjectModel, { column }: ScalarField, alias: string): ReadForm =>
  readValue(column, shownId(object, column, alias), object.emptyStringForNull)

/** A field of one column, as stored: for references whose target is known to be visible. */
export const readStored = (object: ObjectModel, { column }: ScalarField, alias: string): ReadForm =>
  readValue(column, columnReference(alias, column), object.emptyStringForNull)

/** One sub-field of a composite. */
export const readPart = (
  object: ObjectModel,
  { part, column }: CompositeField['parts'][number],
  alias: string,
): ReadForm => {
  const form = readValue(column, columnReference(alias, column), false)
  if (!object.emptyStringForNull || part.blank === null) return form
  return { ...form, blank: part.sql === 'jsonb' ? part.blank : JSON.stringify(part.blank) }
}
