// Filters, for both protocols: from a filter object in API names (GraphQL's coerced input, or the result of
// rest/filter.ts) to one boolean SQL expression over an alias. Active records only, unless the filter
// mentions `deletedAt`. Relations compile to `exists`, so a filter never multiplies rows. Depth and size are
// bounded, because filters come from untrusted clients.

import { inWorkspace } from '../../../sql/placeholder.ts'
import { hasOurIndexes } from '../../../tenants/model/ddl/orderIndexes.ts'
import { isList, isRecord } from '../../../tenants/model/json.ts'
import type {
  CompositeField,
  Model,
  ModelField,
  ObjectModel,
  ScalarField,
  ToManyField,
  ToOneField,
} from '../../../tenants/model/model.ts'
import { normalSpelling } from '../../../tenants/model/value/normal.ts'
import { badInputOf, Problem } from '../../error/problem.ts'
import { unknownField } from '../model/field.ts'
import type { Params } from '../params.ts'
import { all, any, isDecidedByOne, isQuantifier, QUANTIFIERS, quantified } from './condition.ts'
import { type FilterOperator, isOperatorName, operatorsOf, partOperators } from './filterOperator.ts'
import { holdsForNone } from './holdsForNone.ts'
import { isOperator, isSubField, wrongOperator } from './operatorFault.ts'
import { referenceAt } from './reference.ts'
import { linkOf } from './relation.ts'
import { conditionOf, type FilteredOperand } from './shownOperator.ts'
import { liveOnly, mentionsTrash, type Trashed, trashCondition } from './trash.ts'

const MAX_DEPTH = 32
export const MAX_PREDICATES = 1_000

interface Scope {
  readonly e: Params
  readonly model: Model
  readonly isLenient: boolean
  /** Every condition must restrict something, because the filter decides what a write changes. */
  readonly isMandatory: boolean
  /** Alias of the record whose page is read; null: all records that match. */
  readonly pageOf: string | null
  /** Counts down over the whole filter. */
  predicatesLeft: number
}

interface At {
  readonly object: ObjectModel
  readonly alias: string
  readonly depth: number
}

const bad = badInputOf('INVALID_ARGS_FILTER')

const entriesOf = (value: unknown, path: string): [string, unknown][] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(`Filter for field "${path}" must be an object`)
  return Object.entries(value).filter(([, entry]) => entry !== undefined)
}

export const EMPTY_FILTER = 'A non-empty filter is required for a bulk mutation'
/** An empty condition matches every record: a bulk write must be explicit. */
const refuseEmpty = ({ isMandatory }: Scope, isEmpty: boolean): void => {
  if (isMandatory && isEmpty)
    throw new Problem('BAD_USER_INPUT', EMPTY_FILTER, {
      subCode: 'INVALID_QUERY_INPUT',
      hint: 'An empty condition ({} or []) matches every record, anywhere in the filter: remove it.',
    })
}

/** Conditions on a field: at least one. */
const conditionsIn = (
  scope: Scope,
  value: unknown,
  path: string,
  what: 'operator' | 'sub-field' | 'quantifier',
): [string, unknown][] => {
  const given = entriesOf(value, path)
  refuseEmpty(scope, given.length === 0)
  if (given.length === 0) throw bad(`Filter for field "${path}" must have at least one ${what}`)
  return given
}

interface Filtered {
  readonly object: ObjectModel
  readonly operand: FilteredOperand
  readonly operators: readonly FilterOperator[]
  readonly alias: string
}

const predicate = (scope: Scope, { object, operand, operators, alias }: Filtered, value: unknown): string => {
  const { path, type } = operand
  const { e } = scope
  const given = conditionsIn(scope, value, path, 'operator')
  scope.predicatesLeft -= given.length
  if (scope.predicatesLeft < 0) throw bad(`A filter may hold at most ${MAX_PREDICATES} conditions`)
  return all(
    given.map(([operator, argument]) => {
      if (!isOperatorName(operator) || !operators.includes(operator)) {
        if (isSubField(operator, argument))
          throw unknownField(object, `${path}.${operator}`, 'INVALID_ARGS_FILTER')
        throw wrongOperator(operator, path, type, `Allowed operators: ${operators.join(', ')}`)
      }
      refuseEmpty(scope, isList(argument) && argument.length === 0)
      const compile = conditionOf(operand, alias, operator)
      return e.condition === undefined || !isRecord(value)
        ? compile(e, argument)
        : e.condition(value, operator, compile)
    }),
  )
}

