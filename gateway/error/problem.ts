// Problems: errors with a message that a caller can act on. Converts any thrown value to a Problem, and a
// Problem to a REST or GraphQL body. A Problem's message, hint and facts are for the caller; its detail and
// cause are for the log and never leave the process. sqlstate.ts translates SQLSTATEs.

import { randomUUID } from 'node:crypto'
import { OwnerBusy } from '../../sql/owner/busy.ts'
import { ConnectionError } from '../../sql/pipeline/error.ts'
import { isConnectionLost } from '../../sql/reconnect.ts'
import { PermissionRefusal } from '../../tenants/permission/refusal.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { type ErrorNames, isSqlError, sqlAnswer } from './sqlstate.ts'

interface Kind {
  readonly status: number
  /** `error` of a REST body. */
  readonly rest: string
  /** `extensions.code` of a GraphQL error. */
  readonly graphql: string
}

/** Status and names of each code in both protocols. */
export const KINDS = {
  BAD_USER_INPUT: { status: 400, rest: 'BadRequestException', graphql: 'BAD_USER_INPUT' },
  GRAPHQL_PARSE_FAILED: { status: 400, rest: 'BadRequestException', graphql: 'GRAPHQL_PARSE_FAILED' },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    rest: 'BadRequestException',
    graphql: 'GRAPHQL_VALIDATION_FAILED',
  },
  METADATA_VALIDATION_FAILED: {
    status: 400,
    rest: 'METADATA_VALIDATION_ERROR',
    graphql: 'METADATA_VALIDATION_FAILED',
  },
  UNAUTHENTICATED: { status: 401, rest: 'UNAUTHENTICATED', graphql: 'UNAUTHENTICATED' },
  FORBIDDEN: { status: 403, rest: 'ForbiddenException', graphql: 'FORBIDDEN' },
  WORKSPACE_SUSPENDED: { status: 403, rest: 'ForbiddenException', graphql: 'FORBIDDEN' },
  NOT_FOUND: { status: 404, rest: 'NotFoundException', graphql: 'NOT_FOUND' },
  METHOD_NOT_ALLOWED: { status: 405, rest: 'MethodNotAllowedException', graphql: 'METHOD_NOT_ALLOWED' },
  NOT_ACCEPTABLE: { status: 406, rest: 'NotAcceptableException', graphql: 'BAD_USER_INPUT' },
  REQUEST_TIMEOUT: { status: 408, rest: 'RequestTimeoutException', graphql: 'TIMEOUT' },
  CONFLICT: { status: 409, rest: 'ConflictException', graphql: 'CONFLICT' },
  PAYLOAD_TOO_LARGE: { status: 413, rest: 'PayloadTooLargeException', graphql: 'BAD_USER_INPUT' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, rest: 'UnsupportedMediaTypeException', graphql: 'BAD_USER_INPUT' },
  RATE_LIMITED: { status: 429, rest: 'RATE_LIMITED', graphql: 'RATE_LIMITED' },
  HEADERS_TOO_LARGE: { status: 431, rest: 'BadRequestException', graphql: 'BAD_USER_INPUT' },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    rest: 'InternalServerErrorException',
    graphql: 'INTERNAL_SERVER_ERROR',
  },
  UNAVAILABLE: { status: 503, rest: 'ServiceUnavailableException', graphql: 'SERVICE_UNAVAILABLE' },
  TIMEOUT: { status: 504, rest: 'GatewayTimeoutException', graphql: 'TIMEOUT' },
} as const satisfies Readonly<Record<string, Kind>>

export type ProblemCode = keyof typeof KINDS

/** One of several faults of a request. */
export interface Fault {
  /** Finer code, like `subCode`. */
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** API name of the record's field. */
  readonly field?: string
  /** Position of the record in its batch, from 0. */
  readonly index?: number
}

/** A body can have as many faults as it has fields. */
const MAX_FAULTS = 20

export interface ProblemOptions {
  /** HTTP status, if it differs from the code's own. */
  readonly status?: number
  /** Finer code of the contract: `code` of a REST body, `extensions.subCode` of a GraphQL error. */
  readonly subCode?: string
  /** Further sentences for a REST body's `messages`, after the message. */
  readonly more?: readonly string[]
  /** All faults; the message is about the first. */
  readonly faults?: readonly Fault[]
  /** How the caller can fix it. */
  readonly hint?: string
  /** A gentler sentence for end users; default: the message. */
  readonly userFriendlyMessage?: string
  /**
   * Structured values that both protocols add to their body: REST at the top level, GraphQL in the
   * extensions.
   */
  readonly facts?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  /** The request names something that the model lacks: a newer model may have it. */
  readonly isUnknownName?: boolean
  /** For the log only. */
  readonly detail?: string
  readonly cause?: unknown
}

export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly options: ProblemOptions

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.status = options.status ?? KINDS[code].status
    this.options = options
  }
}

/** A 400 for input that the caller can correct. */
export const badInput = (message: string, subCode?: string, hint?: string): Problem =>
  new Problem('BAD_USER_INPUT', message, {
    ...(subCode === undefined ? {} : { subCode }),
    ...(hint === undefined ? {} : { hint }),
  })

/** The same, for files in which most faults share a subcode. */
export const badInputOf =
  (subCode: string) =>
  (message: string, ownSubCode = subCode): Problem =>
    badInput(message, ownSubCode)

/** 405 with the `Allow` header that RFC 9110 §15.5.6 asks for. */
export const methodNotAllowed = (method: string, allowed: readonly string[]): Problem =>
  new Problem('METHOD_NOT_ALLOWED', `Method ${method} is not allowed here. Allowed: ${allowed.join(', ')}.`, {
    headers: { allow: allowed.join(', ') },
  })

