import test from 'ava'
import { openArrivals } from '../../tenants/arrivals.ts'
import { startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const server = await startTestGateway()
const { pool } = server.gateway
test.after.always(() => server.close())

/** Objects of another schema, `else`, that moves. Each is called `thing` in the end, or brings one along. */
const KINDS: readonly (readonly [kind: string, create: string, move: string])[] = [
  [
    'a table',
    'create table else.thing (id serial primary key, name text)',
    'alter table else.thing set schema here',
  ],
  [
    'a view',
    'create table here.base (id int primary key); create view else.thing as select id from here.base',
    'alter view else.thing set schema here',
  ],
  [
    'a view, as if it were a table',
    'create table here.base (id int primary key); create view else.thing as select id from here.base',
    'alter table else.thing set schema here',
  ],
  [
    'a materialised view',
    'create materialized view else.thing as select 1 as id',
    'alter materialized view else.thing set schema here',
  ],
  [
    'a partitioned table',
    'create table else.thing (id int) partition by list (id); create table else.one partition of else.thing for values in (1)',
    'alter table else.thing set schema here; alter table else.one set schema here',
  ],
  [
    'a detached partition',
    'create table here.whole (id int) partition by list (id); create table here.thing partition of here.whole for values in (1)',
    'alter table here.whole detach partition here.thing',
  ],
  ['a table made from rows', 'create schema if not exists else', 'create table here.thing as select 1 as id'],
]

const openWorkspace = async (standardObjects = false) => {
  const admin = await server.enter(`O'Brien "x"`, { standardObjects })
  const guest = await server.client(admin.workspace, 'Guest')
  const other = await server.enter('Other', { standardObjects: false })
  const schema = `"else_${admin.workspace.schemaName}"`
  const sql = (text: string): Promise<unknown> =>
    pool.query(
      text.replaceAll(/\belse\b/g, schema).replaceAll(/\bhere\b/g, `"${admin.workspace.schemaName}"`),
    )
  await sql('create schema else')
  const { rows } = await pool.query(
    'select pg_role from tenantry.roles where workspace_id = $1 and pg_role is not null',
    [other.workspace.id],
  )
  return { admin, guest, sql, otherRole: String(rows[0]?.pg_role) }
}

for (const [kind, create, move] of KINDS)
  for (const privileges of ['of its own', 'that nobody has given'] as const)
    test(`${kind} that arrives with privileges ${privileges} is open to the roles`, async (t) => {
      const { admin, guest, sql, otherRole } = await openWorkspace()
      await sql(create)
      const thing = create.includes('else.thing') ? 'else.thing' : null
      if (privileges === 'of its own' && thing !== null)
        await sql(`grant select on ${thing} to "${otherRole}", pg_monitor`)
      await sql(move)
      await until('the gateway knows it', async () => (await admin.get('/rest/things')).status !== 404)
      for (const client of [admin, guest]) t.is((await client.get('/rest/things')).status, 200)
      const { rows } = await pool.query(
        `select from pg_class c, aclexplode(c.relacl) a, pg_roles g
         where c.oid = $1::regclass and g.oid = a.grantee and g.rolname = $2`,
        [`"${admin.workspace.schemaName}".thing`, otherRole],
      )
      t.is(rows.length, 0)
      if (kind === 'a table') {
        t.is((await admin.request('POST', '/rest/things', { name: 'x' })).status, 201)
        t.is((await guest.request('POST', '/rest/things', { name: 'x' })).status, 403)
      }
    })

test('a schema that takes the place of a workspace by its name is open to the roles', async (t) => {
  const { admin, guest, sql } = await openWorkspace()
  await sql(
    'create table else.thing (id serial primary key, name text); create view else.seen as select id from else.thing',
  )
  await sql('alter schema here rename to old_of_it')
  await sql('alter schema else rename to here')
  await until('the gateway knows it', async () => (await admin.get('/rest/things')).status !== 404)
  for (const client of [admin, guest]) t.is((await client.get('/rest/things')).status, 200)
  t.is((await admin.request('POST', '/rest/things', { name: 'x' })).status, 201)
})

test.serial(
  'without event triggers the maintenance opens new relations, and closed ones stay closed',
  async (t) => {
    const { admin, guest, sql } = await openWorkspace()
    await sql(
      'create table here.base (id int primary key); create view here.closed as select id from here.base',
    )
    const { rows } = await pool.query(
      'select pg_role from tenantry.roles where id = (select role_id from tenantry.api_keys where id = $1)',
      [JSON.parse(Buffer.from(guest.token.split('.')[1] ?? '', 'base64url').toString()).jti],
    )
    await sql(`revoke all on here.closed from "${rows[0].pg_role}"`)
    await pool.query('alter event trigger tenantry_ddl disable')
    t.teardown(() => pool.query('alter event trigger tenantry_ddl enable'))
    await sql('create view else.thing as select id from here.base; alter view else.thing set schema here')
    await openArrivals(pool)
    await pool.query('update tenantry.workspaces set version = version + 1 where id = $1', [
      admin.workspace.id,
    ])
    await until('the gateway knows it', async () => (await admin.get('/rest/things')).status !== 404)
    t.is((await guest.get('/rest/things')).status, 200)
    await pool.query('alter event trigger tenantry_ddl enable')
    await sql('create or replace view here.closed as select id from here.base where id > 0')
    t.is((await guest.get('/rest/closeds')).status, 403)
  },
)
