import test from 'ava'
import { createKey } from '../../tenants/key.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { deleteExpired } from '../../tenants/retention.ts'
import { createWorkspace, suspendWorkspace } from '../../tenants/workspace.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import { createTestDatabase } from '../support/database.ts'

const NOW = new Date('2030-06-15T12:00:00Z')

const DAYS_AGO = `timestamptz '${NOW.toISOString()}' - interval '1 day' * d`

test('events go when their workspace’s retention is over, those of nobody’s stay', async (t) => {
  const { pool } = await createTestDatabase(t)
  const [short, usual, asleep] = [
    await createWorkspace(pool, { name: 'short' }),
    await createWorkspace(pool, { name: 'O\'Brien "x"' }),
    await createWorkspace(pool, { name: 'asleep' }),
  ]
  await updateWorkspaceSettings(pool, short.id, { eventLogRetentionDays: 30 })
  await suspendWorkspace(pool, asleep.id)
  await pool.query('delete from tenantry.audit')
  await pool.query(
    `insert into tenantry.audit (caller_name, action, workspace_id, at)
     select 'somebody', w.name || ' ' || d, w.id, ${DAYS_AGO}
     from (select id, name from tenantry.workspaces union all select null, 'nobody'
       union all select tenantry.uuidv7(), 'gone') w, unnest('{29,31,89,91}'::int[]) d`,
  )
  t.like(await deleteExpired(pool, { now: NOW }), { events: 4 })
  const { rows } = await pool.query<{ action: string }>(
    'select action from tenantry.audit order by at desc, action',
  )
  const left = (name: string) =>
    rows.flatMap(({ action }) =>
      action.startsWith(`${name} `) ? [Number(action.slice(name.length + 1))] : [],
    )
  t.deepEqual(left('short'), [29])
  t.deepEqual(left(usual.name), [29, 31, 89])
  for (const name of ['asleep', 'nobody', 'gone']) t.deepEqual(left(name), [29, 31, 89, 91])
})

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
    events: 0,
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
