// Converts values of the API to Postgres' text form: from a JSON value and its field to text to bind, or a
// Problem with the contract's message. `strict` values are typed (JSON bodies, GraphQL); `lenient` ones are
// text from a URL. filter.ts decides which operators a field has, Postgres whether null is allowed.

import type { Column } from '../../../tenants/model/model.ts'
import { SCALARS, type ScalarType } from '../../../tenants/model/scalarType.ts'
import { decimalOf, digitsOf } from '../../../tenants/model/value/exactNumber.ts'
import { shown } from '../../../tenants/model/value/shown.ts'
import { badInputOf, Problem } from '../../error/problem.ts'
import { arrayLiteral } from '../params.ts'
import { innerListOf } from './innerList.ts'
import { dayOf, farYearsToIso, isInfinite, parseDateTime, parseLocalTime } from './isoTime.ts'

export interface ValueTarget {
  /** Name for messages: `city`, `address.addressCity`. */
  readonly path: string
  readonly type: ScalarType
  readonly column: Column
  /** A field of an object created by Tenantry, whose numbers are finite. */
  readonly isManaged?: boolean
  /** A part filled by the server. */
  readonly isServerOnly?: boolean
  /** The value that reads the same as an absent one. */
  readonly jsonBlank?: '[]' | '{}'
  /** Converts a compared text to the column's spelling. */
  readonly spelling?: (text: string) => string
}

const bad = badInputOf('INVALID_ARGS_DATA')

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const INTEGER = /^[+-]?\d{1,30}$/
const toText = (value: unknown, { path }: ValueTarget): string => {
  if (typeof value !== 'string') throw bad(`Invalid string value ${shown(value)} for text field "${path}"`)
  return value
}

/** The largest integer of each width; the smallest is one less than its opposite. */
const INTEGER_MAX: Readonly<Record<string, bigint>> = {
  int2: 2n ** 15n - 1n,
  int4: 2n ** 31n - 1n,
  int8: 2n ** 63n - 1n,
}

const isBeyond = (text: string, type: string): boolean => {
  const max = INTEGER_MAX[type]
  // No number of four digits is beyond any of them.
  if (max === undefined || text.length < 5) return false
  const number = BigInt(text.replace('+', ''))
  return number > max || number < -max - 1n
}

const isWhole = ({ type }: Column): boolean => /^int[248]$/.test(type.name)

const isSpecial = ({ column, isManaged }: ValueTarget, text: string): boolean =>
  isManaged !== true && !isWhole(column) && (text === 'NaN' || text === 'Infinity' || text === '-Infinity')

const toNumber = (value: unknown, target: ValueTarget): string => {
  const { path, column } = target
  const text = digitsOf(value) ?? value
  const isNumber = (given: string) => (isWhole(column) ? INTEGER.test(given) : decimalOf(given) !== null)
  if (typeof text !== 'string' || !(isSpecial(target, text) || isNumber(text)))
    throw bad(`Invalid number value '${shown(value)}' for field "${path}"`)
  if (isBeyond(text, column.type.name))
    throw new Problem('BAD_USER_INPUT', `Number ${shown(text)} is out of the range of field "${path}"`, {
      subCode: 'OUT_OF_RANGE',
    })
  return text
}

/** Values outside JSON's numbers travel as strings: more digits than a double has, NaN and the infinities. */
const takesString = (target: ValueTarget, text: string): boolean => {
  const { name } = target.column.type
  return name === 'int8' || name === 'numeric' || isSpecial(target, text)
}

const toStrictNumber = (value: unknown, target: ValueTarget): string => {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw bad(`Number for field "${target.path}" is larger than this format holds: send it as a string`)
  if (typeof value === 'string' && !takesString(target, value))
    throw bad(`Invalid number value '${shown(value)}' for field "${target.path}"`)
  return toNumber(value, target)
}

const toBoolean = (value: unknown, { path }: ValueTarget, isStrict: boolean): string => {
  if (value === true || (!isStrict && value === 'true')) return 'true'
  if (value === false || (!isStrict && value === 'false')) return 'false'
  throw bad(`Invalid boolean value '${shown(value)}' for field "${path}"`)
}

const toUuid = (value: unknown, { path }: ValueTarget): string => {
  if (typeof value !== 'string' || !UUID.test(value))
    throw bad(`Invalid UUID value '${shown(value)}' for field "${path}"`)
  return value
}

/** Tables made in SQL may contain infinite days and times. */
const isEndless = (value: unknown, { isManaged }: ValueTarget): value is string =>
  isManaged !== true && typeof value === 'string' && isInfinite(value)

/** The ids of changes have days and times as Postgres writes them, and only tables made in SQL such keys. */
const isoText = (text: string, { isManaged }: ValueTarget): string =>
  isManaged === true ? text : farYearsToIso(text)

