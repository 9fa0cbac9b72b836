// Mutations of roles, permissions and members' roles. Each returns the complete result: a client need not
// query again.

import type { Resolvers } from '../schema.ts'
import { changed } from './access.ts'
import { memberNode } from './memberNode.ts'
import {
  fieldPermissionNodes,
  objectPermissionNodes,
  predicateGroupNodes,
  predicateNodes,
} from './permissionNodes.ts'
import { flagNodes } from './roleResolvers.ts'
import type {
  FieldPermissionsInput,
  ObjectPermissionsInput,
  PredicatesInput,
  RoleBody,
  Roles,
} from './roles.ts'

const permissionMutations = (roles: Roles): NonNullable<Resolvers['Mutation']> => ({
  upsertObjectPermissions: async (
    _: unknown,
    {
      upsertObjectPermissionsInput: input,
    }: { readonly upsertObjectPermissionsInput: ObjectPermissionsInput },
    context,
  ) => {
    const { access, requestContext, spend } = context
    const places = await access.places()
    await changed(roles.setObjects(requestContext, places, input), context.access)
    return spend(objectPermissionNodes(places, input.roleId, await access.permissionsOf(input.roleId)))
  },
  upsertFieldPermissions: async (
    _: unknown,
    { upsertFieldPermissionsInput: input }: { readonly upsertFieldPermissionsInput: FieldPermissionsInput },
    context,
  ) => {
    const { access, requestContext, spend } = context
    const places = await access.places()
    const stored = await changed(roles.setFields(requestContext, places, input), context.access)
    return spend(fieldPermissionNodes(places, input.roleId, stored))
  },
  upsertPermissionFlags: async (
    _: unknown,
    {
      upsertPermissionFlagsInput: { roleId, permissionFlagKeys },
    }: {
      readonly upsertPermissionFlagsInput: {
        readonly roleId: string
        readonly permissionFlagKeys: readonly string[]
      }
    },
    context,
  ) => {
    const flags = await changed(
      roles.setFlags(context.requestContext, roleId, permissionFlagKeys),
      context.access,
    )
    return flagNodes({ id: roleId, flags })
  },
  upsertRowLevelPermissionPredicates: async (
    _: unknown,
    { input }: { readonly input: PredicatesInput },
    context,
  ) => {
    const places = await context.access.places()
    const table = places.tableOf(input.objectMetadataId)
    const { rules, groups } = await changed(
      roles.setPredicates(context.requestContext, places, input),
      context.access,
    )
    const isHere = (each: { readonly table: string }): boolean => each.table === table
    return {
      predicates: predicateNodes(places, input.roleId, rules.filter(isHere)),
      predicateGroups: predicateGroupNodes(places, input.roleId, groups.filter(isHere)),
    }
  },
})

export const createRoleMutations = (roles: Roles): Resolvers => ({
  Mutation: {
    createOneRole: (
      _: unknown,
      { createRoleInput }: { readonly createRoleInput: RoleBody & { readonly label: string } },
      context,
    ) => changed(roles.create(context.requestContext, createRoleInput), context.access),
    updateOneRole: (
      _: unknown,
      { updateRoleInput }: { readonly updateRoleInput: { readonly id: string; readonly update: RoleBody } },
      context,
    ) =>
      changed(
        roles.update(context.requestContext, updateRoleInput.id, updateRoleInput.update),
        context.access,
      ),
    deleteOneRole: async (_: unknown, { roleId }: { readonly roleId: string }, context) =>
      (await changed(roles.delete(context.requestContext, roleId), context.access)).id,
    ...permissionMutations(roles),
    updateWorkspaceMemberRole: async (
      _: unknown,
      { workspaceMemberId, roleId }: { readonly workspaceMemberId: string; readonly roleId: string },
      context,
    ) => {
      await changed(roles.setMemberRole(context.requestContext, workspaceMemberId, roleId), context.access)
      const members = await context.access.members()
      const member = members.find(({ id }) => id === workspaceMemberId)
      return member === undefined ? null : memberNode(member)
    },
  },
})
