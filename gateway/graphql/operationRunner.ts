// Runs the statements of one operation in the caller's session. Reads may be sent twice, writes never; with
// an Idempotency-Key, a repeated write gets the first result.

import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Runner } from '../records/write/answered.ts'
import { namingConflicts } from '../records/write/conflict.ts'
import { answerFingerprint, createKeyedWrites } from '../records/write/idempotency.ts'
import type { Turns } from '../records/write/retry.ts'
import { createWriteRunner } from '../records/write/writeRunner.ts'

interface OperationRunner {
  /** @param index of the root field in the operation */
  readonly at: (index: number) => Runner
  /** Whether any statement completed. */
  readonly hasRun: () => boolean
  readonly isReplayed: () => boolean
}

interface RunnerOptions {
  /** The operation only reads. */
  readonly retryable: boolean
  readonly idempotencyKey: string | null
  /** Requests with one key have to be equal. */
  readonly request: unknown
}

/** A connection pool that records whether any statement completed. */
const noting = (
  connections: ConnectionPool,
): { readonly noted: ConnectionPool; readonly hasRun: () => boolean } => {
  let hasRun = false
  const run: ConnectionPool['run'] = async (...statement) => {
    const rows = await connections.run(...statement)
    hasRun = true
    return rows
  }
  return { noted: { ...connections, run }, hasRun: () => hasRun }
}

export const createOperationRunner = (
  { connections, turns }: { readonly connections: ConnectionPool; readonly turns: Turns },
  { model, caller, session }: RequestContext<unknown>,
  { retryable, idempotencyKey: key, request }: RunnerOptions,
): OperationRunner => {
  const { noted, hasRun } = noting(connections)
  const keyed =
    key === null
      ? null
      : createKeyedWrites(noted, session, turns, {
          key,
          asked: () => request,
          fingerprint: answerFingerprint(model, caller),
        })
  const unkeyed = createWriteRunner(noted, session, turns)
  return {
    at: (index) => ({
      read: (statement) => noted.run(session, statement, { retryable }),
      write: namingConflicts(keyed?.runAt(index) ?? unkeyed, connections, session, model),
    }),
    hasRun,
    isReplayed: () => keyed?.isReplayed() === true,
  }
}
