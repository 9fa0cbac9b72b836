// Resolvers for roles, permissions and members. A role's name and general rights are visible to all callers;
// its members and exact permissions only to its own members and to callers who may change roles.

import type { Key } from '../../../tenants/key.ts'
import { takeListPage } from '../../../tenants/listPage.ts'
import { isPermissionFlag, SETTINGS_FLAGS, TOOL_FLAGS } from '../../../tenants/permission/flag.ts'
import type { RolePermissions } from '../../../tenants/permission/listing.ts'
import type { Role } from '../../../tenants/permission/role.ts'
import { derivedUuid } from '../../../tenants/uuid.ts'
import { demandFlag } from '../../auth/flags.ts'
import type { MetadataContext } from '../context.ts'
import type { Resolvers } from '../schema.ts'
import { type AccessPageArguments, accessPageOf } from './accessPage.ts'
import { labelOfFlag } from './flagLabel.ts'
import { type MemberNode, memberNode } from './memberNode.ts'
import { currentObjectPermissions } from './ownPermissions.ts'
import {
  fieldPermissionNodes,
  objectPermissionNodes,
  predicateGroupNodes,
  predicateNodes,
} from './permissionNodes.ts'
import type { Places } from './places.ts'

const demandRoles = ({ requestContext }: MetadataContext, roleId?: string): void => {
  if (requestContext.caller.roleId !== roleId) demandFlag(requestContext.caller, 'ROLES')
}

const demandMembers = ({ requestContext }: MetadataContext): void =>
  demandFlag(requestContext.caller, 'ROLES', 'WORKSPACE_MEMBERS')

const demandKeys = ({ requestContext }: MetadataContext): void =>
  demandFlag(requestContext.caller, 'ROLES', 'API_KEYS_AND_WEBHOOKS')

/** @param roleId default: members of all roles */
const pageOfMembers = async (
  context: MetadataContext,
  page: AccessPageArguments,
  roleId?: string,
): Promise<readonly MemberNode[]> => {
  demandMembers(context)
  const members = await context.access.members()
  const own = roleId === undefined ? members : members.filter((member) => member.roleId === roleId)
  const textOf = ({ name, userEmail }: MemberNode): string =>
    `${name.firstName} ${name.lastName} ${userEmail}`
  return context.spend(takeListPage(own.map(memberNode), textOf, accessPageOf(page)).items)
}

const activeKeysOf = async ({ id }: Role, { access }: MetadataContext): Promise<readonly Key[]> =>
  (await access.keys()).filter(({ roleId, revokedAt }) => roleId === id && revokedAt === null)

/** A list derived from a role's permissions. */
const listOf =
  <Node>(nodesOf: (places: Places, roleId: string, permissions: RolePermissions) => readonly Node[]) =>
  async ({ id }: Role, _: unknown, context: MetadataContext): Promise<readonly Node[]> => {
    demandRoles(context, id)
    const { access, spend } = context
    return spend(nodesOf(await access.places(), id, await access.permissionsOf(id)))
  }

export const flagNodes = ({ id, flags }: Pick<Role, 'id' | 'flags'>) =>
  flags.filter(isPermissionFlag).map((flag) => ({ id: derivedUuid(`${id} ${flag}`), roleId: id, flag }))

const describedFlags = ({ requestContext }: MetadataContext) =>
  [
    ...SETTINGS_FLAGS.map((key) => ({ key, permissionType: 'settings' })),
    ...TOOL_FLAGS.map((key) => ({ key, permissionType: 'tool' })),
  ].map(({ key, permissionType }) => {
    const id = derivedUuid(`permission flag ${key}`)
    // Flags are built into the gateway, so they get the epoch as their creation time.
    const [createdAt, updatedAt] = [new Date(0), new Date(0)]
    const applicationId = requestContext.workspace.id
    const label = labelOfFlag(key)
    return { id, universalIdentifier: id, key, label, permissionType, applicationId, createdAt, updatedAt }
  })

export const createRoleResolvers = (): Resolvers => ({
  Query: {
    getRoles: async (_: unknown, page: AccessPageArguments, context) => {
      demandRoles(context)
      return context.spend((await context.access.rolePage(accessPageOf(page))).items)
    },
    role: async (_: unknown, { id }: { readonly id: string }, context) => {
      demandRoles(context)
      return (await context.access.roles()).find((role) => role.id === id.toLowerCase()) ?? null
    },
    workspaceMembers: (_: unknown, page: AccessPageArguments, context) => pageOfMembers(context, page),
    getPermissionFlags: (_: unknown, _args: unknown, context) => describedFlags(context),
    currentRole: (_: unknown, _args: unknown, { requestContext, access }) =>
      access.role(requestContext.caller.roleId),
    currentObjectPermissions: (_: unknown, _args: unknown, context) => currentObjectPermissions(context),
  },
  Role: {
    universalIdentifier: ({ id }: Role) => id,
    workspaceMembers: ({ id }: Role, page: AccessPageArguments, context) => pageOfMembers(context, page, id),
    workspaceMemberCount: async ({ id }: Role, _: unknown, context) => {
      demandMembers(context)
      return (await context.access.members()).filter(({ roleId }) => roleId === id).length
    },
    agents: () => [],
    apiKeys: async (role: Role, page: AccessPageArguments, context): Promise<readonly Key[]> => {
      demandKeys(context)
      const keys = await activeKeysOf(role, context)
      const found = takeListPage(keys, ({ name }) => name, accessPageOf(page), { isNewestFirst: true })
      return context.spend(found.items)
    },
    apiKeyCount: async (role: Role, _: unknown, context) => {
      demandKeys(context)
      return (await activeKeysOf(role, context)).length
    },
    permissionFlags: (role: Role, _: unknown, context) => {
      demandRoles(context, role.id)
      return flagNodes(role)
    },
    objectPermissions: listOf(objectPermissionNodes),
    fieldPermissions: listOf((places, id, { fields }) => fieldPermissionNodes(places, id, fields)),
    rowLevelPermissionPredicates: listOf((places, id, { rules }) => predicateNodes(places, id, rules)),
    rowLevelPermissionPredicateGroups: listOf((places, id, { groups }) =>
      predicateGroupNodes(places, id, groups),
    ),
  },
  WorkspaceMember: {
    roles: async ({ roleId }: MemberNode, _: unknown, { access, spend }) =>
      spend((await access.roles()).filter(({ id }) => id === roleId)),
  },
})
