// One call of the pool: a request plus its state, from the call to its answer.

import type { Rows, Statement, StatementText } from '../statement.ts'
import type { Session } from './session.ts'
import type { StatementRequest } from './statementRequest.ts'

export interface Job extends StatementRequest {
  readonly reject: (error: Error) => void
  readonly sinceMs: number
  hasBeenRetried: boolean
  isHedged: boolean
  /** Incidents that broke a connection under it, and when the latest was noticed. */
  losses: number
  lostAtMs: number
  mayPrepare: boolean
  isAlone: boolean
  /** Holds a permit of its workspace's semaphore. */
  hasPermit: boolean
  /**
   * Connections it was sent on and not answered yet: a read stuck behind a long statement is sent a second
   * time, and the first answer counts.
   */
  copies: number
  isSettled: boolean
}

/** Characters of the values of a small write, at most. */
const SMALL_CHARACTERS = 4_096

const isLarge = ({ values }: Statement): boolean => {
  let characters = 0
  for (const value of values) characters += value?.length ?? 0
  return characters > SMALL_CHARACTERS
}

/** @param onSettled called once the job is resolved or rejected */
export const createJob = (
  session: Session,
  statement: Statement,
  text: StatementText,
  isRetryable: boolean,
  resolve: (rows: Rows) => void,
  reject: (error: Error) => void,
  onSettled: (job: Job) => void,
): Job => {
  const job: Job = {
    session,
    statement,
    text,
    resolve: (rows) => {
      job.isSettled = true
      resolve(rows)
      onSettled(job)
    },
    reject: (error) => {
      job.isSettled = true
      reject(error)
      onSettled(job)
    },
    isRetryable,
    isLargeWrite: !isRetryable && isLarge(statement),
    sinceMs: performance.now(),
    hasBeenRetried: false,
    isHedged: false,
    losses: 0,
    lostAtMs: Number.NEGATIVE_INFINITY,
    mayPrepare: true,
    isAlone: false,
    hasPermit: false,
    copies: 0,
    isSettled: false,
  }
  return job
}
