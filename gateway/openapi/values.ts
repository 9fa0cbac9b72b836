// Field values as JSON Schema, in answers and in requests: the result of records/select/readForm.ts and the
// input of records/values/value.ts. Columns of objects created by Tenantry have one form; columns made in SQL
// contain any value that Postgres accepts. records.ts decides which fields a record has.

import type { CompositePart } from '../../tenants/model/compositeType.ts'
import type { Column } from '../../tenants/model/model.ts'
import { toCamelCase, toTypeName } from '../../tenants/model/name.ts'
import { scalarTypeOf } from '../../tenants/model/read/columnType.ts'
import { SCALARS, type ScalarType } from '../../tenants/model/scalarType.ts'
import type { Components } from './components.ts'
import { ANYTHING, BOOLEAN, listOf, OBJECT, objectOf, orNull, type Schema, STRING } from './schema.ts'

/** Explicitly any value: generators read an object without properties as an empty one. */
const DOCUMENT = { type: ['object', 'array'], additionalProperties: true, items: {} }

export interface SchemaContext {
  readonly components: Components
  /** Created by Tenantry. */
  readonly isManaged: boolean
}

const UUID: Schema = { type: 'string', format: 'uuid' }
const DATE: Schema = { type: 'string', format: 'date' }
const DATE_TIME: Schema = { type: 'string', format: 'date-time' }
/** For tables made in SQL, with years of more digits and infinite times. */
const OPEN: Schema = { type: 'string', pattern: '^[+-]\\d{6}|^-?infinity$' }
const LOCAL_TIME: Schema = {
  type: 'string',
  pattern: '^(\\d{4}|[+-]\\d{6,7})-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3,6}$|^-?infinity$',
}

const dateTime = ({ isManaged }: SchemaContext, { type }: Column): Schema => {
  if (type.name === 'timestamp') return LOCAL_TIME
  return isManaged ? DATE_TIME : { anyOf: [DATE_TIME, OPEN] }
}

const dateOf = ({ isManaged }: SchemaContext): Schema => (isManaged ? DATE : { anyOf: [DATE, OPEN] })
/** Numbers that a double holds exactly are JSON numbers, all others strings. */
const DECIMAL: Schema = { type: ['number', 'string'], format: 'decimal' }
const BIG_INTEGER: Schema = { type: ['integer', 'string'], format: 'int64' }
const NUMBER: Schema = { type: 'number' }
const INTEGERS: Readonly<Record<string, Schema>> = {
  int2: { type: 'integer', minimum: -(2 ** 15), maximum: 2 ** 15 - 1 },
  int4: { type: 'integer', format: 'int32' },
}

/** Lists of options are components named after the enum type. */
const optionOf = ({ components }: SchemaContext, labels: readonly string[], name: string): Schema =>
  components.share(toTypeName(toCamelCase(name)), { type: 'string', enum: labels })

const optionsOfColumn = (place: SchemaContext, { type }: Column): Schema =>
  type.enum === null ? STRING : optionOf(place, type.enum.labels, type.enum.name)

const readItem = (place: SchemaContext, column: Column): Schema => {
  if (column.isNested === true) return ANYTHING
  const item = column.type.enum === null ? STRING : optionsOfColumn(place, column)
  return place.isManaged ? item : orNull(item)
}

const readNumber = ({ isManaged }: SchemaContext, { type }: Column): Schema => {
  if (type.name === 'numeric') return DECIMAL
  if (type.name === 'int8') return BIG_INTEGER
  const integer = INTEGERS[type.name]
  if (integer !== undefined || isManaged) return integer ?? NUMBER
  return { anyOf: [NUMBER, { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] }] }
}

/** A non-null value of a column. */
const readValue = (place: SchemaContext, column: Column): Schema => {
  if (column.type.isArray) return listOf(readItem(place, column))
  switch (SCALARS[scalarTypeOf(column.type)].value) {
    case 'boolean':
      return BOOLEAN
    case 'number':
      return readNumber(place, column)
    case 'uuid':
      return UUID
    case 'day':
      return dateOf(place)
    case 'instant':
      return dateTime(place, column)
    case 'option':
      return optionsOfColumn(place, column)
    case 'json':
      return place.isManaged ? DOCUMENT : ANYTHING
    case 'text':
    case 'options':
    case 'texts':
    case 'searchVector':
      return STRING
  }
}

