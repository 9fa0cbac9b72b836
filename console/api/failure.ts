// Turns error answers and network errors into one type that every page can show: a sentence, a hint, and
// after a rate limit the seconds to wait.

import { isRecord, type JsonObject } from './json.ts'

interface FailureFacts {
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** The API's code: `FORBIDDEN`, `RATE_LIMITED`, … */
  readonly code: string
  readonly hint?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  /** The extensions of the error, for pages that show errors of single fields. */
  readonly extensions?: JsonObject | undefined
}

export class Failure extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | null
  readonly retryAfterSeconds: number | null
  readonly extensions: JsonObject

  constructor(message: string, facts: FailureFacts) {
    super(message)
    this.name = 'Failure'
    this.status = facts.status
    this.code = facts.code
    this.hint = facts.hint ?? null
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null
    this.extensions = facts.extensions ?? {}
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const RETRY_HINT = 'Each key and each session has a limit of requests per minute.'

/** A GraphQL answer with a refused field has status 200; its code stands for the real one. */
const STATUSES: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
}

const fromGraphQL = (status: number, errors: readonly unknown[], retryAfterSeconds?: number): Failure => {
  const [first] = errors
  const error = isRecord(first) ? first : {}
  const extensions = isRecord(error.extensions) ? error.extensions : {}
  const code = textOf(extensions.code) ?? 'UNKNOWN'
  return new Failure(textOf(error.message) ?? 'The request was refused.', {
    status: status < 400 ? (STATUSES[code] ?? status) : status,
    code,
    hint: textOf(extensions.hint),
    retryAfterSeconds,
    extensions,
  })
}

const fromRest = (status: number, body: JsonObject, retryAfterSeconds?: number): Failure => {
  const messages = Array.isArray(body.messages)
    ? body.messages.flatMap((message) => textOf(message) ?? [])
    : []
  const [message, ...more] = messages
  return new Failure(message ?? `The gateway returned status ${status}.`, {
    status,
    code: textOf(body.code) ?? textOf(body.error) ?? 'UNKNOWN',
    hint: more.length > 0 ? more.join(' ') : undefined,
    retryAfterSeconds,
    extensions: body,
  })
}

/** Null for a successful answer. */
export const failureOfAnswer = (
  status: number,
  body: unknown,
  retryAfterSeconds: number | undefined,
): Failure | null => {
  const errors = isRecord(body) && Array.isArray(body.errors) && body.errors.length > 0 ? body.errors : null
  if (errors === null && status < 400) return null
  if (status === 429)
    return new Failure('Too many requests.', {
      status,
      code: 'RATE_LIMITED',
      hint: RETRY_HINT,
      retryAfterSeconds: retryAfterSeconds ?? 1,
    })
  if (errors !== null) return fromGraphQL(status, errors, retryAfterSeconds)
  return fromRest(status, isRecord(body) ? body : {}, retryAfterSeconds)
}

/** Any thrown value. */
export const failureOf = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure(error instanceof Error ? error.message : 'Something went wrong.', {
        status: 0,
        code: 'UNKNOWN',
      })

export const unreachable = (): Failure =>
  new Failure('The gateway cannot be reached.', {
    status: 0,
    code: 'UNREACHABLE',
    hint: 'Check that it is running and that you are online, then try again.',
  })
