// The database that a command works on: an owner's pool, and a function that releases it. DATABASE_URL if
// set; else the embedded Postgres of DATA_DIR: the one that a running gateway has started, or one started for
// the command and stopped after it. Only `upgrade` and `migrate` change a database of another version.

import type { Pool } from 'pg'
import { findRunningEmbedded, startEmbeddedPostgres } from '../../sql/embedded.ts'
import type { Log } from '../../sql/log.ts'
import { migrate, NEWER_ADVICE, readMigrationState } from '../../sql/migrate.ts'
import { openCoordinator } from '../../sql/placement.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { pinNames } from '../../tenants/upgrade/pinNames.ts'
import { createKeyring, type Keyring } from '../auth/keyring.ts'
import { checkKeys } from '../auth/signing.ts'
import { type Config, ownerUrlOf } from '../config.ts'
import { findSecretKey, loadSecretKey } from '../secretKey.ts'

interface Database {
  readonly pool: Pool
  /** The owner's; null if the server stops after the command. */
  readonly lastingUrl: string | null
  readonly keyring: Keyring
  readonly close: () => Promise<void>
}

interface Server {
  readonly url: string
  readonly isLasting: boolean
  readonly stop: () => Promise<void>
}

const findServer = async (config: Config, log: Log): Promise<Server> => {
  const nothing = async (): Promise<void> => {}
  const url = ownerUrlOf(config)
  if (url !== null) return { url, isLasting: true, stop: nothing }
  const running = await findRunningEmbedded(config.dataDir)
  if (running !== null) return { url: running, isLasting: true, stop: nothing }
  const { ownerUrl, stop } = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  return { url: ownerUrl, isLasting: false, stop }
}

interface OpenOptions {
  /** Brings the database to this version; otherwise one of another version is refused. */
  readonly migrates?: boolean
  /** False: an upgrade does it step by step. */
  readonly upgradesWorkspaces?: boolean
  /** Runs before the first change; may throw. The control schema may be that of an earlier version. */
  readonly check?: (pool: Pool) => Promise<unknown>
}

/** Reads only. Throws unless this version serves the database, and the keys open what it has. */
const checkDatabase = async (pool: Pool, config: Config): Promise<Keyring> => {
  const client = await pool.connect()
  try {
    const { isNew, pending, refusal } = await readMigrationState(client)
    if (refusal !== null) throw new Error(`${refusal} ${NEWER_ADVICE}`)
    if (isNew || pending.length > 0)
      throw new Refusal('CONFLICT', `The database is ${isNew ? 'new' : 'from an earlier version'}.`, {
        hint: 'Run `tenantry upgrade`, or start the gateway, then repeat the command.',
      })
    const secretKey = config.secretKey ?? (await findSecretKey(config.dataDir))
    if (secretKey === null)
      throw new Refusal('CONFLICT', `SECRET_KEY is not set, and ${config.dataDir} has no secret key.`, {
        hint: 'Set SECRET_KEY to that of the gateways, or DATA_DIR to their directory.',
      })
    const keyring = createKeyring(secretKey, config.previousSecretKey)
    await checkKeys(client, keyring)
    return keyring
  } finally {
    client.release()
  }
}

/** Migrates the database. @returns the keys, made with a new secret if there is none */
const bringUp = async (pool: Pool, config: Config): Promise<Keyring> => {
  const secretKey = config.secretKey ?? (await loadSecretKey(config.dataDir))
  const keyring = createKeyring(secretKey, config.previousSecretKey)
  await migrate(pool, { ...keyring, checkKeys: (client) => checkKeys(client, keyring) })
  return keyring
}

export const openDatabase = async (
  config: Config,
  log: Log,
  { migrates = false, upgradesWorkspaces = migrates, check }: OpenOptions = {},
): Promise<Database> => {
  const server = await findServer(config, log)
  const pool = openCoordinator(server.url)
  const close = async (): Promise<void> => {
    await pool.end()
    await server.stop()
  }
  try {
    await check?.(pool)
    const keyring = await (migrates ? bringUp : checkDatabase)(pool, config)
    if (upgradesWorkspaces) await pinNames(pool, log)
    return { pool, lastingUrl: server.isLasting ? server.url : null, keyring, close }
  } catch (error) {
    await close()
    throw error
  }
}
