// The effective permissions of a role by table, read from the grants in Postgres, including grants made by
// hand, so that the gateway and the database cannot disagree. createPermissions caches them and invalidates
// on `role <id>` and `workspace <id>`.

import type { Pool } from 'pg'
import { type FlagHolder, flagsOf, type PermissionFlag } from './flag.ts'

export type Columns = ReadonlySet<string> | 'all'

export interface TablePermissions {
  readonly canRead: boolean
  readonly canCreate: boolean
  readonly canUpdate: boolean
  readonly canSoftDelete: boolean
  readonly canDestroy: boolean
  readonly readableColumns: Columns
  readonly insertableColumns: Columns
  readonly updatableColumns: Columns
  /** Whether record rules hide records of this table from the role. */
  readonly hasRecordRules: boolean
}

export interface Permissions {
  readonly roleId: string
  readonly workspaceId: string
  /** By table name; a missing table is inaccessible. */
  readonly objects: ReadonlyMap<string, TablePermissions>
  readonly flags: ReadonlySet<PermissionFlag>
}

interface CellRow {
  readonly table: string
  readonly hasTrash: boolean
  /** Of each privilege: the columns it is held on; null: all. */
  readonly readable: readonly string[] | null
  readonly insertable: readonly string[] | null
  readonly updatable: readonly string[] | null
  readonly canDestroy: boolean
  readonly hasRecordRules: boolean
}

interface HolderRow extends FlagHolder {
  readonly workspaceId: string
}

const HOLDER_SQL = `select workspace_id as "workspaceId", can_update_all_settings as "canUpdateAllSettings",
    can_access_all_tools as "canAccessAllTools", flags
  from tenantry.roles where id = $1`

/** Null: held on all columns. They are looked at one by one only without the privilege on the table. */
const may = (
  privilege: string,
): string => `case when pg_catalog.has_table_privilege(p.oid, c.oid, '${privilege}') then null else (
      select case when bool_and(a.held) then null else coalesce(array_agg(a.name order by a.number) filter (where a.held), '{}') end
      from (
        select a.attname::text as name, a.attnum as number, pg_catalog.has_column_privilege(p.oid, c.oid, a.attnum, '${privilege}') as held
        from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      ) a
    ) end`

const CELLS_SQL = `select c.relname::text as "table",
    exists (
      select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'deleted_at' and not a.attisdropped
    ) as "hasTrash",
    ${may('select')} as readable, ${may('insert')} as insertable, ${may('update')} as updatable,
    pg_catalog.has_table_privilege(p.oid, c.oid, 'delete') as "canDestroy",
    exists (select from tenantry.row_rules u where u.role_id = r.id and u.table_name = c.relname) as "hasRecordRules"
  from tenantry.roles r
  join pg_catalog.pg_roles p on p.rolname = r.pg_role
  join tenantry.workspaces w on w.id = r.workspace_id
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = n.oid
    and d.classid = 'pg_catalog.pg_class'::regclass
  join pg_catalog.pg_class c on c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  where r.id = $1`

/** The columns that a role may still write if it may only soft-delete. */
const TRASH_COLUMN = /^(deleted_at|updated_at|updated_by_.+)$/

const columnsOf = (names: readonly string[] | null): Columns => (names === null ? 'all' : new Set(names))
const isHeld = (names: readonly string[] | null): boolean => names === null || names.length > 0

const permissionsOfTable = (row: CellRow): TablePermissions => ({
  canRead: isHeld(row.readable),
  canCreate: isHeld(row.insertable),
  canUpdate: row.updatable === null || row.updatable.some((name) => !TRASH_COLUMN.test(name)),
  canSoftDelete: row.hasTrash
    ? row.updatable === null || row.updatable.includes('deleted_at')
    : row.canDestroy,
  canDestroy: row.canDestroy,
  readableColumns: columnsOf(row.readable),
  insertableColumns: columnsOf(row.insertable),
  updatableColumns: columnsOf(row.updatable),
  hasRecordRules: row.hasRecordRules,
})

export const readPermissions = async (pool: Pool, roleId: string): Promise<Permissions | null> => {
  const [holders, cells] = await Promise.all([
    pool.query<HolderRow>({ name: 'tenantry_holder', text: HOLDER_SQL, values: [roleId] }),
    pool.query<CellRow>({ name: 'tenantry_cells', text: CELLS_SQL, values: [roleId] }),
  ])
  const [holder] = holders.rows
  if (holder === undefined) return null
  return {
    roleId,
    workspaceId: holder.workspaceId,
    objects: new Map(cells.rows.map((row) => [row.table, permissionsOfTable(row)])),
    flags: flagsOf(holder),
  }
}
