import test from 'ava'
import type { Pool } from 'pg'
import { createKey } from '../../tenants/key.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createObjects } from '../../tenants/model/ddl/ddl.ts'
import { STANDARD_OBJECTS } from '../../tenants/model/standard/standard.ts'
import { findRole } from '../../tenants/permission/role.ts'
import * as workspaces from '../../tenants/workspace.ts'
import { createTestDatabase, openTestDatabase } from '../support/database.ts'
import { countCalls } from '../support/work.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

const tablesOf = async (schemaName: string): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from pg_tables where schemaname = $1',
    [schemaName],
  )
  return rows[0]?.count ?? 0
}

const HOSTILE = [
  `O'Brien "x"`,
  '🚀🚀🚀',
  'é'.repeat(200),
  '𝒳'.repeat(200),
  '  spaces  ',
  '__WS__',
  'pg_catalog',
  'tenantry',
  '"; drop schema tenantry cascade; --',
  '株式会社',
  '-',
  '0',
  'A\tB\nC',
]

for (const name of HOSTILE) {
  test(`makes a workspace called ${JSON.stringify(name.slice(0, 40))}`, async (t) => {
    const workspace = await workspaces.createWorkspace(pool, { name })
    t.is(workspace.name, name.trim())
    t.regex(workspace.schemaName, /^w_[a-z0-9]+(_[a-z0-9]+)*_[0-9a-z]{8}$/)
    t.true(`${workspace.schemaName}_member`.length <= 63)
    t.regex(workspace.subdomain, /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/)
    t.is(await tablesOf(workspace.schemaName), 10)
    t.deepEqual(await workspaces.findWorkspace(pool, workspace.subdomain), workspace)
    t.deepEqual(await workspaces.findWorkspace(pool, workspace.id), workspace)
  })
}

for (const [what, name] of [
  ['no name', ''],
  ['a name of blanks', ' \n '],
  ['a name of 201 characters', 'x'.repeat(201)],
  ['a name with NUL', 'a\0b'],
] as const) {
  test(`refuses ${what}`, async (t) => {
    await t.throwsAsync(workspaces.createWorkspace(pool, { name }), { name: 'Refusal' })
  })
}

for (const subdomain of ['', 'A', '-a', 'a-', 'a.b', 'ä', 'x'.repeat(31), 'a b', '..']) {
  test(`refuses the subdomain ${JSON.stringify(subdomain)}`, async (t) => {
    await t.throwsAsync(workspaces.createWorkspace(pool, { name: 'n', subdomain }), {
      name: 'Refusal',
      message: /cannot be a subdomain/,
    })
  })
}

test('reports a taken subdomain, and derives a free one if none is given', async (t) => {
  const first = await workspaces.createWorkspace(pool, { name: 'Taken', subdomain: 'taken' })
  await t.throwsAsync(workspaces.createWorkspace(pool, { name: 'Other', subdomain: 'taken' }), {
    message: /"taken" is taken/,
  })
  const second = await workspaces.createWorkspace(pool, { name: 'Taken' })
  t.is(second.subdomain, 'taken-2')
  t.not(first.schemaName, second.schemaName)
})

test('begins with the roles Admin, Member and Guest, and with no role in Postgres', async (t) => {
  const { id } = await workspaces.createWorkspace(pool, { name: 'Roles' })
  const { rows } = await pool.query(
    'select label, pg_role, is_editable from tenantry.roles where workspace_id = $1 order by label',
    [id],
  )
  t.deepEqual(rows, [
    { label: 'Admin', pg_role: null, is_editable: false },
    { label: 'Guest', pg_role: null, is_editable: true },
    { label: 'Member', pg_role: null, is_editable: true },
  ])
})

test('makes an empty workspace on request', async (t) => {
  const workspace = await workspaces.createWorkspace(pool, { name: 'Empty', standardObjects: false })
  t.false(workspace.hasStandardObjects)
  t.is(await tablesOf(workspace.schemaName), 0)
})

