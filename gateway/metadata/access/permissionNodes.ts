// Permissions of a role as the metadata API shows them: from rows that name tables and columns to the
// contract's objects, which use ids. Omits what the model does not show.

import type { RolePermissions } from '../../../tenants/permission/listing.ts'
import type { ObjectPermission, StoredFieldPermission } from '../../../tenants/permission/object.ts'
import type { RowRule, RowRuleGroup } from '../../../tenants/permission/record.ts'
import { derivedUuid } from '../../../tenants/uuid.ts'
import type { Places } from './places.ts'

/** False wins over true, and true over unset. */
const merged = (values: readonly (boolean | null)[]): boolean | null =>
  values.includes(false) ? false : values.includes(true) ? true : null

export const fieldPermissionNodes = (
  { allColumnsOf, fieldsAt }: Places,
  roleId: string,
  fields: readonly StoredFieldPermission[],
) => {
  const stored = fields.flatMap((permission) =>
    fieldsAt(permission.table, permission.column).map((place, index) => ({ permission, place, index })),
  )
  const byField = Map.groupBy(stored, ({ place }) => place.fieldId)
  return [...byField].flatMap(([fieldId, entries]) => {
    const isSame = (name: 'canRead' | 'canUpdate'): boolean =>
      new Set(entries.map(({ permission }) => permission[name])).size === 1
    const isOfWhole =
      entries.some(({ place }) => place.part === null) ||
      (entries.length === allColumnsOf(fieldId).length && isSame('canRead') && isSame('canUpdate'))
    return (isOfWhole ? [entries] : entries.map((entry) => [entry])).flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { permission, place, index } = first
      return {
        // A foreign key shows at both ends: one of them has the row's id.
        id: index === 0 ? permission.id : derivedUuid(`${permission.id} ${fieldId}`),
        objectMetadataId: place.objectId,
        fieldMetadataId: fieldId,
        roleId,
        canReadFieldValue: merged(group.map((each) => each.permission.canRead)),
        canUpdateFieldValue: merged(group.map((each) => each.permission.canUpdate)),
        subFieldName: isOfWhole ? null : place.part,
      }
    })
  })
}

export const predicateNodes = (
  { objectIdOf, fieldIdAt }: Places,
  roleId: string,
  rules: readonly RowRule[],
) =>
  rules.flatMap((rule) => {
    const objectMetadataId = objectIdOf(rule.table)
    if (objectMetadataId === undefined) return []
    return {
      id: rule.id,
      fieldMetadataId: fieldIdAt(rule.table, rule.column),
      objectMetadataId,
      operand: rule.operand,
      subFieldName: rule.subFieldName,
      workspaceMemberFieldMetadataId:
        rule.memberColumn === null ? null : fieldIdAt('workspace_member', rule.memberColumn),
      workspaceMemberSubFieldName: rule.memberSubFieldName,
      rowLevelPermissionPredicateGroupId: rule.groupId,
      positionInRowLevelPermissionPredicateGroup: rule.position,
      roleId,
      value: rule.value,
    }
  })

export const predicateGroupNodes = (
  { objectIdOf }: Places,
  roleId: string,
  groups: readonly RowRuleGroup[],
) =>
  groups.flatMap((group) => {
    const objectMetadataId = objectIdOf(group.table)
    if (objectMetadataId === undefined) return []
    return {
      id: group.id,
      parentRowLevelPermissionPredicateGroupId: group.parentId,
      logicalOperator: group.logicalOperator,
      positionInRowLevelPermissionPredicateGroup: group.position,
      roleId,
      objectMetadataId,
    }
  })

const restrictedFields = (nodes: ReturnType<typeof fieldPermissionNodes>, objectId: string) =>
  Object.fromEntries(
    nodes
      .filter(({ objectMetadataId, subFieldName }) => objectMetadataId === objectId && subFieldName === null)
      .map(({ fieldMetadataId, canReadFieldValue, canUpdateFieldValue }) => [
        fieldMetadataId,
        { canRead: canReadFieldValue, canUpdate: canUpdateFieldValue },
      ]),
  )

const switchesOf = (permission: Omit<ObjectPermission, 'table'>) => ({
  canReadObjectRecords: permission.canRead,
  canCreateObjectRecords: permission.canCreate,
  canUpdateObjectRecords: permission.canUpdate,
  canSoftDeleteObjectRecords: permission.canSoftDelete,
  canDestroyObjectRecords: permission.canDestroy,
})

export const objectPermissionNodes = (
  places: Places,
  roleId: string,
  { objects, fields, rules, groups }: RolePermissions,
) => {
  const fieldNodes = fieldPermissionNodes(places, roleId, fields)
  return objects.flatMap((permission) => {
    const { table } = permission
    const objectMetadataId = places.objectIdOf(table)
    if (objectMetadataId === undefined) return []
    const isHere = (each: { readonly table: string }): boolean => each.table === table
    return {
      objectMetadataId,
      ...switchesOf(permission),
      restrictedFields: restrictedFields(fieldNodes, objectMetadataId),
      rowLevelPermissionPredicates: predicateNodes(places, roleId, rules.filter(isHere)),
      rowLevelPermissionPredicateGroups: predicateGroupNodes(places, roleId, groups.filter(isHere)),
    }
  })
}
