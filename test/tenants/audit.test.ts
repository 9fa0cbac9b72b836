import test from 'ava'
import type { Pool } from 'pg'
import { turnAudit } from '../../tenants/audit/partitions.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import { createTestDatabase } from '../support/database.ts'
import { readTexts } from '../support/sources.ts'

const partitionsOf = async (pool: Pool): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'tenantry.audit'::regclass order by 1`,
  )
  return rows.map(({ name }) => name)
}

const insertAt = (pool: Pool, ...times: readonly string[]): Promise<unknown> =>
  pool.query(
    `insert into tenantry.audit (caller_name, action, at) select 'O''Brien "x"', 'at ' || d, d::timestamptz from unnest($1::text[]) d`,
    [times],
  )

const actionsOf = async (pool: Pool): Promise<readonly string[]> =>
  (
    await pool.query<{ action: string }>(`select action from tenantry.audit where action ~ '^at' order by at`)
  ).rows.map(({ action }) => action)

test('months are made ahead and dropped as a whole, and no row is lost where one is missing', async (t) => {
  const { pool } = await createTestDatabase(t)
  const name = (month: string): string => `audit_${month}`
  await turnAudit(pool, null, new Date('2040-01-31T23:00:00Z'))
  t.deepEqual((await partitionsOf(pool)).slice(-4), [
    name('204001'),
    name('204002'),
    name('204003'),
    'audit_default',
  ])
  // The month after those, as if maintenance had stood still.
  await insertAt(pool, '2040-01-05', '2040-03-31 23:59Z', '2040-04-02', '2040-06-01')
  t.is(await turnAudit(pool, null, new Date('2040-04-03T00:00:00Z')), 0)
  const made = await partitionsOf(pool)
  t.true(made.includes(name('204005')))
  t.false(made.includes(name('204004')))
  t.false(made.includes(name('204006')))
  t.deepEqual(await actionsOf(pool), [
    'at 2040-01-05',
    'at 2040-03-31 23:59Z',
    'at 2040-04-02',
    'at 2040-06-01',
  ])

  // 400 days are the default of a new installation.
  t.true((await turnAudit(pool, null, new Date('2041-03-09T00:00:00Z'))) >= 1)
  t.deepEqual((await actionsOf(pool)).length, 3)
  await turnAudit(pool, 30, new Date('2040-05-01T00:00:01Z'))
  t.deepEqual(await actionsOf(pool), ['at 2040-04-02', 'at 2040-06-01'])
  await turnAudit(pool, 30, new Date('2040-07-02T00:00:00Z'))
  t.deepEqual(await actionsOf(pool), [])
  await insertAt(pool, '2050-01-01')
  t.deepEqual(await actionsOf(pool), ['at 2050-01-01'])
})

test('rows outlive their workspace and its settings, and are neither changed nor deleted', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id } = await createWorkspace(pool, { name: 'O\'Brien "x"' })
  await updateWorkspaceSettings(pool, id, { eventLogRetentionDays: 30 })
  await pool.query(
    `insert into tenantry.audit (caller_name, action, workspace_id) values ('x', 'role.create', $1)`,
    [id],
  )
  await dropWorkspace(pool, id)
  for (const statement of ['delete from tenantry.audit', `update tenantry.audit set action = 'x'`])
    t.is((await pool.query(statement)).rowCount, 0, statement)
  t.is((await pool.query('select from tenantry.audit where workspace_id = $1', [id])).rowCount, 1)
  const { rows } = await pool.query<{ grantee: string }>(
    `select distinct r.rolname as grantee from pg_class c, aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
     where c.relname ~ '^audit' and c.relnamespace = 'tenantry'::regnamespace
       and (a.privilege_type <> 'INSERT' and a.grantee <> c.relowner)`,
  )
  t.deepEqual(rows, [], 'no role but the owner can do more than insert')
})

test('no statement of the sources changes or deletes rows of the audit log', (t) => {
  const sources = readTexts('{sql,tenants,gateway}/**/*.{ts,sql}')
  t.true(sources.length > 100)
  for (const { path, text } of sources)
    t.notRegex(text, /\b(update|delete\s+from|truncate(\s+table)?)\s+(only\s+)?tenantry\.audit\b/i, path)
})
