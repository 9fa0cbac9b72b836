// Conditions of filters on a field. References read null unless their target is visible (reference.ts), so
// their predicates ask for it; same input and output as filterOperator.ts. The stored key is compared with
// the given values themselves: Postgres then expects as many records as its statistics have for these, and
// the foreign key's index is usable.

import type { Reference } from '../../../tenants/model/model.ts'
import { SCALARS } from '../../../tenants/model/scalarType.ts'
import type { CompileCondition, Params } from '../params.ts'
import { toColumnText } from '../values/value.ts'
import { columnReference, comparable, isComparableElement } from './comparable.ts'
import { compileOperator, type FilterOperator, type Operand, operatorDefinition } from './filterOperator.ts'
import { targetIsShown } from './reference.ts'

/** Instants are compared by their milliseconds, and types without operators as text: not like the key. */
const isComparedAsKey = ({ type, column }: Operand): boolean =>
  SCALARS[type].value !== 'instant' && isComparableElement(column.type)

/**
 * That the reference reads null. As an anti-join alone Postgres would expect hardly any row, because its
 * estimate for foreign keys ignores nulls, and read the whole table for a page.
 */
const isHidden = (reference: Reference, stored: string): string =>
  `(${stored} is null or not ${targetIsShown(reference, stored)})`

const compileShown = (
  e: Params,
  operand: Operand,
  reference: Reference,
  alias: string,
  operator: FilterOperator,
  value: unknown,
): string => {
  const stored = columnReference(alias, operand.column)
  const { type } = comparable(operand.column, alias)
  const textOf = (item: unknown): string => toColumnText(item, operand, !operand.isLenient)
  const condition = compileOperator(e, operand, alias, operator, value)
  if (operatorDefinition(operator).matchesAbsent?.(value) === true) return isHidden(reference, stored)
  if (isComparedAsKey(operand) && operator === 'eq')
    return `(${condition} and ${targetIsShown(reference, e.param(textOf(value), type))})`
  return `(${condition} and ${targetIsShown(reference, stored)})`
}

export type FilteredOperand = Operand & { readonly reference?: Reference | undefined }

/** A condition on the field, without its value. Keeps nothing else of a request: a kept statement has it. */
export const conditionOf =
  (operand: FilteredOperand, alias: string, operator: FilterOperator): CompileCondition =>
  (e, value) =>
    operand.reference === undefined
      ? compileOperator(e, operand, alias, operator, value)
      : compileShown(e, operand, operand.reference, alias, operator, value)
