// What GraphQL finds wrong with a schema. A compiled schema is declared valid, so that no request validates
// it; a copy with the same types is not.

import { type GraphQLError, GraphQLSchema, validateSchema } from 'postgraphile/graphql'

export const schemaFaults = (schema: GraphQLSchema): readonly GraphQLError[] =>
  validateSchema(new GraphQLSchema({ ...schema.toConfig(), assumeValid: false }))
