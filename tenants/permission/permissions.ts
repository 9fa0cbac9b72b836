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
  readonly columns: number
  readonly hasTrash: boolean
  readonly readable: readonly string[]
  readonly insertable: readonly string[]
  readonly updatable: readonly string[]
  readonly canDestroy: boolean
  readonly hasRecordRules: boolean
}

interface HolderRow extends FlagHolder {
  readonly workspaceId: string
}

const HOLDER_SQL = `select workspace_id as "workspaceId", can_update_all_settings as "canUpdateAllSettings",
    can_access_all_tools as "canAccessAllTools", flags
  from tenantry.roles where id = $1`

const may = (privilege: string): string =>
  `coalesce(array_agg(a.attname::text order by a.attnum)
     filter (where pg_catalog.has_column_privilege(p.oid, c.oid, a.attnum, '${privilege}')), '{}')`

const CELLS_SQL = `select c.relname::text as "table", count(*)::int as columns, bool_or(a.attname = 'deleted_at') as "hasTrash",
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
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where r.id = $1
  group by r.id, p.oid, c.oid, c.relname`

/** The columns that a role may still write if it may only soft-delete. */
const TRASH_COLUMN = /^(deleted_at|updated_at|updated_by_.+)$/

const permissionsOfTable = (row: CellRow): TablePermissions => {
  const columns = (names: readonly string[]): Columns =>
    names.length === row.columns ? 'all' : new Set(names)
  return {
    canRead: row.readable.length > 0,
    canCreate: row.insertable.length > 0,
    canUpdate: row.updatable.some((name) => !TRASH_COLUMN.test(name)),
    canSoftDelete: row.hasTrash ? row.updatable.includes('deleted_at') : row.canDestroy,
    canDestroy: row.canDestroy,
    readableColumns: columns(row.readable),
    insertableColumns: columns(row.insertable),
    updatableColumns: columns(row.updatable),
    hasRecordRules: row.hasRecordRules,
  }
}

export const readPermissions = async (pool: Pool, roleId: string): Promise<Permissions | null> => {
  const [holders, cells] = await Promise.all([
    pool.query<HolderRow>(HOLDER_SQL, [roleId]),
    pool.query<CellRow>(CELLS_SQL, [roleId]),
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
