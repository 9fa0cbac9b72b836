// Which database a command works on. In: the configuration; out: an owner's pool on a migrated database, and how to leave it. With
// DATABASE_URL it is that one; without, the embedded Postgres of DATA_DIR: the one a running gateway has started, else one
// started for the command and stopped after it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg, { type Pool } from 'pg'
import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import type { Log } from '../../sql/log.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/pool.ts'
import type { Config } from '../config.ts'
import { loadSecretKey } from '../secretKey.ts'

export interface Database {
  readonly pool: Pool
  readonly secretKey: string
  readonly close: () => Promise<void>
}

interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

/** The server that a gateway on this directory has started, if there is one. Its password keeps strangers' out. */
const findRunning = async (dataDir: string): Promise<string | null> => {
  const read = async (name: string): Promise<string> => (await readFile(join(dataDir, name), 'utf8')).trim()
  try {
    const [port, password] = await Promise.all([read('postgres.port'), read('postgres.password')])
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/tenantry`
    return (await answers(url)) ? url : null
  } catch {
    return null
  }
}

const findServer = async (config: Config, log: Log): Promise<Server> => {
  const nothing = async (): Promise<void> => {}
  if (config.databaseUrl !== null) return { url: config.databaseUrl, stop: nothing }
  const running = await findRunning(config.dataDir)
  if (running !== null) return { url: running, stop: nothing }
  const { ownerUrl, stop } = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  return { url: ownerUrl, stop }
}

export const openDatabase = async (config: Config, log: Log): Promise<Database> => {
  const secretKey = config.secretKey ?? (await loadSecretKey(config.dataDir))
  const server = await findServer(config, log)
  const pool = createOwnerPool(server.url)
  const close = async (): Promise<void> => {
    await pool.end()
    await server.stop()
  }
  try {
    await migrate(pool, { secretKey })
    return { pool, secretKey, close }
  } catch (error) {
    await close()
    throw error
  }
}
