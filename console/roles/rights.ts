// Resolves the permissions of a role on an object from the object's own permissions and the general ones. For
// display; Postgres enforces the same rules (tenantry.permission_matrix).

import type { GeneralRights, ObjectRights } from './roles.ts'

export const RIGHTS = [
  { name: 'canReadObjectRecords', general: 'canReadAllObjectRecords', label: 'See' },
  { name: 'canCreateObjectRecords', general: 'canCreateAllObjectRecords', label: 'Create' },
  { name: 'canUpdateObjectRecords', general: 'canUpdateAllObjectRecords', label: 'Edit' },
  { name: 'canSoftDeleteObjectRecords', general: 'canSoftDeleteAllObjectRecords', label: 'Trash' },
  { name: 'canDestroyObjectRecords', general: 'canDestroyAllObjectRecords', label: 'Destroy' },
] as const satisfies readonly {
  readonly name: keyof ObjectRights
  readonly general: keyof GeneralRights
  readonly label: string
}[]

export type RightName = (typeof RIGHTS)[number]['name']

export const INHERITED: ObjectRights = {
  canReadObjectRecords: null,
  canCreateObjectRecords: null,
  canUpdateObjectRecords: null,
  canSoftDeleteObjectRecords: null,
  canDestroyObjectRecords: null,
}

const generalOf = (right: (typeof RIGHTS)[number], role: GeneralRights): boolean =>
  role[right.general] ?? role.canUpdateAllObjectRecords

export interface Resolved {
  readonly isAllowed: boolean
  /** Set on this object. */
  readonly isOwn: boolean
  /** Allowed by itself, but ineffective: the role cannot see the records. */
  readonly isMuted: boolean
}

export const resolve = (name: RightName, rights: ObjectRights, role: GeneralRights): Resolved => {
  const right = RIGHTS.find((each) => each.name === name) ?? RIGHTS[0]
  const own = rights[name]
  const follows = name === 'canCreateObjectRecords' ? rights.canUpdateObjectRecords : null
  const sees = rights.canReadObjectRecords ?? role.canReadAllObjectRecords
  const isGranted = own ?? follows ?? generalOf(right, role)
  return { isAllowed: isGranted && sees, isOwn: own !== null, isMuted: isGranted && !sees }
}

/** Inherited → the opposite of the inherited value → the inherited value, set explicitly → inherited. */
export const nextOf = (name: RightName, rights: ObjectRights, role: GeneralRights): boolean | null => {
  const own = rights[name]
  const inherited = resolve(name, { ...rights, [name]: null }, role)
  const isGranted = inherited.isAllowed || inherited.isMuted
  if (own === null) return !isGranted
  return own === isGranted ? null : isGranted
}
