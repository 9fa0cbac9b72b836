// Reads and changes roles: their permissions, members and keys.

import type { Api } from '../api/api.ts'
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
import { type FlagFragment, Flags, type MemberFragment, type RoleFragment, Roles } from './roles.graphql.ts'

type RoleMember = MemberFragment
export type Role = RoleFragment
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

/** All roles with all their permissions: a workspace has few, so the pages share one query. */
export const readRoles = async (api: Api): Promise<readonly Role[]> => (await api.metadata(Roles)).getRoles

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
