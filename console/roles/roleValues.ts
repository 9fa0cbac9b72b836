// What the General tab of a role edits: names, general permissions and permission flags.

import { networksIn } from '../form/networks.ts'
import type { Role, RoleChange } from './roles.ts'

export const roleValuesOf = (role: Role) => ({
  label: role.label,
  description: role.description ?? '',
  canBeAssignedToUsers: role.canBeAssignedToUsers,
  canBeAssignedToApiKeys: role.canBeAssignedToApiKeys,
  canUpdateAllSettings: role.canUpdateAllSettings,
  canAccessAllTools: role.canAccessAllTools,
  canReadAllObjectRecords: role.canReadAllObjectRecords,
  canCreateAllObjectRecords: role.canCreateAllObjectRecords,
  canUpdateAllObjectRecords: role.canUpdateAllObjectRecords,
  canSoftDeleteAllObjectRecords: role.canSoftDeleteAllObjectRecords,
  canDestroyAllObjectRecords: role.canDestroyAllObjectRecords,
  listsFields: role.listsFields,
  networks: role.networks,
  /** Sorted, so that equal sets are equal lists. */
  flags: (role.permissionFlags ?? []).map(({ flag }) => flag).toSorted() as readonly string[],
})

export type RoleValues = ReturnType<typeof roleValuesOf>

export const withFlag = (flags: readonly string[], flag: string, isSet: boolean): readonly string[] =>
  [...flags.filter((each) => each !== flag), ...(isSet ? [flag] : [])].toSorted()

/**
 * The role's own properties and its flags, which are changed by separate calls; each undefined if unchanged.
 */
export const changesIn = ({
  flags,
  networks,
  ...others
}: Partial<RoleValues>): { readonly update?: RoleChange; readonly flags?: readonly string[] } => {
  const update = { ...others, ...(networks === undefined ? {} : { networks: networksIn(networks) }) }
  return {
    ...(Object.keys(update).length === 0 ? {} : { update }),
    ...(flags === undefined ? {} : { flags }),
  }
}
