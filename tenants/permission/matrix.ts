// The permission matrix of a role: every table of its workspace with the role's rights on the table and its
// columns, plus its flags and record rules; and whether one role exceeds another. The matrix is computed
// where it is enforced (tenantry.permission_matrix in sql/functions).

import type { ClientBase, Pool } from 'pg'
import { type FlagHolder, flagsOf, type PermissionFlag } from './flag.ts'
import { readRuleTexts } from './matrixRules.ts'

interface MatrixCell {
  readonly table: string
  readonly canRead: boolean
  readonly canCreate: boolean
  readonly canUpdate: boolean
  readonly canSoftDelete: boolean
  readonly canDestroy: boolean
  readonly readableColumns: readonly string[]
  readonly insertableColumns: readonly string[]
  readonly updatableColumns: readonly string[]
}

export interface Matrix {
  readonly cells: ReadonlyMap<string, MatrixCell>
  readonly flags: ReadonlySet<PermissionFlag>
  /** The role's rights on future tables. */
  readonly general: readonly boolean[]
  /** Record rules by table, as canonical text; tables without rules are absent. */
  readonly rules: ReadonlyMap<string, string>
}

interface HolderRow extends FlagHolder {
  readonly general: readonly boolean[]
}

const HOLDER_SQL = `select can_update_all_settings as "canUpdateAllSettings", can_access_all_tools as "canAccessAllTools", flags,
    array[can_read_all_object_records, coalesce(can_create_all_object_records, can_update_all_object_records),
      can_update_all_object_records, can_soft_delete_all_object_records, can_destroy_all_object_records,
      not lists_fields] as general
  from tenantry.roles where id = $1`

const CELLS_SQL = `select relation_name::text as "table", can_read as "canRead", can_create as "canCreate",
    can_update as "canUpdate", can_soft_delete as "canSoftDelete", can_destroy as "canDestroy",
    readable::text[] as "readableColumns", insertable::text[] as "insertableColumns", updatable::text[] as "updatableColumns"
  from tenantry.permission_matrix($1) order by relation_name`

export const readMatrix = async (connection: ClientBase | Pool, roleId: string): Promise<Matrix> => {
  const { rows: holders } = await connection.query<HolderRow>(HOLDER_SQL, [roleId])
  const { rows: cells } = await connection.query<MatrixCell>(CELLS_SQL, [roleId])
  const [holder] = holders
  return {
    cells: new Map(cells.map((cell) => [cell.table, cell])),
    flags: holder === undefined ? new Set() : flagsOf(holder),
    general: holder?.general ?? [],
    rules: await readRuleTexts(connection, roleId),
  }
}

const hasMore = (one: readonly string[], other: readonly string[] = []): boolean =>
  one.some((column) => !other.includes(column))

const isStrongerCell = (one: MatrixCell, other: MatrixCell | undefined): boolean =>
  (one.canDestroy && other?.canDestroy !== true) ||
  (one.canSoftDelete && other?.canSoftDelete !== true) ||
  hasMore(one.readableColumns, other?.readableColumns) ||
  hasMore(one.insertableColumns, other?.insertableColumns) ||
  hasMore(one.updatableColumns, other?.updatableColumns)

/**
 * Whether `one` may do anything that `other` may not. Differing record rules count as more, because their
 * effect cannot be compared.
 */
export const isStrongerThan = (one: Matrix, other: Matrix): boolean =>
  [...one.flags].some((flag) => !other.flags.has(flag)) ||
  one.general.some((may, index) => may && other.general[index] !== true) ||
  [...one.cells.values()].some((cell) => isStrongerCell(cell, other.cells.get(cell.table))) ||
  [...other.rules].some(
    ([table, rules]) => one.cells.get(table)?.canRead === true && one.rules.get(table) !== rules,
  )