const scalarFilter = (scope: Scope, { object, alias }: At, field: ScalarField, value: unknown): string => {
  const operand = {
    path: field.name,
    type: field.type,
    column: field.column,
    ...{ emptyStringForNull: object.emptyStringForNull, hasOurIndexes: hasOurIndexes(object) },
    isLenient: scope.isLenient,
    reference: referenceAt(object, field.column),
  }
  return predicate(scope, { object, operand, operators: operatorsOf(field.type), alias }, value)
}

const compositeFilter = (
  scope: Scope,
  { object, alias }: At,
  field: CompositeField,
  value: unknown,
): string => {
  const partNames = field.parts.map(({ part }) => `${field.name}.${part.name}`)
  return all(
    conditionsIn(scope, value, field.name, 'sub-field').map(([name, argument]) => {
      const found = field.parts.find(({ part }) => part.name === name)
      if (found === undefined && isOperator(name, argument))
        throw wrongOperator(name, field.name, field.type, `Filter by a sub-field: ${partNames.join(', ')}`)
      if (found === undefined) throw unknownField(object, `${field.name}.${name}`, 'INVALID_ARGS_FILTER')
      const { part, column } = found
      const operand = {
        path: `${field.name}.${name}`,
        type: part.type,
        column,
        emptyStringForNull: object.emptyStringForNull && part.blank === '',
        ...{ hasOurIndexes: hasOurIndexes(object), isLenient: scope.isLenient },
        spelling: (text: string) => normalSpelling(name, text),
      }
      const operators = partOperators(part)
      return predicate(scope, { object, operand, operators, alias }, argument)
    }),
  )
}

/** The related rows of another table. */
const related = (
  scope: Scope,
  at: At,
  field: ToOneField | ToManyField,
  isDecidedByOne = false,
): { readonly from: string; readonly join: string; readonly next: At } => {
  const target = scope.model.byTable.get(field.target)
  if (target === undefined) throw unknownField(at.object, field.name, 'INVALID_ARGS_FILTER')
  const alias = scope.e.alias()
  const isLookedUp = isDecidedByOne && scope.pageOf === at.alias && hasOurIndexes(target)
  return {
    from: `${inWorkspace(target.table)} ${alias}`,
    join: linkOf(field, target, at.alias, alias, isLookedUp),
    next: { object: target, alias, depth: at.depth + 1 },
  }
}

const toOneFilter = (scope: Scope, at: At, field: ToOneField, value: unknown): string => {
  const [columnName] = field.columns
  if (entriesOf(value, field.name).some(([name, argument]) => isOperator(name, argument))) {
    const join = [...at.object.fields.values()].find(
      (other) => other.kind === 'scalar' && other.column.name === columnName,
    )
    throw bad(`Cannot filter by relation field "${field.name}": use "${join?.name ?? columnName}" instead`)
  }
  const { from, join, next } = related(scope, at, field)
  const state = trashCondition(next.object, next.alias, mentionsTrash(next.object, value) ? 'any' : 'live')
  const rows = `select from ${from} where ${all([join, ...(state === null ? [] : [state])])}`
  const condition = conditions(scope, next, value)
  // A record that belongs to none is matched by the nulls that its answer has.
  return holdsForNone(scope.model, next.object, value)
    ? `not exists (${rows} and (${condition}) is not true)`
    : `exists (${rows} and ${condition})`
}

