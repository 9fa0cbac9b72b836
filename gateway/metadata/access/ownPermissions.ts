// The caller's own permissions by object, from the grants in Postgres: one entry for each readable object,
// with its unreadable or read-only fields. For clients that offer only what will succeed.

import type { Columns, TablePermissions } from '../../../tenants/permission/permissions.ts'
import type { MetadataContext } from '../context.ts'
import type { FieldNode, ObjectNode } from '../model/nodes.ts'
import { predicateGroupNodes, predicateNodes } from './permissionNodes.ts'

const has = (columns: Columns | undefined, column: string): boolean =>
  columns === 'all' || columns?.has(column) === true

export const currentObjectPermissions = async ({ requestContext, access, model, spend }: MetadataContext) => {
  const { permissions, caller } = requestContext
  const { objects } = permissions
  const places = await access.places()
  const { rules, groups } = await access.permissionsOf(caller.roleId)

  const restrictionOf = (field: FieldNode, { canUpdate }: TablePermissions) => {
    const columns = places.allColumnsOf(field.body.id)
    const may = (which: 'readableColumns' | 'updatableColumns'): boolean =>
      columns.every(({ table, column }) => has(objects.get(table)?.[which], column))
    const restriction = { canRead: may('readableColumns'), canUpdate: may('updatableColumns') }
    return restriction.canRead && (restriction.canUpdate || !canUpdate) ? null : restriction
  }

  const entryOf = (object: ObjectNode, table: TablePermissions) => {
    const isHere = (each: { readonly table: string }): boolean => each.table === object.table
    const restricted = object.fields.flatMap((field) => {
      const restriction = restrictionOf(field, table)
      return restriction === null ? [] : [[field.body.id, restriction] as const]
    })
    return {
      objectMetadataId: object.body.id,
      canReadObjectRecords: table.canRead,
      canCreateObjectRecords: table.canCreate,
      canUpdateObjectRecords: table.canUpdate,
      canSoftDeleteObjectRecords: table.canSoftDelete,
      canDestroyObjectRecords: table.canDestroy,
      restrictedFields: Object.fromEntries(restricted),
      rowLevelPermissionPredicates: predicateNodes(places, caller.roleId, rules.filter(isHere)),
      rowLevelPermissionPredicateGroups: predicateGroupNodes(places, caller.roleId, groups.filter(isHere)),
    }
  }

  const visible = (await model()).objects.flatMap((object) => {
    const table = objects.get(object.table)
    return table?.canRead === true ? [entryOf(object, table)] : []
  })
  return spend(visible)
}
