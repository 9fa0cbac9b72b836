// Asks a server whether it accepts writes.

import pg from 'pg'
import { errorCode } from '../errorCode.ts'

/** `session`: the server accepts writes, and sessions are read-only by a setting. */
const STATE_SQL = `select case when pg_is_in_recovery() then 'standby'
  when current_setting('transaction_read_only')::boolean then 'read-only' else 'primary' end as state`

/** `silent`: no answer, or a refused login. */
export type ServerState = 'primary' | 'standby' | 'read-only' | 'silent'

export interface Found {
  readonly url: string
  readonly state: ServerState
  /** Why it is silent: an error code, or a message. */
  readonly reason: string | null
}

/** Of the server behind an open connection. */
export const readState = async (client: pg.ClientBase): Promise<ServerState> => {
  const { rows } = await client.query<{ state: ServerState }>(STATE_SQL)
  return rows[0]?.state ?? 'silent'
}

const within = async <T>(ms: number, client: pg.Client, work: () => Promise<T>): Promise<T> => {
  const timer = setTimeout(() => client.connection.stream.destroy(new Error('no answer in time')), ms)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}

/** Settles within the time and never rejects. */
export const probeServer = async (url: string, withinMs: number): Promise<Found> => {
  const client = new pg.Client({ connectionString: url, application_name: 'tenantry (probe)' })
  client.on('error', () => {})
  try {
    const state = await within(withinMs, client, async () => {
      await client.connect()
      return readState(client)
    })
    return { url, state, reason: null }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { url, state: 'silent', reason: errorCode(error) ?? message }
  } finally {
    client.end().catch(() => undefined)
  }
}
