// Misplaced filter operators: recognises a name that can only be an operator, and refuses it with the allowed
// ones.

import { isRecord } from '../../../tenants/model/json.ts'
import { badInput, type Problem } from '../../error/problem.ts'
import { isOperatorName } from './filterOperator.ts'

/** A name with nested conditions after a single value. */
export const isSubField = (name: string, value: unknown): boolean => !isOperatorName(name) && isRecord(value)

/** A known operator on a field with sub-fields; a name with an object behind it is read as a field. */
export const isOperator = (name: string, value: unknown): boolean => isOperatorName(name) && !isRecord(value)

export const wrongOperator = (operator: string, path: string, type: string, allowed: string): Problem =>
  badInput(
    `Operator "${operator.slice(0, 100)}" is not valid for field "${path}" of type ${type} - ${allowed}`,
    'INVALID_ARGS_FILTER',
  )
