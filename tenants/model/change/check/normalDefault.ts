// Default values in the normal form that a record's value would have.

import { COMPOSITES, isComposite } from '../../compositeType.ts'
import { isRecord } from '../../json.ts'
import { valueKindOf } from '../../scalarType.ts'
import { decimalOf, exactValue } from '../../value/exactNumber.ts'
import { normalParts } from '../../value/normal.ts'

/** The text between the quotes; null if there are none. */
export const quotedText = (value: unknown): string | null =>
  typeof value === 'string' && value.length >= 2 && value.startsWith("'") && value.endsWith("'")
    ? value.slice(1, -1)
    : null

const normalNumber = (value: unknown): unknown => {
  const digits = decimalOf(value)
  return digits === null ? value : exactValue(digits)
}

/**
 * Throws ValueRefusal for a value that a record could not have. Returns a value with other faults unchanged:
 * fieldDefault.ts names them.
 * @param value in the API's encoding
 * @param path the field's name
 */
export const normalDefault = (type: string, value: unknown, path: string): unknown => {
  if (!isComposite(type)) return valueKindOf(type) === 'number' ? normalNumber(value) : value
  if (!isRecord(value)) return value
  const numbers = new Set(
    COMPOSITES[type].parts.filter(({ sql }) => sql === 'numeric').map(({ name }) => name),
  )
  const texts = new Set(COMPOSITES[type].parts.filter(({ sql }) => sql === 'text').map(({ name }) => name))
  const parts = Object.entries(value)
  if (parts.some(([name, part]) => texts.has(name) && part != null && quotedText(part) === null)) return value
  const given = parts.map(
    ([name, part]) => [name, texts.has(name) ? (quotedText(part) ?? part) : part] as const,
  )
  const normal = normalParts(type, Object.fromEntries(given), path)
  return Object.fromEntries(
    Object.entries(normal).map(([name, part]) => [
      name,
      texts.has(name) && typeof part === 'string'
        ? `'${part}'`
        : numbers.has(name)
          ? normalNumber(part)
          : part,
    ]),
  )
}
