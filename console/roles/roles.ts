// Reads and changes roles: their permissions, members and keys.

import type { Api } from '../api/api.ts'
import {
  LIST_PAGE_SIZE,
  type OptionSource,
  pageRequest,
  type SelectOption,
  searchFor,
} from '../list/listPage.ts'
import { LARGEST_PAGE, readAll } from '../list/readAll.ts'
import {
  CreateRole,
  type CreateRoleInput,
  DeleteRole,
  type FieldPermissionInput,
  type ObjectPermissionInput,
  SetFieldRights,
  SetFlags,
  SetKeyRole,
  SetMemberRole,
  SetObjectRights,
  SetRecordRules,
  UpdateRole,
  type UpdateRolePayload,
  type UpsertRowLevelPermissionPredicatesInput,
} from './roleChanges.graphql.ts'
import {
  type FlagFragment,
  Flags,
  KeyCandidates,
  type KeyOfRoleFragment,
  KeysOfRole,
  type ListedRoleFragment,
  MemberCandidates,
  type MemberFragment,
  MembersOfRole,
  OneRole,
  type RoleFragment,
  RoleLabels,
  RolePage,
} from './roles.graphql.ts'

type RoleMember = MemberFragment
type RoleKey = KeyOfRoleFragment
export type Role = RoleFragment
/** A role with a summary of its permissions. */
export type ListedRole = ListedRoleFragment
export type Flag = FlagFragment
export type RoleChange = UpdateRolePayload

/** Permissions on all objects. */
export type GeneralRights = Pick<
  Role,
  | 'canReadAllObjectRecords'
  /** Null follows `canUpdateAllObjectRecords`. */
  | 'canCreateAllObjectRecords'
  | 'canUpdateAllObjectRecords'
  | 'canSoftDeleteAllObjectRecords'
  | 'canDestroyAllObjectRecords'
>

/** Permissions on one object; null inherits the general one. */
export type ObjectRights = Omit<NonNullable<Role['objectPermissions']>[number], 'objectMetadataId'>

export const ROLES_KEY = ['roles'] as const
export const FLAGS_KEY = ['flags'] as const

export const readRolePage = async (
  api: Api,
  search: string,
  after: string | null,
): Promise<readonly ListedRole[]> => (await api.metadata(RolePage, pageRequest(search, after))).getRoles

/** Null if it is gone. */
export const readRole = async (api: Api, id: string): Promise<Role | null> =>
  (await api.metadata(OneRole, { id })).role

export const readMembersOfRole = async (
  api: Api,
  id: string,
  search: string,
  after: string | null,
): Promise<readonly RoleMember[]> => {
  const { role } = await api.metadata(MembersOfRole, { id, ...pageRequest(search, after) })
  return role?.workspaceMembers ?? []
}

export const readKeysOfRole = async (
  api: Api,
  id: string,
  search: string,
  after: string | null,
): Promise<readonly RoleKey[]> => {
  const { role } = await api.metadata(KeysOfRole, { id, ...pageRequest(search, after) })
  return role?.apiKeys ?? []
}

/** Roles that members can have, to choose from. @param current the one that is set */
export const memberRoleOptions = (api: Api, current: string | undefined): OptionSource => ({
  queryKey: [...ROLES_KEY, 'ofMembers', current],
  read: async (search) =>
    (await api.metadata(RoleLabels, { first: LIST_PAGE_SIZE, search: searchFor(search) })).getRoles
      .filter(({ id, canBeAssignedToUsers }) => canBeAssignedToUsers || id === current)
      .map(({ id, label }) => ({ value: id, label })),
})

const optionOf = (id: string, name: string, roleLabel: string): SelectOption => ({
  value: id,
  label: `${name} (now ${roleLabel})`,
})

/** Members that have another role, to choose from. */
export const otherMembers = (api: Api, role: Pick<Role, 'id'>): OptionSource => ({
  queryKey: [...ROLES_KEY, role.id, 'otherMembers'],
  read: async (search) => {
    const page = { first: LARGEST_PAGE, search: searchFor(search) }
    const members = await readAll(
      async (after) => (await api.metadata(MemberCandidates, { ...page, after })).workspaceMembers,
      ({ roles }) => roles?.[0]?.id !== role.id,
      LIST_PAGE_SIZE,
    )
    return members.map((member) =>
      optionOf(member.id, roleNameOf(member), member.roles?.[0]?.label ?? 'without a role'),
    )
  },
})

/** Active keys that have another role, to choose from. */
export const otherKeys = (api: Api, role: Pick<Role, 'id'>): OptionSource => ({
  queryKey: [...ROLES_KEY, role.id, 'otherKeys'],
  read: async (search) => {
    const page = { first: LARGEST_PAGE, search: searchFor(search) }
    const keys = await readAll(
      async (after) => (await api.metadata(KeyCandidates, { ...page, after })).apiKeys,
      (key) => key.role.id !== role.id,
      LIST_PAGE_SIZE,
    )
    return keys.map((key) => optionOf(key.id, key.name, key.role.label))
  },
})

export const readFlags = async (api: Api): Promise<readonly Flag[]> =>
  (await api.metadata(Flags)).getPermissionFlags

export const createRole = async (
  api: Api,
  input: CreateRoleInput,
): Promise<{ readonly id: string; readonly label: string }> =>
  (await api.metadata(CreateRole, { input })).createOneRole

export const updateRole = (api: Api, id: string, update: RoleChange): Promise<unknown> =>
  api.metadata(UpdateRole, { input: { id, update } })

export const deleteRole = (api: Api, id: string): Promise<unknown> => api.metadata(DeleteRole, { id })

export const setFlags = (api: Api, roleId: string, permissionFlagKeys: readonly string[]): Promise<unknown> =>
  api.metadata(SetFlags, { input: { roleId, permissionFlagKeys } })

export const setObjectRights = (
  api: Api,
  roleId: string,
  objectPermissions: readonly ObjectPermissionInput[],
): Promise<unknown> => api.metadata(SetObjectRights, { input: { roleId, objectPermissions } })

export const setFieldRights = (
  api: Api,
  roleId: string,
  fieldPermissions: readonly FieldPermissionInput[],
): Promise<unknown> => api.metadata(SetFieldRights, { input: { roleId, fieldPermissions } })

/** Replaces the record rules of one object. */
export const setRecordRules = (api: Api, input: UpsertRowLevelPermissionPredicatesInput): Promise<unknown> =>
  api.metadata(SetRecordRules, { input })

export const setMemberRole = (api: Api, workspaceMemberId: string, roleId: string): Promise<unknown> =>
  api.metadata(SetMemberRole, { workspaceMemberId, roleId })

export const setKeyRole = (api: Api, apiKeyId: string, roleId: string, force: boolean): Promise<unknown> =>
  api.metadata(SetKeyRole, { apiKeyId, roleId, force })

export const roleNameOf = ({ name, userEmail }: RoleMember): string => {
  const full = `${name.firstName} ${name.lastName}`.trim()
  return full === '' ? userEmail : full
}
