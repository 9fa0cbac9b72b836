// GraphQL over records, wired. GraphQL's library and everything built on it are loaded by the first request
// that needs them.

import type { Handler } from '../entry/authorise.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Context } from '../http/context.ts'
import { createUpgrades, type Upgrades } from '../http/upgrade.ts'
import { lazily } from '../lazily.ts'
import type { PrintSchema } from './introspection.ts'
import type { GraphQLOptions } from './route.ts'
import type { CompiledSchema } from './schema/compile.ts'
import type { Sockets, SocketsOptions } from './socket/sockets.ts'

type GraphQLPartOptions = Omit<GraphQLOptions, 'shownTo'> & Omit<SocketsOptions, 'upgrades' | 'subscribe'>

interface GraphQLPart {
  readonly handle: Handler<RequestContext<CompiledSchema>>
  readonly printSchema: PrintSchema
  readonly upgrades: Upgrades
  /** Whether the request asks for a WebSocket. */
  readonly isUpgrade: (ctx: Context) => boolean
  /** Opens the WebSocket of an upgrade; its first message authenticates. */
  readonly openSocket: (ctx: Context) => Promise<void>
  /** Ends the sockets. */
  readonly close: () => Promise<void>
}

/** Targets of requests for a WebSocket. */
const PATH = /^\/graphql\/?(\?|$)/i

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
  const upgrades = createUpgrades(PATH)
  let opened: Sockets | null = null
  const sockets = lazily(async () => {
    const { createSockets } = await import('./socket/sockets.ts')
    const { subscribe } = await handler()
    opened = createSockets({ ...options, upgrades, subscribe })
    return opened
  })
  return {
    handle: async (ctx, requestContext) => (await handler()).handle(ctx, requestContext),
    printSchema: async (version, model) => (await introspection()).print(version, model),
    upgrades,
    isUpgrade: ({ req }) => upgrades.of(req) !== undefined,
    openSocket: async (ctx) => (await sockets()).open(ctx),
    close: async () => opened?.close(),
  }
}
