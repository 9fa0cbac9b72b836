// Content negotiation of GraphQL answers (GraphQL over HTTP, "Media Types"; RFC 9110 §12.5.1): one of the two
// media types of a GraphQL answer, and its status.

import type { Context } from './context.ts'

export const JSON_TYPE = 'application/json'
const GRAPHQL_RESPONSE = 'application/graphql-response+json'

type MediaType = typeof JSON_TYPE | typeof GRAPHQL_RESPONSE

/** In the order of preference among equals. An Accept header with a parameter matches only that parameter. */
const OFFERED: ReadonlyMap<string, MediaType> = new Map([
  [JSON_TYPE, JSON_TYPE],
  [GRAPHQL_RESPONSE, GRAPHQL_RESPONSE],
  [`${JSON_TYPE}; charset=utf-8`, JSON_TYPE],
  [`${GRAPHQL_RESPONSE}; charset=utf-8`, GRAPHQL_RESPONSE],
])
const NAMES = [...OFFERED.keys()]

/** Null if the caller accepts neither type. */
export const acceptedType = (ctx: Context): MediaType | null => {
  const { accept } = ctx.req.headers
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return JSON_TYPE
  const name = ctx.accepts(NAMES)
  return (typeof name === 'string' && OFFERED.get(name)) || null
}

const EVENT_STREAM = 'text/event-stream'

/** Whether the caller prefers a stream of results. */
export const acceptsEvents = (ctx: Context): boolean =>
  ctx.req.headers.accept?.includes(EVENT_STREAM) === true &&
  ctx.accepts([EVENT_STREAM, ...NAMES]) === EVENT_STREAM

export const contentTypeOf = (type: MediaType): string => `${type}; charset=utf-8`

/**
 * With `application/json` every well-formed request gets 200, so that clients that drop the body of a 4xx
 * still see the errors of a document or its variables. All other statuses mean the same in both types.
 */
export const statusIn = (type: MediaType, status: number): number =>
  type === JSON_TYPE && status === 400 ? 200 : status
