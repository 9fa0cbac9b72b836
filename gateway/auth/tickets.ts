// Tickets of streams: issues one for the credential of a request, and turns one into the caller that the
// credential stands for now. The ticket ends with its credential, with a change of the caller's role, and
// after twelve hours. Every gateway with the same signing keys accepts it.

import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { connectTicket, latestConnections } from '../../tenants/changes/ticket.ts'
import { type Caller, unauthenticated } from './caller.ts'
import type { SenderAddress } from './networks.ts'
import type { TicketClaims } from './ticketClaims.ts'
import { callerOfHolder, type HolderOptions, holderIn } from './ticketHolder.ts'
import type { Tokens } from './token.ts'

interface IssuedTicket {
  readonly ticket: string
  /** Until then the first connection must be made. */
  readonly connectBy: Date
  readonly expiresAt: Date
}

/** A stream that was opened by a ticket; a later connection of the same ticket ends it. */
export interface TicketConnection {
  readonly ticketId: string
  readonly number: number
}

export interface Tickets {
  /** @param headers with the credential that the caller was authenticated by */
  readonly issue: (
    headers: IncomingHttpHeaders,
    caller: Caller,
    query: TicketClaims['query'],
  ) => Promise<IssuedTicket>
  /** Rejects with a 401. */
  readonly read: (ticket: string) => Promise<TicketClaims>
  /** The caller of a ticket as it is now; rejects with a Problem (401, 403). */
  readonly callerOf: (claims: TicketClaims, sender: SenderAddress) => Promise<Caller>
  /** Counts a connection, which ends those before it; rejects with a 401. */
  readonly connect: (claims: TicketClaims) => Promise<TicketConnection>
  /** A connection whose ticket has connected again since. */
  readonly isReplaced: (connection: TicketConnection) => boolean
  /** @param payload of a notification: `ticket <id> <number>`; others are ignored */
  readonly invalidate: (payload: string) => void
  /** Notifications may have been missed: looks for later connections of these. */
  readonly refresh: (connections: readonly TicketConnection[]) => Promise<void>
}

interface TicketsOptions extends HolderOptions {
  readonly pool: Pool
  readonly tokens: Tokens
  /** In milliseconds since the epoch, for tests. */
  readonly clock?: () => number
}

const CONNECT_WITHIN_SECONDS = 60
const LONGEST_SECONDS = 12 * 3600
/** Tickets whose latest connection is known. */
const REMEMBERED = 20_000

/** The latest connections that this gateway knows of. */
const createLatest = (
  pool: Pool,
): Pick<Tickets, 'isReplaced' | 'invalidate' | 'refresh'> & {
  readonly note: (id: string, number: number) => void
} => {
  const latest = new LRUCache<string, number>({ max: REMEMBERED })
  const note = (id: string, number: number): void => {
    if (number > (latest.get(id) ?? 0)) latest.set(id, number)
  }
  return {
    note,
    isReplaced: ({ ticketId, number }) => (latest.get(ticketId) ?? 0) > number,
    invalidate: (payload) => {
      const [kind, id = '', number = ''] = payload.split(' ')
      if (kind === 'ticket') note(id, Number(number))
    },
    refresh: async (connections) => {
      if (connections.length === 0) return
      const ids = connections.map(({ ticketId }) => ticketId)
      for (const [id, number] of await latestConnections(pool, ids)) note(id, number)
    },
  }
}

export const createTickets = (options: TicketsOptions): Tickets => {
  const { pool, tokens, clock = Date.now } = options
  const { note, ...latest } = createLatest(pool)
  const nowSeconds = (): number => Math.floor(clock() / 1000)

  return Object.freeze<Tickets>({
    issue: async (headers, { workspaceId, roleId }, query) => {
      const [holder, endsAtSeconds] = await holderIn(options, headers)
      const expiresAtSeconds = Math.min(nowSeconds() + LONGEST_SECONDS, endsAtSeconds)
      const id = randomUUID()
      return {
        ticket: await tokens.issueTicket({ id, workspaceId, roleId, holder, query, expiresAtSeconds }),
        connectBy: new Date((nowSeconds() + CONNECT_WITHIN_SECONDS) * 1000),
        expiresAt: new Date(expiresAtSeconds * 1000),
      }
    },
    read: async (ticket) => {
      const claims = await tokens.verifyTicket(ticket)
      if (claims === null) throw unauthenticated('The ticket is invalid or has expired.')
      return claims
    },
    callerOf: async (claims, sender) => {
      if (claims.expiresAtSeconds <= nowSeconds()) throw unauthenticated('The ticket has expired.')
      const caller = await callerOfHolder(options, claims, sender)
      if (caller.workspaceId !== claims.workspaceId || caller.roleId !== claims.roleId)
        throw unauthenticated("The caller's role has changed since the ticket was issued.")
      return caller
    },
    connect: async ({ id, issuedAtSeconds, expiresAtSeconds }) => {
      const number = await connectTicket(pool, {
        id,
        expiresAt: new Date(expiresAtSeconds * 1000),
        mayBegin: nowSeconds() <= issuedAtSeconds + CONNECT_WITHIN_SECONDS,
      })
      if (number === null)
        throw unauthenticated(`The ticket was not used within ${CONNECT_WITHIN_SECONDS} seconds.`)
      note(id, number)
      return { ticketId: id, number }
    },
    ...latest,
  })
}
