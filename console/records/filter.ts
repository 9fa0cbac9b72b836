// Conditions of the filter builder as REST's `filter` parameter. All conditions must match. Values are
// quoted, so that commas, brackets and quotes in them are literal.

import type { Filterable, Operator } from './operator.ts'

export interface Condition {
  readonly path: string
  /** The operator's label, which is unique; names are not. */
  readonly operator: string
  readonly values: readonly string[]
}

export const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** Escapes the wildcards of LIKE patterns. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/**
 * `datetime-local` inputs are in the browser's time zone; the API needs an instant.
 */
const instant = (text: string): string => {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? text : date.toISOString()
}

const textOf = (value: string, { input, wrap }: Operator): string => {
  if (wrap !== undefined) return quote(`${wrap[0]}${literal(value)}${wrap[1]}`)
  if (input === 'instant') return quote(instant(value))
  return input === 'number' || input === 'boolean' ? value.trim() : quote(value)
}

export const operatorOf = (
  condition: Condition,
  filterables: readonly Filterable[],
): { readonly filterable: Filterable; readonly operator: Operator } | null => {
  const filterable = filterables.find(({ path }) => path === condition.path)
  const operator = filterable?.operators.find(({ label }) => label === condition.operator)
  return filterable === undefined || operator === undefined ? null : { filterable, operator }
}

const conditionText = (condition: Condition, operator: Operator): string | null => {
  const { path, values } = condition
  if (operator.input === 'none') return `${path}[${operator.name}]:${operator.value ?? ''}`
  const filled = values.filter((value) => value !== '')
  const [first] = filled
  if (first === undefined) return null
  if (operator.isList === true)
    return `${path}[${operator.name}]:[${filled.map((value) => textOf(value, operator)).join(',')}]`
  return `${path}[${operator.name}]:${textOf(first, operator)}`
}

/** Skips incomplete conditions; null without any complete one. */
export const filterText = (
  conditions: readonly Condition[],
  filterables: readonly Filterable[],
): string | null => {
  const texts = conditions.flatMap((condition) => {
    const found = operatorOf(condition, filterables)
    return found === null ? [] : (conditionText(condition, found.operator) ?? [])
  })
  return texts.length === 0 ? null : texts.join(',')
}
