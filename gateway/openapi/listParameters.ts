// Query parameters of lists, from the table of arguments. A parameter with the same description for all
// objects is one component; a filter and an order are described by the fields of their object.

import type { ModelField, ObjectModel } from '../../tenants/model/model.ts'
import { toCamelCase, toTypeName } from '../../tenants/model/name.ts'
import type { ListArgument } from '../../tenants/model/reserved.ts'
import { operatorsOf, partOperators } from '../records/read/filterOperator.ts'
import { ARGUMENTS_IN_REST, type ArgumentInRest, type InputArgument } from '../records/read/listArgument.ts'
import { ORDER_BY_DIRECTIONS } from '../records/read/order.ts'
import { filterExample, orderExample } from './examples.ts'
import { type Parameter, parameterRef, queryParameter } from './parameters.ts'
import { type Schema, STRING } from './schema.ts'

const isOfObject = (given: ArgumentInRest): given is InputArgument => {
  switch (given.type) {
    case 'Int':
    case 'String':
      return false
    case 'FilterInput':
    case 'OrderByInput':
      return true
  }
}

/** `startingAfter`, or `CompaniesFilter`. */
const componentOf = (given: ArgumentInRest, { pluralTypeName }: ObjectModel): string => {
  const name = toCamelCase(given.parameter.name)
  return isOfObject(given) ? pluralTypeName + toTypeName(name) : name
}

const sharedParameter = ({ type, parameter }: Exclude<ArgumentInRest, InputArgument>): Parameter => {
  const { name, description } = parameter
  switch (type) {
    case 'Int':
      return queryParameter(name, description, {
        type: 'integer',
        minimum: 0,
        maximum: parameter.atMost,
        default: parameter.byDefault,
      })
    case 'String':
      return queryParameter(name, description, STRING)
  }
}

/** Shared by all objects, by component name. */
export const SHARED_LIST_PARAMETERS: readonly (readonly [string, Parameter])[] = ARGUMENTS_IN_REST.flatMap(
  ([, given]) => (isOfObject(given) ? [] : [[toCamelCase(given.parameter.name), sharedParameter(given)]]),
)

/** Paths, each with its comparators. */
const comparable = (field: ModelField): readonly (readonly [path: string, comparators: string])[] => {
  switch (field.kind) {
    case 'scalar':
      return [[field.name, operatorsOf(field.type).join(', ')]]
    case 'composite':
      return field.parts.map(({ part }) => [`${field.name}.${part.name}`, partOperators(part).join(', ')])
    case 'toOne':
    case 'toMany':
      return []
  }
}

const FILTER_GRAMMAR =
  '`path[comparator]:value`, separated by commas that mean "and"; `and(…)`, `or(…)` and `not(…)` group. \
Values that hold commas or brackets are quoted; lists are written `[a,b]`. \
Relations: `relation.field`, and for to-many relations `relation.some.field` (or `every`, `none`).'

const filterDescription = ({ fields }: ObjectModel): string => {
  const paths = [...fields.values()].flatMap(comparable).filter(([, comparators]) => comparators !== '')
  const lines = [...Map.groupBy(paths, ([, comparators]) => comparators)].map(
    ([comparators, group]) => `- ${comparators}: ${group.map(([path]) => `\`${path}\``).join(', ')}`,
  )
  return [FILTER_GRAMMAR, '', ...lines].join('\n')
}

const ORDER_DESCRIPTION = `\`field[Direction]\`, separated by commas, where a field may be \`composite.sub\` or \`relation.field\`. \
Directions: ${ORDER_BY_DIRECTIONS.join(', ')}.`

const ownParameter = ({ type, parameter: { name } }: InputArgument, object: ObjectModel): Parameter => {
  switch (type) {
    case 'FilterInput':
      return queryParameter(name, filterDescription(object), STRING, filterExample(object))
    case 'OrderByInput':
      return queryParameter(name, ORDER_DESCRIPTION, STRING, orderExample(object))
  }
}

/** An object's own, by component name. */
export const ownListParameters = (object: ObjectModel): readonly (readonly [string, Parameter])[] =>
  ARGUMENTS_IN_REST.flatMap(([, given]) =>
    isOfObject(given) ? [[componentOf(given, object), ownParameter(given, object)]] : [],
  )

/** @param which all arguments of a list, unless another request has only some of them */
export const listParameterRefs = (object: ObjectModel, which?: readonly ListArgument[]): readonly Schema[] =>
  ARGUMENTS_IN_REST.filter(([argument]) => which === undefined || which.includes(argument)).map(([, given]) =>
    parameterRef(componentOf(given, object)),
  )
