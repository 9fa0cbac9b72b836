// The embedded Postgres, for installations without one of their own. Returns the owner's URL of the running
// server and a function to stop it. The cluster is in `<dataDir>/postgres`, the superuser's password beside
// it in a 0600 file. The server listens on 127.0.0.1 only, without a Unix socket.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { postgresAccount } from './embedded/account.ts'
import { findBinaries } from './embedded/binaries.ts'
import { refuseOtherMajor } from './embedded/clusterVersion.ts'
import { createCluster } from './embedded/initdb.ts'
import { acquireLock } from './embedded/lock.ts'
import { freePort, isFreePort } from './embedded/port.ts'
import { type Postmaster, startPostmaster, stopOrphan } from './embedded/postmaster.ts'
import type { Log } from './log.ts'
import { quoteIdentifier } from './placeholder.ts'

interface EmbeddedOptions {
  readonly dataDir: string
  /** Default: a free port, chosen at the first start and kept. */
  readonly port?: number
  /** Server settings that override ours; for tests that need no durability. */
  readonly settings?: Readonly<Record<string, string>>
  readonly log: Log
}

interface EmbeddedPostgres {
  readonly ownerUrl: string
  stop(): Promise<void>
}

const DATABASE = 'tenantry'
const LOG_LIMIT_BYTES = 10_000_000
const RESTART_AFTER_MS = 500

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  // Thousands of short statements: compiling one to machine code costs more than it can save.
  jit: 'off',
  random_page_cost: '1.1',
  // The tables of thousands of workspaces, of a page each, do not fit into shared_buffers. The system's cache
  // has them: read directly, a page costs less than handing it to one of Postgres' workers for reads.
  io_method: 'sync',
  max_wal_size: '1GB',
  // This server has no replicas, and a lower WAL level writes less.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Creating or dropping a schema locks every table of the workspace.
  max_locks_per_transaction: '256',
  log_min_messages: 'warning',
  log_statement: 'none',
  log_min_error_statement: 'panic',
  // After a crash the server would otherwise open and sync each file, of which a workspace has a hundred:
  // minutes with thousands of workspaces.
  ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
}

const readIfThere = async (path: string): Promise<string> =>
  existsSync(path) ? (await readFile(path, 'utf8')).trim() : ''

const choosePort = async (file: string): Promise<number> => {
  const port = await freePort()
  await writeFile(file, `${port}\n`)
  return port
}

const readPassword = async (file: string, clusterExists: boolean): Promise<string> => {
  const kept = await readIfThere(file)
  if (kept !== '') return kept
  if (clusterExists) {
    throw new Error(
      `${file} is missing, and with it the password of the Postgres beside it. Put the file back, or remove the ` +
        'data directory to start afresh.',
    )
  }
  const password = randomBytes(32).toString('base64url')
  await writeFile(file, `${password}\n`, { mode: 0o600, flush: true })
  return password
}

const urlOf = (port: number, password: string, database: string): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/${database}`

/** A client whose connection may break at any time: its queries then fail, and the process survives. */
const createClient = (config: pg.ClientConfig): pg.Client => {
  const client = new pg.Client(config)
  client.on('error', () => {})
  return client
}

const PORT_FILE = 'postgres.port'
const PASSWORD_FILE = 'postgres.password'

const answers = async (url: string): Promise<boolean> => {
  const client = createClient({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

/**
 * The owner's URL of the server that a gateway on this directory runs, or null. Connecting with the stored
 * password rules out an unrelated server on the same port.
 */
export const findRunningEmbedded = async (dataDir: string): Promise<string | null> => {
  const port = Number(await readIfThere(join(dataDir, PORT_FILE)))
  const password = await readIfThere(join(dataDir, PASSWORD_FILE))
  if (!(port > 0) || password === '') return null
  const url = urlOf(port, password, DATABASE)
  return (await answers(url)) ? url : null
}

const ensureDatabase = async (port: number, password: string): Promise<void> => {
  const client = createClient({ connectionString: urlOf(port, password, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${quoteIdentifier(DATABASE)}`)
  } finally {
    await client.end()
  }
}

