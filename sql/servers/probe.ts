// Asks a server whether it accepts writes, and which cluster it is of.

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
  /** Identifier of its cluster; null: it is silent, or the login may not read it. */
  readonly system: string | null
}

/** Of the server behind an open connection. */
export const readState = async (client: pg.ClientBase): Promise<ServerState> => {
  const { rows } = await client.query<{ state: ServerState }>(STATE_SQL)
  return rows[0]?.state ?? 'silent'
}

/** Some providers keep the function from all but superusers. */
const readSystem = async (client: pg.ClientBase): Promise<string | null> => {
  try {
    const { rows } = await client.query<{ system: string }>(
      'select system_identifier::text as system from pg_control_system()',
    )
    return rows[0]?.system ?? null
  } catch (error) {
    if (errorCode(error) === '42501') return null
    throw error
  }
}

const within = async <T>(ms: number, client: pg.Client, work: () => Promise<T>): Promise<T> => {
  const timer = setTimeout(() => client.connection.stream.destroy(new Error('no answer in time')), ms)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a new connection gets no byte within the time. A refusal is an answer. Never rejects. */
export const isSilent = async (url: string, withinMs: number): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, application_name: 'tenantry (probe)' })
  client.on('error', () => {})
  // Encryption replaces it in the client.
  const { stream } = client.connection
  const silence = Promise.withResolvers<boolean>()
  const judge = (): void => {
    silence.resolve('bytesRead' in stream && stream.bytesRead === 0)
    stream.destroy()
  }
  // After a blocked event loop, timers are due before sockets are read: the answer may have arrived.
  const timer = setTimeout(() => setImmediate(judge), withinMs)
  const settle = (): void => silence.resolve(false)
  client.connect().then(settle, settle)
  try {
    return await silence.promise
  } finally {
    clearTimeout(timer)
    client.end().catch(() => undefined)
  }
}

/** Settles within the time and never rejects. */
export const probeServer = async (url: string, withinMs: number): Promise<Found> => {
  const client = new pg.Client({ connectionString: url, application_name: 'tenantry (probe)' })
  client.on('error', () => {})
  try {
    const found = await within(withinMs, client, async () => {
      await client.connect()
      return { state: await readState(client), system: await readSystem(client) }
    })
    return { url, reason: null, ...found }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { url, state: 'silent', reason: errorCode(error) ?? message, system: null }
  } finally {
    client.end().catch(() => undefined)
  }
}
