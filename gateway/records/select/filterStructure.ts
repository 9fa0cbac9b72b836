// The structure of filters: their names, without the values of their conditions. Requests with one structure
// have one SQL text, as long as each of their conditions has the SQL that it had (listStatements.ts).

import { isList, isRecord } from '../../../tenants/model/json.ts'
import { isOperatorName, operatorDefinition } from '../read/filterOperator.ts'
import { quoteJson } from './json.ts'

/** Deeper filters are refused. */
const MAX_DEPTH = 64

/** A value, and the object of the filter that has it by the name of its operator. */
export interface ConditionValue {
  /** Null: the value belongs to another place, so the structure does not decide the text. */
  readonly holder: Readonly<Record<string, unknown>> | null
  readonly operator: string
  readonly value: unknown
}

const isSingle = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || JSON.isRawJSON(value)

/** A value that the SQL has as a parameter, or a list of such. */
const isParameter = (value: unknown): boolean =>
  value !== undefined && value !== null && (isList(value) ? value.every(isSingle) : isSingle(value))

/** Whether the condition's own SQL is all that the value decides. */
const isOpen = (operator: string): boolean =>
  isOperatorName(operator) && operatorDefinition(operator).matchesAbsent === undefined

/**
 * The structure as text: two filters have the same only if they differ in nothing but the collected values.
 * @param into collects these in the order of the text
 */
export const structureOf = (filter: unknown, into: ConditionValue[], depth = 0): string => {
  if (filter === undefined) return 'undefined'
  if (filter === null) return 'null'
  if (isList(filter) && depth <= MAX_DEPTH)
    return `[${filter.map((item) => structureOf(item, into, depth + 1)).join(',')}]`
  if (!isRecord(filter) || JSON.isRawJSON(filter) || depth > MAX_DEPTH) {
    into.push({ holder: null, operator: '', value: filter })
    return '?'
  }
  const parts = Object.entries(filter).map(([name, value]) => {
    if (!isParameter(value)) return `${quoteJson(name)}:${structureOf(value, into, depth + 1)}`
    if (!isOpen(name)) return `${quoteJson(name)}=${JSON.stringify(value)}`
    into.push({ holder: filter, operator: name, value })
    return `${quoteJson(name)}:?`
  })
  return `{${parts.join(',')}}`
}
