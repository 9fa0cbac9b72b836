// Filters of single values: `StringFilter`, `UUIDFilter` … and one for each enum, with the operators of
// gateway/records/read/operator.ts.

import type {} from 'postgraphile'
import { GraphQLBoolean, GraphQLList, GraphQLString } from 'postgraphile/graphql'
import { definitionOf, isOperatorName, OPERATORS, partOperators } from '../../../records/read/operator.ts'
import type { Vocabulary } from '../vocabulary.ts'

type Build = GraphileBuild.Build

/** Operators that the contract has in the type and refuses in use. */
const REFUSED_OPERATORS = ['regex', 'iregex']

/** An enum has one filter for fields of one and of several options. */
const ENUM_OPERATORS = [...new Set([...OPERATORS.SELECT, ...OPERATORS.MULTI_SELECT])]

const FILTERS: Readonly<Record<string, { readonly value: string; readonly operators: readonly string[] }>> = {
  UUIDFilter: { value: 'UUID', operators: OPERATORS.UUID },
  StringFilter: { value: 'String', operators: [...OPERATORS.TEXT, ...REFUSED_OPERATORS] },
  IntFilter: { value: 'Int', operators: OPERATORS.NUMBER },
  FloatFilter: { value: 'Float', operators: OPERATORS.NUMBER },
  BigIntFilter: { value: 'BigInt', operators: OPERATORS.NUMBER },
  BigFloatFilter: { value: 'BigFloat', operators: OPERATORS.NUMERIC },
  BooleanFilter: { value: 'Boolean', operators: OPERATORS.BOOLEAN },
  DateFilter: { value: 'Date', operators: OPERATORS.DATE },
  DateTimeFilter: { value: 'DateTime', operators: OPERATORS.DATE_TIME },
  SelectFilter: { value: 'String', operators: ENUM_OPERATORS },
  ArrayFilter: { value: 'String', operators: OPERATORS.ARRAY },
  RawJsonFilter: { value: 'JSON', operators: OPERATORS.RAW_JSON },
  TSVectorFilter: { value: 'TSVector', operators: OPERATORS.TS_VECTOR },
  RichTextPartFilter: { value: 'String', operators: partOperators('RICH_TEXT', 'TEXT') },
}

const operatorType = (build: Build, operator: string, value: string) => {
  switch (isOperatorName(operator) ? definitionOf(operator).takes : 'text') {
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
        for (const [name, { value, operators }] of Object.entries(FILTERS))
          registerFilter(build, name, value, operators)
        for (const { name } of vocabulary.enums) registerFilter(build, `${name}Filter`, name, ENUM_OPERATORS)
        return _
      },
    },
  },
})
