import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { PROCESS_COMMANDS } from '../../gateway/admin/processCommands.ts'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { readConfig } from '../../gateway/config.ts'
import { diagnose } from '../../gateway/doctor/doctor.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { createTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'

const directory = await mkdtemp(join(tmpdir(), 'tenantry-doctor-'))
test.after.always(() => rm(directory, { recursive: true, force: true }))

const configOf = (environment: Readonly<Record<string, string>>) =>
  readConfig({ SECRET_KEY, DATA_DIR: directory, ...environment })

/** A database that a gateway has started on. */
const startedDatabase = async (t: ExecutionContext) => {
  const database = await createTestDatabase(t)
  await openSigningKeys(database.pool, createKeyring(SECRET_KEY))
  return database
}

/** By check, everything that is not well. */
const complaints = async (environment: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    (await diagnose(configOf(environment)))
      .filter(({ status }) => status !== 'ok')
      .map(({ check, status, message }) => [check, `${status}: ${message}`]),
  )

test('a healthy installation has no complaint, and nothing is changed', async (t) => {
  const { ownerUrl, pool } = await startedDatabase(t)
  const state = async () => (await pool.query('select xmin, * from tenantry.signing_keys')).rows
  const before = await state()
  t.deepEqual(await complaints({ DATABASE_URL: ownerUrl }), {})
  t.deepEqual(await state(), before)
  const lines = await diagnose(configOf({ DATABASE_URL: ownerUrl, PROCESSES: '4', POOL_GROWTH: '0' }))
  // One for requests and its three spare ones, four of the owner and one that listens, for each process.
  t.regex(lines.find(({ check }) => check === 'connections')?.message ?? '', /up to 36 connections/)
})

test('a database before its first gateway has no fault', async (t) => {
  const { ownerUrl } = await createTestDatabase(t, { isMigrated: false })
  const lines = await diagnose(configOf({ DATABASE_URL: ownerUrl }))
  t.deepEqual(
    lines.filter(({ status }) => status === 'fault'),
    [],
  )
})

test('finds networks of keys where the proxy in front is not named', async (t) => {
  const { ownerUrl, pool } = await startedDatabase(t)
  const behindProxy = { DATABASE_URL: ownerUrl, PUBLIC_URL: 'https://api.example.test' }
  t.deepEqual(await complaints(behindProxy), {})
  await createOperatorKey(pool, 'ops', { networks: ['10.0.0.0/8'] })
  t.regex(
    (await complaints(behindProxy)).networks ?? '',
    /^warning: Keys or roles are bound to networks \(1\), .* TRUSTED_PROXIES is 0/,
  )
  t.deepEqual(await complaints({ ...behindProxy, TRUSTED_PROXIES: '192.0.2.1' }), {})
  t.deepEqual(await complaints({ DATABASE_URL: ownerUrl }), {})
})

test('finds a wrong secret key, disabled event triggers and migrations of another version', async (t) => {
  const { ownerUrl, pool } = await startedDatabase(t)
  await pool.query('alter event trigger tenantry_ddl disable')
  await pool.query(`insert into tenantry.migrations (name) values ('9999_later.sql')`)
  const found = await complaints({ DATABASE_URL: ownerUrl, SECRET_KEY: 'x'.repeat(40), POOL_SIZE: '64' })
  t.deepEqual(Object.keys(found).sort(), [
    'connections',
    'event triggers',
    'migrations',
    'request login',
    'secret key',
  ])
  t.is(
    found.migrations,
    'warning: The database was migrated by a newer version (9999_later.sql), which lets this one serve.',
  )
  t.regex(found['event triggers'] ?? '', /^warning: /)
  t.regex(found['request login'] ?? '', /^fault: tenantry_gateway cannot log in: password/)
  await pool.query(`delete from tenantry.migrations where name = '9999_later.sql'`)
  await pool.query('delete from tenantry.migrations where name = (select max(name) from tenantry.migrations)')
  t.regex(
    (await complaints({ DATABASE_URL: ownerUrl })).migrations ?? '',
    /^warning: Pending migrations: \d+_/,
  )
})

test('finds an owner without the privileges that it needs', async (t) => {
  const { ownerUrl, pool } = await startedDatabase(t)
  const name = `doctor_${randomBytes(4).toString('hex')}`
  await pool.query(`create role ${name} login password 'weak'; grant usage on schema tenantry to ${name};
    grant select on all tables in schema tenantry to ${name}`)
  t.teardown(() => pool.query(`drop owned by ${name}; drop role ${name}`))
  const url = new URL(ownerUrl)
  url.searchParams.set('user', name)
  url.searchParams.set('password', 'weak')
  const { privileges } = await complaints({ DATABASE_URL: url.href })
  t.is(privileges, `fault: ${name} lacks CREATEROLE and CREATE on the database.`)
})

test('finds a database, a Redis and a directory that cannot be reached', async (t) => {
  const found = await complaints({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    REDIS_URL: 'redis://127.0.0.1:9',
    DATA_DIR: '/proc/version/data',
  })
  t.deepEqual(Object.keys(found).sort(), ['database', 'disk', 'redis'])
  t.regex(found.database ?? '', /^fault: No connection: .*ECONNREFUSED/)
})

test('the command fails where there is a fault, and prints the advice', async (t) => {
  const doctor = new Map(PROCESS_COMMANDS).get('doctor')
  const input = { arguments: [], text: () => undefined, isSet: () => false }
  const config = configOf({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' })
  const answer = await doctor?.run(config, input, () => {})
  t.true(answer?.hasFailed)
  t.regex(answer?.text ?? '', /^FAULT {4}database: .*\n {9}Start Postgres, or correct DATABASE_URL\.$/m)
})
