// Role and permission operations of both protocols of the metadata API. Translates the contract's inputs,
// which name objects and fields by id, for the domain, which names tables and columns. Other gateways are
// notified, this one's caches are invalidated at once. tenants/permission/role.ts and tenants/permission
// check what may be changed and by whom.

import type { Pool } from 'pg'
import { updateWorkspaceMemberRole } from '../../../tenants/member/member.ts'
import type { PermissionFlag } from '../../../tenants/permission/flag.ts'
import * as permission from '../../../tenants/permission/object.ts'
import { type RowRules, upsertRowRules } from '../../../tenants/permission/record.ts'
import { createRole, type Role, type RoleInput, updateRole } from '../../../tenants/permission/role.ts'
import { deleteRole } from '../../../tenants/permission/roleDelete.ts'
import { actorOf } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { Places } from './places.ts'
import { type PredicateGroupInput, type PredicateInput, rowRulesOf } from './predicateInput.ts'

/** Null means "not given", except for nullable properties of a role. */
export type RoleBody = { readonly [Name in keyof RoleInput]?: RoleInput[Name] | null }

type Maybe = boolean | null | undefined

export interface ObjectPermissionsInput {
  readonly roleId: string
  readonly objectPermissions: readonly {
    readonly objectMetadataId: string
    readonly canReadObjectRecords?: Maybe
    readonly canCreateObjectRecords?: Maybe
    readonly canUpdateObjectRecords?: Maybe
    readonly canSoftDeleteObjectRecords?: Maybe
    readonly canDestroyObjectRecords?: Maybe
  }[]
}

export interface FieldPermissionsInput {
  readonly roleId: string
  readonly fieldPermissions: readonly {
    readonly objectMetadataId: string
    readonly fieldMetadataId: string
    readonly subFieldName?: string | null
    readonly canReadFieldValue?: Maybe
    readonly canUpdateFieldValue?: Maybe
  }[]
}

export interface PredicatesInput {
  readonly roleId: string
  readonly objectMetadataId: string
  readonly predicates: readonly PredicateInput[]
  readonly predicateGroups: readonly PredicateGroupInput[]
}

export type Roles = ReturnType<typeof createRoles>

const NULLABLE = new Set(['description', 'icon', 'canCreateAllObjectRecords'])

const given = (body: RoleBody): Partial<RoleInput> =>
  Object.fromEntries(Object.entries(body).filter(([name, value]) => value !== null || NULLABLE.has(name)))

/** Omits undefined properties: they stay as they are. */
const defined = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

const objectPermissionOf = (
  tableOf: Places['tableOf'],
  input: ObjectPermissionsInput['objectPermissions'][number],
) => ({
  table: tableOf(input.objectMetadataId),
  ...defined({
    canRead: input.canReadObjectRecords,
    canCreate: input.canCreateObjectRecords,
    canUpdate: input.canUpdateObjectRecords,
    canSoftDelete: input.canSoftDeleteObjectRecords,
    canDestroy: input.canDestroyObjectRecords,
  }),
})

const fieldPermissionsOf = (
  columnsOf: Places['columnsOf'],
  input: FieldPermissionsInput['fieldPermissions'][number],
) =>
  columnsOf(input.objectMetadataId, input.fieldMetadataId, input.subFieldName ?? null).map(
    ({ table, column }) => ({
      table,
      column,
      ...defined({ canRead: input.canReadFieldValue, canUpdate: input.canUpdateFieldValue }),
    }),
  )

/** @param invalidating invalidates the cache of a role after a change */
const createRolePermissions = (
  pool: Pool,
  invalidating: <T>(roleId: string, changing: Promise<T>) => Promise<T>,
) => ({
  setObjects: (
    { caller }: RequestContext<unknown>,
    { tableOf }: Places,
    { roleId, objectPermissions }: ObjectPermissionsInput,
  ): Promise<readonly permission.ObjectPermission[]> => {
    const permissions = objectPermissions.map((input) => objectPermissionOf(tableOf, input))
    const { workspaceId } = caller
    return invalidating(
      roleId,
      permission.upsertObjectPermissions(pool, workspaceId, roleId, permissions, actorOf(caller)),
    )
  },
  setFields: (
    { caller }: RequestContext<unknown>,
    { columnsOf }: Places,
    { roleId, fieldPermissions }: FieldPermissionsInput,
  ): Promise<readonly permission.StoredFieldPermission[]> => {
    const permissions = fieldPermissions.flatMap((input) => fieldPermissionsOf(columnsOf, input))
    const { workspaceId } = caller
    return invalidating(
      roleId,
      permission.upsertFieldPermissions(pool, workspaceId, roleId, permissions, actorOf(caller)),
    )
  },
  setFlags: (
    { caller }: RequestContext<unknown>,
    roleId: string,
    flags: readonly string[],
  ): Promise<readonly PermissionFlag[]> =>
    invalidating(
      roleId,
      permission.upsertPermissionFlags(pool, caller.workspaceId, roleId, flags, actorOf(caller)),
    ),
  setPredicates: (
    { caller }: RequestContext<unknown>,
    places: Places,
    { roleId, objectMetadataId, predicates, predicateGroups }: PredicatesInput,
  ): Promise<RowRules> => {
    const table = places.tableOf(objectMetadataId)
    const wanted = rowRulesOf(places, objectMetadataId, predicates, predicateGroups)
    const { workspaceId } = caller
    return invalidating(roleId, upsertRowRules(pool, workspaceId, roleId, table, wanted, actorOf(caller)))
  },
})

export const createRoles = ({
  pool,
  announce,
}: {
  readonly pool: Pool
  /** Invalidates this gateway's cache of a `role <id>`. */
  readonly announce: (payload: string) => void
}) => {
  const invalidating = async <T>(roleId: string, changing: Promise<T>): Promise<T> => {
    const result = await changing
    announce(`role ${roleId}`)
    return result
  }

  return Object.freeze({
    create: (
      { caller }: RequestContext<unknown>,
      body: RoleBody & { readonly label: string },
    ): Promise<Role> =>
      createRole(pool, caller.workspaceId, { ...given(body), label: body.label }, actorOf(caller)),
    update: ({ caller }: RequestContext<unknown>, roleId: string, body: RoleBody): Promise<Role> =>
      invalidating(roleId, updateRole(pool, caller.workspaceId, roleId, given(body), actorOf(caller))),
    delete: ({ caller }: RequestContext<unknown>, roleId: string): Promise<Role> =>
      invalidating(roleId, deleteRole(pool, caller.workspaceId, roleId, actorOf(caller))),
    ...createRolePermissions(pool, invalidating),
    setMemberRole: async (
      { caller }: RequestContext<unknown>,
      memberId: string,
      roleId: string,
    ): Promise<void> => {
      await updateWorkspaceMemberRole(pool, caller.workspaceId, memberId, roleId, actorOf(caller))
      announce(`member ${memberId}`)
    },
  })
}
