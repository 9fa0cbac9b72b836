import { randomBytes } from 'node:crypto'
import test from 'ava'
import pg from 'pg'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createPgRole, makeSpareRoles } from '../../tenants/permission/spareRoles.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { asAdmin, openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database

const spares = async (): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `select rolname::text as name from pg_roles, pg_database
     where datname = current_database() and starts_with(rolname, 'tenantry_spare_' || pg_database.oid || '_')`,
  )
  return rows.map(({ name }) => name)
}
const serverVersion = async (): Promise<number> => {
  const { rows } = await pool.query(`select current_setting('server_version_num')::int as version`)
  return rows[0].version
}
const makeSpares = async (count: number): Promise<void> => {
  const version = await serverVersion()
  await inTransaction(pool, (client) => makeSpareRoles(client, count, version))
}
/** The Postgres role of a new workspace's role. */
const newRole = async (label = 'Member'): Promise<string> => {
  const { id } = await createWorkspace(pool, { name: `O'Brien "x"` })
  const role = await findRole(pool, id, label)
  return inTransaction(pool, (client) => ensurePgRole(client, role.id))
}
const oidOf = async (name: string): Promise<string | undefined> =>
  (await pool.query('select oid::text from pg_roles where rolname = $1', [name])).rows[0]?.oid

test.after.always(async () => {
  for (const name of await spares()) await pool.query(`drop role ${quoteIdentifier(name)}`)
  await database.close()
})

test.serial('a role takes a spare one with its membership, and the gateway can be it', async (t) => {
  // The Admin role of the new workspace takes one too.
  await makeSpares(3)
  const oids = await Promise.all((await spares()).map(oidOf))
  const name = await newRole()
  t.true(oids.includes(await oidOf(name)))
  const gateway = new pg.Client({ connectionString: database.gatewayUrl })
  await gateway.connect()
  try {
    await gateway.query(`set role ${quoteIdentifier(name)}`)
    const { rows } = await gateway.query('select current_user::text as name')
    t.is(rows[0].name, name)
  } finally {
    await gateway.end()
  }
})

test.serial(
  'roles that are made at the same moment take different ones, and make their own when none is left',
  async (t) => {
    const left = (await spares()).length
    await makeSpares(Math.max(0, 2 - left))
    const names = await Promise.all([newRole(), newRole(), newRole(), newRole()])
    const oids = await Promise.all(names.map(oidOf))
    t.is(new Set(oids).size, 4)
    t.false(oids.includes(undefined))
    t.deepEqual(await spares(), [])
  },
)

test.serial('a spare one is back after a transaction that fails', async (t) => {
  await makeSpares(1)
  const { id } = await createWorkspace(pool, { name: 'Undone' })
  if ((await spares()).length === 0) await makeSpares(1)
  const before = await spares()
  const role = await findRole(pool, id, 'Guest')
  await t.throwsAsync(
    inTransaction(pool, async (client) => {
      await ensurePgRole(client, role.id)
      throw new Error('undone')
    }),
    { message: 'undone' },
  )
  t.deepEqual(await spares(), before)
})

test.serial('among many roles, one without a spare one makes a batch', async (t) => {
  for (const name of await spares()) await pool.query(`drop role ${quoteIdentifier(name)}`)
  const { id } = await createWorkspace(pool, { name: 'Many' })
  t.deepEqual(await spares(), [])
  await pool.query(
    `insert into tenantry.roles (workspace_id, label, pg_role) select $1, 'Role ' || n, 'absent_' || n from generate_series(1, 500) n`,
    [id],
  )
  const role = await findRole(pool, id, 'Guest')
  await inTransaction(pool, (client) => ensurePgRole(client, role.id))
  t.is((await spares()).length, 64)
})

test.serial('an owner passes over spare roles of an earlier owner, which it may not rename', async (t) => {
  await makeSpares(1)
  const before = await spares()
  const owner = `heir_${randomBytes(4).toString('hex')}`
  const made = `${owner}_made`
  await asAdmin((admin) =>
    admin.query(`create role ${owner} login createrole password 'pw';
      grant tenantry_gateway to ${owner} with admin option`),
  )
  await pool.query(`grant usage on schema tenantry to ${owner}; grant select on tenantry.roles to ${owner}`)
  const url = new URL(database.ownerUrl)
  url.username = owner
  url.password = 'pw'
  const heirs = createOwnerPool(url.href)
  try {
    const version = await serverVersion()
    await inTransaction(heirs, (client) => createPgRole(client, made, version))
    t.not(await oidOf(made), undefined)
    const left = await spares()
    if (version >= 160_000) t.true(before.every((name) => left.includes(name)))
    // Its own spare roles serve it.
    await pool.query(`drop role ${made}`)
    await inTransaction(heirs, (client) => makeSpareRoles(client, 1, version))
    const own = (await spares()).filter((name) => version < 160_000 || !before.includes(name))
    const oids = await Promise.all(own.map(oidOf))
    await inTransaction(heirs, (client) => createPgRole(client, made, version))
    t.true(oids.includes(await oidOf(made)))
  } finally {
    await heirs.end()
    for (const name of await spares()) await pool.query(`drop role ${quoteIdentifier(name)}`)
    await pool.query(`drop role if exists ${made}; drop owned by ${owner}`)
    await asAdmin((admin) => admin.query(`revoke tenantry_gateway from ${owner} cascade; drop role ${owner}`))
  }
})
