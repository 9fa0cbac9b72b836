// Conditions of the filter builder as REST's `filter` parameter. All conditions must match. Values are
// quoted, so that commas, brackets and quotes in them are literal.

import type { Filterable, Operator } from './operator.ts'
import { timeOfInput } from './time.ts'

export interface Condition {
  readonly path: string
  /** The operator's label, which is unique; names are not. */
  readonly operator: string
  readonly values: readonly string[]
}

export const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** Escapes the wildcards of LIKE patterns. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

const textOf = (value: string, { input, wrap }: Operator, { field }: Filterable): string => {
  if (wrap !== undefined) return quote(`${wrap[0]}${literal(value)}${wrap[1]}`)
  if (input === 'instant') return quote(timeOfInput(field, value) ?? value)
  return input === 'number' || input === 'boolean' ? value.trim() : quote(value)
}

interface Found {
  readonly filterable: Filterable
  readonly operator: Operator
}

export const operatorOf = (condition: Condition, filterables: readonly Filterable[]): Found | null => {
  const filterable = filterables.find(({ path }) => path === condition.path)
  const operator = filterable?.operators.find(({ label }) => label === condition.operator)
  return filterable === undefined || operator === undefined ? null : { filterable, operator }
}

const conditionText = (condition: Condition, { filterable, operator }: Found): string | null => {
  const { path, values } = condition
  if (operator.input === 'none') return `${path}[${operator.name}]:${operator.value ?? ''}`
  const filled = values.filter((value) => value !== '')
  const [first] = filled
  if (first === undefined) return null
  if (operator.isList === true)
    return `${path}[${operator.name}]:[${filled.map((value) => textOf(value, operator, filterable)).join(',')}]`
  return `${path}[${operator.name}]:${textOf(first, operator, filterable)}`
}

/** Skips incomplete conditions; null without any complete one. */
export const filterText = (
  conditions: readonly Condition[],
  filterables: readonly Filterable[],
): string | null => {
  const texts = conditions.flatMap((condition) => {
    const found = operatorOf(condition, filterables)
    return found === null ? [] : (conditionText(condition, found) ?? [])
  })
  return texts.length === 0 ? null : texts.join(',')
}
