// Brings a database to this version of Tenantry. In: the owner's pool and the secret key; out: the control schema and the
// gateway's login role as this version needs them, or an error that says what stands in the way. Safe to run by several
// gateways that start at the same moment, and again at every start. Workspaces' own schemas are not touched.

import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { hasEventTriggers } from './eventTriggers.ts'
import { confineGatewayRole, ensureGatewayRole } from './gatewayRole.ts'
import { inTransaction } from './pool.ts'

export interface MigrateOptions {
  readonly secretKey: string
}

export interface Migrated {
  /** Whether Postgres tells of every change of a data model by itself. It takes a superuser to set that up. */
  readonly eventTriggers: boolean
}

const OLDEST_SERVER = 15
const NEWEST_SERVER = 18
/** Built-in since Postgres 18. */
const UUIDV7_SERVER = 18
/** Key of the advisory lock under which one gateway at a time works: "tenantry" in ASCII. */
const LOCK = '8387226051025334905'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const migrations = readdirSync(new URL('migrations/', import.meta.url))
  .filter((name) => name.endsWith('.sql'))
  .sort()

const serverVersion = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ version: string }>(
    `select current_setting('server_version_num') as version`,
  )
  const version = Math.floor(Number(rows[0]?.version) / 10_000)
  if (version >= OLDEST_SERVER && version <= NEWEST_SERVER) return version
  throw new Error(
    `This is Postgres ${version}; Tenantry runs on Postgres ${OLDEST_SERVER} to ${NEWEST_SERVER}. Point DATABASE_URL at one ` +
      'of these, or leave it empty to use the embedded one.',
  )
}

const bootstrap = async (client: pg.ClientBase, version: number): Promise<void> => {
  await client.query('create schema if not exists tenantry')
  await client.query(read(version >= UUIDV7_SERVER ? 'uuidv7_builtin.sql' : 'uuidv7.sql'))
  await client.query(`create table if not exists tenantry.migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`)
}

const refuseNewer = async (client: pg.ClientBase): Promise<void> => {
  const { rows } = await client.query<{ name: string }>('select name from tenantry.migrations order by name')
  const unknown = rows.map(({ name }) => name).filter((name) => !migrations.includes(name))
  if (unknown.length === 0) return
  throw new Error(
    `This database was migrated by a newer Tenantry (it has ${unknown.join(', ')}). Start that version, or restore a ` +
      'backup from before the upgrade.',
  )
}

/** The row first: of two that apply the same migration, the second waits at the key for the first, and finds it done. */
const apply = async (client: pg.ClientBase, name: string): Promise<void> => {
  const { rowCount } = await client.query(
    'insert into tenantry.migrations (name) values ($1) on conflict do nothing',
    [name],
  )
  if (rowCount === 1) await client.query(read(`migrations/${name}`))
}

const installEventTriggers = async (client: pg.ClientBase): Promise<boolean> => {
  const { rows } = await client.query<{ super: boolean }>(
    'select rolsuper as super from pg_roles where rolname = current_user',
  )
  if (rows[0]?.super) await client.query(read('event_trigger.sql'))
  // An operator's superuser may have installed them for an owner who could not, or have switched them off.
  return hasEventTriggers(client)
}

/** Runs `work` in a transaction while no other gateway does the same. */
const alone = <T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> =>
  inTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(${LOCK})`)
    return work(client)
  })

export const migrate = async (pool: pg.Pool, { secretKey }: MigrateOptions): Promise<Migrated> => {
  const version = await serverVersion(pool)
  await alone(pool, async (client) => {
    await bootstrap(client, version)
    await refuseNewer(client)
  })
  for (const name of migrations) await inTransaction(pool, (client) => apply(client, name))
  await ensureGatewayRole(pool, secretKey)
  const eventTriggers = await alone(pool, async (client) => {
    await confineGatewayRole(client)
    return installEventTriggers(client)
  })
  return { eventTriggers }
}
