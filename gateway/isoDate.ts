// Parses dates from clients: an ISO 8601 day or moment (`2030-12-31`, `2030-12-31T23:59:59+02:00`). Without
// an offset it is UTC, so that the same text means the same everywhere.

import { Problem } from './error/problem.ts'

const ISO = /^(?<day>\d{4}-\d\d-\d\d)(?<time>T\d\d:\d\d(:\d\d(\.\d+)?)?(?<offset>Z|[+-]\d\d:\d\d)?)?$/i

const isValid = (date: Date): boolean => !Number.isNaN(date.getTime())

/** @param day `2030-12-31`. JavaScript parses February 30th as March 2nd. */
export const isCalendarDay = (day: string): boolean => {
  const date = new Date(day)
  return isValid(date) && date.toISOString().startsWith(day)
}

/** Null for anything else. */
export const parseIsoDate = (text: string): Date | null => {
  const { day, time, offset } = ISO.exec(text)?.groups ?? {}
  if (day === undefined || !isCalendarDay(day)) return null
  const date = new Date(time !== undefined && offset === undefined ? `${text}Z` : text)
  return isValid(date) ? date : null
}

/** @param name of the property, for the message. */
export const dateOf = (text: string, name: string): Date => {
  const date = parseIsoDate(text)
  if (date !== null) return date
  throw new Problem('BAD_USER_INPUT', `${name} "${text.slice(0, 100)}" is not a date.`, {
    hint: 'Write it in ISO 8601: 2030-12-31T23:59:59Z.',
  })
}
