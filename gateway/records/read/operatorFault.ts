// Operators in the wrong place of a filter. In: a name and what it is given; out: whether it can only be an
// operator, and the refusal that names it and what is allowed.

import { badInput, type Problem } from '../../error/problem.ts'
import { OPERATORS } from './operator.ts'

/** Every operator of any type. */
const KNOWN_OPERATORS: ReadonlySet<string> = new Set(Object.values(OPERATORS).flat())

const isConditions = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A name behind a single value that holds conditions of its own. */
export const isSubField = (name: string, value: unknown): boolean =>
  !KNOWN_OPERATORS.has(name) && isConditions(value)

/**
 * A known operator on what has sub-fields instead; an object behind the name makes it the name of a field.
 */
export const isOperator = (name: string, value: unknown): boolean =>
  KNOWN_OPERATORS.has(name) && !isConditions(value)

export const wrongOperator = (operator: string, path: string, type: string, allowed: string): Problem =>
  badInput(
    `Operator "${operator.slice(0, 100)}" is not valid for field "${path}" of type ${type} - ${allowed}`,
    'INVALID_ARGS_FILTER',
  )
