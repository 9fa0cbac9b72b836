// Resolvers for API keys. A token is only in the answer to the mutation that issued it.

import type { Key } from '../../../tenants/key.ts'
import { demandFlag } from '../../auth/flags.ts'
import type { MetadataContext } from '../context.ts'
import type { Resolvers } from '../schema.ts'
import { changed } from './access.ts'
import { type AccessPageArguments, accessPageOf } from './accessPage.ts'
import type { CreateKeyInput, Keys, UpdateKeyInput } from './keys.ts'

interface Given<T> {
  readonly input: T
}
interface ById {
  readonly id: string
}

const keysFor = ({ requestContext, access }: MetadataContext): Promise<readonly Key[]> => {
  demandFlag(requestContext.caller, 'API_KEYS_AND_WEBHOOKS')
  return access.keys()
}

const readers: Resolvers = {
  Query: {
    apiKeys: async (
      _: unknown,
      { includeRevoked, ...page }: AccessPageArguments & { readonly includeRevoked?: boolean | null },
      { requestContext, access, spend },
    ) => {
      demandFlag(requestContext.caller, 'API_KEYS_AND_WEBHOOKS')
      const request = { ...accessPageOf(page), includesRevoked: includeRevoked === true }
      return spend((await access.keyPage(request)).items)
    },
    apiKey: async (_: unknown, { input }: Given<ById>, context) =>
      (await keysFor(context)).find(({ id }) => id === input.id) ?? null,
    getApiKeyRoles: async (_: unknown, page: AccessPageArguments, { requestContext, access, spend }) => {
      demandFlag(requestContext.caller, 'API_KEYS_AND_WEBHOOKS', 'ROLES')
      return spend((await access.rolePage({ ...accessPageOf(page), isForKeys: true })).items)
    },
  },
  ApiKey: {
    role: ({ roleId }: Key, _: unknown, { access }) => access.role(roleId),
  },
}

const writers = (keys: Keys): Resolvers => ({
  Mutation: {
    createApiKey: async (_: unknown, { input }: Given<CreateKeyInput>, context) => {
      const { key, token } = await changed(keys.create(context.requestContext, input), context.access)
      return { ...key, token }
    },
    updateApiKey: (_: unknown, { input: { id, ...update } }: Given<ById & UpdateKeyInput>, context) =>
      changed(keys.update(context.requestContext, id, update), context.access),
    revokeApiKey: (_: unknown, { input }: Given<ById>, context) =>
      changed(keys.revoke(context.requestContext, input.id), context.access),
    deleteApiKey: (_: unknown, { input }: Given<ById>, context) =>
      changed(keys.delete(context.requestContext, input.id), context.access),
    assignRoleToApiKey: async (
      _: unknown,
      {
        apiKeyId,
        ...update
      }: { readonly apiKeyId: string; readonly roleId: string; readonly force?: boolean | null },
      context,
    ) => {
      await changed(keys.update(context.requestContext, apiKeyId, update), context.access)
      return true
    },
    generateApiKeyToken: async (
      _: unknown,
      { apiKeyId, expiresAt }: { readonly apiKeyId: string; readonly expiresAt: string },
      context,
    ) => {
      const { token } = await changed(
        keys.generateToken(context.requestContext, apiKeyId, expiresAt),
        context.access,
      )
      return { token }
    },
  },
})

export const createKeyResolvers = (keys: Keys): readonly Resolvers[] => [readers, writers(keys)]