test('makes three workspaces of one name at the same moment', async (t) => {
  const made = await Promise.all([1, 2, 3].map(() => workspaces.createWorkspace(pool, { name: 'Same' })))
  t.is(new Set(made.map(({ schemaName }) => schemaName)).size, 3)
  t.deepEqual(made.map(({ subdomain }) => subdomain).sort(), ['same', 'same-2', 'same-3'])
  for (const { schemaName } of made) t.is(await tablesOf(schemaName), 10)
})

/** The time grows with round trips: standard objects and roles have none of their own. */
const MOST_STATEMENTS = 7

test('makes a workspace in a few statements', async (t) => {
  const fresh = await createTestDatabase(t)
  const statements: string[] = []
  const counted = new Set<unknown>()
  fresh.pool.on('acquire', (client) => {
    if (counted.has(client)) return
    counted.add(client)
    const query = client.query.bind(client)
    client.query = ((...given: Parameters<typeof query>) => {
      statements.push(JSON.stringify(given[0]).slice(0, 60))
      return query(...given)
    }) as typeof client.query
  })
  await workspaces.createWorkspace(fresh.pool, { name: 'Counted' })
  t.log(`${statements.length} statements`)
  t.true(statements.length > 0)
  t.true(statements.length <= MOST_STATEMENTS, statements.join('\n'))
})

test('leaves nothing behind when creation fails half-way', async (t) => {
  const fresh = await createTestDatabase(t)
  await fresh.pool.query('drop table tenantry.roles cascade')
  await t.throwsAsync(workspaces.createWorkspace(fresh.pool, { name: 'Half' }))
  t.deepEqual((await fresh.pool.query('select * from tenantry.workspaces')).rows, [])
  t.deepEqual(
    (await fresh.pool.query(`select nspname from pg_namespace where nspname like 'w\\_%'`)).rows,
    [],
  )
})

test('suspends, resumes and renames; the version is for the data model alone', async (t) => {
  const made = await workspaces.createWorkspace(pool, { name: 'Before' })
  t.is((await workspaces.suspendWorkspace(pool, made.id)).status, 'suspended')
  t.is((await workspaces.resumeWorkspace(pool, made.id)).status, 'active')
  const renamed = await workspaces.renameWorkspace(pool, made.id, `After 'it'`)
  t.deepEqual(renamed, { ...made, name: `After 'it'` })
  const { rows } = await pool.query(`select obj_description($1::regnamespace, 'pg_namespace') as comment`, [
    made.schemaName,
  ])
  t.deepEqual(rows, [{ comment: `Workspace After 'it'` }])
})

test('reports a missing workspace', async (t) => {
  const nobody = '00000000-0000-7000-8000-000000000000'
  for (const call of [
    workspaces.findWorkspace(pool, 'nobody'),
    workspaces.findWorkspace(pool, nobody),
    workspaces.findWorkspace(pool, `x'\0`),
    workspaces.suspendWorkspace(pool, nobody),
    workspaces.renameWorkspace(pool, nobody, 'x'),
    dropWorkspace(pool, nobody),
  ]) {
    const error = await t.throwsAsync(call, { name: 'Refusal', message: /no workspace/ })
    t.like(error, { code: 'NOT_FOUND' })
  }
})

const giveKey = async (on: Pool, workspaceId: string, label: string) => {
  const role = await findRole(on, workspaceId, label)
  return createKey(on, { workspaceId, roleId: role.id, name: 'k', expiresAt: new Date(Date.now() + 60_000) })
}

