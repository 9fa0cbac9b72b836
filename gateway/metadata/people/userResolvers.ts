// Resolvers of the contract's User and UserWorkspace for the calling member. There are no accounts besides
// members: a user is the member of the one workspace of the request.

import type { RoleHolder } from '../../../tenants/roleHolder.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import { Problem } from '../../error/problem.ts'
import { memberNode } from '../access/memberNode.ts'
import { currentObjectPermissions } from '../access/ownPermissions.ts'
import type { MetadataContext } from '../context.ts'
import type { Resolver, Resolvers } from '../schema.ts'

interface UserNode {
  readonly id: string
  readonly holder: RoleHolder
}

const holderFor = async ({ requestContext, access }: MetadataContext): Promise<RoleHolder> => {
  const { workspaceMemberId } = requestContext.caller
  const holder = (await access.members()).find(({ id }) => id === workspaceMemberId)
  if (workspaceMemberId !== null && holder !== undefined) return holder
  throw new Problem('FORBIDDEN', 'An API key has no user.', {
    subCode: 'USER_NOT_FOUND',
    hint: 'Query currentWorkspace and currentRole instead.',
  })
}

/** The record's own times, or the epoch if the columns were dropped. */
const timesOf = ({ record }: RoleHolder) => ({
  createdAt: record.created_at ?? new Date(0),
  updatedAt: record.updated_at ?? new Date(0),
  deletedAt: null,
})

const userOf = (holder: RoleHolder) => {
  const { name, userEmail, locale } = memberNode(holder)
  const userId = holder.record.user_id
  return {
    id: typeof userId === 'string' && isUuid(userId) ? userId : holder.id,
    holder,
    ...name,
    email: userEmail,
    isEmailVerified: false,
    disabled: false,
    canImpersonate: false,
    canAccessFullAdminPanel: false,
    locale: locale ?? 'en',
    hasPassword: false,
    onboardingStatus: 'COMPLETED',
    previousOnboardingStatus: null,
    userVars: {},
    supportUserHash: null,
    isWorkspaceCreator: false,
    ...timesOf(holder),
  }
}

const userWorkspaceOf = (user: UserNode, { requestContext }: MetadataContext) => ({
  id: user.holder.id,
  user,
  userId: user.id,
  locale: memberNode(user.holder).locale ?? 'en',
  permissionFlags: [...requestContext.caller.flags],
  isImpersonating: false,
  ...timesOf(user.holder),
})

const objectPermissions: Resolver = (_: unknown, _args: unknown, context) => currentObjectPermissions(context)

export const userResolvers: Resolvers = {
  Query: {
    currentUser: async (_: unknown, _args: unknown, context) => userOf(await holderFor(context)),
  },
  User: {
    workspaceMember: ({ holder }: UserNode) => memberNode(holder),
    userWorkspaces: (user: UserNode, _: unknown, context) => context.spend([userWorkspaceOf(user, context)]),
    currentUserWorkspace: (user: UserNode, _: unknown, context) =>
      context.spend([userWorkspaceOf(user, context)])[0],
  },
  UserWorkspace: { objectPermissions, objectsPermissions: objectPermissions },
}
