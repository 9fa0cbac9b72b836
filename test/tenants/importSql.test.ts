import { readFile } from 'node:fs/promises'
import test from 'ava'
import pg from 'pg'
import { importSql } from '../../tenants/importSql.ts'
import { createKey, findKeyGrant } from '../../tenants/key.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace, findWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

/** A database of foreign design. */
const MUSIC = new URL('../fixtures/music.sql', import.meta.url)

const emptyWorkspace = () => createWorkspace(pool, { name: `O'Brien "x"`, standardObjects: false })

const pgRoleOf = async (workspaceId: string, label: string): Promise<string> => {
  const role = await findRole(pool, workspaceId, label)
  const expiresAt = new Date(Date.now() + 60_000)
  const { id } = await createKey(pool, { workspaceId, roleId: role.id, name: label, expiresAt })
  return (await findKeyGrant(pool, id))?.pgRole ?? ''
}

/** Runs one statement as the gateway does: logged in as its role, become the workspace's. */
const as = async (pgRole: string, statement: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: database.gatewayUrl })
  await client.connect()
  try {
    await client.query(`begin; set local role "${pgRole}"`)
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const tables = async (schemaName: string): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1 order by 1',
    [schemaName],
  )
  return rows.map(({ name }) => name)
}

test('runs a script in the schema, raises the version once and opens its tables to the roles', async (t) => {
  const { id, schemaName, version } = await emptyWorkspace()
  const admin = await pgRoleOf(id, 'Admin')
  const guest = await pgRoleOf(id, 'Guest')
  await importSql(
    pool,
    id,
    `create table "Odd Table" ("Key" serial primary key, "it's" text);
     create view odd_view as select * from "Odd Table";
     create function twice(n int) returns int language sql immutable return n * 2;
     insert into "Odd Table" ("it's") values ('here')`,
  )
  t.is((await findWorkspace(pool, id)).version, version + 1)
  t.deepEqual(await tables(schemaName), ['Odd Table'])
  for (const role of [admin, guest]) {
    t.deepEqual(await as(role, `select "it's" from ${schemaName}.odd_view`), [{ "it's": 'here' }])
    t.deepEqual(await as(role, `select ${schemaName}.twice(2) as four`), [{ four: 4 }])
  }
  await t.notThrowsAsync(as(admin, `insert into ${schemaName}."Odd Table" ("it's") values ('new')`))
  await t.throwsAsync(as(guest, `insert into ${schemaName}."Odd Table" ("it's") values ('new')`), {
    message: /permission denied/,
  })
})

test('keeps nothing of a script that fails, and names its line', async (t) => {
  const { id, schemaName, version } = await emptyWorkspace()
  await t.throwsAsync(
    importSql(pool, id, `create table kept ();\n-- é 🚀\ncreate table broken (x nonsense);`),
    {
      name: 'Refusal',
      message: 'The script fails (line 3): type "nonsense" does not exist',
    },
  )
  t.deepEqual(await tables(schemaName), [])
  t.is((await findWorkspace(pool, id)).version, version)
})

test('imports rows of copy, and refuses commands of psql', async (t) => {
  const { id, schemaName } = await emptyWorkspace()
  const rows =
    'create table a (x int, y text);\ncopy a from stdin;\n1\t\\N\n2\tit;\n\\.\ninsert into a values (3);\n'
  t.deepEqual(await importSql(pool, id, rows), {
    arrived: [{ kind: 'table', name: 'a' }],
    rows: 3,
    leftOut: [],
  })
  t.deepEqual((await pool.query(`select x, y from ${schemaName}.a order by x`)).rows, [
    { x: 1, y: null },
    { x: 2, y: 'it;' },
    { x: 3, y: null },
  ])
  await t.throwsAsync(importSql(pool, id, `\\copy a from 'x'`), {
    name: 'Refusal',
    message: /^Line 1 is a command of psql/,
  })
  await t.throwsAsync(importSql(pool, id, 'create table b (x int);\ncopy b from stdin;\nx\n\\.\n'), {
    name: 'Refusal',
    message: /line 2.*invalid input syntax/,
  })
  t.deepEqual(await tables(schemaName), ['a'])
})

test('imports a script completely or not at all, in spite of its own transactions', async (t) => {
  const { id, schemaName } = await emptyWorkspace()
  await t.throwsAsync(importSql(pool, id, 'begin; create table a (); commit; create table b (x nonsense)'))
  await t.throwsAsync(importSql(pool, id, 'create table a (); rollback'), { message: /rolls back/ })
  await t.throwsAsync(importSql(pool, id, 'create table a (); do $$ begin commit; end $$'))
  t.deepEqual(await tables(schemaName), [])
  await importSql(pool, id, 'begin; create table a (); commit;')
  t.deepEqual(await tables(schemaName), ['a'])
})

test("does not leave a script's settings to the next user of the connection", async (t) => {
  const { id } = await emptyWorkspace()
  const probe =
    "select current_setting('search_path') || current_setting('lock_timeout') || current_user as state"
  const single = new pg.Pool({ connectionString: database.ownerUrl, max: 1 })
  t.teardown(() => single.end())
  const before = (await single.query(probe)).rows
  const script = `create table a (); select set_config('search_path', '', false); set lock_timeout = 77; set role tenantry_gateway; reset role`
  await importSql(single, id, script)
  t.deepEqual((await single.query(probe)).rows, before)
})

test('imports a database of foreign design', async (t) => {
  const { id, schemaName } = await emptyWorkspace()
  const admin = await pgRoleOf(id, 'Admin')
  await importSql(pool, id, await readFile(MUSIC, 'utf8'))
  t.is((await tables(schemaName)).length, 10)
  t.deepEqual(await as(admin, `select count(*)::int as tracks from ${schemaName}.track`), [{ tracks: 1000 }])
})
