// Default values from the API's encoding (`"'NEW'"`, `"now"`, `"uuid"`, numbers, booleans, arrays and objects
// of those) to SQL expressions. Postgres checks the value against the field's type.

import { escapeLiteral } from 'pg'
import { Refusal } from '../../refusal.ts'
import { decimalOf } from '../value/exactNumber.ts'

/** Functions that a default may call, by their names in the API. */
const functionSql = (uuidFunction: string): Readonly<Record<string, string>> => ({
  now: 'now()',
  uuid: uuidFunction,
})

const unquote = (text: string): string | null =>
  text.length >= 2 && text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1) : null

const elementText = (value: unknown): string => {
  const text = typeof value === 'string' ? unquote(value) : null
  if (text === null)
    throw new Refusal('INVALID_INPUT', `Default value should be as quoted string: ${JSON.stringify(value)}`)
  return text
}

/**
 * @param value in the API's encoding; null and undefined mean no default.
 * @param type SQL type of the column.
 * @param uuidFunction SQL call that generates an id.
 */
export const defaultSql = (value: unknown, type: string, uuidFunction: string): string | null => {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return String(value)
  // Texts are quoted: a string of digits is a number that a double would round.
  const digits = decimalOf(value)
  if (digits !== null) return digits
  if (typeof value === 'string') return functionSql(uuidFunction)[value] ?? escapeLiteral(elementText(value))
  if (type === 'jsonb') return `${escapeLiteral(JSON.stringify(value))}::jsonb`
  if (Array.isArray(value))
    return `array[${value.map((element) => escapeLiteral(elementText(element))).join(', ')}]::${type}`
  throw new Refusal('INVALID_INPUT', `A default value cannot be ${JSON.stringify(value)}.`)
}
