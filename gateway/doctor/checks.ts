// What `tenantry doctor` looks at. A check reads and never changes anything: the database may be one that a
// newer or older gateway serves at this moment.

import { access, constants, statfs } from 'node:fs/promises'
import type pg from 'pg'
import { hasEventTriggers } from '../../sql/eventTriggers.ts'
import { findGatewayLogin } from '../../sql/gatewayLogin.ts'
import { GATEWAY_ROLE, gatewayUrl } from '../../sql/gatewayRole.ts'
import { NEWER_ADVICE, readMigrationState } from '../../sql/migrate.ts'
import { connectionTo } from '../../sql/placement.ts'
import { NEWEST_SERVER, OLDEST_SERVER } from '../../sql/serverVersion.ts'
import { countSchemas, isNearCeiling, WORKSPACES_PER_SERVER } from '../../tenants/quota/ceiling.ts'
import { opensSigningKey } from '../auth/signing.ts'
import type { Config } from '../config.ts'
import { mostConnections } from '../share.ts'
import type { Check, CheckResult } from './check.ts'
import { checkPooler } from './pooler.ts'

const ok = (message: string): CheckResult => ({ status: 'ok', message })
const warning = (message: string, advice: string): CheckResult => ({ status: 'warning', message, advice })
const fault = (message: string, advice: string): CheckResult => ({ status: 'fault', message, advice })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const only = async <Row extends pg.QueryResultRow>(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row> => {
  const { rows } = await client.query<Row>(text, [...values])
  const [row] = rows
  if (row === undefined) throw new Error('Postgres returned no row.')
  return row
}

const server: Check = async ({ client }) => {
  const { version, major } = await only<{ version: string; major: number }>(
    client,
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major`,
  )
  return major >= OLDEST_SERVER && major <= NEWEST_SERVER
    ? ok(`Postgres ${version}`)
    : fault(
        `Postgres ${version} is not supported.`,
        `Point DATABASE_URL to Postgres ${OLDEST_SERVER} to ${NEWEST_SERVER}.`,
      )
}

/** Needed for everything, and needed for convenience. */
const privileges: Check = async ({ client }) => {
  const role = await only<{ name: string; isSuper: boolean; missing: string[]; useful: string[] }>(
    client,
    `select rolname as name, rolsuper as "isSuper",
       array_remove(array[
         case when not rolcreaterole then 'CREATEROLE' end,
         case when not has_database_privilege(current_database(), 'create') then 'CREATE on the database' end
       ], null) as missing,
       array_remove(array[
         case when not has_parameter_privilege('deadlock_timeout', 'set') then 'SET on deadlock_timeout' end,
         case when not pg_has_role('pg_read_all_stats', 'usage') then 'pg_read_all_stats' end,
         case when not pg_has_role('pg_signal_backend', 'usage') then 'pg_signal_backend' end
       ], null) as useful
     from pg_roles where rolname = current_user`,
  )
  const { name, isSuper, missing, useful } = role
  if (isSuper) return ok(`${name} is a superuser`)
  if (missing.length > 0)
    return fault(
      `${name} lacks ${missing.join(' and ')}.`,
      'Grant it as a superuser: the gateway creates a schema and roles for each workspace. `tenantry setup-sql` prints the grants.',
    )
  return useful.length === 0
    ? ok(`${name} has the privileges of setup-sql`)
    : warning(
        `${name} lacks ${useful.join(', ')}.`,
        'Model changes may wait for an autovacuum, or statements cannot be listed and cancelled. `tenantry setup-sql` prints the grants.',
      )
}

const migrations: Check = async ({ client }) => {
  const { isNew, pending, unknown, refusal } = await readMigrationState(client)
  if (refusal !== null) return fault(refusal, NEWER_ADVICE)
  if (unknown.length > 0)
    return warning(
      `The database was migrated by a newer version (${unknown.join(', ')}), which lets this one serve.`,
      'Upgrade this gateway too.',
    )
  if (isNew) return ok('the database is new; the first start migrates it')
  return pending.length === 0
    ? ok('the database is up to date')
    : warning(`Pending migrations: ${pending.join(', ')}.`, 'The next start of this version applies them.')
}

const eventTriggers: Check = async ({ client }) =>
  (await hasEventTriggers(client))
    ? ok('changes made in SQL are announced immediately')
    : warning(
        'The event triggers tenantry_ddl and tenantry_drop are missing or disabled.',
        'Tables made in SQL are found within seconds instead of immediately. Only a superuser can create or enable event triggers; a managed Postgres works without them.',
      )

const secretKey: Check = async ({ client, keyring }) => {
  const { isNew } = await readMigrationState(client)
  if (isNew) return ok('no signing key yet')
  if (keyring === null)
    return fault('There is no secret key.', 'Set the SECRET_KEY that this database was first used with.')
  const opens = await opensSigningKey(client, keyring)
  if (opens === null) return ok('no signing key yet')
  return opens
    ? ok('SECRET_KEY decrypts the signing key')
    : fault(
        'SECRET_KEY cannot decrypt the signing key of this database.',
        'Set the SECRET_KEY that this database was first used with.',
      )
}

const requestLogin: Check = async ({ client, ownerUrl, keyring }) => {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [GATEWAY_ROLE])
  if (rowCount === 0 || keyring === null) return ok(`the first start creates the role ${GATEWAY_ROLE}`)
  const role = (await findGatewayLogin(client, keyring.secretKey)) ?? GATEWAY_ROLE
  const login = connectionTo(gatewayUrl(ownerUrl, keyring.secretKey, role))
  try {
    await login.connect()
    return ok(`requests log in as ${role}`)
  } catch (error) {
    return fault(
      `${role} cannot log in: ${messageOf(error)}.`,
      'Allow it in pg_hba.conf, with scram-sha-256. Its password is derived from SECRET_KEY and set at each start.',
    )
  } finally {
    await login.end().catch(() => undefined)
  }
}

const MAX_CLOCK_SKEW_MS = 2_000

const clock: Check = async ({ client }) => {
  const before = Date.now()
  const { ms } = await only<{ ms: string }>(
    client,
    `select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`,
  )
  const after = Date.now()
  const skewMs = Math.max(before - Number(ms), Number(ms) - after, 0)
  return skewMs <= MAX_CLOCK_SKEW_MS
    ? ok('the clocks of Postgres and this machine agree')
    : warning(
        `The clocks of Postgres and this machine are ${Math.round(skewMs / 1000)} s apart.`,
        'The expiry of tokens and sign-in links depends on both. Synchronise them with NTP.',
      )
}

const connections: Check = async ({ client, config }) => {
  const { most, used } = await only<{ most: number; used: number }>(
    client,
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
  )
  const needed = mostConnections(config)
  return needed <= most
    ? ok(`a gateway opens up to ${needed} connections; ${used} of ${most} are in use`)
    : fault(
        `A gateway opens up to ${needed} connections, and Postgres allows ${most}.`,
        'Lower POOL_SIZE or POOL_GROWTH, or raise max_connections.',
      )
}

/** Of a table with its keys, indexes and sequences, when a workspace is dropped or dumped. */
const LOCKS_OF_A_WORKSPACE = 1_000

const locks: Check = async ({ client }) => {
  const { slots } = await only<{ slots: number }>(
    client,
    `select current_setting('max_locks_per_transaction')::int
       * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) as slots`,
  )
  return slots >= LOCKS_OF_A_WORKSPACE
    ? ok(`${slots} locks at the same time`)
    : warning(
        `Postgres holds ${slots} locks at the same time.`,
        'Raise max_locks_per_transaction: dropping or dumping a large workspace takes a lock per table and index.',
      )
}

const BOUND_SQL = `select ((select count(*) from tenantry.api_keys where networks <> '{}')
  + (select count(*) from tenantry.roles where networks <> '{}')
  + (select count(*) from tenantry.operator_keys where networks <> '{}'))::int as count`

/** The gateway speaks no TLS, so an https address is a proxy's. */
const networks: Check = async ({ client, config }) => {
  const { isNew, pending } = await readMigrationState(client)
  const { count } =
    isNew || pending.length > 0 ? { count: 0 } : await only<{ count: number }>(client, BOUND_SQL)
  if (count === 0) return ok('no key or role is bound to networks')
  const isBehindProxy = config.publicUrl?.startsWith('https:') === true
  return isBehindProxy && config.trustedProxies === 0
    ? warning(
        `Keys or roles are bound to networks (${count}), PUBLIC_URL is the address of a proxy, and TRUSTED_PROXIES is 0.`,
        'Set TRUSTED_PROXIES: without it every request comes from the address of the proxy.',
      )
    : ok(`keys or roles are bound to networks (${count})`)
}

/** By name, in the order of the output. */
const workspaces: Check = async ({ client }) => {
  const { isNew } = await readMigrationState(client)
  const count = isNew ? 0 : await countSchemas(client)
  const found = `${count} of ${WORKSPACES_PER_SERVER} workspaces, the recommended maximum of a server`
  return isNearCeiling(count)
    ? warning(`The server has ${found}.`, 'Put further workspaces on another server.')
    : ok(found)
}

export const CHECKS: readonly (readonly [string, Check])[] = [
  ['server', server],
  ['privileges', privileges],
  ['migrations', migrations],
  ['event triggers', eventTriggers],
  ['secret key', secretKey],
  ['request login', requestLogin],
  ['pooler', checkPooler],
  ['clock', clock],
  ['connections', connections],
  ['locks', locks],
  ['workspaces', workspaces],
  ['networks', networks],
]

const LEAST_FREE_BYTES = 1_000_000_000

/** Needs no database. */
export const checkDisk = async ({ dataDir }: Config): Promise<CheckResult> => {
  try {
    const { bavail, bsize } = await statfs(dataDir)
    await access(dataDir, constants.W_OK)
    const free = bavail * bsize
    return free >= LEAST_FREE_BYTES
      ? ok(`${dataDir} has ${Math.floor(free / 1e9)} GB left`)
      : warning(`${dataDir} has ${Math.floor(free / 1e6)} MB left.`, 'Free space, or move DATA_DIR.')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return code === 'ENOENT'
      ? ok(`${dataDir} does not exist yet; the first start creates it`)
      : warning(
          `${dataDir} cannot be written: ${messageOf(error)}.`,
          'Make the user of the gateway its owner.',
        )
  }
}
