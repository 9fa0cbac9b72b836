// The owner's connections: migrations, DDL, reads of the control schema. Pool errors never end the process.
// Requests of tenants never come here: they use pipeline/pool.ts.

import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from './log.ts'
import { insideTransaction, refuseNested } from './owner/openTransactions.ts'
import { asRepeated, repeated } from './owner/repeat.ts'
import { createTransactionSlots, type SlotChange, type TransactionSlots } from './owner/transactionSlots.ts'
import { makePatient, RECONNECT_WITHIN_MS } from './reconnect.ts'
import { type Servers, serversOf } from './servers/servers.ts'
import { watchSilence } from './servers/silence.ts'

export interface OwnerPoolOptions {
  /** Maximum number of connections. */
  readonly size?: number
  readonly log?: Log
  /** Age, in seconds, at which a connection is replaced. */
  readonly maxAgeSeconds?: number
  /** Memory, by our estimate of what a backend has come to keep, at which its connection is replaced. */
  readonly maxBackendBytes?: number
  /** How long a caller waits for a connection, and for an answer from a server that has gone silent. */
  readonly waitMs?: number | undefined
}

const MAX_AGE_SECONDS = 15 * 60
const MAX_BACKEND_BYTES = 128_000_000
/** Upper bounds, measured on Postgres 18. Reading a workspace's catalog keeps 53 to 79 KB. */
const BYTES_PER_USE = 80_000
/** Of the statements sent: creating a workspace's tables keeps seven times the length of its DDL. */
const BYTES_PER_BYTE_SENT = 10

/** Closes connections whose backend has come to keep much. */
const closeLarge = (pool: pg.Pool, maxBackendBytes: number): void => {
  const uses = new WeakMap<pg.PoolClient, number>()
  pool.on('release', (_, client) => {
    const count = (uses.get(client) ?? 0) + 1
    uses.set(client, count)
    const { stream } = client.connection
    const sent = stream instanceof Socket ? stream.bytesWritten : 0
    const bytes = count * BYTES_PER_USE + sent * BYTES_PER_BYTE_SENT
    // The pool removes a client that is ending.
    if (bytes > maxBackendBytes) client.end().catch(() => undefined)
  })
}

/** SQLSTATE read_only_sql_transaction */
const READ_ONLY = '25006'

/** Breaks the connections to a server that takes no writes any more. */
const leaveDemoted = (pool: pg.Pool, servers: Servers): void => {
  const clients = new Set<pg.PoolClient>()
  const leave = (): void => {
    for (const { connection } of clients)
      connection.stream.destroy(new Error('The gateway switched to another server.'))
  }
  pool.on('connect', (client) => {
    clients.add(client)
    client.on('error', servers.doubt)
    client.connection.on('errorMessage', ({ code }) => {
      if (code !== READ_ONLY) return
      servers.doubt()
      servers.locate().catch(() => leave())
    })
  })
  pool.on('remove', (client) => clients.delete(client))
  servers.onMove(leave)
}

/** Breaks the connections to a server that answers on none of them. */
const leaveSilent = (pool: pg.Pool, { current }: Servers, waitMs: number, log: Log | undefined): void => {
  const clients = new Set<pg.PoolClient>()
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  const connections = () =>
    [...clients].map((client) => {
      const { stream } = client.connection
      return {
        bytesRead: () => ('bytesRead' in stream ? Number(stream.bytesRead) : 0),
        isWaiting: () => 'readyForQuery' in client && client.readyForQuery === false,
        destroy: (cause: Error) => stream.destroy(cause),
      }
    })
  watchSilence({ connections, url: current, waitMs, isOver: () => pool.ended, log })
}

const slotsOfPools = new WeakMap<pg.Pool, TransactionSlots>()

const slotsOf = (pool: pg.Pool, waitMs = RECONNECT_WITHIN_MS): TransactionSlots => {
  const known = slotsOfPools.get(pool)
  if (known !== undefined) return known
  const slots = createTransactionSlots(pool.options.max, waitMs)
  slotsOfPools.set(pool, slots)
  return slots
}

export const createOwnerPool = (
  given: string | Servers,
  {
    size = 5,
    log,
    maxAgeSeconds = MAX_AGE_SECONDS,
    maxBackendBytes = MAX_BACKEND_BYTES,
    waitMs = RECONNECT_WITHIN_MS,
  }: OwnerPoolOptions = {},
): pg.Pool => {
  const servers = serversOf(given)
  const pool = new pg.Pool({
    onConnect: async (client) => {
      if (client instanceof pg.Client) await servers.verify(client)
      // Short statements of high estimates, over partitions and queues: compiling one takes seconds.
      await client.query('set jit = off')
    },
    application_name: 'tenantry (owner)',
    max: size,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: waitMs,
    keepAlive: true,
    maxLifetimeSeconds: maxAgeSeconds,
  })
  // An idle connection that breaks is dropped from the pool; the next caller gets a new one.
  pool.on('error', (error) => {
    if (!pool.ending) log?.warn({ err: error }, 'an idle connection of the owner broke')
  })
  // The pool listens to idle clients only. An error that arrives in the same packet as the answer before it
  // finds a client that its borrower has not seen yet, and an 'error' event without a listener ends the
  // process. The client is marked as broken by the driver, so the next query on it fails and the pool drops
  // it.
  pool.on('connect', (client) => client.on('error', () => {}))
  closeLarge(pool, maxBackendBytes)
  leaveDemoted(pool, servers)
  leaveSilent(pool, servers, waitMs, log)
  slotsOf(pool, waitMs)
  return makePatient(pool, servers, waitMs)
}

