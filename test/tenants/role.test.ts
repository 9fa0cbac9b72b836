import test from 'ava'
import pg from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { insertDemo } from '../../tenants/demo.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database

const openWorkspace = async (name: string) => {
  const workspace = await createWorkspace(pool, { name })
  await insertDemo(pool, workspace.id, { now: new Date('2026-01-01') })
  const roles = new Map<string, string>()
  for (const label of ['Admin', 'Member', 'Guest']) {
    const { id } = await findRole(pool, workspace.id, label)
    roles.set(label, await inTransaction(pool, (client) => ensurePgRole(client, id)))
  }
  return { ...workspace, pgRole: (label: string): string => roles.get(label) ?? '' }
}
const mine = await openWorkspace(`O'Brien "x"`)
const theirs = await openWorkspace(`O'Brien "y"`)
const gateway = new pg.Client({ connectionString: database.gatewayUrl })
await gateway.connect()
// Made after the roles, by the owner: covered by default privileges even where no event trigger helps.
await pool.query(
  `set tenantry.applying = 'on'; create table ${mine.schemaName}.later (id serial primary key, note text)`,
)
test.after.always(async () => {
  await gateway.end()
  await database.close()
})

/** Runs one statement under a role and undoes it. */
const attempt = async (pgRole: string | null, statement: string): Promise<string> => {
  await gateway.query('begin')
  try {
    if (pgRole !== null) await gateway.query(`set local role "${pgRole}"`)
    await gateway.query(statement)
    return 'allowed'
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)
  } finally {
    await gateway.query('rollback')
  }
}

const DENIED = '42501'
const { schemaName: own } = mine
const { schemaName: other } = theirs
//                      role      statement                                                        Admin
//                        Member     Guest
const RULES: readonly (readonly [statement: string, admin: string, member: string, guest: string])[] = [
  [`select * from ${own}.company`, 'allowed', 'allowed', 'allowed'],
  [`insert into ${own}.company (name) values ('x')`, 'allowed', 'allowed', DENIED],
  [`update ${own}.company set name = 'x'`, 'allowed', 'allowed', DENIED],
  [`delete from ${own}.note_target`, 'allowed', 'allowed', DENIED],
  [`select * from ${own}.later`, 'allowed', 'allowed', 'allowed'],
  [`insert into ${own}.later (note) values ('x')`, 'allowed', 'allowed', DENIED],
  [`select ${own}.search_vector_${own}('{x}', '{}')`, 'allowed', 'allowed', 'allowed'],
  [`truncate ${own}.company`, DENIED, DENIED, DENIED],
  [`create table ${own}.mine ()`, DENIED, DENIED, DENIED],
  [`alter table ${own}.company add x int`, DENIED, DENIED, DENIED],
  [`drop table ${own}.company`, DENIED, DENIED, DENIED],
  [`select * from ${other}.company`, DENIED, DENIED, DENIED],
  [`insert into ${other}.company (name) values ('x')`, DENIED, DENIED, DENIED],
  [`select ${other}.search_vector_${other}('{x}', '{}')`, DENIED, DENIED, DENIED],
  [`select null::${other}.opportunity_stage`, DENIED, DENIED, DENIED],
  ['select * from tenantry.workspaces', DENIED, DENIED, DENIED],
  ['select * from tenantry.api_keys', DENIED, DENIED, DENIED],
]
for (const [statement, admin, member, guest] of RULES) {
  test.serial(
    `the roles of a workspace: ${statement.replaceAll(own, 'own').replaceAll(other, 'other')}`,
    async (t) => {
      t.is(await attempt(mine.pgRole('Admin'), statement), admin, 'Admin')
      t.is(await attempt(mine.pgRole('Member'), statement), member, 'Member')
      t.is(await attempt(mine.pgRole('Guest'), statement), guest, 'Guest')
    },
  )
}

test.serial('the gateway by itself may read nothing', async (t) => {
  t.is(await attempt(null, `select * from ${own}.company`), DENIED)
  t.is(await attempt(null, `select * from tenantry.workspaces`), DENIED)
})

test('a Postgres role is created once, cannot log in, and has a recognisable name', async (t) => {
  const { id } = await findRole(pool, mine.id, 'admin')
  const names = await Promise.all(
    [1, 2, 3].map(() => inTransaction(pool, (client) => ensurePgRole(client, id))),
  )
  t.deepEqual([...new Set(names)], [`${own}_admin`])
  const { rows } = await pool.query(
    'select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname = $1',
    [`${own}_admin`],
  )
  t.deepEqual(rows, [
    { rolcanlogin: false, rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false },
  ])
})

test('a role lost with its server is created again, with its grants', async (t) => {
  const workspace = await createWorkspace(pool, { name: 'Restored' })
  const { id } = await findRole(pool, workspace.id, 'Admin')
  const name = await inTransaction(pool, (client) => ensurePgRole(client, id))
  await pool.query(`drop owned by ${name}; drop role ${name}`)
  t.is(await inTransaction(pool, (client) => ensurePgRole(client, id)), name)
  t.is(await attempt(name, `select * from ${workspace.schemaName}.company`), 'allowed')
})

test('a name that another database has taken on the server is avoided', async (t) => {
  const workspace = await createWorkspace(pool, { name: 'Taken' })
  const { id } = await findRole(pool, workspace.id, 'Admin')
  await pool.query(`create role ${workspace.schemaName}_admin`)
  t.teardown(() => pool.query(`drop role if exists ${workspace.schemaName}_admin`).then(() => {}))
  const name = await inTransaction(pool, (client) => ensurePgRole(client, id))
  t.regex(name, new RegExp(`^${workspace.schemaName}_admin_[0-9a-f]{6}$`))
})

test('lists the roles when one is not found', async (t) => {
  const error = await t.throwsAsync(findRole(pool, mine.id, 'Boss'), { name: 'Refusal' })
  t.like(error, { code: 'NOT_FOUND', hint: 'Its roles are Admin, Member, Guest.' })
})
