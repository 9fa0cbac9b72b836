// Default values from SQL, as `pg_get_expr` prints them, to the API's encoding: the inverse of literal.ts.
// Null if there is no default or the API cannot express it;
// `computedDefault` then has the word that shows it.

import type { Column } from '../model.ts'
import { SCALARS, type ScalarType } from '../scalarType.ts'
import { decimalOf, exactValue, keepDigits } from '../value/exactNumber.ts'

/** `'it''s'::text` → `it's`; null if it is not a literal. */
const literalOf = (expression: string): string | null => {
  const match = /^E?'((?:[^']|'')*)'(?:::.+)?$/s.exec(expression)
  if (match?.[1] === undefined) return null
  const text = match[1].replaceAll("''", "'")
  return expression.startsWith('E') ? text.replaceAll('\\\\', '\\') : text
}

const elementsOf = (expression: string): readonly string[] | null => {
  const array = /^ARRAY\[(.*)\](?:::.+)?$/s.exec(expression)
  if (array?.[1] !== undefined)
    return [...array[1].matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"))
  const literal = literalOf(expression)
  if (literal === null || !literal.startsWith('{')) return null
  return [...literal.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)].map(
    (match) => match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '',
  )
}

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text, (_, value: unknown, { source }) => keepDigits(value, source))
  } catch {
    return null
  }
}

export type DefaultForm = 'text' | 'number' | 'boolean' | 'json' | 'array'

/** @param form the API's spelling of the column type's values. */
export const encodedDefault = (expression: string | undefined, form: DefaultForm): unknown => {
  if (expression === undefined || /^NULL(::|$)/i.test(expression)) return null
  if (expression === 'now()' || expression === 'CURRENT_TIMESTAMP') return 'now'
  if (/(^|\.)(uuidv7(?:_\w+)?|gen_random_uuid|uuid_generate_v4)\(\)$/.test(expression)) return 'uuid'
  if (form === 'array') return elementsOf(expression)?.map((element) => `'${element}'`) ?? null
  const literal = literalOf(expression)
  if (form === 'number') {
    const digits = decimalOf(literal ?? expression.replace(/::.+$/, '').replace(/^\((.*)\)$/, '$1'))
    return digits === null ? null : exactValue(digits)
  }
  if (form === 'boolean') return expression === 'true' ? true : expression === 'false' ? false : null
  if (literal === null) return null
  return form === 'json' ? parsedJson(literal) : `'${literal}'`
}

const IS_TIME =
  /\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|^(?:CURRENT_|LOCALTIME)/

/**
 * The word for a default that the database computes, so that clients see that a new record has a value; null
 * if there is no default.
 * @param expression undefined for identities, and for the default of a domain
 */
export const computedDefault = (
  { hasDefault, writable, type: { sql, comparableSql } }: Column,
  type: ScalarType,
  expression: string | undefined,
): string | number | null => {
  const { value, isPlace, isDate } = SCALARS[type]
  if (!hasDefault || value === 'searchVector' || /^NULL(::|$)/i.test(expression ?? '')) return null
  // As in the contract; the sequence behind it is an internal matter.
  if (isPlace === true) return 0
  if (expression === undefined) return sql === comparableSql ? 'sequence' : 'expression'
  if (!writable) return 'generated'
  if (/^nextval\(/.test(expression)) return 'sequence'
  if (value === 'uuid' && /\buuid\w*\(/.test(expression)) return 'uuid'
  return isDate === true && IS_TIME.test(expression) && !/\binterval\b/.test(expression)
    ? 'now'
    : 'expression'
}
