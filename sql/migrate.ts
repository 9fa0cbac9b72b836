// Brings a database to this version of Tenantry: the control schema's tables (migrations/), then its
// functions (functions/), then the migrations that call these, and the gateway's login role. Several gateways
// may start at the same moment; a start with nothing to do changes nothing.

import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { carryLogin, settleCitus } from './citus.ts'
import { hasEventTriggers } from './eventTriggers.ts'
import { applyFunctions, areFunctionsNewer, makeUuidv7 } from './functions.ts'
import { ensureGatewayLogin, findGatewayLogin, type SecretKeys } from './gatewayLogin.ts'
import { confineGatewayRoles, type GatewayLogin } from './gatewayRole.ts'
import { isGivenUp, LOCK_TIMEOUT_MS } from './owner/repeat.ts'
import { inRetriedTransaction, inTransaction } from './ownerPool.ts'
import { checkServerVersion } from './serverVersion.ts'

interface MigrateOptions extends SecretKeys {
  /** Throws if the keys are not those of the database. Runs before the first change. */
  readonly checkKeys?: (client: pg.ClientBase) => Promise<void>
}

interface Migrated {
  /** Whether the event triggers announce every change of a data model. Installing them takes a superuser. */
  readonly eventTriggers: boolean
  /** Migrations of a newer version, which keeps serving this one. */
  readonly ahead: readonly string[]
  /** The role that requests log in as. */
  readonly login: GatewayLogin
}

/** Key of the advisory lock that serialises gateways: "tenantry" in ASCII. */
export const MIGRATION_LOCK = '8387226051025334905'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

interface Migration {
  readonly name: string
  readonly sql: string
  /** Calls functions of functions/, so it runs after these are applied. All others run before. */
  readonly isAfterFunctions: boolean
}

const migrations: readonly Migration[] = readdirSync(new URL('migrations/', import.meta.url))
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => {
    const sql = read(`migrations/${name}`)
    return { name, sql, isAfterFunctions: sql.startsWith('-- after functions\n') }
  })

const BASELINE = '0013_baseline.sql'
/** The migrations of 0.1.0. The baseline replaces them. */
const SQUASHED = [
  '0001_control.sql',
  '0002_registry.sql',
  '0003_idempotency.sql',
  '0004_permissions.sql',
  '0005_sessions.sql',
  '0006_caller_audit.sql',
  '0007_member_records.sql',
  '0008_upkeep.sql',
  '0009_idempotency_callers.sql',
  '0010_rules_hold.sql',
  '0011_other_owners.sql',
  '0012_model_changes.sql',
  '0013_rules_of_before.sql',
]

/** A start on a database of this version runs no DDL, which a cluster sends to all nodes. */
const bootstrap = async (client: pg.ClientBase, version: number): Promise<void> => {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regnamespace('tenantry') is not null as there`,
  )
  if (rows[0]?.there !== true) await client.query('create schema if not exists tenantry')
  await makeUuidv7(client, version)
  await client.query(`create table if not exists tenantry.migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`)
}

const appliedMigrations = async (client: pg.ClientBase): Promise<readonly string[]> => {
  const { rows } = await client.query<{ name: string }>('select name from tenantry.migrations order by name')
  return rows.map(({ name }) => name)
}

const unknownIn = (applied: readonly string[]): readonly string[] => {
  const known = new Set([...SQUASHED, ...migrations.map(({ name }) => name)])
  return applied.filter((name) => !known.has(name))
}

export const NEWER_ADVICE = 'Start that version, or restore a backup from before the upgrade.'

/** What a database compares with `minimum_gateway`: the number of the newest migration. */
const GATEWAY = Math.max(...migrations.map(({ name }) => Number.parseInt(name, 10)))

/** Newer migrations only add, until one of them raises `minimum_gateway`. */
const newerRefusal = async (
  client: pg.ClientBase,
  unknown: readonly string[],
  missing: readonly string[],
): Promise<string | null> => {
  if (missing.length > 0)
    return (
      `This database was migrated by another Tenantry (it has ${unknown.join(', ')} and lacks ` +
      `${missing.join(', ')}).`
    )
  const { rows } = await client.query<{ gateway: number; version: string }>(
    'select minimum_gateway as gateway, minimum_version as version from tenantry.compatibility',
  )
  const [minimum] = rows
  if (minimum === undefined || minimum.gateway <= GATEWAY) return null
  return (
    `This database was migrated by a newer Tenantry and needs version ${minimum.version} or later (gateway ` +
    `${minimum.gateway}; this is ${GATEWAY}).`
  )
}

interface MigrationState {
  /** The database was never migrated. */
  readonly isNew: boolean
  /** Migrations that the next start applies. */
  readonly pending: readonly string[]
  /** Migrations of a newer version. */
  readonly unknown: readonly string[]
  /** Why this version may not start on the database; null if it may. */
  readonly refusal: string | null
}

/** Reads without changing anything. */
export const readMigrationState = async (client: pg.ClientBase): Promise<MigrationState> => {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('tenantry.migrations') is not null as there`,
  )
  if (rows[0]?.there !== true) return { isNew: true, pending: [], unknown: [], refusal: null }
  const applied = await appliedMigrations(client)
  const isOld = SQUASHED.every((name) => applied.includes(name))
  const pending = migrations.map(({ name }) => name).filter((name) => !applied.includes(name))
  const missing = isOld ? pending.filter((name) => name !== BASELINE) : pending
  const unknown = unknownIn(applied)
  const refusal = unknown.length === 0 ? null : await newerRefusal(client, unknown, missing)
  return { isNew: false, pending: missing, unknown, refusal }
}