/** A pool, or a client inside a transaction that the caller began and ends. */
export type Connection = pg.Pool | pg.ClientBase

/** Transactions that wait for a slot. */
export const waitingTransactions = (pool: pg.Pool): number => slotsOf(pool).waiting()

/** A connection that is held across statements. */
export interface HeldClient {
  readonly client: pg.PoolClient
  /** @param error breaks the connection; so does one that the client has met meanwhile */
  readonly release: (error?: Error) => void
}

/** @param free of the slot that it has taken */
const hold = async (pool: pg.Pool, free: () => void): Promise<HeldClient> => {
  try {
    const client = await pool.connect()
    let broken: Error | undefined
    const onError = (error: Error): void => {
      broken = error
    }
    client.on('error', onError)
    const release = (error?: Error): void => {
      client.removeListener('error', onError)
      client.release(broken ?? error)
      free()
    }
    return { client, release }
  } catch (error) {
    free()
    throw error
  }
}

/**
 * For a job, which may hold it for hours. Jobs run one at a time. Rejects inside a transaction of the pool.
 */
export const connectForJob = async (pool: pg.Pool): Promise<HeldClient> => {
  refuseNested(pool)
  return hold(pool, await slotsOf(pool).takeForJob())
}

interface TransactionOptions<T> {
  /** Runs in the same session; what it throws undoes nothing. Only for a transaction of its own. */
  readonly afterCommit?: ((client: pg.ClientBase, result: T) => Promise<void>) | undefined
  /** Of a transaction that changes a schema: the workspace's id, or a name. One of each runs at a time. */
  readonly changes?: string
  /** Of a transaction that takes the lock of a workspace, without a change of the schema: the id. */
  readonly locks?: string
}

/**
 * Runs `work` in a transaction of a client that is in none: committed when it returns, rolled back when it
 * throws.
 * @param onBroken gets the error of a rollback that failed; the error of `work` is thrown in any case
 */
export const committed = async <T>(
  client: pg.ClientBase,
  work: () => Promise<T>,
  onBroken: (failure: Error) => void = () => {},
): Promise<T> => {
  try {
    await client.query('begin')
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(onBroken)
    throw error
  }
}

const changeOf = (changes: string | undefined, locks: string | undefined): SlotChange | undefined => {
  const of = changes ?? locks
  return of === undefined ? undefined : { of, isOfSchema: changes !== undefined }
}

/**
 * Runs `work` in one transaction, committed when it returns, rolled back when it throws; or as part of the
 * client's own. On a pool, it waits for a slot (owner/transactionSlots.ts), and rejects inside another one of
 * the pool: `work` passes its client on.
 */
export const inTransaction = async <T>(
  connection: Connection,
  work: (client: pg.ClientBase) => Promise<T>,
  { afterCommit, changes, locks }: TransactionOptions<T> = {},
): Promise<T> => {
  if (!(connection instanceof pg.Pool)) {
    if (afterCommit !== undefined)
      throw new Error('Nothing follows the commit of a transaction that is not ended here.')
    return work(connection)
  }
  refuseNested(connection)
  const { client, release } = await hold(connection, await slotsOf(connection).take(changeOf(changes, locks)))
  let broken: Error | undefined
  try {
    return await insideTransaction(connection, async () => {
      const result = await committed(
        client,
        () => work(client),
        (failure) => {
          broken = failure
        },
      )
      await afterCommit?.(client, result)
      return result
    })
  } finally {
    release(broken)
  }
}

/**
 * The same, again when Postgres gives the transaction up in a deadlock, or when it has waited for a lock.
 * `work` must do nothing but queries. For changes that lock several tables while requests read them.
 */
export const inRetriedTransaction = async <T>(
  connection: Connection,
  work: (client: pg.ClientBase) => Promise<T>,
  changes?: string,
): Promise<T> => {
  // The transaction of a caller is the caller's to repeat.
  if (!(connection instanceof pg.Pool)) return work(connection)
  return repeated(() =>
    inTransaction(
      connection,
      (client) => asRepeated(client, () => work(client)),
      changes === undefined ? {} : { changes },
    ),
  )
}
