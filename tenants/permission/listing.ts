// The requested permissions of a workspace's roles beyond their general rights: on single objects and fields,
// and record rules. Four queries for any number of roles.

import type { Pool } from 'pg'
import { FIELD_COLUMNS, OBJECT_COLUMNS, type ObjectPermission, type StoredFieldPermission } from './object.ts'
import { GROUP_COLUMNS, type RowRule, type RowRuleGroup, RULE_COLUMNS } from './record.ts'

export interface RolePermissions {
  readonly objects: readonly ObjectPermission[]
  readonly fields: readonly StoredFieldPermission[]
  readonly rules: readonly RowRule[]
  readonly groups: readonly RowRuleGroup[]
}

type OfRole<T> = T & { readonly roleId: string }

const OF_WORKSPACE = 'role_id in (select id from tenantry.roles where workspace_id = $1)'

export const listRolePermissions = async (
  pool: Pool,
  workspaceId: string,
): Promise<(roleId: string) => RolePermissions> => {
  const list = async <T extends object>(table: string, columns: string, order: string) => {
    const { rows } = await pool.query<OfRole<T>>(
      `select role_id as "roleId", ${columns} from tenantry.${table} where ${OF_WORKSPACE} order by ${order}`,
      [workspaceId],
    )
    const byRole = Map.groupBy(rows, ({ roleId }) => roleId)
    return (roleId: string): readonly T[] => byRole.get(roleId) ?? []
  }
  const [objects, fields, rules, groups] = await Promise.all([
    list<ObjectPermission>('object_permissions', OBJECT_COLUMNS, 'table_name'),
    list<StoredFieldPermission>('field_permissions', FIELD_COLUMNS, 'table_name, column_name'),
    list<RowRule>('row_rules', RULE_COLUMNS, 'table_name, position, id'),
    list<RowRuleGroup>('row_rule_groups', GROUP_COLUMNS, 'table_name, position, id'),
  ])
  return (roleId) => ({
    objects: objects(roleId),
    fields: fields(roleId),
    rules: rules(roleId),
    groups: groups(roleId),
  })
}