const turnLog = async (file: string): Promise<void> => {
  if (existsSync(file) && (await stat(file)).size > LOG_LIMIT_BYTES) await rename(file, `${file}.1`)
}

/** Starts the server, and starts it again whenever it exits by itself. */
const keepRunning = (first: Postmaster, launch: () => Promise<Postmaster>, log: Log, logFile: string) => {
  let postmaster = first
  let isStopping = false
  // Stop the server even if the gateway exits without calling `stop` (an uncaught error, process.exit).
  const onExit = (): void => {
    try {
      process.kill(postmaster.pid, 'SIGINT')
    } catch {
      // It has exited already.
    }
  }
  process.once('exit', onExit)

  const watch = async (): Promise<void> => {
    while (!isStopping) {
      await postmaster.exited
      if (isStopping) return
      log.error({ log: logFile }, 'the embedded Postgres exited unexpectedly; starting it again')
      while (!isStopping) {
        await sleep(RESTART_AFTER_MS, undefined, { ref: false })
        try {
          postmaster = await launch()
          if (isStopping) await postmaster.stop()
          break
        } catch (error) {
          log.error({ err: error }, 'the embedded Postgres could not be restarted')
        }
      }
    }
  }
  const watching = watch()

  return {
    /** False: it was stopped before. */
    stop: async (): Promise<boolean> => {
      if (isStopping) return false
      isStopping = true
      process.removeListener('exit', onExit)
      await postmaster.stop()
      await watching
      return true
    },
  }
}

const start = async (options: EmbeddedOptions, releaseLock: () => void): Promise<EmbeddedPostgres> => {
  const { log } = options
  const at = (name: string): string => join(resolve(options.dataDir), name)
  const clusterDir = at('postgres')
  const logFile = at('postgres.log')
  const account = postgresAccount(clusterDir)
  const binaries = await findBinaries(account)
  const password = await readPassword(at(PASSWORD_FILE), existsSync(clusterDir))
  if (existsSync(clusterDir)) {
    const orphan = await stopOrphan(clusterDir)
    if (orphan !== null)
      log.warn({ pid: orphan }, 'stopped a Postgres that an earlier gateway had left running')
  } else {
    log.info({ directory: clusterDir }, 'creating the embedded Postgres')
    await createCluster({ binaries, account, clusterDir, password })
  }
  await turnLog(logFile)
  const remembered = Number(await readIfThere(at(PORT_FILE)))
  let port = options.port ?? (remembered > 0 ? remembered : await choosePort(at(PORT_FILE)))
  const settings = { ...SETTINGS, ...options.settings }
  const launch = (): Promise<Postmaster> =>
    startPostmaster({ postgres: binaries.postgres, clusterDir, account, port, settings, logFile })
  const launchElsewhere = async (error: unknown): Promise<Postmaster> => {
    if (options.port !== undefined || (await isFreePort(port))) throw error
    port = await choosePort(at(PORT_FILE))
    return launch()
  }

  const server = keepRunning(await launch().catch(launchElsewhere), launch, log, logFile)
  const stop = async (): Promise<void> => {
    if (await server.stop()) releaseLock()
  }
  try {
    await ensureDatabase(port, password)
  } catch (error) {
    await stop()
    throw error
  }
  return { ownerUrl: urlOf(port, password, DATABASE), stop }
}

export const startEmbeddedPostgres = async (options: EmbeddedOptions): Promise<EmbeddedPostgres> => {
  await refuseOtherMajor(join(resolve(options.dataDir), 'postgres'))
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const releaseLock = acquireLock(join(resolve(options.dataDir), 'gateway.lock'))
  try {
    return await start(options, releaseLock)
  } catch (error) {
    releaseLock()
    throw error
  }
}
