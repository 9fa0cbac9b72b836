import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import type { Pool } from 'pg'
import { GATEWAY_ROLE } from '../../sql/gatewayRole.ts'
import { migrate } from '../../sql/migrate.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { turnAudit } from '../../tenants/audit/partitions.ts'
import { describeControlSchema } from '../support/controlSchema.ts'
import { createTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { until } from '../support/until.ts'

const DUMP = readFileSync(new URL('../fixtures/database-0.1.0.sql', import.meta.url), 'utf8')
const CONTROL_SCHEMA = new URL('../fixtures/control-schema.txt', import.meta.url)
/** A dump names the roles it grants to and does not create them. */
const ROLES = [...new Set([...DUMP.matchAll(/\b(?:TO|FROM) (w_old_shop_\w+)/g)].map(([, role = '']) => role))]

const restore = async (t: ExecutionContext): Promise<Pool> => {
  const { pool } = await createTestDatabase(t, { isMigrated: false })
  for (const role of ROLES) {
    await pool.query(`drop role if exists ${quoteIdentifier(role)}`)
    await pool.query(`create role ${quoteIdentifier(role)}`)
    await pool.query(`grant ${quoteIdentifier(role)} to ${GATEWAY_ROLE}`)
  }
  const client = await pool.connect()
  try {
    await client.query(DUMP)
  } finally {
    // The dump has emptied its search_path.
    client.release(true)
  }
  return pool
}

test.serial('a database of 0.1.0 has the control schema of a new one after its upgrade', async (t) => {
  const { pool: fresh } = await createTestDatabase(t, { isMigrated: false })
  await migrate(fresh, { secretKey: SECRET_KEY })
  const upgraded = await restore(t)
  const before = await upgraded.query('select * from tenantry.roles order by id')
  await migrate(upgraded, { secretKey: SECRET_KEY })
  t.is(await describeControlSchema(upgraded), await describeControlSchema(fresh))
  t.is((await upgraded.query('select from tenantry.api_keys')).rowCount, 2)
  t.is((await upgraded.query('select * from tenantry.roles order by id')).rows.length, before.rows.length)
  // The audit log of before, with what a gateway of before inserts and deletes.
  await upgraded.query(`insert into tenantry.audit (caller_name, action) values ('x', 'x')`)
  await upgraded.query(
    'delete from tenantry.audit where ctid = any (array(select x.ctid from tenantry.audit x limit 10))',
  )
  t.is((await upgraded.query('select from tenantry.audit')).rowCount, 3)
  t.is(await turnAudit(upgraded, null, new Date('2200-01-01')), 0, 'it is kept for ever')
  t.true((await turnAudit(upgraded, 400, new Date('2200-01-01'))) > 0)
  t.is((await upgraded.query('select from tenantry.audit')).rowCount, 0)
})

/** Reads what requests read, again and again, and never waits for as long as a person would notice. */
const startReading = async (pool: Pool) => {
  const client = await pool.connect()
  await client.query(`set lock_timeout = '3s'`)
  let isReading = true
  const read = async (): Promise<number> => {
    for (let rounds = 1; ; rounds += 1) {
      for (const table of ['api_keys', 'roles', 'sessions', 'workspaces', 'audit', 'operator_keys'])
        await client.query(`select from tenantry.${table} limit 1`)
      if (!isReading) return rounds
    }
  }
  const reading = read().finally(() => client.release(true))
  return async (): Promise<number> => {
    isReading = false
    return reading
  }
}

/** As pg_dump does. */
const holdEverything = async (pool: Pool) => {
  const client = await pool.connect()
  await client.query(`begin; set local application_name = 'backup'`)
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relnamespace = 'tenantry'::regnamespace and relkind in ('r', 'p')`,
  )
  await client.query(`lock table ${rows.map(({ name }) => name).join(', ')} in access share mode`)
  return async (): Promise<void> => {
    await client.query('commit')
    client.release()
  }
}

const IS_WAITING = `select from pg_locks where not granted and relation is not null
  and database = (select oid from pg_database where datname = current_database())`

test.serial('requests do not queue up behind migrations that wait for a long transaction', async (t) => {
  const pool = await restore(t)
  const endReading = await startReading(pool)
  const release = await holdEverything(pool)
  await t.throwsAsync(migrate(pool, { secretKey: SECRET_KEY }), {
    message:
      /^The migration \d{4}_\w+\.sql needs tables that are in use by a long transaction \(backup, process \d+ for \d+ s, with tenantry\.\w+\)/,
  })
  const migrating = migrate(pool, { secretKey: SECRET_KEY })
  await until('it waits', async () => (await pool.query(IS_WAITING)).rowCount !== 0)
  await release()
  await migrating
  t.true((await endReading()) > 0)
  const { pool: fresh } = await createTestDatabase(t, { isMigrated: false })
  await migrate(fresh, { secretKey: SECRET_KEY })
  t.is(await describeControlSchema(pool), await describeControlSchema(fresh))
})

test.serial('a database from before 0.1.0 is refused and left as it was', async (t) => {
  const pool = await restore(t)
  await pool.query(`delete from tenantry.migrations where name > '0012'`)
  await t.throwsAsync(migrate(pool, { secretKey: SECRET_KEY }), {
    message: /before Tenantry 0\.1\.0.*0011_other_owners/,
  })
  t.is((await pool.query(`select from tenantry.migrations where name like '0013%'`)).rowCount, 0)
})

test('the control schema is the committed one', async (t) => {
  const { pool } = await createTestDatabase(t)
  const described = `${await describeControlSchema(pool)}\n`
  if (process.env.UPDATE_CONTROL_SCHEMA) writeFileSync(CONTROL_SCHEMA, described)
  t.is(
    described,
    readFileSync(CONTROL_SCHEMA, 'utf8'),
    'If the change is meant: UPDATE_CONTROL_SCHEMA=1 npm test -- test/sql/upgrade.test.ts',
  )
})

test('functions are created in sql/functions and nowhere else', (t) => {
  const directory = new URL('../../sql/', import.meta.url)
  const files = [
    'event_trigger.sql',
    ...readdirSync(new URL('migrations/', directory)).map((name) => `migrations/${name}`),
  ]
  t.true(files.length > 1)
  for (const file of files)
    t.notRegex(
      readFileSync(new URL(file, directory), 'utf8'),
      /create (or replace )?function tenantry\./,
      file,
    )
})
