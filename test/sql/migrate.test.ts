import test from 'ava'
import pg from 'pg'
import { GATEWAY_ROLE } from '../../sql/gatewayRole.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { asAdmin, createTestDatabase, urlOfDatabase } from '../support/database.ts'
import { adminUrl, SECRET_KEY } from '../support/environment.ts'

test('migrates an empty database, and does nothing the second time', async (t) => {
  const { pool } = await createTestDatabase(t, { isMigrated: false })
  const first = await migrate(pool, { secretKey: SECRET_KEY })
  const before = await pool.query('select * from tenantry.migrations order by name')
  const second = await migrate(pool, { secretKey: SECRET_KEY })
  const after = await pool.query('select * from tenantry.migrations order by name')
  t.deepEqual(first, { eventTriggers: true, ahead: [], login: GATEWAY_ROLE })
  t.deepEqual(second, { eventTriggers: true, ahead: [], login: GATEWAY_ROLE })
  t.true(before.rows.length > 0)
  t.deepEqual(after.rows, before.rows)
})

test('replaces no schema and no function in a start on a database of its version', async (t) => {
  const { pool } = await createTestDatabase(t)
  const made = async () =>
    (
      await pool.query(
        `select p.oid::regprocedure::text as name, p.xmin::text from pg_proc p where pronamespace::regnamespace::text like 'tenantry%'
         union all select nspname, xmin::text from pg_namespace where nspname like 'tenantry%' order by 1`,
      )
    ).rows
  const before = await made()
  t.true(before.length > 50)
  await migrate(pool, { secretKey: SECRET_KEY })
  t.deepEqual(await made(), before)
})

test('lets several gateways start on an empty database at the same moment', async (t) => {
  const { pool } = await createTestDatabase(t, { isMigrated: false })
  await t.notThrowsAsync(
    Promise.all(Array.from({ length: 5 }, () => migrate(pool, { secretKey: SECRET_KEY }))),
  )
})

test('lets gateways of several databases of one server start at the same moment', async (t) => {
  const databases = await Promise.all(
    Array.from({ length: 4 }, () => createTestDatabase(t, { isMigrated: false })),
  )
  await t.notThrowsAsync(Promise.all(databases.map(({ pool }) => migrate(pool, { secretKey: SECRET_KEY }))))
})

test('starts on a database that a newer Tenantry has migrated and changes nothing, until a contract step raises the minimum', async (t) => {
  const { pool } = await createTestDatabase(t)
  const name = '9999_from_the_future.sql'
  await pool.query('insert into tenantry.migrations (name) values ($1)', [name])
  // Otherwise a start would apply this file again.
  await pool.query(`update tenantry.functions set hash = 'newer' where name = 'may_draw.sql'`)
  const state = async () =>
    (
      await pool.query(
        'select (select array_agg(f order by f) from tenantry.functions f), array_agg(m order by m) from tenantry.migrations m',
      )
    ).rows
  const before = await state()
  t.deepEqual(await migrate(pool, { secretKey: SECRET_KEY }), {
    eventTriggers: true,
    ahead: [name],
    login: GATEWAY_ROLE,
  })
  t.deepEqual(await state(), before)
  await pool.query(`update tenantry.compatibility set minimum_gateway = 9999, minimum_version = '7.0.0'`)
  await t.throwsAsync(migrate(pool, { secretKey: SECRET_KEY }), {
    message: /newer Tenantry and needs version 7\.0\.0 or later \(gateway 9999; this is \d+\)/,
  })
  t.deepEqual(await state(), before)
})

test('refuses a database that has migrations of another version and lacks one of its own', async (t) => {
  const { pool } = await createTestDatabase(t)
  await pool.query(`update tenantry.migrations set name = '9999_from_elsewhere.sql' where name like '0036%'`)
  await t.throwsAsync(migrate(pool, { secretKey: SECRET_KEY }), {
    message: /another Tenantry \(it has 9999_from_elsewhere\.sql and lacks 0036_/,
  })
})

test('makes a login role that owns nothing and may nothing', async (t) => {
  const { pool, gatewayUrl } = await createTestDatabase(t)
  const gateway = new pg.Client({ connectionString: gatewayUrl })
  await gateway.connect()
  t.teardown(() => gateway.end())
  const { rows } = await gateway.query('select current_user as user')
  t.deepEqual(rows, [{ user: GATEWAY_ROLE }])
  for (const forbidden of [
    'select * from tenantry.workspaces',
    'select * from tenantry.signing_keys',
    'create table public.mine (id int)',
    'create schema mine',
    'create role mine',
    `set role ${(await pool.query<{ name: string }>('select quote_ident(current_user) as name')).rows[0]?.name}`,
  ]) {
    await t.throwsAsync(gateway.query(forbidden), { code: '42501' }, forbidden)
  }
})

test('works for an owner without superuser rights, and reports that event triggers are out of reach', async (t) => {
  const { name } = await createTestDatabase(t, { isMigrated: false })
  const owner = `owner_of_${name}`
  await asAdmin(async (client) => {
    await client.query(`create role ${owner} login createrole password 'pw'`)
    await client.query(`alter database ${name} owner to ${owner}`)
    await client.query(`grant ${GATEWAY_ROLE} to ${owner} with admin option`)
  })
  const url = new URL(urlOfDatabase(adminUrl(), name))
  url.username = owner
  url.password = 'pw'
  const ownerPool = createOwnerPool(url.href)
  t.teardown(async () => {
    await ownerPool.end()
    await asAdmin(async (client) => {
      await client.query(`drop database ${name} with (force)`)
      await client.query(`drop role ${owner}`)
    })
  })
  t.deepEqual(await migrate(ownerPool, { secretKey: SECRET_KEY }), {
    eventTriggers: false,
    ahead: [],
    login: GATEWAY_ROLE,
  })
  t.deepEqual(await migrate(ownerPool, { secretKey: SECRET_KEY }), {
    eventTriggers: false,
    ahead: [],
    login: GATEWAY_ROLE,
  })
})

test('makes ids of version 7 that sort by time', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { rows } = await pool.query<{ id: string }>(
    'select tenantry.uuidv7() as id from generate_series(1, 100)',
  )
  const ids = rows.map(({ id }) => id)
  for (const id of ids) t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.deepEqual([...ids].sort(), ids)
})