const toDate = (value: unknown, target: ValueTarget): string => {
  if (isEndless(value, target)) return value
  const day = typeof value === 'string' ? dayOf(isoText(value, target)) : null
  if (day === null)
    throw bad(
      `Invalid value '${shown(value)}' for date field "${target.path}". Expected format: 'YYYY-MM-DD'`,
    )
  return day
}

const toDateTime = (value: unknown, target: ValueTarget): string => {
  if (isEndless(value, target)) return value
  const parse = target.column.type.name === 'timestamp' ? parseLocalTime : parseDateTime
  const instant = typeof value === 'string' ? parse(isoText(value, target)) : null
  if (instant === null)
    throw bad(
      `Invalid value '${shown(value)}' for date-time field "${target.path}". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
    )
  return instant
}

const labelsOf = ({ column }: ValueTarget): readonly string[] => column.type.enum?.labels ?? []

const toOption = (value: unknown, target: ValueTarget): string => {
  if (typeof value === 'string' && labelsOf(target).includes(value)) return value
  throw bad(
    `Invalid value "${shown(value)}" for field "${target.path}". Valid values are: ${labelsOf(target).join(', ')}`,
  )
}

/** An item of a list as text; undefined if invalid. */
type ItemText = (item: unknown) => string | null | undefined

/** Lists in lists, in a table made in SQL, are arrays of more dimensions. */
const listText = (
  items: readonly unknown[],
  target: ValueTarget,
  textOf: ItemText,
  refuse: () => Problem,
): string =>
  arrayLiteral(
    items.map((item) => {
      if (Array.isArray(item) && target.isManaged !== true)
        return { nested: listText(item, target, textOf, refuse) }
      const text = textOf(item)
      if (text === undefined) throw refuse()
      return text
    }),
  )

/**
 * Parses an item that can only be an inner list, in GraphQL's spelling; other items are returned unchanged.
 */
const nestedIn = (item: unknown, target: ValueTarget): unknown =>
  typeof item !== 'string' || labelsOf(target).includes(item)
    ? item
    : (innerListOf(item, target.column) ?? item)

const toOptions = (value: unknown, target: ValueTarget): string => {
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return listText(
    items.map((item) => nestedIn(item, target)),
    target,
    (item) => {
      if (item === null && target.isManaged !== true) return null
      return typeof item === 'string' && labelsOf(target).includes(item) ? item : undefined
    },
    () => bad(`Invalid value '${shown(value)}' for multi select field "${target.path}"`),
  )
}

/** An item in the text form of Postgres, which accepts more formats of days and times than we do. */
const itemText = (item: string, { column }: ValueTarget): string => {
  switch (column.type.name) {
    case 'date':
      return dayOf(item) ?? item
    case 'timestamp':
      return parseLocalTime(item) ?? item
    case 'timestamptz':
      return parseDateTime(item) ?? item
    default:
      return item
  }
}

const toStrings = (value: unknown, target: ValueTarget): string => {
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return listText(
    items.map((item) => nestedIn(item, target)),
    target,
    (item) => {
      if (typeof item === 'string') return itemText(item, target)
      if (target.isManaged === true && target.column.type.name === 'text') return undefined
      // A list of numbers or booleans made in SQL may be given as JSON numbers or booleans.
      if (typeof item === 'boolean') return String(item)
      return item === null ? null : (digitsOf(item) ?? undefined)
    },
    () => bad(`Invalid value ${shown(value)} for field "${target.path} - Array values need to be string"`),
  )
}

const toJson = (value: unknown, { path, isManaged }: ValueTarget): string => {
  if (typeof value !== 'object' && isManaged === true)
    throw bad(`Invalid object value '${shown(value)}' for field "${path}"`)
  return JSON.stringify(value)
}

/**
 * A non-null value in the text form of the target's column. Throws Problem BAD_USER_INPUT with the contract's
 * message.
 * @param isStrict false for text from a URL
 */
export const toColumnText = (value: unknown, target: ValueTarget, isStrict: boolean): string => {
  switch (SCALARS[target.type].value) {
    case 'uuid':
      return toUuid(value, target)
    case 'number':
      return isStrict ? toStrictNumber(value, target) : toNumber(value, target)
    case 'boolean':
      return toBoolean(value, target, isStrict)
    case 'day':
      return toDate(value, target)
    case 'instant':
      return toDateTime(value, target)
    case 'option':
      return toOption(value, target)
    case 'options':
      return toOptions(value, target)
    case 'texts':
      return toStrings(value, target)
    case 'json':
      return toJson(value, target)
    case 'text':
    case 'searchVector': {
      const text = toText(value, target)
      return target.spelling?.(text) ?? text
    }
  }
}
