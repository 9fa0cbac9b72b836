// Roles as /metadata speaks of them. In: an API client; out: roles with what they may do, and their changes.

import type { Api } from '../api/api.ts'

export interface Member {
  readonly id: string
  readonly name: { readonly firstName: string; readonly lastName: string }
  readonly userEmail: string
}

export interface RoleKey {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly expiresAt: string
  readonly revokedAt: string | null
}

/** What a role says of all objects. */
export interface GeneralRights {
  readonly canReadAllObjectRecords: boolean
  /** Null: where it updates. */
  readonly canCreateAllObjectRecords: boolean | null
  readonly canUpdateAllObjectRecords: boolean
  readonly canSoftDeleteAllObjectRecords: boolean
  readonly canDestroyAllObjectRecords: boolean
}

/** What it says of one; null is as the role says in general. */
export interface ObjectRights {
  readonly canReadObjectRecords: boolean | null
  readonly canCreateObjectRecords: boolean | null
  readonly canUpdateObjectRecords: boolean | null
  readonly canSoftDeleteObjectRecords: boolean | null
  readonly canDestroyObjectRecords: boolean | null
}

export interface ObjectPermission extends ObjectRights {
  readonly objectMetadataId: string
}

export interface FieldPermission {
  readonly objectMetadataId: string
  readonly fieldMetadataId: string
  readonly canReadFieldValue: boolean | null
  readonly canUpdateFieldValue: boolean | null
  readonly subFieldName: string | null
}

export interface RoleSummary extends GeneralRights {
  readonly id: string
  readonly label: string
  readonly description: string | null
  readonly isEditable: boolean
  readonly canBeAssignedToUsers: boolean
  readonly canBeAssignedToAgents: boolean
  readonly canBeAssignedToApiKeys: boolean
  readonly canUpdateAllSettings: boolean
  readonly canAccessAllTools: boolean
  readonly workspaceMembers: readonly Member[]
  readonly apiKeys: readonly RoleKey[]
}

export interface Role extends RoleSummary {
  readonly listsFields: boolean
  readonly permissionFlags: readonly { readonly flag: string }[] | null
  readonly objectPermissions: readonly ObjectPermission[] | null
  readonly fieldPermissions: readonly FieldPermission[] | null
  readonly rowLevelPermissionPredicates: readonly Predicate[] | null
  readonly rowLevelPermissionPredicateGroups: readonly PredicateGroup[] | null
}

export interface Predicate {
  readonly id: string
  readonly fieldMetadataId: string
  readonly objectMetadataId: string
  readonly operand: string
  readonly value: unknown
  readonly subFieldName: string | null
  readonly workspaceMemberFieldMetadataId: string | null
  readonly workspaceMemberSubFieldName: string | null
  readonly rowLevelPermissionPredicateGroupId: string | null
}

export interface PredicateGroup {
  readonly id: string
  readonly objectMetadataId: string
  readonly parentRowLevelPermissionPredicateGroupId: string | null
  readonly logicalOperator: 'AND' | 'OR'
}

export interface Flag {
  readonly key: string
  readonly label: string
  readonly description: string | null
  /** `settings` or `tool`. */
  readonly permissionType: string
}

/** What can be said of a role in one call. */
export type RoleChange = Partial<
  Omit<
    Role,
    | 'id'
    | 'isEditable'
    | 'workspaceMembers'
    | 'apiKeys'
    | 'permissionFlags'
    | 'objectPermissions'
    | 'fieldPermissions'
    | 'rowLevelPermissionPredicates'
    | 'rowLevelPermissionPredicateGroups'
  >
>

export const ROLES_KEY = ['roles'] as const
export const FLAGS_KEY = ['flags'] as const

const SUMMARY = `id label description isEditable canBeAssignedToUsers canBeAssignedToAgents canBeAssignedToApiKeys
  canUpdateAllSettings canAccessAllTools canReadAllObjectRecords canCreateAllObjectRecords canUpdateAllObjectRecords
  canSoftDeleteAllObjectRecords canDestroyAllObjectRecords
  workspaceMembers { id name { firstName lastName } userEmail }
  apiKeys { id name prefix expiresAt revokedAt }`

