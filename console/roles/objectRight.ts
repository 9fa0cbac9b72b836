// Permissions of a role on single objects, and the edits of the permission matrix.

import { INHERITED, nextOf, type RightName } from './rights.ts'
import type { ObjectRights, Role } from './roles.ts'

export const objectRightsOf = (role: Role, objectId: string): ObjectRights =>
  role.objectPermissions?.find(({ objectMetadataId }) => objectMetadataId === objectId) ?? INHERITED

/** Number of restrictions on fields and records of an object. */
export const restrictionsOf = (role: Role, objectId: string): number => {
  const isHere = (each: { readonly objectMetadataId: string }): boolean => each.objectMetadataId === objectId
  return (
    (role.fieldPermissions ?? []).filter(isHere).length +
    (role.rowLevelPermissionPredicates ?? []).filter(isHere).length
  )
}

/** By object id, only rights that differ from the stored ones. */
export type MatrixEdits = ReadonlyMap<string, Partial<ObjectRights>>

/** The edits after a click on one cell, which moves it on to its next state. */
export const withNextRight = (
  edits: MatrixEdits,
  role: Role,
  objectId: string,
  name: RightName,
): MatrixEdits => {
  const stored = objectRightsOf(role, objectId)
  const edited = edits.get(objectId) ?? {}
  const { [name]: _, ...others } = edited
  const value = nextOf(name, { ...stored, ...edited }, role)
  const rights = value === stored[name] ? others : { ...others, [name]: value }
  const next = new Map(edits)
  if (Object.keys(rights).length === 0) next.delete(objectId)
  else next.set(objectId, rights)
  return next
}

export const countOf = (edits: MatrixEdits): number =>
  [...edits.values()].reduce((sum, rights) => sum + Object.keys(rights).length, 0)
