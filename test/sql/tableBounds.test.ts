import { readdirSync } from 'node:fs'
import test from 'ava'
import { inTransaction } from '../../sql/ownerPool.ts'
import { createKey } from '../../tenants/key.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { createSignInLink } from '../../tenants/member/signIn.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

/**
 * What bounds each table. `release`: a row for each file of a release. `operator`: rows that operators add by
 * hand. `workspace`: rows of what a workspace has now, which go with it. `time`: rows that expire as well, by
 * deleteExpired (test/tenants/retention.test.ts). `audit`: by whole months alone, so that a drop stays on record (test/tenants/audit.test.ts).
 * `feed`: by the retention of the change feed (test/changes/retention.test.ts). `history`: by its retention
 * classes (test/changes/history.test.ts). `ticket`: rows that expire, some with each new one
 * (test/changes/ticket.test.ts).
 */
const RULES: Readonly<
  Record<string, 'release' | 'operator' | 'workspace' | 'time' | 'audit' | 'feed' | 'history' | 'ticket'>
> = {
  'tenantry.migrations': 'release',
  'tenantry.functions': 'release',
  'tenantry.compatibility': 'release',
  'tenantry.secret_key_rotation': 'release',
  'tenantry.workspaces': 'operator',
  'tenantry.signing_keys': 'operator',
  'tenantry.operator_keys': 'time',
  'tenantry.operator_webhooks': 'operator',
  'tenantry.roles': 'workspace',
  'tenantry.object_permissions': 'workspace',
  'tenantry.field_permissions': 'workspace',
  'tenantry.row_rule_groups': 'workspace',
  'tenantry.row_rules': 'workspace',
  'tenantry.member_roles': 'workspace',
  'tenantry.objects': 'time',
  'tenantry.fields': 'workspace',
  'tenantry.workspace_functions': 'workspace',
  'tenantry.unfinished_steps': 'workspace',
  'tenantry.workspace_upgrades': 'workspace',
  'tenantry.trash_purges': 'workspace',
  'tenantry.workspace_sizes': 'workspace',
  'tenantry.webhooks': 'workspace',
  'tenantry.api_keys': 'time',
  'tenantry.sign_in_links': 'time',
  'tenantry.sessions': 'time',
  'tenantry.usage': 'time',
  'tenantry.usage_days': 'time',
  'tenantry_request.idempotency_keys': 'time',
  'tenantry.audit': 'audit',
  'tenantry.audit_default': 'audit',
  'tenantry.audit_retention': 'release',
  'tenantry_runtime.announced_models': 'feed',
  'tenantry_runtime.deliveries': 'feed',
  'tenantry_runtime.webhook_feed': 'release',
  'tenantry_runtime.changes': 'feed',
  'tenantry_runtime.changes_default': 'feed',
  'tenantry_runtime.captured': 'feed',
  'tenantry_runtime.feed': 'release',
  'tenantry_runtime.feed_resets': 'feed',
  'tenantry_runtime.history': 'history',
  'tenantry_runtime.history_1095': 'history',
  'tenantry_runtime.history_1095_default': 'history',
  'tenantry_runtime.history_30': 'history',
  'tenantry_runtime.history_30_default': 'history',
  'tenantry_runtime.history_365': 'history',
  'tenantry_runtime.history_365_default': 'history',
  'tenantry_runtime.history_90': 'history',
  'tenantry_runtime.history_90_default': 'history',
  'tenantry_runtime.history_place': 'release',
  'tenantry_runtime.layouts': 'feed',
  'tenantry_runtime.model_events': 'feed',
  'tenantry_runtime.node_logs': 'release',
  'tenantry_runtime.operator_deliveries': 'feed',
  'tenantry_runtime.operator_webhook_feed': 'release',
  'tenantry_runtime.purges': 'feed',
  'tenantry_runtime.stream_tickets': 'ticket',
  'tenantry_runtime.windows': 'feed',
}

const tablesWith = (...rules: readonly string[]): readonly string[] =>
  Object.keys(RULES).filter((name) => rules.includes(RULES[name] ?? ''))

