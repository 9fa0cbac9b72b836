// API keys as /metadata speaks of them. In: an API client; out: keys, and their changes. A token comes with
// the answer that made it and is never asked for again.

import type { Api } from '../api/api.ts'
import { Failure } from '../api/failure.ts'

export interface KeyRole {
  readonly id: string
  readonly label: string
}

export interface Key {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly expiresAt: string
  readonly revokedAt: string | null
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly rateLimitPerMinute: number | null
  readonly role: KeyRole
}

export interface NewKey {
  readonly name: string
  readonly roleId: string
  readonly expiresAt: string
  readonly rateLimitPerMinute: number | null
}

export interface KeyChange {
  readonly id: string
  readonly name?: string
  readonly roleId?: string
  readonly expiresAt?: string
  readonly revokedAt?: string | null
  readonly rateLimitPerMinute?: number | null
}

/** A token and the key it belongs to, while it is shown. */
export interface FreshToken {
  readonly keyId: string
  readonly name: string
  readonly token: string
}

export const KEYS_KEY = ['keys'] as const
export const KEY_ROLES_KEY = ['keyRoles'] as const

const FIELDS = 'id name prefix expiresAt revokedAt createdAt lastUsedAt rateLimitPerMinute role { id label }'

/** An expired key has no token, and `Bearer null` must never be shown. */
const tokenIn = (token: string | null): string => {
  if (token !== null) return token
  throw new Failure('The gateway returned no token for this key.', {
    status: 0,
    code: 'NO_TOKEN',
    hint: 'Regenerate it with an expiry date in the future.',
  })
}

export const readKeys = async (api: Api): Promise<readonly Key[]> => {
  const { apiKeys } = await api.metadata<{ readonly apiKeys: readonly Key[] }>(
    `{ apiKeys(includeRevoked: true) { ${FIELDS} } }`,
  )
  return apiKeys
}

export const readKeyRoles = async (api: Api): Promise<readonly KeyRole[]> => {
  const { getApiKeyRoles } = await api.metadata<{ readonly getApiKeyRoles: readonly KeyRole[] }>(
    '{ getApiKeyRoles { id label } }',
  )
  return getApiKeyRoles
}

export const createKey = async (api: Api, input: NewKey): Promise<FreshToken> => {
  const { createApiKey: key } = await api.metadata<{
    readonly createApiKey: { readonly id: string; readonly name: string; readonly token: string | null }
  }>('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id name token } }', { input })
  return { keyId: key.id, name: key.name, token: tokenIn(key.token) }
}

export const changeKey = (api: Api, input: KeyChange): Promise<unknown> =>
  api.metadata('mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { id } }', { input })

export const revokeKey = (api: Api, id: string): Promise<unknown> =>
  api.metadata('mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { id } }', { id })

export const deleteKey = (api: Api, id: string): Promise<unknown> =>
  api.metadata('mutation ($id: UUID!) { deleteApiKey(input: { id: $id }) { id } }', { id })

/**
 * All tokens of the key that were made before stop working. A token ends with its key, so the key is made to
 * live as long first.
 */
export const regenerateKey = async (
  api: Api,
  { id, name }: Pick<Key, 'id' | 'name'>,
  expiresAt: string,
): Promise<FreshToken> => {
  const { updated } = await api.metadata<{ readonly updated: { readonly token: string | null } }>(
    `mutation ($id: UUID!, $expiresAt: String!) {
      updateApiKey(input: { id: $id, expiresAt: $expiresAt }) { id }
      updated: generateApiKeyToken(apiKeyId: $id, expiresAt: $expiresAt) { token }
    }`,
    { id, expiresAt },
  )
  return { keyId: id, name, token: tokenIn(updated.token) }
}
