// Roles and their permissions over REST, by method and path. Bodies are the inputs of the GraphQL mutations,
// without the role's id, which is in the path.

import { PermissionRefusal } from '../../../tenants/permission/refusal.ts'
import type { Role } from '../../../tenants/permission/role.ts'
import { demandFlag } from '../../auth/flags.ts'
import { type ReadInput, withoutOwnId, withProperty } from '../model/restBody.ts'
import {
  fieldPermissionNodes,
  objectPermissionNodes,
  predicateGroupNodes,
  predicateNodes,
} from './permissionNodes.ts'
import { type AccessAction, type AccessActions, type AccessCall, pageRequest } from './restAccess.ts'
import type {
  FieldPermissionsInput,
  ObjectPermissionsInput,
  PredicatesInput,
  RoleBody,
  Roles,
} from './roles.ts'

const roleJson = ({ workspaceId: _, pgRole: _role, flags, ...role }: Role) => ({
  ...role,
  permissionFlags: flags,
})

const roleFor = async ({ access, id }: AccessCall): Promise<Role> => {
  const role = (await access.roles()).find((each) => each.id === id)
  if (role !== undefined) return role
  throw new PermissionRefusal('ROLE_NOT_FOUND', `Role with id ${id} not found`)
}

/** The role with its permissions and its members and keys. */
const wholeRole = async (call: AccessCall) => {
  const { access, id } = call
  const role = await roleFor(call)
  const [places, permissions, keys, members] = await Promise.all([
    access.places(),
    access.permissionsOf(id),
    access.keys(),
    access.members(),
  ])
  return {
    ...roleJson(role),
    objectPermissions: objectPermissionNodes(places, id, permissions),
    fieldPermissions: fieldPermissionNodes(places, id, permissions.fields),
    rowLevelPermissionPredicates: predicateNodes(places, id, permissions.rules),
    rowLevelPermissionPredicateGroups: predicateGroupNodes(places, id, permissions.groups),
    apiKeys: keys.flatMap((key) => (key.roleId === id ? [{ id: key.id, name: key.name }] : [])),
    workspaceMembers: members.flatMap((member) => (member.roleId === id ? [{ id: member.id }] : [])),
  }
}

export const createRoleActions = (roles: Roles, inputOf: ReadInput): AccessActions => {
  /** Sets one of a role's collections and returns the role. */
  const setting =
    <Input>(typeName: string, set: (call: AccessCall, input: Input) => Promise<unknown>): AccessAction =>
    async (call) => {
      const input = await inputOf<Input>(typeName, withProperty(await call.body(), 'roleId', call.id))
      await set(call, input)
      call.access.forget()
      return { status: 200, body: await wholeRole(call) }
    }

  return {
    'GET roles': async (call) => {
      demandFlag(call.requestContext.caller, 'ROLES')
      const page = await call.access.rolePage(pageRequest(call))
      return { status: 200, page: { ...page, items: page.items.map(roleJson) } }
    },
    'POST roles': async ({ requestContext, body }) => {
      const input = await inputOf<RoleBody & { readonly label: string }>('CreateRoleInput', await body())
      return { status: 201, body: roleJson(await roles.create(requestContext, input)) }
    },
    'GET roles/{id}': async (call) => {
      demandFlag(call.requestContext.caller, 'ROLES')
      return { status: 200, body: await wholeRole(call) }
    },
    'PATCH roles/{id}': async ({ requestContext, id, body }) => {
      const input = await inputOf<RoleBody>('UpdateRolePayload', withoutOwnId(await body(), id))
      return { status: 200, body: roleJson(await roles.update(requestContext, id, input)) }
    },
    'DELETE roles/{id}': async ({ requestContext, id }) => ({
      status: 200,
      body: roleJson(await roles.delete(requestContext, id)),
    }),
    'PUT roles/{id}/objectPermissions': setting<ObjectPermissionsInput>(
      'UpsertObjectPermissionsInput',
      async ({ requestContext, access }, input) =>
        roles.setObjects(requestContext, await access.places(), input),
    ),
    'PUT roles/{id}/fieldPermissions': setting<FieldPermissionsInput>(
      'UpsertFieldPermissionsInput',
      async ({ requestContext, access }, input) =>
        roles.setFields(requestContext, await access.places(), input),
    ),
    'PUT roles/{id}/permissionFlags': setting<{ readonly permissionFlagKeys: readonly string[] }>(
      'UpsertPermissionFlagsInput',
      ({ requestContext, id }, { permissionFlagKeys }) =>
        roles.setFlags(requestContext, id, permissionFlagKeys),
    ),
    'PUT roles/{id}/rowLevelPermissionPredicates': setting<PredicatesInput>(
      'UpsertRowLevelPermissionPredicatesInput',
      async ({ requestContext, access }, input) =>
        roles.setPredicates(requestContext, await access.places(), input),
    ),
  }
}
