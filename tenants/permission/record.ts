// Record rules as rows: which records of a table a role can see and write. Writes the rows and the table's
// policies in one transaction. A call replaces all rules of the role on the table.

import { randomUUID } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import { isUuid } from '../uuid.ts'
import type { Actor } from './actor.ts'
import { followRenames } from './apply.ts'
import { readMatrix } from './matrix.ts'
import { changePermissions } from './object.ts'
import { ensurePgRole } from './pgRole.ts'
import { PermissionRefusal } from './refusal.ts'
import { applyRules } from './rules.ts'

export interface RowRule {
  readonly id: string
  readonly table: string
  readonly column: string
  readonly operand: string
  readonly value: unknown
  /** Column of the caller's own workspace_member record to compare with, instead of a value. */
  readonly memberColumn: string | null
  /** API names of the parts of composite fields, for answers. */
  readonly subFieldName: string | null
  readonly memberSubFieldName: string | null
  readonly groupId: string | null
  readonly position: number
}

export interface RowRuleGroup {
  readonly id: string
  readonly table: string
  readonly parentId: string | null
  readonly logicalOperator: 'AND' | 'OR'
  readonly position: number
}

export interface RowRules {
  readonly rules: readonly RowRule[]
  readonly groups: readonly RowRuleGroup[]
}

type Optional<T, K extends keyof T> = Omit<T, K | 'table'> & Partial<Pick<T, K>>

export type RowRuleInput = Optional<
  RowRule,
  'id' | 'value' | 'memberColumn' | 'subFieldName' | 'memberSubFieldName' | 'groupId' | 'position'
>
export type RowRuleGroupInput = Optional<RowRuleGroup, 'id' | 'parentId' | 'position'>

export const RULE_COLUMNS = `id, table_name as "table", column_name as "column", operand, value, member_column as "memberColumn",
  sub_field_name as "subFieldName", member_sub_field_name as "memberSubFieldName", group_id as "groupId", position`
export const GROUP_COLUMNS = `id, table_name as "table", parent_id as "parentId", logical_operator as "logicalOperator", position`

const listRowRules = async (connection: ClientBase | Pool, roleId: string): Promise<RowRules> => {
  const { rows: rules } = await connection.query<RowRule>(
    `select ${RULE_COLUMNS} from tenantry.row_rules where role_id = $1 order by table_name, position, id`,
    [roleId],
  )
  const { rows: groups } = await connection.query<RowRuleGroup>(
    `select ${GROUP_COLUMNS} from tenantry.row_rule_groups where role_id = $1 order by table_name, position, id`,
    [roleId],
  )
  return { rules, groups }
}

const invalid = (message: string, options: { readonly hint?: string } = {}): PermissionRefusal =>
  new PermissionRefusal('INVALID_ROW_RULE', message, options)

const idOf = (id: string | undefined): string => {
  if (id === undefined) return randomUUID()
  if (isUuid(id)) return id
  throw invalid(`"${id}" is not a UUID.`)
}

/** Parents before their children; a group with a missing parent or in a cycle is refused. */
const inOrder = (groups: readonly (RowRuleGroupInput & { readonly id: string })[]) => {
  const sorted: (typeof groups)[number][] = []
  let waiting = [...groups]
  while (waiting.length > 0) {
    const isPlaced = (id: string | null | undefined): boolean =>
      id == null || sorted.some((group) => group.id === id)
    const ready = waiting.filter(({ parentId }) => isPlaced(parentId))
    if (ready.length === 0) throw invalid('The parent of a group of record rules is not among the groups.')
    sorted.push(...ready)
    waiting = waiting.filter((group) => !ready.includes(group))
  }
  return sorted
}

const UNIQUE_VIOLATION = '23505'

type Identified<T> = T & { readonly id: string }

