// A request as a connection carries it.

import type { Rows, Statement, StatementText } from '../statement.ts'
import type { Session } from './session.ts'

/** How Postgres answered a request. */
export interface StatementOutcome {
  readonly busyMs: number
  /** Of its error; null: it succeeded. */
  readonly sqlstate: string | null
  /** Rows of its result. */
  readonly rows: number
}

/** A statement in flight, owned by its submitter. */
export interface StatementRequest {
  readonly session: Session
  readonly statement: Statement
  readonly text: StatementText
  /** It may run twice, and so cannot write. */
  readonly isRetryable: boolean
  /** A write of many values, which takes Postgres many times as long as a quick statement. */
  readonly isLargeWrite: boolean
  /** No other request may queue behind it. */
  readonly isAlone: boolean
  /** False: parsed for this request alone, so that its outcome depends on no other. */
  readonly mayPrepare: boolean
  /** Sent a second time, because the first copy is stuck: it does not wait for room. */
  readonly isHedged: boolean
  readonly resolve: (rows: Rows) => void
}
