// Errors as a line of the log shows them: their own data and those of their causes. Drivers add connections
// and sockets, which would be kilobytes of settings and statements, and callers choose how long messages are.

import { types } from 'node:util'
import { redactedStart } from '../redact.ts'

/** Errors within errors, and objects within their data. */
const MOST_LEVELS = 8
const MOST_CHARACTERS = 8_192

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Strings and plain data as they are; of all other objects the name of their class. */
const shown = (value: unknown, within: readonly object[]): unknown => {
  if (typeof value === 'string') return redactedStart(value, MOST_CHARACTERS)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date || value instanceof URL) return value.toJSON()
  const className = value.constructor?.name || 'Object'
  if (within.length >= MOST_LEVELS || within.includes(value)) return `[${className}]`
  const below = (item: unknown): unknown => shown(item, [...within, value])
  const membersOf = (of: object): object =>
    Object.fromEntries(Object.entries(of).map(([key, item]) => [key, below(item)]))
  if (types.isNativeError(value)) {
    const { message, stack, cause } = value
    return {
      type: value.constructor?.name || value.name,
      message: below(message),
      stack: below(stack),
      ...(value instanceof AggregateError ? { errors: below(value.errors) } : {}),
      ...(cause === undefined ? {} : { cause: below(cause) }),
      ...membersOf(value),
    }
  }
  if (Array.isArray(value)) return value.map(below)
  return isPlain(value) ? membersOf(value) : `[${className}]`
}

/** @param error usually an Error; other values are shown by the same rules */
export const showError = (error: unknown): unknown => shown(error, [])
