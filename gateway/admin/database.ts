// The database that a command works on: an owner's pool on a migrated database, and a function that releases
// it. DATABASE_URL if set; else the embedded Postgres of DATA_DIR: the one that a running gateway has
// started, or one started for the command and stopped after it.

import type { Pool } from 'pg'
import { findRunningEmbedded, startEmbeddedPostgres } from '../../sql/embedded.ts'
import type { Log } from '../../sql/log.ts'
import { migrate } from '../../sql/migrate.ts'
import { openCoordinator } from '../../sql/placement.ts'
import { pinNames } from '../../tenants/upgrade/pinNames.ts'
import type { Config } from '../config.ts'
import { loadSecretKey } from '../secretKey.ts'

interface Database {
  readonly pool: Pool
  /** The owner's; null if the server stops after the command. */
  readonly lastingUrl: string | null
  readonly secretKey: string
  readonly close: () => Promise<void>
}

interface Server {
  readonly url: string
  readonly isLasting: boolean
  readonly stop: () => Promise<void>
}

const findServer = async (config: Config, log: Log): Promise<Server> => {
  const nothing = async (): Promise<void> => {}
  if (config.databaseUrl !== null) return { url: config.databaseUrl, isLasting: true, stop: nothing }
  const running = await findRunningEmbedded(config.dataDir)
  if (running !== null) return { url: running, isLasting: true, stop: nothing }
  const { ownerUrl, stop } = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  return { url: ownerUrl, isLasting: false, stop }
}

/** @param upgradesWorkspaces false: an upgrade does it step by step */
export const openDatabase = async (
  config: Config,
  log: Log,
  upgradesWorkspaces = true,
): Promise<Database> => {
  const secretKey = config.secretKey ?? (await loadSecretKey(config.dataDir))
  const server = await findServer(config, log)
  const pool = openCoordinator(server.url)
  const close = async (): Promise<void> => {
    await pool.end()
    await server.stop()
  }
  try {
    await migrate(pool, { secretKey })
    if (upgradesWorkspaces) await pinNames(pool, log)
    return { pool, lastingUrl: server.isLasting ? server.url : null, secretKey, close }
  } catch (error) {
    await close()
    throw error
  }
}
