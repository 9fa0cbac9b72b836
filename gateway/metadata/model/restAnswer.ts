// Rows of /rest/metadata whose answers have no envelope in either of its formats.

import type { RequestContext } from '../../entry/requestContext.ts'
import type { Context, Handler } from '../../http/context.ts'
import { sendText } from '../../slices/send.ts'
import { jsonTextOf } from '../../slices/writeJson.ts'
import { metadataProblemOf } from './fault.ts'

/** @returns the body. Rejects with a Problem or a fault of the metadata. */
export type Work = (ctx: Context, requestContext: RequestContext<unknown>) => Promise<unknown>

/** @param pattern of the row, for the access log */
export const answering =
  (pattern: string, work: Work): Handler<RequestContext<unknown>> =>
  async (ctx, requestContext) => {
    ctx.state.route = pattern
    const body = await work(ctx, requestContext).catch((error: unknown) => {
      throw metadataProblemOf(error)
    })
    ctx.status = 200
    ctx.type = 'application/json'
    sendText(ctx, await jsonTextOf(body))
  }
