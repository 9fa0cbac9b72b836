// Filters of single values: `StringFilter`, `UUIDFilter` … and one for each enum, with the operators of
// gateway/records/read/filterOperator.ts.

import type {} from 'postgraphile'
import { GraphQLBoolean, GraphQLList, GraphQLString } from 'postgraphile/graphql'
import { SCALAR_TYPES, SCALARS } from '../../../../tenants/model/scalarType.ts'
import {
  DOCUMENT_OPERATORS,
  isOperatorName,
  OPERATORS,
  operatorDefinition,
  operatorsOf,
} from '../../../records/read/filterOperator.ts'
import { DOCUMENT_PART, type GraphqlNames, NUMBER_NAMES, type Vocabulary } from '../vocabulary.ts'

type Build = GraphileBuild.Build

/** Operators that the contract has in the type and refuses in use. */
const REFUSED_OPERATORS = ['regex', 'iregex']

const VALUES: readonly { readonly graphql: GraphqlNames; readonly operators: readonly string[] }[] = [
  ...SCALAR_TYPES.map((type) => ({ graphql: SCALARS[type].graphql, operators: operatorsOf(type) })),
  ...Object.values(NUMBER_NAMES).map((graphql) => ({ graphql, operators: OPERATORS.number })),
  { graphql: DOCUMENT_PART, operators: DOCUMENT_OPERATORS },
]

/** All filters, each with the operators of all values that it serves. */
const FILTERS = Map.groupBy(VALUES, ({ graphql: [, filter] }) => filter)

/** An enum has one filter for fields of one and of several options. */
const ENUM_OPERATORS = [...OPERATORS.option, ...OPERATORS.options]

const operatorType = (build: Build, operator: string, value: string) => {
  switch (isOperatorName(operator) ? operatorDefinition(operator).takes : 'text') {
    case 'own':
      return build.getInputTypeByName(value)
    case 'list':
      return new GraphQLList(build.getInputTypeByName(value))
    case 'text':
      return GraphQLString
    case 'boolean':
      return GraphQLBoolean
    case 'presence':
      return build.getInputTypeByName('FilterIs')
  }
}

const registerFilter = (build: Build, name: string, value: string, operators: readonly string[]): void =>
  build.registerInputObjectType(
    name,
    {},
    () => ({
      fields: () =>
        Object.fromEntries(
          operators.map((operator) => [operator, { type: operatorType(build, operator, value) }]),
        ),
    }),
    'Tenantry',
  )

export const createFiltersPlugin = (vocabulary: Vocabulary): GraphileConfig.Plugin => ({
  name: 'TenantryFiltersPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        for (const [name, values] of FILTERS) {
          const value = values[0]?.graphql[0] ?? ''
          const refused = name === 'StringFilter' ? REFUSED_OPERATORS : []
          registerFilter(build, name, value, [...values.flatMap(({ operators }) => operators), ...refused])
        }
        for (const { name } of vocabulary.enums) registerFilter(build, `${name}Filter`, name, ENUM_OPERATORS)
        return _
      },
    },
  },
})
