// Applies permissions to Postgres inside the transaction of the change: grants, default privileges and
// policies become what the rows of the control schema define. Only differences are written.

import type { ClientBase } from 'pg'
import { runInOrder } from '../../sql/citus.ts'
import { type RecordFlags, schemaStatements } from '../schemaGrants.ts'
import { applyRules, type Restored, restoreRules } from './rules.ts'

interface HeldRole extends RecordFlags {
  readonly id: string
  readonly pgRole: string
  readonly schemaName: string
  readonly mayCreate: boolean
}

const ROLES_SQL = `select r.id, r.pg_role as "pgRole", w.schema_name as "schemaName",
    r.can_read_all_object_records as "canReadAllObjectRecords", r.can_update_all_object_records as "canUpdateAllObjectRecords",
    r.can_create_all_object_records as "canCreateAllObjectRecords",
    r.can_soft_delete_all_object_records as "canSoftDeleteAllObjectRecords",
    r.can_destroy_all_object_records as "canDestroyAllObjectRecords", r.lists_fields as "listsFields",
    tenantry.may_draw(r.id) as "mayCreate"
  from tenantry.roles r
  join tenantry.workspaces w on w.id = r.workspace_id
  join pg_catalog.pg_roles p on p.rolname = r.pg_role`

const applyHeld = async (client: ClientBase, role: HeldRole): Promise<void> => {
  await runInOrder(client, schemaStatements(role.schemaName, role.pgRole, role, role.mayCreate))
  await client.query('select tenantry.grant_matrix($1)', [role.id])
}

/** One role's grants; nothing if it has no Postgres role yet. */
export const applyRole = async (client: ClientBase, roleId: string): Promise<void> => {
  const { rows } = await client.query<HeldRole>(`${ROLES_SQL} where r.id = $1`, [roleId])
  for (const role of rows) await applyHeld(client, role)
}

/** All roles of a workspace, on everything in its schema, regardless of the owner. */
export const applyWorkspace = async (client: ClientBase, workspaceId: string): Promise<void> => {
  await followRenames(client, workspaceId)
  const { rows } = await client.query<HeldRole>(`${ROLES_SQL} where r.workspace_id = $1`, [workspaceId])
  // Rules first: grants are withheld from roles whose rules do not hold.
  await applyRules(client, workspaceId)
  for (const role of rows) await applyHeld(client, role)
}

export const followRenames = async (client: ClientBase, workspaceId: string): Promise<void> => {
  await client.query('select tenantry.follow_renames(schema_name) from tenantry.workspaces where id = $1', [
    workspaceId,
  ])
}

/** Record rules that tables had lost. Grants, which depend on them, come afterwards. */
export const restoreLostRules = async (
  client: ClientBase,
  workspaceId: string,
): Promise<readonly Restored[]> => {
  await followRenames(client, workspaceId)
  return restoreRules(client, workspaceId)
}
