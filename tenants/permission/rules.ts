// Applies the record rules of a workspace inside the transaction of a change: the policies of every table
// that has rules, or had. predicate.ts translates a rule, policy.ts builds the policies.

import type { ClientBase } from 'pg'
import { isOnCluster, runInOrder } from '../../sql/citus.ts'
import { bindSchema, inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import { OWNER_POLICY, POLICY_PREFIX, policyStatements, type RestrictedRole } from './policy.ts'
import { MEMBER_ATTRIBUTE, predicateSql } from './predicate.ts'
import { PermissionRefusal } from './refusal.ts'

interface RuleRow {
  readonly roleId: string
  readonly pgRole: string
  readonly table: string
  readonly column: string
  /** Null if the column no longer exists. */
  readonly type: string | null
  readonly elementType: string | null
  readonly operand: string
  readonly value: unknown
  readonly memberColumn: string | null
  readonly groupId: string | null
}

interface GroupRow {
  readonly id: string
  readonly roleId: string
  readonly table: string
  readonly parentId: string | null
  readonly operator: 'AND' | 'OR'
}

interface TableRow {
  readonly table: string
  readonly existing: readonly string[]
  readonly isOthers: boolean
  readonly forcedOwner: string | null
}

// Tables with a rule or a policy of ours. Rules of a role that is not in Postgres yet are deferred.
const TABLES_SQL = `select c.relname::text as "table",
    array(select p.polname::text from pg_catalog.pg_policy p where p.polrelid = c.oid and starts_with(p.polname, $3)) as existing,
    exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and not starts_with(p.polname, $3))
      or c.relrowsecurity and not exists (
        select from pg_catalog.pg_policy p
        where p.polrelid = c.oid and starts_with(p.polname, $3) and p.polpermissive and p.polname <> '${OWNER_POLICY}'
      ) as "isOthers",
    (select o.rolname::text from pg_catalog.pg_roles o where o.oid = c.relowner and not o.rolsuper and not o.rolbypassrls)
      as "forcedOwner"
  from pg_catalog.pg_namespace n
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = n.oid
    and d.classid = 'pg_catalog.pg_class'::regclass
  join pg_catalog.pg_class c on c.oid = d.objid and c.relkind in ('r', 'p')
  where n.nspname = $2 and ($4::text is null or c.relname = $4) and (
    exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and starts_with(p.polname, $3))
    or exists (select from tenantry.row_rules u join tenantry.roles r on r.id = u.role_id
               where r.workspace_id = $1 and u.table_name = c.relname))
  order by c.relname`

const RULES_SQL = `select u.role_id as "roleId", r.pg_role as "pgRole", u.table_name as "table", u.column_name as "column",
    case when a.attname is not null then pg_catalog.format_type(a.atttypid, a.atttypmod) end as type,
    case when t.typcategory = 'A' then pg_catalog.format_type(t.typelem, null) end as "elementType",
    u.operand, u.value, u.member_column as "memberColumn", u.group_id as "groupId"
  from tenantry.row_rules u
  join tenantry.roles r on r.id = u.role_id
  join pg_catalog.pg_roles p on p.rolname = r.pg_role
  left join pg_catalog.pg_attribute a
    on a.attrelid = u.table_oid and a.attname = u.column_name and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_type t on t.oid = a.atttypid
  where r.workspace_id = $1
  order by u.position, u.id`

const GROUPS_SQL = `select g.id, g.role_id as "roleId", g.table_name as "table", g.parent_id as "parentId",
    g.logical_operator as operator
  from tenantry.row_rule_groups g join tenantry.roles r on r.id = g.role_id
  where r.workspace_id = $1 order by g.position, g.id`

const PG_ROLES_SQL = `select r.pg_role as "pgRole" from tenantry.roles r
  join pg_catalog.pg_roles p on p.rolname = r.pg_role where r.workspace_id = $1 order by r.created_at, r.id`

const FALSE = 'false'

const ruleSql = (rule: RuleRow): string => {
  // The compared column is gone: the rule denies everything.
  if (rule.type === null) return FALSE
  const { column, type, elementType, operand, value, memberColumn } = rule
  return predicateSql({ column: { name: column, type, elementType }, operand, value, memberColumn })
}

const joined = (parts: readonly string[], operator: 'AND' | 'OR'): string =>
  parts.length === 0 ? FALSE : `(${parts.join(` ${operator.toLowerCase()} `)})`

/** The condition of one role on one table: its ungrouped rules and its outermost groups all hold. */
const conditionOf = (rules: readonly RuleRow[], groups: readonly GroupRow[]): string => {
  const inside = (groupId: string | null): readonly string[] => [
    ...rules.filter((rule) => rule.groupId === groupId).map(ruleSql),
    ...groups
      .filter((group) => group.parentId === groupId)
      .map((group) => joined(inside(group.id), group.operator)),
  ]
  return joined(inside(null), 'AND')
}

const ATTRIBUTE_SQL = `select to_jsonb(m) ->> attribute from ${inWorkspace('workspace_member')} m
    where m.id = (nullif(current_setting('tenantry.claims', true), '')::jsonb ->> 'workspaceMemberId')::uuid`

/**
 * Runs with the owner's rights, because callers need not be able to read members, and returns only the
 * caller's own record. The planner of Citus reads the text of a body, which one of standard SQL lacks.
 */
const memberFunction = (isQuoted: boolean): string =>
  `create or replace function ${MEMBER_ATTRIBUTE}(attribute text) returns text
  language sql stable security definer set search_path = pg_catalog
  ${isQuoted ? `as $$ ${ATTRIBUTE_SQL} $$` : `return (${ATTRIBUTE_SQL})`}`

const isDataException = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^(22|42(?!501))/.test(String(error.code))

const run = async (client: ClientBase, statements: readonly string[], schemaName: string): Promise<void> => {
  if (statements.length === 0) return
  try {
    await runInOrder(
      client,
      statements.map((statement) => bindSchema(statement, schemaName)),
    )
  } catch (error) {
    if (!isDataException(error)) throw error
    throw new PermissionRefusal(
      'INVALID_ROW_RULE',
      'A record rule compares a field with a value of another type.',
      {
        cause: error,
      },
    )
  }
}

/**
 * Tables that lost the policies of their rules: recreated under the name, or policies or row-level security
 * removed by hand.
 */
const UNHELD_SQL = `select distinct u.table_name as "table"
  from tenantry.row_rules u
  join tenantry.roles r on r.id = u.role_id
  join pg_catalog.pg_roles p on p.rolname = r.pg_role
  join tenantry.workspaces w on w.id = r.workspace_id
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = u.table_name and c.relkind in ('r', 'p')
  where r.workspace_id = $1 and not tenantry.rules_hold(r.id, c.oid)`

export interface Restored {
  readonly table: string
  /** Why the rules no longer fit; null if they are restored. */
  readonly error: Error | null
}

/**
 * Restores rules on tables that lost them; a table that they do not fit stays closed to the restricted roles.
 */
export const restoreRules = async (client: ClientBase, workspaceId: string): Promise<readonly Restored[]> => {
  const { rows } = await client.query<{ table: string }>(UNHELD_SQL, [workspaceId])
  const restored: Restored[] = []
  for (const { table } of rows) {
    await client.query('savepoint restore_rules')
    try {
      await applyRules(client, workspaceId, table)
      restored.push({ table, error: null })
    } catch (error) {
      if (!(error instanceof PermissionRefusal)) throw error
      await client.query('rollback to savepoint restore_rules')
      restored.push({ table, error })
    }
    await client.query('release savepoint restore_rules')
  }
  return restored
}

/** @param table only this one; all tables with rules when absent. */
export const applyRules = async (client: ClientBase, workspaceId: string, table?: string): Promise<void> => {
  const { rows: found } = await client.query<{ schemaName: string }>(
    'select schema_name as "schemaName" from tenantry.workspaces where id = $1',
    [workspaceId],
  )
  const schemaName = found[0]?.schemaName
  if (schemaName === undefined) return
  const parameters = [workspaceId, schemaName, POLICY_PREFIX, table ?? null]
  const { rows: tables } = await client.query<TableRow>(TABLES_SQL, parameters)
  if (tables.length === 0) return
  const { rows: rules } = await client.query<RuleRow>(RULES_SQL, [workspaceId])
  const { rows: groups } = await client.query<GroupRow>(GROUPS_SQL, [workspaceId])
  const { rows: roles } = await client.query<{ pgRole: string }>(PG_ROLES_SQL, [workspaceId])
  if (rules.some(({ memberColumn }) => memberColumn !== null && memberColumn !== 'id'))
    await run(client, [memberFunction(await isOnCluster(client)), ...executeGrants(roles)], schemaName)
  for (const row of tables) {
    const here = rules.filter((rule) => rule.table === row.table)
    const restricted: RestrictedRole[] = [...new Set(here.map(({ roleId }) => roleId))].map((roleId) => {
      const own = here.filter((rule) => rule.roleId === roleId)
      const ownGroups = groups.filter((group) => group.roleId === roleId && group.table === row.table)
      return { pgRole: own[0]?.pgRole ?? '', condition: conditionOf(own, ownGroups) }
    })
    const names = new Set(restricted.map(({ pgRole }) => pgRole))
    const open = roles.map(({ pgRole }) => pgRole).filter((pgRole) => !names.has(pgRole))
    await run(client, policyStatements({ ...row, restricted, open }), schemaName)
  }
}

const executeGrants = (roles: readonly { readonly pgRole: string }[]): readonly string[] => {
  const name = `${MEMBER_ATTRIBUTE}(text)`
  const grantees = roles.map(({ pgRole }) => quoteIdentifier(pgRole)).join(', ')
  return [
    `revoke execute on function ${name} from public`,
    ...(grantees === '' ? [] : [`grant execute on function ${name} to ${grantees}`]),
  ]
}
