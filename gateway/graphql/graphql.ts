// GraphQL over records, wired. GraphQL's library and everything built on it are loaded by the first request
// that needs them.

import type { Handler } from '../entry/authorise.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { lazily } from '../lazily.ts'
import type { PrintSchema } from './introspection.ts'
import type { GraphQLOptions } from './route.ts'
import type { CompiledSchema } from './schema/compile.ts'

type GraphQLPartOptions = Omit<GraphQLOptions, 'shownTo'>

interface GraphQLPart {
  readonly handle: Handler<RequestContext<CompiledSchema>>
  readonly printSchema: PrintSchema
}

export const createGraphQLPart = (options: GraphQLPartOptions): GraphQLPart => {
  const { schemaVersions } = options
  const introspection = lazily(async () => {
    const { createIntrospection, createSchemaPrinter } = await import('./introspection.ts')
    const shownTo = createIntrospection(schemaVersions, options.log)
    return { shownTo, print: createSchemaPrinter(schemaVersions, shownTo, options.budget) }
  })
  const handler = lazily(async () => {
    const { createGraphQL } = await import('./route.ts')
    const { shownTo } = await introspection()
    return createGraphQL({ ...options, shownTo })
  })
  return {
    handle: async (ctx, requestContext) => (await handler()).handle(ctx, requestContext),
    printSchema: async (version, model) => (await introspection()).print(version, model),
  }
}
