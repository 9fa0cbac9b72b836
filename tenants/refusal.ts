// The one error of the domain: a well-formed request that is refused, with a code, a sentence for people and
// optionally a hint. The gateway maps the code to an HTTP status.

export type RefusalCode = 'NOT_FOUND' | 'CONFLICT' | 'INVALID_INPUT' | 'FORBIDDEN'

export interface RefusalOptions {
  /** What the caller can do about it, a sentence. */
  readonly hint?: string
  /** The same request may succeed after this time. */
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

export class Refusal extends Error {
  readonly code: RefusalCode
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
    this.hint = options.hint
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