/** A database of 0.1.0 already has what the baseline creates. */
const skipBaseline = async (client: pg.ClientBase, applied: readonly string[]): Promise<void> => {
  const squashed = SQUASHED.filter((name) => applied.includes(name))
  if (squashed.length === 0 || applied.includes(BASELINE)) return
  if (squashed.length < SQUASHED.length) {
    throw new Error(
      `This database comes from before Tenantry 0.1.0 (its last migration is ${squashed.at(-1)}). Start version 0.1.0 ` +
        'once, then this version.',
    )
  }
  await client.query('insert into tenantry.migrations (name) values ($1)', [BASELINE])
}

/**
 * Inserts the row first: a second gateway blocks on its key until the first one commits, and then finds the
 * migration applied. Only waits for tables are limited, because requests queue up behind these.
 */
const apply = async (client: pg.ClientBase, { name, sql }: Migration): Promise<void> => {
  await client.query('set local lock_timeout = 0')
  const { rowCount } = await client.query(
    'insert into tenantry.migrations (name) values ($1) on conflict do nothing',
    [name],
  )
  if (rowCount === 0) return
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
  await client.query(sql)
}

/** The oldest transaction that holds a table of ours. What other roles run may be hidden. */
const HOLDER_SQL = `select l.relation::regclass::text as "table", l.pid, nullif(a.application_name, '') as application,
    round(extract(epoch from clock_timestamp() - a.xact_start))::float8 as seconds
  from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
  left join pg_stat_activity a on a.pid = l.pid
  where n.nspname in ('tenantry', 'tenantry_runtime') and c.relkind in ('r', 'p') and l.pid <> pg_backend_pid() and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
  order by a.xact_start nulls last, l.pid, 1 limit 1`

interface Holder {
  readonly table: string
  readonly pid: number
  readonly application: string | null
  readonly seconds: number | null
}

const heldUp = async (pool: pg.Pool, name: string, cause: unknown): Promise<Error> => {
  const [holder] = (await pool.query<Holder>(HOLDER_SQL)).rows
  const since = holder?.seconds == null ? '' : ` for ${holder.seconds} s`
  const what =
    holder === undefined
      ? 'a long transaction'
      : `a long transaction (${[holder.application ?? [], `process ${holder.pid}`].flat().join(', ')}${since}, with ${holder.table})`
  return new Error(
    `The migration ${name} needs tables that are in use by ${what}. Nothing of it was changed. Try again when the ` +
      'transaction has ended.',
    { cause },
  )
}

/** Reads of a table wait for at most LOCK_TIMEOUT_MS at a time, also where a long transaction holds it. */
const applyBriefly = async (pool: pg.Pool, migration: Migration): Promise<void> => {
  try {
    await inRetriedTransaction(pool, (client) => apply(client, migration))
  } catch (error) {
    throw isGivenUp(error) ? await heldUp(pool, migration.name, error) : error
  }
}

const installEventTriggers = async (client: pg.ClientBase): Promise<boolean> => {
  const { rows } = await client.query<{ super: boolean }>(
    'select rolsuper as super from pg_roles where rolname = current_user',
  )
  if (rows[0]?.super && !(await areFunctionsNewer(client))) await client.query(read('event_trigger.sql'))
  // An operator's superuser may have installed them for an owner who could not, or may have disabled them.
  return hasEventTriggers(client)
}

/** Runs `work` in a transaction, one gateway at a time. */
const alone = <T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> =>
  inTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    return work(client)
  })

/** @returns migrations of a newer version, on whose database nothing is changed. */
const prepare = (
  pool: pg.Pool,
  version: number,
  checkKeys: MigrateOptions['checkKeys'],
): Promise<readonly string[]> =>
  alone(pool, async (client) => {
    await settleCitus(client)
    const { isNew, unknown, refusal } = await readMigrationState(client)
    if (refusal !== null) throw new Error(`${refusal} ${NEWER_ADVICE}`)
    if (!isNew) await checkKeys?.(client)
    if (unknown.length > 0) return unknown
    await bootstrap(client, version)
    await skipBaseline(client, await appliedMigrations(client))
    return []
  })

const applyAll = async (pool: pg.Pool): Promise<void> => {
  const run = async (isAfterFunctions: boolean): Promise<void> => {
    for (const migration of migrations.filter((each) => each.isAfterFunctions === isAfterFunctions))
      await applyBriefly(pool, migration)
  }
  await run(false)
  await alone(pool, applyFunctions)
  await run(true)
}

/** On a database of a newer version, which sets the passwords of its logins itself. */
const findLogin = async (pool: pg.Pool, secretKey: string): Promise<GatewayLogin> => {
  const login = await findGatewayLogin(pool, secretKey)
  if (login !== null) return login
  throw new Error(
    'A newer Tenantry migrated this database, and requests cannot log in with this SECRET_KEY yet. Start that version ' +
      'with this key, or run its `tenantry upgrade`.',
  )
}

export const migrate = async (pool: pg.Pool, { checkKeys, ...keys }: MigrateOptions): Promise<Migrated> => {
  const ahead = await prepare(pool, await checkServerVersion(pool), checkKeys)
  if (ahead.length > 0)
    return {
      eventTriggers: await hasEventTriggers(pool),
      ahead,
      login: await findLogin(pool, keys.secretKey),
    }
  await applyAll(pool)
  const login = await ensureGatewayLogin(pool, keys)
  await carryLogin(pool, login)
  const eventTriggers = await alone(pool, async (client) => {
    await confineGatewayRoles(client)
    return installEventTriggers(client)
  })
  return { eventTriggers, ahead, login }
}
