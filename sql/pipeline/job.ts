// One statement's way through the connections, from the call to its answer. In: a request, as a connection
// takes it; kept here: whether it waits, where it runs and what became of it. Changed by pool.ts alone.

import type { Request } from './connection.ts'

export interface Job extends Request {
  readonly reject: (error: Error) => void
  readonly isRetryable: boolean
  readonly sinceMs: number
  hasBeenRetried: boolean
  /** Incidents that broke a connection under it, and when the latest of them was noticed. */
  losses: number
  lostAtMs: number
  mayPrepare: boolean
  isAlone: boolean
  /** Counts among those of its workspace that run alone. */
  hasPermit: boolean
  /**
   * How many connections it is on: a read that is held up is sent a second time, and the first answer counts.
   */
  copies: number
  isSettled: boolean
}
