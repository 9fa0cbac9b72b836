// Whether a filter over a relation to one holds for a record that belongs to none, or to one in the trash:
// all values of the missing record are null, as a left join has them. Decided from the filter alone; its
// names have been checked.

import { isRecord } from '../../../tenants/model/json.ts'
import type { Model, ModelField, ObjectModel } from '../../../tenants/model/model.ts'
import { isOperatorName, operatorDefinition } from './filterOperator.ts'

/** As in SQL; null is unknown. */
type Truth = boolean | null

const every = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true

const some = (truths: readonly Truth[]): Truth =>
  truths.length === 0 || truths.includes(true) ? true : truths.includes(null) ? null : false

const entriesOf = (value: unknown): [string, unknown][] =>
  isRecord(value) ? Object.entries(value).filter(([, entry]) => entry !== undefined) : []

const ofOperators = (operators: unknown): Truth =>
  every(
    entriesOf(operators).map(([operator, argument]) =>
      isOperatorName(operator) ? (operatorDefinition(operator).matchesAbsent?.(argument) ?? null) : null,
    ),
  )

const ofField = (model: Model, field: ModelField | undefined, value: unknown): Truth => {
  switch (field?.kind) {
    case 'scalar':
      return ofOperators(value)
    case 'composite':
      return every(entriesOf(value).map(([, operators]) => ofOperators(operators)))
    case 'toOne':
      return ofFilter(model, model.byTable.get(field.target), value)
    case 'toMany':
      return entriesOf(value).every(([quantifier]) => quantifier !== 'some')
    default:
      return null
  }
}

const ofFilter = (model: Model, object: ObjectModel | undefined, filter: unknown): Truth =>
  every(
    entriesOf(filter).map(([key, value]) => {
      if (key === 'and' || key === 'or' || key === 'not') {
        const items: readonly unknown[] = Array.isArray(value) ? value : [value]
        const truths = items.map((item) => ofFilter(model, object, item))
        return key === 'or' ? some(truths) : key === 'and' ? every(truths) : every(truths) !== true
      }
      return ofField(model, object?.fields.get(key), value)
    }),
  )

/** @param object at the far side of the relation */
export const holdsForNone = (model: Model, object: ObjectModel, filter: unknown): boolean =>
  ofFilter(model, object, filter) === true
