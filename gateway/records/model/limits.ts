// What a role may do with the tables of a model. In: the role's permissions, as the grants have them; out:
// its limits by table. The grants know columns, the model knows relations: the id of a record that the role
// may not read is taken from it here, for every protocol.

import type { Model, ObjectModel, ToOneField } from '../../../tenants/model/model.ts'
import type { Permissions, TablePermissions } from '../../../tenants/permission/permissions.ts'
import { covers } from './permission.ts'

/** Of a table all of whose own fields may be read and written, but not all that its relations lead to. */
export const UNLIMITED: TablePermissions = {
  canRead: true,
  canCreate: true,
  canUpdate: true,
  canSoftDelete: true,
  canDestroy: true,
  readableColumns: 'all',
  insertableColumns: 'all',
  updatableColumns: 'all',
  hasRecordRules: false,
}

const isUnlimited = (table: TablePermissions): boolean =>
  table.canRead &&
  table.canCreate &&
  table.canUpdate &&
  table.canSoftDelete &&
  table.canDestroy &&
  !table.hasRecordRules &&
  table.readableColumns === 'all' &&
  table.insertableColumns === 'all' &&
  table.updatableColumns === 'all'

/**
 * Null where the role may do everything, and for a table that is newer than what is known of the role:
 * Postgres knows.
 */
export const limitsOn = ({ objects }: Permissions, table: string): TablePermissions | null => {
  const permissions = objects.get(table)
  return permissions === undefined || isUnlimited(permissions) ? null : permissions
}

export type Reads = (table: string, columns: readonly string[]) => boolean

export const readsOf = (permissions: Permissions): Reads => {
  return (table, columns) => {
    const limits = limitsOn(permissions, table)
    return (
      limits === null || (limits.canRead && columns.every((name) => covers(limits.readableColumns, name)))
    )
  }
}

/**
 * Readable columns that hold ids of a closed object. The key stays, as it names the record itself, and so
 * does a relation to an open object whose columns are among those of the closed one.
 */
const closedColumns = (reads: Reads, { table, key, fields }: ObjectModel): ReadonlySet<string> => {
  const relations = [...fields.values()].filter((field): field is ToOneField => field.kind === 'toOne')
  const isOpen = ({ target, targetColumns }: ToOneField): boolean => reads(target, targetColumns)
  const open = relations.filter(isOpen).map(({ columns }) => columns)
  const closed = relations
    .filter((relation) => !isOpen(relation))
    .flatMap(({ columns }) => {
      const kept = open.filter((others) => others.every((name) => columns.includes(name))).flat()
      return columns.filter((name) => !kept.includes(name))
    })
  return new Set(closed.filter((name) => !key.includes(name) && reads(table, [name])))
}

/**
 * The permissions without the foreign keys of relations to what the role may not read; what it may write
 * stays.
 */
export const closeRelations = (model: Model, permissions: Permissions): Permissions => {
  const reads = readsOf(permissions)
  const narrowed = model.objects.flatMap((object): [string, TablePermissions][] => {
    const closed = closedColumns(reads, object)
    if (closed.size === 0) return []
    const limits = permissions.objects.get(object.table) ?? UNLIMITED
    const readableColumns = new Set(
      [...object.columns.keys()].filter((name) => covers(limits.readableColumns, name) && !closed.has(name)),
    )
    return [[object.table, { ...limits, canRead: readableColumns.size > 0, readableColumns }]]
  })
  if (narrowed.length === 0) return permissions
  // A column that is closed now may be what other tables refer to.
  return closeRelations(model, { ...permissions, objects: new Map([...permissions.objects, ...narrowed]) })
}
