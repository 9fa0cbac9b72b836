// Values of the API as Postgres' text form. In: a JSON value and the field it is meant for; out: text to bind, or a Problem in
// the contract's words. `strict` values come typed (JSON bodies, GraphQL); `lenient` ones come as text out of a URL.
// Not decided here: which operators a field has (filter.ts), whether null is allowed (Postgres says so).

import type { Column } from '../../tenants/model/model.ts'
import type { ScalarType } from '../../tenants/model/storage.ts'
import { digitsOf } from '../exactNumber.ts'
import { Problem } from '../problem.ts'
import { arrayLiteral } from './emit.ts'

export interface Target {
  /** Name to report: `city`, `address.addressCity`. */
  readonly path: string
  readonly type: ScalarType
  readonly column: Column
  /** A field of an object made by Tenantry, whose numbers are finite. */
  readonly isManaged?: boolean
  /** JSON that is always a list. */
  readonly isJsonList?: boolean
  /** The spelling that the column keeps a text in, of one to compare it with. */
  readonly spelling?: (text: string) => string
}

const bad = (message: string): Problem => new Problem('BAD_USER_INPUT', message)

/** A value as a person would write it into a message, cut to a readable length. */
const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const INTEGER = /^[+-]?\d{1,30}$/
/** Postgres' numeric has up to 131072 digits before the point and 16383 behind it. */
const DECIMAL = /^[+-]?(\d{1,131072}(\.\d{0,16383})?|\.\d{1,16383})(e[+-]?\d{1,6})?$/i
const DATE = /^\d{4}-\d{2}-\d{2}$/
/** RFC 3339 with the liberties that clients take: a space for the T, no seconds, no zone (UTC then), a bare date. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

const isIsoDate = (text: string): boolean => {
  if (!DATE.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** An instant in RFC 3339, or null where the text is none. Microseconds are kept. */
export const parseDateTime = (text: string): string | null => {
  const match = DATE_TIME.exec(text.trim())
  if (match === null) return null
  const [, date = '', time = '00:00', seconds = ':00', fraction, zone = 'Z'] = match
  if (!isIsoDate(date)) return null
  const offset =
    zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
  const instant = `${date}T${time}${seconds}${offset}`
  if (Number.isNaN(Date.parse(instant))) return null
  return fraction === undefined ? instant : instant.replace(offset, `.${fraction}${offset}`)
}

const toText = (value: unknown, { path }: Target): string => {
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

const isWhole = ({ type }: Column): boolean => type.name.startsWith('int')

const isSpecial = ({ column, isManaged }: Target, text: string): boolean =>
  isManaged !== true && !isWhole(column) && (text === 'NaN' || text === 'Infinity' || text === '-Infinity')

const toNumber = (value: unknown, target: Target): string => {
  const { path, column } = target
  const text = digitsOf(value) ?? value
  const form = isWhole(column) ? INTEGER : DECIMAL
  if (typeof text !== 'string' || !(isSpecial(target, text) || form.test(text)))
    throw bad(`Invalid number value '${shown(value)}' for field "${path}"`)
  if (isBeyond(text, column.type.name))
    throw new Problem('BAD_USER_INPUT', `Number ${shown(text)} is out of the range of field "${path}"`, {
      subCode: 'OUT_OF_RANGE',
    })
  return text
}

/** What JSON's numbers cannot hold travels as a string: more digits than a double has, NaN and the infinities. */
const takesString = (target: Target, text: string): boolean => {
  const { name } = target.column.type
  return name === 'int8' || name === 'numeric' || isSpecial(target, text)
}

const toStrictNumber = (value: unknown, target: Target): string => {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw bad(`Number for field "${target.path}" is larger than this format holds: send it as a string`)
  if (typeof value === 'string' && !takesString(target, value))
    throw bad(`Invalid number value '${shown(value)}' for field "${target.path}"`)
  return toNumber(value, target)
}

const toBoolean = (value: unknown, { path }: Target, isStrict: boolean): string => {
  if (value === true || (!isStrict && value === 'true')) return 'true'
  if (value === false || (!isStrict && value === 'false')) return 'false'
  throw bad(`Invalid boolean value '${shown(value)}' for field "${path}"`)
}

const toUuid = (value: unknown, { path }: Target): string => {
  if (typeof value !== 'string' || !UUID.test(value))
    throw bad(`Invalid UUID value '${shown(value)}' for field "${path}"`)
  return value
}

const toDate = (value: unknown, { path }: Target): string => {
  const day = typeof value === 'string' ? value.trim() : ''
  if (isIsoDate(day)) return day
  const instant = parseDateTime(day)
  if (instant === null)
    throw bad(`Invalid value '${shown(value)}' for date field "${path}". Expected format: 'YYYY-MM-DD'`)
  return instant.slice(0, 10)
}

const toDateTime = (value: unknown, { path }: Target): string => {
  const instant = typeof value === 'string' ? parseDateTime(value) : null
  if (instant === null)
    throw bad(
      `Invalid value '${shown(value)}' for date-time field "${path}". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
    )
  return instant
}

const labelsOf = ({ column }: Target): readonly string[] => column.type.enum?.labels ?? []

const toOption = (value: unknown, target: Target): string => {
  if (typeof value === 'string' && labelsOf(target).includes(value)) return value
  throw bad(
    `Invalid value "${shown(value)}" for field "${target.path}". Valid values are: ${labelsOf(target).join(', ')}`,
  )
}

const toOptions = (value: unknown, target: Target): string => {
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return arrayLiteral(
    items.map((item) => {
      if (typeof item === 'string' && labelsOf(target).includes(item)) return item
      throw bad(`Invalid value '${shown(item)}' for multi select field "${target.path}"`)
    }),
  )
}

const toStrings = (value: unknown, target: Target): string => {
  const invalid = (): Problem =>
    bad(`Invalid value ${shown(value)} for field "${target.path} - Array values need to be string"`)
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return arrayLiteral(
    items.map((item) => {
      if (typeof item === 'string') return item
      // A list of numbers or booleans made in SQL is read as JSON's own, so it is written so too.
      if ((typeof item === 'number' || typeof item === 'boolean') && target.column.type.name !== 'text')
        return String(item)
      if (item === null && target.column.type.name !== 'text') return null
      throw invalid()
    }),
  )
}

const toJson = (value: unknown, { path }: Target): string => {
  if (typeof value !== 'object') throw bad(`Invalid object value '${shown(value)}' for field "${path}"`)
  return JSON.stringify(value)
}

/**
 * A non-null value in the text form of the target's column. Throws Problem BAD_USER_INPUT in the contract's words.
 * @param isStrict false for values that come as text out of a URL
 */
export const toColumnText = (value: unknown, target: Target, isStrict: boolean): string => {
  switch (target.type) {
    case 'UUID':
      return toUuid(value, target)
    case 'NUMBER':
    case 'NUMERIC':
    case 'POSITION':
      return isStrict ? toStrictNumber(value, target) : toNumber(value, target)
    case 'BOOLEAN':
      return toBoolean(value, target, isStrict)
    case 'DATE':
      return toDate(value, target)
    case 'DATE_TIME':
      return toDateTime(value, target)
    case 'SELECT':
    case 'RATING':
      return toOption(value, target)
    case 'MULTI_SELECT':
      return toOptions(value, target)
    case 'ARRAY':
      return toStrings(value, target)
    case 'RAW_JSON':
      return toJson(value, target)
    default: {
      const text = toText(value, target)
      return target.spelling?.(text) ?? text
    }
  }
}
