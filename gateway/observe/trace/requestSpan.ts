// The span of an HTTP request, until its last byte is sent or its connection breaks. Names and attributes are
// those of OpenTelemetry's semantic conventions for HTTP.

import { type Context, METHODS, type Middleware } from '../../http/context.ts'
import { isStream } from '../../http/identify.ts'
import { redact, redactedStart } from '../../redact.ts'
import type { SpanAttributes, SpanDetails } from './span.ts'
import { KIND, type Spans } from './spans.ts'

const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS)
const MAX_PATH = 200
const FIRST_SERVER_ERROR = 500

/** What the span names of a request whose response was closed: everything but the request itself. */
const factsOf = ({ req, res, state, protocol, hostname, ip }: Context) => ({
  method: req.method ?? '',
  scheme: protocol,
  target: req.url ?? '',
  hostname,
  ip,
  httpVersion: req.httpVersion,
  requestId: state.requestId,
  agent: req.headers['user-agent'],
  status: res.statusCode,
  api: state.protocol,
  route: state.target?.route?.pattern,
  workspaceId: state.workspaceId,
  callerId: state.callerId,
})

type Facts = ReturnType<typeof factsOf>

const attributesOf = (method: string, facts: Facts): SpanAttributes => {
  const { agent, route, workspaceId, callerId } = facts
  const attributes: SpanAttributes = {
    'http.request.method': method,
    'url.scheme': facts.scheme,
    'url.path': redactedStart(facts.target.split('?', 1)[0] ?? '', MAX_PATH),
    'server.address': facts.hostname,
    'client.address': facts.ip,
    'network.protocol.version': facts.httpVersion,
    'tenantry.request.id': redact(facts.requestId),
    'http.response.status_code': facts.status,
    'tenantry.api': facts.api,
  }
  if (agent !== undefined) attributes['user_agent.original'] = redactedStart(agent, MAX_PATH)
  if (route !== undefined) attributes['http.route'] = route
  if (workspaceId !== undefined) attributes['tenantry.workspace.id'] = workspaceId
  if (callerId !== undefined) attributes['tenantry.caller.id'] = callerId
  return attributes
}

const describe = (facts: Facts): SpanDetails => {
  const isKnown = METHOD_NAMES.has(facts.method)
  const name = isKnown ? facts.method : 'HTTP'
  return {
    name: facts.route === undefined ? name : `${name} ${facts.route}`,
    attributes: attributesOf(isKnown ? facts.method : '_OTHER', facts),
  }
}

/** Holds the facts alone: a request held until its export would keep buffers and a socket alive. */
const describing = (facts: Facts) => () => describe(facts)

/** Of a request that has not ended; replaced at its end. */
const UNKNOWN = (): SpanDetails => ({ name: 'HTTP', attributes: {} })

export const traceRequests =
  (spans: Spans): Middleware =>
  (ctx, next) => {
    const { req, res, state } = ctx
    const span = spans.begin({ kind: KIND.server, details: UNKNOWN, parent: req.headers })
    state.trace = span
    if (!span.isSampled) return spans.within(span, next)
    // Koa remembers the address, which a closed connection no longer has.
    void ctx.ip
    res.once('close', () => {
      span.details = describing(factsOf(ctx))
      if (!res.writableFinished && !isStream(res)) span.error = 'aborted'
      else if (res.statusCode >= FIRST_SERVER_ERROR) span.error = String(res.statusCode)
      span.end()
    })
    return spans.within(span, next)
  }
