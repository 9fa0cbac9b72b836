// Authentication, wired: API keys, members, the sessions of both, and tickets of streams, with one function
// to invalidate their caches and one to close them.

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { CacheBudget } from '../cache/budget.ts'
import type { IsWatched } from '../cache/loadingCache.ts'
import { type Authenticator, createAuthenticator } from './caller.ts'
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
  /** Writes the collected last-use times. */
  readonly close: () => Promise<void>
}

export const createCallers = (options: CallersOptions): Callers => {
  const { pool, tokens, log, publicUrl, isWatched, budget } = options
  const { sessionRateLimitPerMinute: rateLimitPerMinute } = options
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'cannot record the last use of keys and sessions')
  const members = createMemberCallers({ pool, rateLimitPerMinute, budget })
  const keys = createAuthenticator({ pool, tokens, memberOf: members.of, isWatched, budget, onError })
  const sessions = createSessions({ pool, keys, members, publicUrl, isWatched, budget, onError })
  const tickets = createTickets({ pool, tokens, keys, members, sessions })
  const close = async (): Promise<void> => {
    await keys.close()
    await sessions.close()
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
    close,
  })
}
