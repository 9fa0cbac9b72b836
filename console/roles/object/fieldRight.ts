// Permissions of a role on one field, and how checkboxes show and change them. A role with `listsFields`
// stores the fields that it may see; any other role stores the fields that it may not.

import { INHERITED, resolve } from '../rights.ts'
import type { Role } from '../roles.ts'

export interface FieldRight {
  readonly canRead: boolean | null
  readonly canUpdate: boolean | null
}

export const fieldRightOf = (role: Role, fieldId: string): FieldRight => {
  const found = role.fieldPermissions?.find(
    ({ fieldMetadataId, subFieldName }) => fieldMetadataId === fieldId && subFieldName === null,
  )
  return { canRead: found?.canReadFieldValue ?? null, canUpdate: found?.canUpdateFieldValue ?? null }
}

/** Sub-fields with their own permissions. */
export const restrictedPartsOf = (role: Role, fieldId: string): readonly string[] =>
  (role.fieldPermissions ?? []).flatMap(({ fieldMetadataId, subFieldName }) =>
    fieldMetadataId === fieldId && subFieldName !== null ? subFieldName : [],
  )

const storedAs = (isTicked: boolean, listsFields: boolean): boolean | null =>
  listsFields ? (isTicked ? true : null) : isTicked ? null : false

export const isTicked = (stored: boolean | null, listsFields: boolean): boolean => stored ?? !listsFields

export const withRead = (right: FieldRight, canRead: boolean, listsFields: boolean): FieldRight => ({
  canRead: storedAs(canRead, listsFields),
  // A field that cannot be seen cannot be edited.
  canUpdate: canRead ? right.canUpdate : storedAs(false, listsFields),
})

export const withUpdate = (right: FieldRight, canUpdate: boolean, listsFields: boolean): FieldRight => ({
  canRead: right.canRead,
  canUpdate: storedAs(canUpdate, listsFields),
})

export type RightsOnFields = ReadonlyMap<string, FieldRight>

/** Keeps only rights that differ from the stored ones. */
export const withFieldRight = (
  edited: RightsOnFields,
  role: Role,
  fieldId: string,
  right: FieldRight,
): RightsOnFields => {
  const stored = fieldRightOf(role, fieldId)
  const next = new Map(edited)
  if (stored.canRead === right.canRead && stored.canUpdate === right.canUpdate) next.delete(fieldId)
  else next.set(fieldId, right)
  return next
}

export interface RecordAccess {
  readonly sees: boolean
  readonly edits: boolean
}

/** Fields cannot be seen or edited where the records cannot. */
export const recordAccessOf = (role: Role, objectId: string): RecordAccess => {
  const rights =
    role.objectPermissions?.find(({ objectMetadataId }) => objectMetadataId === objectId) ?? INHERITED
  return {
    sees: resolve('canReadObjectRecords', rights, role).isAllowed,
    edits:
      resolve('canUpdateObjectRecords', rights, role).isAllowed ||
      resolve('canCreateObjectRecords', rights, role).isAllowed,
  }
}