test('every table of the control schema has a rule that bounds it', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where starts_with(n.nspname, 'tenantry') and c.relkind in ('r', 'p', 'm')
       -- Partitions of single days and months.
       and c.relname !~ '^(changes|history_[0-9]+|audit(_before)?)_[0-9]{6,8}$' order by name`,
  )
  t.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(RULES).sort(),
  )
  const files = (folder: string): number =>
    readdirSync(new URL(`../../sql/${folder}/`, import.meta.url)).filter((name) => name.endsWith('.sql'))
      .length
  const { rows: counts } = await pool.query(
    `select (select count(*)::int from tenantry.migrations) as migrations, (select count(*)::int from tenantry.functions) as functions`,
  )
  t.deepEqual(counts, [{ migrations: files('migrations'), functions: files('functions') }])
})

test('rows of a workspace are deleted by cascade with it', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { rows } = await pool.query<{ name: string }>(
    `with recursive cascading (oid) as (
       select 'tenantry.workspaces'::regclass::oid
       union
       select k.conrelid from cascading c join pg_constraint k on k.confrelid = c.oid and k.contype = 'f' and k.confdeltype = 'c'
     )
     select oid::regclass::text as name from cascading`,
  )
  const names = rows.map(({ name }) => name)
  // The runtime schemas refer to nothing of the control schema; the drop deletes their rows itself.
  const others = ['tenantry.operator_keys', 'tenantry_request.idempotency_keys']
  for (const table of tablesWith('workspace', 'time'))
    if (!others.includes(table)) t.true(names.includes(table), table)
  t.deepEqual(
    names.filter((name) => !name.startsWith('tenantry.')),
    [],
  )
})

test('after a drop no table but the audit log names the workspace or anything of it', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'O\'Brien "x"' })
  const role = await findRole(pool, id, 'Member')
  await inTransaction(pool, (client) => ensurePgRole(client, role.id))
  const expiresAt = new Date('2099-01-01')
  const key = await createKey(pool, { workspaceId: id, roleId: role.id, name: 'key', expiresAt })
  const member = await createMember(pool, id, {
    firstName: 'Ada',
    lastName: 'B',
    email: null,
    roleId: role.id,
  })
  await createSignInLink(pool, id, member.id)
  await pool.query(`
    create function "${schemaName}".twice(n int) returns int language sql as 'select n * 2';
    insert into tenantry.object_permissions (role_id, table_name) values ('${role.id}', 'note');
    insert into tenantry.field_permissions (role_id, table_name, column_name) values ('${role.id}', 'note', 'title');
    insert into tenantry.row_rule_groups (id, role_id, table_name, logical_operator) values (tenantry.uuidv7(), '${role.id}', 'note', 'AND');
    insert into tenantry.row_rules (id, role_id, table_name, column_name, operand) values (tenantry.uuidv7(), '${role.id}', 'note', 'title', 'IS');
    insert into tenantry.fields (id, object_id, column_number, column_name, face)
      select tenantry.uuidv7(), o.id, 1, 'id', 'own' from tenantry.objects o where o.workspace_id = '${id}' limit 1;
    insert into tenantry.sessions (secret_hash, workspace_id, workspace_member_id) values ('x', '${id}', '${member.id}');
    insert into tenantry.sessions (secret_hash, workspace_id, api_key_id, token_version) values ('y', '${id}', '${key.id}', 1);
    insert into tenantry.unfinished_steps (workspace_id, statement, worker_pid, worker_started_at) values ('${id}', 'x', 1, now());
    insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ('${id}', 'https://a.test/', 'a.test', 'x');
    insert into tenantry.workspace_upgrades values ('${id}', 'x', 'done');
    insert into tenantry.trash_purges values ('${id}', now());
    insert into tenantry.usage_days values ('${id}', now());
    insert into tenantry.workspace_sizes values ('${id}', 0, true, 0);
    insert into tenantry.usage (workspace_id, hour, spender_id, route, requests, refused, failed, total_ms, latencies)
      values ('${id}', now(), '${key.id}', 'x', 1, 0, 0, 1, '{}');
    insert into tenantry_request.idempotency_keys (workspace_id, caller_id, key, part, request, shape, answer)
      values ('${id}', '${key.id}', 'x', 0, '', '', '');
    insert into tenantry.audit (caller_name, action, workspace_id) values ('x', 'x', '${id}')`)
  const counts = async (): Promise<ReadonlyMap<string, number>> => {
    const all = new Map<string, number>()
    for (const table of tablesWith('operator', 'workspace', 'time', 'audit')) {
      const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${table}`)
      all.set(table, rows[0]?.count ?? 0)
    }
    return all
  }
  const before = await counts()
  for (const table of tablesWith('workspace', 'time', 'audit'))
    if (!['tenantry.operator_keys', 'tenantry.audit_default'].includes(table))
      t.true((before.get(table) ?? 0) > 0, `${table} has a row`)
  await dropWorkspace(pool, id)
  for (const [table, count] of await counts())
    t.is(
      count,
      RULES[table] === 'audit' || table === 'tenantry.signing_keys' ? (before.get(table) ?? 0) : 0,
      table,
    )
})