const DETAILS = `listsFields permissionFlags { flag }
  objectPermissions { objectMetadataId canReadObjectRecords canCreateObjectRecords canUpdateObjectRecords
    canSoftDeleteObjectRecords canDestroyObjectRecords }
  fieldPermissions { objectMetadataId fieldMetadataId canReadFieldValue canUpdateFieldValue subFieldName }
  rowLevelPermissionPredicates { id fieldMetadataId objectMetadataId operand value subFieldName
    workspaceMemberFieldMetadataId workspaceMemberSubFieldName rowLevelPermissionPredicateGroupId }
  rowLevelPermissionPredicateGroups { id objectMetadataId parentRowLevelPermissionPredicateGroupId logicalOperator }`

/** All roles with all they may do: a workspace has few, and the pages ask once. */
export const readRoles = async (api: Api): Promise<readonly Role[]> => {
  const { getRoles } = await api.metadata<{ readonly getRoles: readonly Role[] }>(
    `{ getRoles { ${SUMMARY} ${DETAILS} } }`,
  )
  return getRoles
}

export const readFlags = async (api: Api): Promise<readonly Flag[]> => {
  const { getPermissionFlags } = await api.metadata<{ readonly getPermissionFlags: readonly Flag[] }>(
    '{ getPermissionFlags { key label description permissionType } }',
  )
  return getPermissionFlags
}

export const createRole = async (
  api: Api,
  input: RoleChange & { readonly label: string },
): Promise<{ readonly id: string; readonly label: string }> => {
  const { created } = await api.metadata<{
    readonly created: { readonly id: string; readonly label: string }
  }>('mutation ($input: CreateRoleInput!) { created: createOneRole(createRoleInput: $input) { id label } }', {
    input,
  })
  return created
}

export const changeRole = (api: Api, id: string, update: RoleChange): Promise<unknown> =>
  api.metadata('mutation ($input: UpdateRoleInput!) { updateOneRole(updateRoleInput: $input) { id } }', {
    input: { id, update },
  })

export const deleteRole = (api: Api, id: string): Promise<unknown> =>
  api.metadata('mutation ($id: UUID!) { deleteOneRole(roleId: $id) }', { id })

export const setFlags = (api: Api, roleId: string, permissionFlagKeys: readonly string[]): Promise<unknown> =>
  api.metadata(
    `mutation ($input: UpsertPermissionFlagsInput!) { upsertPermissionFlags(upsertPermissionFlagsInput: $input) { id } }`,
    { input: { roleId, permissionFlagKeys } },
  )

export const setObjectRights = (
  api: Api,
  roleId: string,
  objectPermissions: readonly (Partial<ObjectRights> & { readonly objectMetadataId: string })[],
): Promise<unknown> =>
  api.metadata(
    `mutation ($input: UpsertObjectPermissionsInput!) {
      upsertObjectPermissions(upsertObjectPermissionsInput: $input) { objectMetadataId } }`,
    { input: { roleId, objectPermissions } },
  )

export const setFieldRights = (
  api: Api,
  roleId: string,
  fieldPermissions: readonly Partial<FieldPermission>[],
): Promise<unknown> =>
  api.metadata(
    `mutation ($input: UpsertFieldPermissionsInput!) {
      upsertFieldPermissions(upsertFieldPermissionsInput: $input) { id } }`,
    { input: { roleId, fieldPermissions } },
  )

export interface RecordRules {
  readonly roleId: string
  readonly objectMetadataId: string
  readonly predicates: readonly Omit<Predicate, 'objectMetadataId' | 'id'>[]
  readonly predicateGroups: readonly PredicateGroup[]
}

export const setRecordRules = (api: Api, input: RecordRules): Promise<unknown> =>
  api.metadata(
    `mutation ($input: UpsertRowLevelPermissionPredicatesInput!) {
      upsertRowLevelPermissionPredicates(input: $input) { predicates { id } } }`,
    { input },
  )

export const setMemberRole = (api: Api, workspaceMemberId: string, roleId: string): Promise<unknown> =>
  api.metadata(
    `mutation ($workspaceMemberId: UUID!, $roleId: UUID!) {
      updateWorkspaceMemberRole(workspaceMemberId: $workspaceMemberId, roleId: $roleId) { id } }`,
    { workspaceMemberId, roleId },
  )

export const setKeyRole = (api: Api, apiKeyId: string, roleId: string): Promise<unknown> =>
  api.metadata(
    `mutation ($apiKeyId: UUID!, $roleId: UUID!) { assignRoleToApiKey(apiKeyId: $apiKeyId, roleId: $roleId) }`,
    { apiKeyId, roleId },
  )

export const nameOf = ({ name, userEmail }: Member): string => {
  const full = `${name.firstName} ${name.lastName}`.trim()
  return full === '' ? userEmail : full
}