test('drops everything of a workspace and nothing of its neighbour', async (t) => {
  const fresh = await createTestDatabase(t)
  const [doomed, neighbour] = [
    await workspaces.createWorkspace(fresh.pool, { name: 'Doomed' }),
    await workspaces.createWorkspace(fresh.pool, { name: 'Neighbour' }),
  ]
  for (const label of ['Admin', 'Guest']) await giveKey(fresh.pool, doomed.id, label)
  await giveKey(fresh.pool, neighbour.id, 'Admin')
  // Owned by another role, and referenced from outside.
  await fresh.pool.query(`
    create table ${doomed.schemaName}."Foreign Table" (id int primary key, company_id uuid references ${doomed.schemaName}.company);
    create view public.outside as select * from ${doomed.schemaName}.company;
    create function ${doomed.schemaName}.f() returns int language sql return 1`)
  t.deepEqual(await dropWorkspace(fresh.pool, doomed.id), { keptPgRoles: [] })
  const { rows } = await fresh.pool.query(
    `select (select count(*)::int from tenantry.workspaces where id = $1) as workspaces,
       (select count(*)::int from tenantry.roles where workspace_id = $1) as roles,
       (select count(*)::int from tenantry.api_keys where workspace_id = $1) as keys,
       (select count(*)::int from pg_roles where starts_with(rolname, $2)) as pg_roles,
       (select count(*)::int from pg_namespace where nspname = $2) as schemas,
       (select count(*)::int from pg_default_acl where defaclnamespace <> 0
          and not exists (select from pg_namespace n where n.oid = defaclnamespace)) as default_acls`,
    [doomed.id, doomed.schemaName],
  )
  t.deepEqual(rows, [{ workspaces: 0, roles: 0, keys: 0, pg_roles: 0, schemas: 0, default_acls: 0 }])
  t.deepEqual((await workspaces.listWorkspaces(fresh.pool, { limit: 10 })).items, [neighbour])
})

test('drops a workspace whose role holds privileges elsewhere, and reports which role stayed', async (t) => {
  const { id, schemaName } = await workspaces.createWorkspace(pool, { name: 'Elsewhere' })
  await giveKey(pool, id, 'Admin')
  const role = `${schemaName}_admin`
  await pool.query(`create table public.elsewhere (); grant select on public.elsewhere to ${role}`)
  t.deepEqual(await dropWorkspace(pool, id), { keptPgRoles: [role] })
  t.is(await tablesOf(schemaName), 0)
  await pool.query(`drop table public.elsewhere; drop role ${role}`)
})

test('notifies the gateways of a drop, and of a suspension', async (t) => {
  const { id } = await workspaces.createWorkspace(pool, { name: 'Notified' })
  const client = await pool.connect()
  const payloads: string[] = []
  client.on('notification', ({ payload = '' }) => payloads.push(payload))
  await client.query('listen tenantry')
  await workspaces.suspendWorkspace(pool, id)
  await dropWorkspace(pool, id)
  await client.query('unlisten tenantry')
  client.removeAllListeners('notification')
  client.release()
  t.deepEqual(
    payloads.filter((payload) => payload.startsWith(`workspace ${id}`)),
    [`workspace ${id} 1`, `workspace ${id} 1`, `workspace ${id}`],
  )
})

test.serial(
  'the tables of a new workspace are compiled for the first one alone, and for each name',
  async (t) => {
    const own = await createTestDatabase(t)
    const first = await workspaces.createWorkspace(own.pool, { name: 'First' })
    const create = () => workspaces.createWorkspace(own.pool, { name: 'Second' })
    const path = '/tenants/model/ddl/ddl.ts'
    t.true((await countCalls(path, async () => createObjects(STANDARD_OBJECTS, { hasUuidv7: true }))) > 20)
    t.is(await countCalls(path, create), 0)
    const { rows } = await own.pool.query<{ amount: number; comments: string[] }>(
      `select count(c.oid)::int as amount, array_agg(distinct obj_description(n.oid)) as comments
     from pg_namespace n join pg_class c on c.relnamespace = n.oid
     where n.nspname in (select schema_name from tenantry.workspaces) group by n.nspname = $1`,
      [first.schemaName],
    )
    t.is(rows[0]?.amount, rows[1]?.amount)
    t.deepEqual(rows.flatMap(({ comments }) => comments).toSorted(), ['Workspace First', 'Workspace Second'])
  },
)