const toManyFilter = (scope: Scope, at: At, field: ToManyField, value: unknown): string =>
  all(
    conditionsIn(scope, value, field.name, 'quantifier').map(([quantifier, filter]) => {
      if (!isQuantifier(quantifier))
        throw bad(
          `Cannot filter or order through ${field.name} by "${quantifier}": a one-to-many relation takes ${QUANTIFIERS.join(', ')}`,
        )
      const { from, join, next } = related(scope, at, field, isDecidedByOne(quantifier))
      const live = mentionsTrash(next.object, filter) ? null : liveOnly(next.object, next.alias)
      const rows = `select from ${from} where ${join}${live === null ? '' : ` and ${live}`}`
      return quantified(quantifier, rows, conditions(scope, next, filter))
    }),
  )

const fieldFilter = (scope: Scope, at: At, field: ModelField, value: unknown): string => {
  switch (field.kind) {
    case 'scalar':
      return scalarFilter(scope, at, field, value)
    case 'composite':
      return compositeFilter(scope, at, field, value)
    case 'toOne':
      return toOneFilter(scope, at, field, value)
    case 'toMany':
      return toManyFilter(scope, at, field, value)
  }
}

const group = (scope: Scope, at: At, key: string, value: unknown): string[] => {
  const items = isList(value) ? value : [value]
  refuseEmpty(scope, items.length === 0)
  return items.map((item) => {
    if (item === null) throw bad(`"${key}" takes filters, not null`)
    return conditions(scope, { ...at, depth: at.depth + 1 }, item)
  })
}

/** The filter itself, without the default condition on the trash. */
const conditions = (scope: Scope, at: At, filter: unknown): string => {
  if (at.depth > MAX_DEPTH) throw bad(`A filter may be nested at most ${MAX_DEPTH} levels deep`)
  const given = entriesOf(filter, at.object.nameSingular)
  refuseEmpty(scope, given.length === 0)
  return all(
    given.map(([key, value]) => {
      if (key === 'and') return all(group(scope, at, key, value))
      if (key === 'or') return any(group(scope, at, key, value))
      if (key === 'not') return `(${all(group(scope, at, key, value))}) is not true`
      const field = at.object.fields.get(key)
      if (field === undefined) throw unknownField(at.object, key, 'INVALID_ARGS_FILTER')
      if (value === null) throw bad(`Filter for field "${key}" must be an object, not null`)
      return fieldFilter(scope, at, field, value)
    }),
  )
}

const recordFilter = (scope: Scope, at: At, filter: unknown, trashed: Trashed = 'live'): string => {
  const state = trashCondition(at.object, at.alias, mentionsTrash(at.object, filter) ? 'any' : trashed)
  const condition = conditions(scope, at, filter)
  if (state === null) return condition
  return condition === 'true' ? state : `${state} and ${condition}`
}

interface FilterOptions {
  /** Values are text from a URL. */
  readonly isLenient?: boolean
  /** The filter of a bulk write: an empty condition anywhere in it is refused. */
  readonly isMandatory?: boolean
  /** Only the first records that match are read. */
  readonly isPage?: boolean
  /** Default: active records only. */
  readonly trashed?: Trashed
}

/**
 * The condition on a record: the filter, and not being in the trash unless the filter mentions `deletedAt`.
 * Throws Problem BAD_USER_INPUT or, for fields that the role may not read, FORBIDDEN.
 */
export const compileFilter = (
  e: Params,
  model: Model,
  object: ObjectModel,
  alias: string,
  filter: unknown,
  options: FilterOptions = {},
): string =>
  recordFilter(
    {
      e,
      model,
      isLenient: options.isLenient === true,
      isMandatory: options.isMandatory === true,
      pageOf: options.isPage === true ? alias : null,
      predicatesLeft: MAX_PREDICATES,
    },
    { object, alias, depth: 0 },
    filter ?? {},
    options.trashed,
  )

/** Whether a filter has no condition. */
export const isEmptyFilter = (filter: unknown): boolean =>
  filter === null ||
  filter === undefined ||
  (typeof filter === 'object' && Object.values(filter).every((value) => value === undefined))
