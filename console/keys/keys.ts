// Reads and changes API keys. A token is part of the answer that created it and cannot be read again.

import type { Api } from '../api/api.ts'
import { Failure } from '../api/failure.ts'
import { pageRequest } from '../list/listPage.ts'
import {
  ApiKeys,
  CreateKey,
  DeleteKey,
  type KeyFragment,
  type KeyRoleFragment,
  RegenerateKey,
  RevokeKey,
  type UpdateApiKeyInput,
  UpdateKey,
} from './keys.graphql.ts'

export type Key = KeyFragment
export type KeyRole = KeyRoleFragment

/** What the form of a key asks for. */
export interface KeySettings {
  readonly name: string
  readonly roleId: string
  readonly expiresAt: string
  readonly rateLimitPerMinute: number | null
  readonly networks: readonly string[]
}

/** A token and its key, while the token is shown. */
export interface FreshToken {
  readonly keyId: string
  readonly name: string
  readonly token: string
}

export const KEYS_KEY = ['keys'] as const
export const KEY_ROLES_KEY = ['keyRoles'] as const
/** Roles list their keys. */
export const STALE_WITH_KEYS = [KEYS_KEY, ['roles']] as const

/** An expired key has no token, and `Bearer null` must never be shown. */
const tokenIn = (token: string | null): string => {
  if (token !== null) return token
  throw new Failure('The gateway returned no token for this key.', {
    status: 0,
    code: 'NO_TOKEN',
    hint: 'Regenerate it with an expiry date in the future.',
  })
}

/** Newest first. @param after id of the last key of the page before */
export const readKeyPage = async (
  api: Api,
  search: string,
  after: string | null,
): Promise<readonly Key[]> => {
  return (await api.metadata(ApiKeys, pageRequest(search, after))).apiKeys
}

export const createKey = async (api: Api, input: KeySettings): Promise<FreshToken> => {
  const { createApiKey: key } = await api.metadata(CreateKey, { input })
  return { keyId: key.id, name: key.name, token: tokenIn(key.token) }
}

export const updateKey = (api: Api, input: UpdateApiKeyInput): Promise<unknown> =>
  api.metadata(UpdateKey, { input })

export const revokeKey = (api: Api, id: string): Promise<unknown> => api.metadata(RevokeKey, { id })

export const deleteKey = (api: Api, id: string): Promise<unknown> => api.metadata(DeleteKey, { id })

/**
 * All earlier tokens of the key stop working. A token expires with its key at the latest, so the key's expiry
 * is set first.
 */
export const regenerateKey = async (
  api: Api,
  { id, name }: Pick<Key, 'id' | 'name'>,
  expiresAt: string,
): Promise<FreshToken> => {
  const { generateApiKeyToken } = await api.metadata(RegenerateKey, { id, expiresAt })
  return { keyId: id, name, token: tokenIn(generateApiKeyToken.token) }
}