const replaceRows = async (
  client: ClientBase,
  roleId: string,
  table: string,
  groups: readonly Identified<RowRuleGroupInput>[],
  rules: readonly RowRuleInput[],
): Promise<void> => {
  for (const rows of ['row_rules', 'row_rule_groups'])
    await client.query(`delete from tenantry.${rows} where role_id = $1 and table_name = $2`, [roleId, table])
  for (const { id, parentId, logicalOperator, position } of groups)
    await client.query(
      `insert into tenantry.row_rule_groups (id, role_id, table_name, parent_id, logical_operator, position)
       values ($1, $2, $3, $4, $5, $6)`,
      [id, roleId, table, parentId, logicalOperator, position ?? 0],
    )
  for (const rule of rules) {
    const { memberColumn, subFieldName, memberSubFieldName, groupId, position } = rule
    await client.query(
      `insert into tenantry.row_rules (id, role_id, table_name, column_name, operand, value, member_column,
         sub_field_name, member_sub_field_name, group_id, position)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        ...[idOf(rule.id), roleId, table, rule.column, rule.operand],
        rule.value === undefined ? null : JSON.stringify(rule.value),
        ...[memberColumn, subFieldName, memberSubFieldName, groupId, position ?? 0],
      ],
    )
  }
}

/** Ids are chosen by the caller, and unique over all roles. */
const refuseTakenId = (error: unknown): never => {
  if (!(error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION)) throw error
  throw new PermissionRefusal('INVALID_ROW_RULE', 'The id of a record rule or of a group is taken.', {
    cause: error,
    hint: 'Omit the ids to get new ones.',
  })
}

export const upsertRowRules = (
  pool: Pool,
  workspaceId: string,
  roleId: string,
  table: string,
  wanted: { readonly rules: readonly RowRuleInput[]; readonly groups: readonly RowRuleGroupInput[] },
  actor?: Actor,
): Promise<RowRules> =>
  changePermissions(
    pool,
    { workspaceId, roleId, actor, action: 'role.records', details: { table, ...wanted } },
    async (client) => {
      const { cells } = await readMatrix(client, roleId)
      const groups = inOrder(wanted.groups.map((group) => ({ ...group, id: idOf(group.id) })))
      await checkColumns(client, roleId, cells.has(table) ? table : null, wanted.rules)
      if (wanted.rules.some(({ groupId }) => groupId != null && !groups.some(({ id }) => id === groupId)))
        throw invalid('The group of a record rule is not among the groups.')
      await replaceRows(client, roleId, table, groups, wanted.rules).catch(refuseTakenId)
      await followRenames(client, workspaceId)
      // So that Postgres has parsed every rule before it is accepted.
      await ensurePgRole(client, roleId)
      await applyRules(client, workspaceId, table)
      return listRowRules(client, roleId)
    },
  )

const checkColumns = async (
  client: ClientBase,
  roleId: string,
  table: string | null,
  rules: readonly RowRuleInput[],
): Promise<void> => {
  const { rows } = await client.query<{ table: string; columns: readonly string[]; holdsPolicies: boolean }>(
    `select relation_name::text as "table", all_columns::text[] as columns, c.relkind in ('r', 'p') as "holdsPolicies"
     from tenantry.permission_matrix($1) join pg_catalog.pg_class c on c.oid = relation_oid
     where relation_name in ($2, 'workspace_member')`,
    [roleId, table],
  )
  const has = (name: string, column: string): boolean =>
    rows.some((row) => row.table === name && row.columns.includes(column))
  if (table === null) throw new PermissionRefusal('OBJECT_METADATA_NOT_FOUND', 'Object metadata id not found')
  if (rules.length > 0 && rows.some((row) => row.table === table && !row.holdsPolicies))
    throw invalid(`"${table}" is not a table, and Postgres supports record rules only on tables.`, {
      hint: 'Set them on the tables behind it, and create the view with security_invoker; or deny access to the object.',
    })
  for (const { column, memberColumn } of rules) {
    if (!has(table, column) || (memberColumn != null && !has('workspace_member', memberColumn)))
      throw new PermissionRefusal(
        'FIELD_METADATA_NOT_FOUND',
        'Could not find fieldMetadata for given fieldMetadataId',
      )
  }
}
