// The metadata API as the route table needs it: its paths. Handlers, and the code that changes models, are
// loaded by the first request: a tenth of what the gateway loads, and many gateways never need them.

import type { RequestContext } from '../entry/requestContext.ts'
import type { Context } from '../http/context.ts'
import { lazyRows } from '../http/surface.ts'
import { lazily } from '../lazily.ts'
import { METADATA_PATHS } from './paths.ts'
import type { MetadataOptions } from './wiring.ts'

export const createMetadata = (options: MetadataOptions) => {
  const wired = lazily(async () => (await import('./wiring.ts')).wireMetadata(options))
  return {
    schema: async () => (await wired()).schema(),
    readModel: async (requestContext: RequestContext<unknown>) => (await wired()).readModel(requestContext),
    graphql: {
      handle: async (ctx: Context, requestContext: RequestContext<unknown> | null) =>
        (await (await wired()).graphql()).handle(ctx, requestContext),
      isPublic: async (ctx: Context) => (await (await wired()).graphql()).isPublic(ctx),
    },
    /** Rows under `/rest/metadata`, with the older addresses. */
    rows: lazyRows<RequestContext<unknown>>(METADATA_PATHS, async () => (await wired()).rows),
  }
}
