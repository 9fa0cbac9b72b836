// Finds out whether a connection pooler stands in front of Postgres, and how long it keeps a session.

import pg from 'pg'

/** `session`: a client keeps its server connection; `transaction`: only for the length of a transaction. */
export type Pooling = 'none' | 'session' | 'transaction'

const CONNECT_WITHIN_MS = 10_000
/** A pooler with several idle connections may hand out the same one for a while. */
const ROUNDS = 3

const backendOf = async (client: pg.ClientBase): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

/** A pooler makes up the process id that a client gets to cancel its statements. */
export const isPooled = async (client: pg.ClientBase): Promise<boolean> =>
  !('processID' in client) || client.processID !== (await backendOf(client))

/** A connection to look at a server with. */
export const openProbe = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tenantry (probe)',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Whether another client was given the connection that the first one had, or the first one got another. */
const isShared = async (first: pg.Client, second: pg.Client): Promise<boolean> => {
  const own = await backendOf(first)
  for (let round = 0; round < ROUNDS; round++) {
    // Statement pooling refuses it.
    await second.query('begin')
    const other = await backendOf(second)
    await second.query('rollback')
    if (other === own || (await backendOf(first)) !== own) return true
  }
  return false
}

/** Changes nothing. Rejects where no connection can be made. */
export const detectPooling = async (url: string): Promise<Pooling> => {
  const first = await openProbe(url)
  try {
    if (!(await isPooled(first))) return 'none'
    const second = await openProbe(url)
    try {
      return (await isShared(first, second).catch(() => true)) ? 'transaction' : 'session'
    } finally {
      await second.end().catch(() => undefined)
    }
  } finally {
    await first.end().catch(() => undefined)
  }
}