const BLANKED = new Set(['text', 'varchar'])

/** @param canBeAbsent the value may read null although the column is not nullable */
export const readSchema = (place: SchemaContext, column: Column, canBeAbsent = false): Schema => {
  const schema = readValue(place, column)
  const isBlanked = place.isManaged && (column.type.isArray || BLANKED.has(column.type.name))
  return isBlanked || (column.notNull && !canBeAbsent) ? schema : orNull(schema)
}

const LABELLED_LINK = objectOf({ label: orNull(STRING), url: orNull(STRING) })
const PHONE = objectOf({ number: STRING, countryCode: STRING, callingCode: STRING })

/** JSON inside composites, by sub-field. */
const KEPT_JSON: Readonly<Record<string, Schema>> = {
  additionalEmails: listOf(STRING),
  additionalPhones: listOf(PHONE),
  secondaryLinks: listOf(LABELLED_LINK),
  context: OBJECT,
}

const keptJson = (part: CompositePart): Schema | undefined =>
  part.sql === 'jsonb' ? KEPT_JSON[part.name] : undefined

export const readPartSchema = (place: SchemaContext, part: CompositePart, column: Column): Schema => {
  const schema = (place.isManaged ? keptJson(part) : undefined) ?? readValue(place, column)
  return column.notNull || (place.isManaged && part.blank !== null) ? schema : orNull(schema)
}

const writeItem = (place: SchemaContext, column: Column): Schema => {
  if (column.type.enum !== null)
    return place.isManaged ? optionsOfColumn(place, column) : orNull(optionsOfColumn(place, column))
  return place.isManaged && column.type.name === 'text'
    ? STRING
    : { type: ['string', 'number', 'boolean', 'array', 'null'] }
}

const writeNumber = (place: SchemaContext, type: ScalarType, column: Column): Schema => {
  if (SCALARS[type].isPlace === true) return { anyOf: [NUMBER, { type: 'string', enum: ['first', 'last'] }] }
  return column.type.name === 'int8'
    ? { ...BIG_INTEGER, pattern: '^[+-]?\\d{1,30}$' }
    : readNumber(place, column)
}

const writeValue = (place: SchemaContext, type: ScalarType, column: Column): Schema => {
  switch (SCALARS[type].value) {
    case 'boolean':
      return BOOLEAN
    case 'number':
      return writeNumber(place, type, column)
    case 'uuid':
      return UUID
    case 'day':
      return dateOf(place)
    case 'instant':
      // A time without zone is accepted with one, too.
      return column.type.name === 'timestamp' ? STRING : dateTime(place, column)
    case 'option':
      return optionsOfColumn(place, column)
    case 'options':
    case 'texts':
      return listOf(writeItem(place, column))
    case 'json':
      return place.isManaged ? DOCUMENT : ANYTHING
    case 'text':
    case 'searchVector':
      return STRING
  }
}

export type WriteMode = 'create' | 'update'

/** Null means the default for a required column of a new record. */
const takesNull = ({ notNull, hasDefault }: Column, type: ScalarType, mode: WriteMode): boolean =>
  SCALARS[type].isPlace !== true && (!notNull || (mode === 'create' && hasDefault))

export const writeSchema = (
  place: SchemaContext,
  type: ScalarType,
  column: Column,
  mode: WriteMode,
): Schema => {
  const schema = writeValue(place, type, column)
  return takesNull(column, type, mode) ? orNull(schema) : schema
}

export const writePartSchema = (
  place: SchemaContext,
  part: CompositePart,
  column: Column,
  mode: WriteMode,
): Schema => {
  const schema = keptJson(part)
  if (schema === undefined) return writeSchema(place, part.type, column, mode)
  return takesNull(column, part.type, mode) ? orNull(schema) : schema
}

/** A value that identifies a record. */
export const keySchema = (place: SchemaContext, type: ScalarType, column: Column): Schema => {
  const { notNull: _, ...rest } = column
  return writeSchema(place, type, { ...rest, notNull: true, hasDefault: false }, 'create')
}
