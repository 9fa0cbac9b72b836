// Parts of a GraphQL schema that have no description.

import { type GraphQLNamedType, isInputObjectType, isObjectType } from 'postgraphile/graphql'

/** `Type`, `Type.field` and `Type.field(argument)` without a description. */
export const undescribed = (type: GraphQLNamedType): readonly string[] => {
  if (type.name.startsWith('__') || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name)) return []
  const own = type.description ? [] : [type.name]
  if (!isObjectType(type) && !isInputObjectType(type)) return own
  const fields = Object.values(type.getFields()).flatMap((field) => [
    ...(field.description ? [] : [`${type.name}.${field.name}`]),
    ...('args' in field ? [...field.args] : [])
      .filter(({ description }) => !description)
      .map(({ name }) => `${type.name}.${field.name}(${name})`),
  ])
  return [...own, ...fields]
}
