// Permissions of a role on single tables and on their fields, and its permission flags: rows of the control
// schema, applied to Postgres in the same transaction. Tables and columns are given by their names in
// Postgres.

import type { ClientBase, Pool } from 'pg'
import { auditCaller } from '../auditCaller.ts'
import { type Actor, refuseStronger } from './actor.ts'
import { applyRole, followRenames } from './apply.ts'
import { changeRoles } from './changeRoles.ts'
import { checkedFlags, type PermissionFlag } from './flag.ts'
import { readMatrix } from './matrix.ts'
import { PermissionRefusal } from './refusal.ts'
import { lockEditableRole, type Role } from './role.ts'

/** Null: inherited from the role; creating inherits from updating first. */
export interface ObjectPermission {
  readonly table: string
  readonly canRead: boolean | null
  readonly canCreate: boolean | null
  readonly canUpdate: boolean | null
  readonly canSoftDelete: boolean | null
  readonly canDestroy: boolean | null
}

/** One column; a field of several columns has one entry each. Null: no restriction. */
export interface FieldPermission {
  readonly table: string
  readonly column: string
  readonly canRead: boolean | null
  readonly canUpdate: boolean | null
}

export interface StoredFieldPermission extends FieldPermission {
  readonly id: string
}

export interface ObjectPermissionInput extends Partial<ObjectPermission> {
  readonly table: string
}
export interface FieldPermissionInput extends Partial<FieldPermission> {
  readonly table: string
  readonly column: string
}

export const OBJECT_COLUMNS = `table_name as "table", can_read as "canRead", can_create as "canCreate", can_update as "canUpdate",
  can_soft_delete as "canSoftDelete", can_destroy as "canDestroy"`
export const FIELD_COLUMNS = `id, table_name as "table", column_name as "column", can_read as "canRead", can_update as "canUpdate"`

const listObjectPermissions = async (
  connection: ClientBase | Pool,
  roleId: string,
): Promise<readonly ObjectPermission[]> => {
  const { rows } = await connection.query<ObjectPermission>(
    `select ${OBJECT_COLUMNS} from tenantry.object_permissions where role_id = $1 order by table_name`,
    [roleId],
  )
  return rows
}

const listFieldPermissions = async (
  connection: ClientBase | Pool,
  roleId: string,
): Promise<readonly StoredFieldPermission[]> => {
  const { rows } = await connection.query<StoredFieldPermission>(
    `select ${FIELD_COLUMNS} from tenantry.field_permissions where role_id = $1 order by table_name, column_name`,
    [roleId],
  )
  return rows
}

