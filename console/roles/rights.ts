// What a role may do with an object, out of what it says of the object and in general. In: both; out: yes or
// no, and where that comes from. The same resolution as in Postgres (tenantry.permission_matrix), for
// showing; Postgres decides.

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
  /** Said of this object, and not in general. */
  readonly isOwn: boolean
  /** Only who sees records can do anything with them. */
  readonly isMuted: boolean
}

export const resolve = (name: RightName, rights: ObjectRights, role: GeneralRights): Resolved => {
  const right = RIGHTS.find((each) => each.name === name) ?? RIGHTS[0]
  const own = rights[name]
  const follows = name === 'canCreateObjectRecords' ? rights.canUpdateObjectRecords : null
  const sees = rights.canReadObjectRecords ?? role.canReadAllObjectRecords
  const says = own ?? follows ?? generalOf(right, role)
  return { isAllowed: says && sees, isOwn: own !== null, isMuted: says && !sees }
}

/** From inherited to the opposite of what is inherited, to the same on purpose, and back. */
export const nextOf = (name: RightName, rights: ObjectRights, role: GeneralRights): boolean | null => {
  const own = rights[name]
  const inherited = resolve(name, { ...rights, [name]: null }, role)
  const says = inherited.isAllowed || inherited.isMuted
  if (own === null) return !says
  return own === says ? null : says
}
