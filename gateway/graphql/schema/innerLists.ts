// Lists inside a list of enum values. An answer shows an inner list as its JSON text, which is not a value of
// the enum, so the enum's input accepts such texts from variables; gateway/records/values checks the labels.

import type { GraphQLEnumType } from 'postgraphile/graphql'
import { jsonList } from '../../records/values/innerList.ts'

export const acceptInnerLists = (type: GraphQLEnumType): void => {
  const parse = type.parseValue.bind(type)
  type.parseValue = (value, ...rest) =>
    typeof value === 'string' && jsonList(value) !== undefined ? value : parse(value, ...rest)
}