/** The changed role, the actor and the change; for the audit. */
interface PermissionChange {
  readonly workspaceId: string
  readonly roleId: string
  readonly actor: Actor | undefined
  readonly action: 'role.objects' | 'role.fields' | 'role.flags' | 'role.records'
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Changes an editable role, applies the result to Postgres, and refuses a role that exceeds the actor's own.
 */
export const changePermissions = <T>(
  pool: Pool,
  { workspaceId, roleId, actor, action, details }: PermissionChange,
  change: (client: ClientBase, role: Role) => Promise<T>,
): Promise<T> =>
  changeRoles(pool, workspaceId, async (client) => {
    const role = await lockEditableRole(client, workspaceId, actor, roleId)
    await followRenames(client, workspaceId)
    const result = await change(client, role)
    await followRenames(client, workspaceId)
    await refuseStronger(client, actor, roleId)
    await applyRole(client, roleId)
    // This also notifies the gateways.
    await client.query('update tenantry.roles set updated_at = now() where id = $1', [roleId])
    await auditCaller(client, actor, { action, workspaceId, details: { roleId, ...details } })
    return result
  })

const checkWriting = (permission: ObjectPermission, role: Role): void => {
  const reads = permission.canRead ?? role.canReadAllObjectRecords
  const { canCreate, canUpdate, canSoftDelete, canDestroy } = permission
  if (reads || !(canCreate || canUpdate || canSoftDelete || canDestroy)) return
  throw new PermissionRefusal(
    'CANNOT_GIVE_WRITING_PERMISSION_ON_NON_READABLE_OBJECT',
    'Cannot give update permission to non-readable object',
  )
}

/** Sets the given permissions of the given tables; others stay as they are. */
export const upsertObjectPermissions = (
  pool: Pool,
  workspaceId: string,
  roleId: string,
  permissions: readonly ObjectPermissionInput[],
  actor?: Actor,
): Promise<readonly ObjectPermission[]> =>
  changePermissions(
    pool,
    { workspaceId, roleId, actor, action: 'role.objects', details: { permissions } },
    async (client, role) => {
      const { cells } = await readMatrix(client, roleId)
      for (const input of permissions) {
        if (!cells.has(input.table))
          throw new PermissionRefusal('OBJECT_METADATA_NOT_FOUND', 'Object metadata id not found')
        const has = (name: keyof ObjectPermission): boolean => input[name] !== undefined
        const { rows } = await client.query<ObjectPermission>(
          `insert into tenantry.object_permissions as p
           (role_id, table_name, can_read, can_create, can_update, can_soft_delete, can_destroy)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (role_id, table_name) do update set
           can_read = case when $8 then excluded.can_read else p.can_read end,
           can_create = case when $9 then excluded.can_create else p.can_create end,
           can_update = case when $10 then excluded.can_update else p.can_update end,
           can_soft_delete = case when $11 then excluded.can_soft_delete else p.can_soft_delete end,
           can_destroy = case when $12 then excluded.can_destroy else p.can_destroy end
         returning ${OBJECT_COLUMNS}`,
          [
            roleId,
            input.table,
            ...[input.canRead, input.canCreate, input.canUpdate, input.canSoftDelete, input.canDestroy],
            ...[has('canRead'), has('canCreate'), has('canUpdate'), has('canSoftDelete'), has('canDestroy')],
          ],
        )
        for (const row of rows) checkWriting(row, role)
      }
      return listObjectPermissions(client, roleId)
    },
  )

const checkField = async (client: ClientBase, role: Role, input: FieldPermissionInput): Promise<void> => {
  const { rows } = await client.query<{ isVital: boolean }>(
    `select a.attname = 'deleted_at' or exists (
       select from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey)
     ) as "isVital"
     from pg_catalog.pg_attribute a, tenantry.permission_matrix($1) m
     where m.relation_name = $2 and a.attrelid = m.relation_oid and a.attname = $3 and a.attnum > 0 and not a.attisdropped`,
    [role.id, input.table, input.column],
  )
  const [column] = rows
  if (column === undefined)
    throw new PermissionRefusal('FIELD_METADATA_NOT_FOUND', 'Field metadata id not found')
  if (column.isVital && input.canRead === false)
    throw new PermissionRefusal(
      'FIELD_IS_ALWAYS_READABLE',
      `"${input.column}" identifies the record, so it is readable wherever its object is.`,
    )
  if (!role.listsFields && (input.canRead === true || input.canUpdate === true))
    throw new PermissionRefusal(
      'ONLY_FIELD_RESTRICTION_ALLOWED',
      'Field permission can only introduce a restriction',
    )
}

/** Sets the permissions of the given columns; an entry without any restriction is deleted. */
export const upsertFieldPermissions = (
  pool: Pool,
  workspaceId: string,
  roleId: string,
  permissions: readonly FieldPermissionInput[],
  actor?: Actor,
): Promise<readonly StoredFieldPermission[]> =>
  changePermissions(
    pool,
    { workspaceId, roleId, actor, action: 'role.fields', details: { permissions } },
    async (client, role) => {
      for (const input of permissions) {
        await checkField(client, role, input)
        await client.query(
          `insert into tenantry.field_permissions as p (role_id, table_name, column_name, can_read, can_update)
         values ($1, $2, $3, $4, $5)
         on conflict (role_id, table_name, column_name) do update set
           can_read = case when $6 then excluded.can_read else p.can_read end,
           can_update = case when $7 then excluded.can_update else p.can_update end`,
          [
            ...[roleId, input.table, input.column, input.canRead, input.canUpdate],
            ...[input.canRead !== undefined, input.canUpdate !== undefined],
          ],
        )
      }
      await client.query(
        'delete from tenantry.field_permissions where role_id = $1 and can_read is null and can_update is null',
        [roleId],
      )
      return listFieldPermissions(client, roleId)
    },
  )

/** Sets exactly these flags. */
export const upsertPermissionFlags = (
  pool: Pool,
  workspaceId: string,
  roleId: string,
  flags: readonly string[],
  actor?: Actor,
): Promise<readonly PermissionFlag[]> =>
  changePermissions(
    pool,
    { workspaceId, roleId, actor, action: 'role.flags', details: { flags } },
    async (client) => {
      const checked = checkedFlags(flags)
      await client.query('update tenantry.roles set flags = $2 where id = $1', [roleId, checked])
      return checked
    },
  )
