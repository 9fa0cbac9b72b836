// A role's limits on the tables of a model, from its grants. The grants know columns, the model knows
// relations: the id of a record that the role may not read is removed here, for both protocols.

import type { Model, ObjectModel, ToOneField } from '../../../tenants/model/model.ts'
import type { Permissions, TablePermissions } from '../../../tenants/permission/permissions.ts'
import { covers } from './permission.ts'

/** For a table whose own fields are all readable and writable, but not all related objects. */
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

/** Null for an unrestricted role, and for a table newer than the cached permissions: Postgres decides. */
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
 * Readable columns with ids of an inaccessible object. Columns of the key stay, because they identify the
 * record itself, and so does a relation to an accessible object that shares columns with the inaccessible
 * one's.
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

/** The permissions without the foreign keys of relations to unreadable objects; write permissions stay. */
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
  // Other tables may refer to a column that is hidden now.
  return closeRelations(model, { ...permissions, objects: new Map([...permissions.objects, ...narrowed]) })
}
