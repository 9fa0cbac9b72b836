// Connections by tickets, counted over all gateways: rows of tenantry_runtime.stream_tickets. The latest
// connection is announced as `ticket <id> <number>`, in a transaction of its own.

import type { Pool } from 'pg'

interface TicketUse {
  readonly id: string
  readonly expiresAt: Date
  /** The ticket is new enough for its first connection. */
  readonly mayBegin: boolean
}

/** Expired rows that one connection deletes. */
const PRUNED_ROWS = 100

/** @returns the number of this connection; null if the ticket was never used and may not begin */
export const connectTicket = async (
  pool: Pool,
  { id, expiresAt, mayBegin }: TicketUse,
): Promise<number | null> => {
  const { rows } = await pool.query<{ connections: number }>(
    `with old as (
       delete from tenantry_runtime.stream_tickets where id = any (array(
         select x.id from tenantry_runtime.stream_tickets x where x.expires_at <= now()
         limit ${PRUNED_ROWS} for update skip locked))
     ), again as (
       update tenantry_runtime.stream_tickets set connections = connections + 1
       where id = $1 and expires_at > now() returning connections
     ), first as (
       insert into tenantry_runtime.stream_tickets as t (id, connections, expires_at)
       select $1, 1, $2 where $3 and not exists (select from again)
       on conflict (id) do update set connections = t.connections + 1 returning connections
     )
     select connections, pg_notify('tenantry', concat_ws(' ', 'ticket', $1::text, connections))
     from (select connections from again union all select connections from first) c`,
    [id, expiresAt, mayBegin],
  )
  return rows[0]?.connections ?? null
}

/** The number of the latest connection of each ticket. */
export const latestConnections = async (
  pool: Pool,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const { rows } = await pool.query<{ id: string; connections: number }>(
    'select id, connections from tenantry_runtime.stream_tickets where id = any ($1::uuid[])',
    [ids],
  )
  return new Map(rows.map(({ id, connections }) => [id, connections]))
}
