// One call of the pool: a request plus its state, from the call to its answer. Only pool.ts changes it.

import type { Request } from './connection.ts'

export interface Job extends Request {
  readonly reject: (error: Error) => void
  readonly isRetryable: boolean
  readonly sinceMs: number
  hasBeenRetried: boolean
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
