// Runs a write: common table expressions and the select that reads `written`, or a statement that returns the
// answer itself; returns its rows.
// Both protocols run all their writes through such a function, so that an Idempotency-Key (idempotency.ts)
// covers them alike.

import type { ConnectionPool, Rows, Session } from '../../../sql/pipeline/pool.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import { isSqlError, sqlAnswer } from '../../error/sqlstate.ts'
import { attempt, type Repetition, type Turns } from './retry.ts'

export interface WriteStatement {
  /** Common table expressions, the last of them `written`; empty where the select writes. */
  readonly write: string
  /** The statement with the answer. */
  readonly select: string
  /** Parameters of both. */
  readonly values: readonly (string | null)[]
  /** The place of the record in a list whose records are written one by one; absent: 0. */
  readonly item?: number
  /** The same for a batch written record by record: runs if Postgres refuses them together. */
  readonly inTurn?: () => WriteStatement
}

/** @param isRepeatable whether a conflict may be gone at the next attempt */
export type RunWrite = (statement: WriteStatement, isRepeatable: boolean) => Promise<Rows>

const CALLERS_FAULTS: ReadonlySet<string | undefined> = new Set(['BAD_USER_INPUT', 'CONFLICT', 'FORBIDDEN'])

/**
 * Whether Postgres refused the data. Record by record it may accept them, and if not, the refused record is
 * known.
 */
const isRefused = (error: unknown): boolean => isSqlError(error) && CALLERS_FAULTS.has(sqlAnswer(error)?.code)

/**
 * Runs a write, with retries and record by record where that can help.
 * @param once runs it a single time
 */
export const runWrite = async (
  once: (statement: WriteStatement) => Promise<Rows>,
  statement: WriteStatement,
  repetition: Repetition,
): Promise<Rows> => {
  const run = (each: WriteStatement): Promise<Rows> => attempt(() => once(each), repetition)
  try {
    return await run(statement)
  } catch (error) {
    if (statement.inTurn === undefined || !isRefused(error)) throw error
    return run(statement.inTurn())
  }
}

/** The session of a write. The log shows which changes are of an upsert. */
export const writing = (session: Session, isUpsert: boolean): Session => {
  const claims: unknown = isUpsert ? JSON.parse(session.claims) : null
  return isRecord(claims) ? { ...session, claims: JSON.stringify({ ...claims, upsert: true }) } : session
}

export const createWriteRunner =
  (connections: ConnectionPool, session: Session, turns: Turns): RunWrite =>
  (given, isRepeatable) =>
    runWrite(
      ({ write, select, values }) =>
        connections.run(
          writing(session, isRepeatable),
          { text: write === '' ? select : `with ${write} ${select}`, values },
          { retryable: false },
        ),
      given,
      { isRepeatable, inTurn: (work) => turns(session.workspace, work) },
    )
