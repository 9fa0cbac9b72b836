// Default values from SQL, as `pg_get_expr` prints them, to the API's encoding: the inverse of literal.ts.
// Null if there is no default or the API cannot express it.

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
  if (/(^|\.)(uuidv7|gen_random_uuid|uuid_generate_v4)\(\)$/.test(expression)) return 'uuid'
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
