// Response headers, as components and sets of references to them. The limits are those of limits/throttle.ts;
// request id, replay and compression headers are set elsewhere in the gateway.

import { COUNT_MODES } from '../../tenants/model/countMode.ts'
import { type Schema, STRING } from './schema.ts'

const header = (description: string, schema: Schema, example: string | number): Schema => ({
  description,
  schema,
  example,
})

const COUNT: Schema = { type: 'integer', minimum: 0 }

const RATE_LIMIT = {
  RateLimit: header(
    'Remaining requests of each limit, and the seconds until it resets.',
    STRING,
    '"key";r=87;t=42',
  ),
  'RateLimit-Policy': header('The limits: requests and seconds.', STRING, '"key";q=100;w=60'),
  'X-RateLimit-Limit': header('Requests of the tightest limit.', COUNT, 100),
  'X-RateLimit-Remaining': header('Remaining requests.', COUNT, 87),
  'X-RateLimit-Reset': header('Time of the reset, in seconds since 1970.', COUNT, 1_790_000_000),
} as const

const OTHERS = {
  'X-Request-Id': header(
    'Id of the request in the log; a request may set its own.',
    STRING,
    'bf5c8d3e-2f1a-4c6b-9e7d-8a0b1c2d3e4f',
  ),
  'Retry-After': header('Seconds to wait before another attempt.', COUNT, 12),
  'WWW-Authenticate': header('How to authenticate.', { type: 'string', const: 'Bearer' }, 'Bearer'),
  'Preference-Applied': header(
    'The preference from `Prefer` that was applied.',
    { type: 'string', enum: ['return=minimal', ...COUNT_MODES.map((mode) => `count=${mode}`)] },
    'return=minimal',
  ),
  'Idempotent-Replayed': header(
    'True if the first response to the `Idempotency-Key` was repeated and nothing was executed.',
    { type: 'string', const: 'true' },
    'true',
  ),
  Link: header(
    'Address of the next page, if there is one.',
    STRING,
    '</rest/metadata/apiKeys?limit=2>; rel="next"',
  ),
  ETag: header('Identifies this version of the document.', STRING, 'W/"PnIq3RzZ6tT0m1Vb-Qw9_x"'),
} as const

/** Of answers to pages of other origins (Fetch standard §3.2). */
const CROSS_ORIGIN = {
  'Access-Control-Allow-Origin': header(
    'Allows pages of other origins to read the response: `*`, or the origin of the request if the operator lists origins.',
    STRING,
    '*',
  ),
  'Access-Control-Expose-Headers': header(
    'The headers that pages of other origins may read.',
    STRING,
    'x-request-id, etag, ratelimit, retry-after',
  ),
} as const

export const HEADERS = { ...RATE_LIMIT, ...CROSS_ORIGIN, ...OTHERS }
export type HeaderName = keyof typeof HEADERS

const refs = (names: readonly string[]): Readonly<Record<string, Schema>> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const EVERY: readonly string[] = ['X-Request-Id', ...Object.keys(CROSS_ORIGIN)]

/** Headers of every answer to an authenticated caller, and further ones. */
export const knownHeaders = (...more: readonly HeaderName[]) =>
  refs([...EVERY, ...Object.keys(RATE_LIMIT), ...more])

/** Headers of every answer, and further ones. */
export const anyHeaders = (...more: readonly HeaderName[]) => refs([...EVERY, ...more])
