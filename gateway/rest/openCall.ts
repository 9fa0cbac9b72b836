// Opens the call of a request other than a prepared read: its object, and its access to the body, the history
// and the database. A write with an Idempotency-Key runs once.

import type { ConnectionPool, Rows, Statement } from '../../sql/pipeline/pool.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { isMinimalPreferred } from '../http/prefer.ts'
import type { OpenPast } from '../records/recordHistory.ts'
import { namingConflicts } from '../records/write/conflict.ts'
import {
  answerFingerprint,
  createKeyedWrites,
  idempotencyKeyOf,
  type KeyedWrites,
} from '../records/write/idempotency.ts'
import type { Turns } from '../records/write/retry.ts'
import { createWriteRunner, type RunWrite } from '../records/write/writeRunner.ts'
import type { RestCall } from './call.ts'
import { findObject } from './plan.ts'

/** Does work with the database. Rejects with a Problem in terms of the API's names. */
export type RunWithProblems = <Result>(
  requestContext: RequestContext<unknown>,
  work: () => Promise<Result>,
) => Promise<Result>

export interface CallOptions {
  readonly connections: ConnectionPool
  readonly turns: Turns
  readonly openPast: OpenPast
  readonly readJson: ReadJson
}

interface CallRuns {
  readonly run: RunWithProblems
  readonly read: (requestContext: RequestContext<unknown>, statement: Statement) => Promise<Rows>
}

interface OpenedCall {
  readonly call: RestCall
  /** Whether the answer is that of an earlier request with its key. */
  readonly isReplayed: () => boolean
}

type OpenCall = (ctx: Context, requestContext: RequestContext<unknown>, plural: string) => OpenedCall

/** Methods that are not idempotent by themselves. */
const KEYED_METHODS = new Set(['POST', 'PATCH', 'PUT'])

/** Writes under the request's Idempotency-Key; null without one. */
const keyedWrites = (
  { connections, turns }: CallOptions,
  ctx: Context,
  { session, caller, model }: RequestContext<unknown>,
  body: () => unknown,
): KeyedWrites | null => {
  if (!KEYED_METHODS.has(ctx.method)) return null
  const key = idempotencyKeyOf(ctx.req.headers['idempotency-key'])
  if (key === null) return null
  const asked = (): unknown => [ctx.method, ctx.req.url, body()]
  return createKeyedWrites(connections, session, turns, {
    key,
    asked,
    fingerprint: answerFingerprint(model, caller),
  })
}

export const createOpenCall = (options: CallOptions, { run, read }: CallRuns): OpenCall => {
  const { connections, turns, openPast, readJson } = options
  return (ctx, requestContext, plural) => {
    const { model, session } = requestContext
    const { prefer } = ctx.req.headers
    let body: unknown
    const keyed = keyedWrites(options, ctx, requestContext, () => body)
    let writer: RunWrite | undefined
    const past = openPast(requestContext, model)
    const write: RunWrite = (...asked) => {
      writer ??= namingConflicts(
        keyed?.runAt(0) ?? createWriteRunner(connections, session, turns),
        connections,
        session,
        model,
      )
      return writer(...asked)
    }
    const call: RestCall = {
      requestContext,
      model,
      object: findObject(model, plural),
      readBody: async () => {
        body = await readJson(ctx.req)
        return body
      },
      read: (statement) => read(requestContext, statement),
      past: {
        page: (...asked) => run(requestContext, () => past.page(...asked)),
        undo: (...asked) => run(requestContext, () => past.undo(...asked)),
        erase: (...asked) => run(requestContext, () => past.erase(...asked)),
      },
      write: async (statement, isRepeatable) => {
        const rows = await run(requestContext, () => write(statement, isRepeatable))
        ctx.state.hasWritten = true
        return rows
      },
      isMinimal: prefer !== undefined && isMinimalPreferred(prefer),
    }
    return { call, isReplayed: () => keyed?.isReplayed() === true }
  }
}
