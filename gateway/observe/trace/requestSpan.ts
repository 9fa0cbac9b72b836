// The span of an HTTP request, until its last byte is sent or its connection breaks. Names and attributes are
// those of OpenTelemetry's semantic conventions for HTTP.

import type { Attributes } from '@opentelemetry/api'
import { type Context, METHODS, type Middleware } from '../../http/context.ts'
import { redact } from '../../redact.ts'
import { failSpan, isSampled, KIND, type Spans } from './spans.ts'

const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS)
const MAX_PATH = 200
const FIRST_SERVER_ERROR = 500

const startAttributes = (ctx: Context, method: string): Attributes => {
  const { req } = ctx
  const agent = req.headers['user-agent']
  return {
    'http.request.method': method,
    'url.scheme': ctx.protocol,
    'url.path': redact((req.url ?? '').split('?', 1)[0]?.slice(0, MAX_PATH) ?? ''),
    'server.address': ctx.hostname,
    'client.address': ctx.ip,
    'network.protocol.version': req.httpVersion,
    'tenantry.request.id': redact(ctx.state.requestId),
    ...(agent === undefined ? {} : { 'user_agent.original': redact(agent.slice(0, MAX_PATH)) }),
  }
}

/** Known once the request was routed and authorised. */
const endAttributes = ({ state, res }: Context): Attributes => ({
  'http.response.status_code': res.statusCode,
  'tenantry.api': state.protocol,
  ...(state.target?.route ? { 'http.route': state.target.route.pattern } : {}),
  ...(state.workspaceId === undefined ? {} : { 'tenantry.workspace.id': state.workspaceId }),
  ...(state.callerId === undefined ? {} : { 'tenantry.caller.id': state.callerId }),
})

export const traceRequests =
  (spans: Spans): Middleware =>
  (ctx, next) => {
    const { req, res, state } = ctx
    const { traceparent, tracestate } = req.headers
    const isKnown = METHOD_NAMES.has(req.method ?? '')
    const method = isKnown ? (req.method ?? '') : '_OTHER'
    const span = spans.begin({
      name: isKnown ? method : 'HTTP',
      kind: KIND.server,
      attributes: () => startAttributes(ctx, method),
      parent: { traceparent, tracestate },
    })
    state.trace = span.spanContext()
    if (!isSampled(span)) return spans.within(span, next)
    res.once('close', () => {
      const route = state.target?.route?.pattern
      if (route !== undefined) span.updateName(`${isKnown ? method : 'HTTP'} ${route}`)
      span.setAttributes(endAttributes(ctx))
      if (!res.writableFinished) failSpan(span, 'aborted')
      else if (res.statusCode >= FIRST_SERVER_ERROR) failSpan(span, String(res.statusCode))
      span.end()
    })
    return spans.within(span, next)
  }
