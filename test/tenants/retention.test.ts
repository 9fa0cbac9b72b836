import test from 'ava'
import { createKey } from '../../tenants/key.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { deleteExpired } from '../../tenants/retention.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

const NOW = new Date('2030-06-15T12:00:00Z')

test('sessions, links, idempotency keys and hours of usage go when they have expired', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createWorkspace(pool, { name: 'O\'Brien "x"' })
  const role = await findRole(pool, workspace.id, 'Admin')
  const { id: keyId } = await createKey(pool, {
    workspaceId: workspace.id,
    roleId: role.id,
    name: 'key',
    expiresAt: new Date('2040-01-01'),
  })
  const at = (ageHours: number): string =>
    `timestamptz '${new Date(NOW.getTime() - ageHours * 3_600_000).toISOString()}'`
  // Each kind as old as one that is kept, and as one that is not.
  await pool.query(
    `insert into tenantry.sessions (secret_hash, workspace_id, workspace_member_id, created_at, last_seen_at) values
       ('kept', $1, $1, ${at(24)}, ${at(11.9)}), ('idle', $1, $1, ${at(24)}, ${at(12.1)}), ('long', $1, $1, ${at(169)}, ${at(0)})`,
    [workspace.id],
  )
  await pool.query(
    `insert into tenantry.sign_in_links (workspace_id, workspace_member_id, secret_hash, expires_at, used_at) values
       ($1, $1, 'kept', ${at(-0.1)}, null), ($1, $1, 'old', ${at(0.1)}, null), ($1, $1, 'used', ${at(0.1)}, ${at(0.2)})`,
    [workspace.id],
  )
  await pool.query(
    `insert into tenantry_request.idempotency_keys (workspace_id, caller_id, key, part, request, shape, answer, created_at) values
       ($1, $2, 'kept', 0, '', '', '', ${at(23.9)}), ($1, $2, 'old', 0, '', '', '', ${at(24.1)})`,
    [workspace.id, keyId],
  )
  await pool.query(
    `insert into tenantry.usage (workspace_id, hour, spender_id, route, requests, refused, failed, total_ms, latencies) values
       ($1, ${at(47)}, $1, 'kept', 1, 0, 0, 1, '{}'), ($1, ${at(49)}, $1, 'old', 1, 0, 0, 1, '{}')`,
    [workspace.id],
  )
  t.deepEqual(await deleteExpired(pool, { now: NOW }), {
    keys: 0,
    operatorKeys: 0,
    registryRows: 0,
    idempotencyKeys: 1,
    sessions: 2,
    signInLinks: 2,
    usage: 1,
  })
  const { rows } = await pool.query(
    `select convert_from(secret_hash, 'UTF8') as name from tenantry.sessions union all
     select convert_from(secret_hash, 'UTF8') from tenantry.sign_in_links union all
     select key from tenantry_request.idempotency_keys union all select route from tenantry.usage`,
  )
  t.deepEqual(
    rows,
    Array.from({ length: 4 }, () => ({ name: 'kept' })),
  )
})

test('keys that have ended go after the days of the audit log, with operators’ revoked ones', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id } = await createWorkspace(pool, { name: 'O\'Brien "x"' })
  const role = await findRole(pool, id, 'Admin')
  const at = (days: number): string => `timestamptz '${NOW.toISOString()}' - interval '${days} days'`
  await pool.query(
    `insert into tenantry.api_keys (workspace_id, role_id, name, expires_at, revoked_at) values
       ($1, $2, 'works', ${at(-1)}, null), ($1, $2, 'revoked', ${at(-500)}, ${at(399)}), ($1, $2, 'ended', ${at(399)}, null),
       ($1, $2, 'long revoked', ${at(-500)}, ${at(401)}), ($1, $2, 'long ended', ${at(401)}, null)`,
    [id, role.id],
  )
  await pool.query(
    `insert into tenantry.operator_keys (name, secret_hash, revoked_at) values
       ('works', 'a', null), ('revoked', 'b', ${at(399)}), ('long revoked', 'c', ${at(401)})`,
  )
  t.like(await deleteExpired(pool, { now: NOW }), { keys: 2, operatorKeys: 1 })
  const { rows } = await pool.query(
    'select name from tenantry.api_keys union select name from tenantry.operator_keys order by name',
  )
  t.deepEqual(
    rows.map(({ name }) => name),
    ['ended', 'revoked', 'works'],
  )
})

test('rows of tables that were dropped while no event trigger looked go after a month', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'O\'Brien "x"' })
  const tables = async (): Promise<number> => {
    const { rows } = await pool.query('select from tenantry.objects where workspace_id = $1', [id])
    return rows.length
  }
  const before = await tables()
  await pool.query('alter event trigger tenantry_drop disable')
  await pool.query(`drop table "${schemaName}".note cascade`)
  t.is(await tables(), before)
  t.like(await deleteExpired(pool, { now: new Date() }), { registryRows: 0 })
  t.like(await deleteExpired(pool, { now: NOW }), { registryRows: 1 })
  t.is(await tables(), before - 1)
})
