// Days and times between the API, the inputs of a browser and short texts. Instants are shown in the
// browser's time zone. A `timestamp` without time zone belongs to no zone, so it is never converted.

import type { Field } from '../model/object.ts'

const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(\.\d+)?$/

const isLocalTime = ({ columnType }: Pick<Field, 'columnType'>): boolean => columnType === 'timestamp'

const digits = (number: number, length = 2): string => String(number).padStart(length, '0')

/** `getTimezoneOffset` is whole minutes, unlike the zones of the nineteenth century. */
const inBrowser = (date: Date): string | null => {
  const year = date.getFullYear()
  if (!(year >= 1 && year <= 9999)) return null
  const day = `${digits(year, 4)}-${digits(date.getMonth() + 1)}-${digits(date.getDate())}`
  return `${day}T${digits(date.getHours())}:${digits(date.getMinutes())}:${digits(date.getSeconds())}`
}

/** For a `datetime-local` input; null if it cannot show the value: years before 1 or after 9999, infinity. */
export const timeInput = (field: Pick<Field, 'columnType'>, value: string): string | null => {
  if (!isLocalTime(field)) return inBrowser(new Date(value))
  const [, minutes, seconds = ':00'] = TIME.exec(value) ?? []
  return minutes === undefined ? null : minutes + seconds
}

/** The API's spelling of what a `datetime-local` input holds; null if that is empty. */
export const timeOfInput = (field: Pick<Field, 'columnType'>, text: string): string | null => {
  if (isLocalTime(field)) {
    const [, minutes, seconds = ':00', fraction = '.000'] = TIME.exec(text) ?? []
    return minutes === undefined ? null : minutes + seconds + fraction
  }
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** For a `date` input; null if it cannot show the value. */
export const dayInput = (value: string): string | null => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? value : null)

const DAY: Intl.DateTimeFormatOptions = { dateStyle: 'medium' }
const MINUTE: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }

/** `dateStyle` has no era. */
const DAY_BC: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric', era: 'short' }
const MINUTE_BC: Intl.DateTimeFormatOptions = { ...DAY_BC, hour: '2-digit', minute: '2-digit' }

/** @param timeZone undefined for the browser's */
const formatted = (
  value: string,
  [usual, bc]: readonly [Intl.DateTimeFormatOptions, Intl.DateTimeFormatOptions],
  timeZone?: 'UTC',
): string | null => {
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return null
  const year = timeZone === undefined ? date.getFullYear() : date.getUTCFullYear()
  return new Intl.DateTimeFormat(undefined, { ...(year < 1 ? bc : usual), timeZone }).format(date)
}

export const dayText = (value: string): string => formatted(value, [DAY, DAY_BC], 'UTC') ?? value

export const timeText = (field: Pick<Field, 'columnType'>, value: string): string =>
  (isLocalTime(field)
    ? formatted(`${value}Z`, [MINUTE, MINUTE_BC], 'UTC')
    : formatted(value, [MINUTE, MINUTE_BC])) ?? value
