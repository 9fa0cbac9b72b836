// Authentication, wired: API keys, members, the sessions of both, and tickets of streams, with one function
// to invalidate their caches and one to close them.

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { type FailureKind, recordFailures } from '../../tenants/audit/failures.ts'
import type { CacheBudget } from '../cache/budget.ts'
import type { IsWatched } from '../cache/loadingCache.ts'
import { type Authenticator, createAuthenticator } from './caller.ts'
import { createFailureLog } from './failureLog.ts'
import { createMemberCallers, type MemberCallers } from './members.ts'
import { createSessions, type Sessions } from './session.ts'
import { createTickets, type Tickets } from './tickets.ts'
import type { Tokens } from './token.ts'

interface CallersOptions {
  readonly pool: Pool
  readonly tokens: Tokens
  readonly log: Logger
  readonly publicUrl: string | null
  readonly isWatched: IsWatched
  readonly budget: CacheBudget
  /** Requests a minute per person. */
  readonly sessionRateLimitPerMinute: number
}

export interface Callers {
  readonly keys: Authenticator
  readonly members: MemberCallers
  readonly sessions: Sessions
  readonly tickets: Tickets
  /** Invalidates all caches; the payload of a notification. */
  readonly invalidate: (payload: string) => void
  /** When notifications may have been missed. */
  readonly invalidateAll: () => void
  /** Counts a failed authentication, for the audit log. */
  readonly onFailed: (network: string, kind: FailureKind) => void
  /** Writes what was collected: times of last use, failed authentications. */
  readonly close: () => Promise<void>
}

export const createCallers = (options: CallersOptions): Callers => {
  const { pool, tokens, log, publicUrl, isWatched, budget } = options
  const { sessionRateLimitPerMinute: rateLimitPerMinute } = options
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'cannot record the last use of keys and sessions')
  const members = createMemberCallers({
    pool,
    rateLimitPerMinute,
    budget,
    isTolerated: isWatched.isTolerated,
  })
  const keys = createAuthenticator({ pool, tokens, memberOf: members.of, isWatched, budget, onError })
  const sessions = createSessions({ pool, keys, members, publicUrl, isWatched, budget, onError })
  const tickets = createTickets({ pool, tokens, keys, members, sessions })
  const failures = createFailureLog({
    write: (rows) => recordFailures(pool, rows),
    onError: (error) => log.warn({ err: error }, 'cannot record failed authentications; trying again later'),
  })
  const close = async (): Promise<void> => {
    await keys.close()
    await sessions.close()
    await failures.close()
  }
  const all = [keys, members, sessions]
  return Object.freeze({
    keys,
    members,
    sessions,
    tickets,
    invalidate: (payload: string): void => {
      tickets.invalidate(payload)
      for (const each of all) each.invalidate(payload)
    },
    invalidateAll: (): void => {
      for (const each of all) each.invalidateAll()
    },
    onFailed: failures.note,
    close,
  })
}
