// Predicates on references, which read null unless what they point to is shown (reference.ts). In: an
// operator and its value, as operator.ts has them; out: a boolean SQL expression. Values are looked up once
// and not per record, so that the index of a foreign key serves as it does for what is stored.

import type { Reference } from '../../../tenants/model/model.ts'
import { arrayLiteral, type Params } from '../params.ts'
import { isShown, shownAmong } from '../select/reference.ts'
import { toColumnText } from '../values/value.ts'
import { columnReference, comparable, isComparableElement } from './comparable.ts'
import { compileOperator, LIST_OPERATORS, type Operand } from './operator.ts'

const isAbsence = (operator: string, value: unknown): boolean =>
  operator === 'is' ? value === 'NULL' : operator === 'isEmptyArray' && String(value) === 'true'

/**
 * Instants are compared by their milliseconds, and types without operators by their text: not as the key is.
 */
const isComparedAsKey = ({ type, column }: Operand): boolean =>
  type !== 'DATE_TIME' && isComparableElement(column.type)

export const compileShown = (
  e: Params,
  operand: Operand,
  reference: Reference,
  alias: string,
  operator: string,
  value: unknown,
): string => {
  const stored = columnReference(alias, operand.column)
  const { type } = comparable(operand.column, alias)
  const textOf = (item: unknown): string => toColumnText(item, operand, !operand.isLenient)
  if (isComparedAsKey(operand) && LIST_OPERATORS.includes(operator) && isList(value) && !value.includes(null))
    return `${stored} = any(${shownAmong(reference, e.param(arrayLiteral(value.map(textOf)), `${type}[]`))})`
  const condition = compileOperator(e, operand, alias, operator, value)
  if (isAbsence(operator, value)) return `not ${isShown(reference, stored)}`
  if (isComparedAsKey(operand) && operator === 'eq')
    return `(${condition} and ${isShown(reference, e.param(textOf(value), type))})`
  return `(${condition} and ${isShown(reference, stored)})`
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