const REFUSALS: Readonly<Record<Refusal['code'], ProblemCode>> = {
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  INVALID_INPUT: 'BAD_USER_INPUT',
  FORBIDDEN: 'FORBIDDEN',
}

const isConnectionError = (error: unknown): boolean =>
  error instanceof ConnectionError || error instanceof OwnerBusy || isConnectionLost(error)

const RETRY_SOON = { 'retry-after': '1' }

const unavailable = (cause: unknown): Problem => {
  if (cause instanceof ConnectionError && cause.code === 'workspace_busy')
    return new Problem('RATE_LIMITED', cause.message, {
      subCode: 'TOO_MANY_LONG_STATEMENTS',
      hint: 'Request less at a time, or split the request into several.',
      headers: RETRY_SOON,
      cause,
    })
  if (cause instanceof OwnerBusy)
    return new Problem('UNAVAILABLE', 'Too many other requests wait for the database. Please try again.', {
      subCode: 'DATABASE_BUSY',
      headers: RETRY_SOON,
      cause,
    })
  if (cause instanceof ConnectionError && cause.code === 'node_unprepared')
    return new Problem(
      'UNAVAILABLE',
      'The node of this workspace is not prepared for it. Please try again.',
      {
        subCode: 'NODE_UNPREPARED',
        hint: 'Operators prepare it with "tenantry nodes prepare", which prints what keeps it from that.',
        headers: RETRY_SOON,
        cause,
      },
    )
  return cause instanceof ConnectionError && cause.code === 'connection_lost'
    ? // No Retry-After: a client that repeats a create by itself could make it twice.
      new Problem('UNAVAILABLE', 'The connection to the database broke while the request was running.', {
        subCode: 'DATABASE_CONNECTION_LOST',
        hint: 'It may or may not have made its changes; check before you retry.',
        cause,
      })
    : new Problem('UNAVAILABLE', 'The database cannot be reached at the moment. Please try again.', {
        subCode: 'DATABASE_UNAVAILABLE',
        headers: RETRY_SOON,
        cause,
      })
}

/** An internal error: the caller gets an opaque id, under which the cause is logged. */
const internal = (cause: unknown): Problem =>
  new Problem('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', {
    facts: { exceptionEventId: randomUUID() },
    cause,
  })

/** GraphQL has no header for a single error, so the seconds are in the body too. */
const retryOf = ({ retryAfterSeconds: seconds }: Refusal): Pick<ProblemOptions, 'headers' | 'facts'> =>
  seconds === undefined
    ? {}
    : { headers: { 'retry-after': String(seconds) }, facts: { retryAfterSeconds: seconds } }

/** Any thrown value as a Problem. `names` translates columns in errors of Postgres to API fields. */
export const problemOf = (error: unknown, names: ErrorNames = {}): Problem => {
  if (error instanceof Problem) return error
  if (error instanceof Refusal) {
    return new Problem(REFUSALS[error.code], error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error instanceof PermissionRefusal ? { subCode: error.reason } : {}),
      ...retryOf(error),
      cause: error,
    })
  }
  if (isSqlError(error)) {
    const answer = sqlAnswer(error, names)
    if (answer === undefined || answer.code === 'INTERNAL_SERVER_ERROR') return internal(error)
    const { code, message, ...options } = answer
    return new Problem(code, message, {
      ...options,
      ...(code === 'UNAVAILABLE' ? { headers: RETRY_SOON } : {}),
      cause: error,
    })
  }
  return isConnectionError(error) ? unavailable(error) : internal(error)
}

/** The message and the code already describe a single fault. */
const listed = ({ faults = [] }: ProblemOptions) =>
  faults.length < 2 ? {} : { faults: faults.slice(0, MAX_FAULTS), faultCount: faults.length }

const messagesOf = ({ message, options: { hint, more = [], faults = [] } }: Problem): readonly string[] => {
  if (faults.length < 2) return [message, ...more, ...(hint === undefined ? [] : [hint])]
  const left = faults.length - MAX_FAULTS
  return [
    ...faults.slice(0, MAX_FAULTS).flatMap((fault) => [fault.message, fault.hint ?? []].flat()),
    ...(left > 0 ? [`There are ${left} more errors.`] : []),
  ]
}

/** `{statusCode, error, messages, code?}`, all faults if there are several, and the facts. */
export const toRestBody = (problem: Problem): Readonly<Record<string, unknown>> => {
  const { subCode, facts } = problem.options
  return {
    statusCode: problem.status,
    error: KINDS[problem.code].rest,
    messages: messagesOf(problem),
    ...(subCode === undefined ? {} : { code: subCode }),
    ...listed(problem.options),
    ...facts,
  }
}

interface GraphQLProblem {
  readonly message: string
  readonly extensions: Readonly<Record<string, unknown>>
}

/** One entry of `errors`; the executor adds path and locations. */
export const toGraphQLError = (problem: Problem): GraphQLProblem => {
  const { subCode, hint, userFriendlyMessage, facts } = problem.options
  return {
    message: problem.message,
    extensions: {
      code: KINDS[problem.code].graphql,
      ...(subCode === undefined ? {} : { subCode }),
      userFriendlyMessage: userFriendlyMessage ?? problem.message,
      ...(hint === undefined ? {} : { hint }),
      ...listed(problem.options),
      ...facts,
    },
  }
}

/** The body of a GraphQL request that failed before execution: no `data` (GraphQL specification §7.1.3). */
export const toGraphQLBody = (problem: Problem): { readonly errors: readonly GraphQLProblem[] } => ({
  errors: [toGraphQLError(problem)],
})
