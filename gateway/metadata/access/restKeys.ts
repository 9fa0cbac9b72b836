// API keys over REST, by method and path. A token is only in the answers to POST. DELETE revokes, as in the
// contract; `?permanent=true` deletes the key.

import type { Key } from '../../../tenants/key.ts'
import { keyNotFound } from '../../../tenants/keyChange.ts'
import { demandFlag } from '../../auth/flags.ts'
import { Problem } from '../../error/problem.ts'
import { flagParameter } from '../../http/listQuery.ts'
import { type ReadInput, withProperty } from '../model/restBody.ts'
import type { CreateKeyInput, Keys, UpdateKeyInput } from './keys.ts'
import { type AccessActions, type AccessCall, pageRequest } from './restAccess.ts'

const keyJson = (key: Key) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  role: { id: key.roleId, label: key.roleLabel },
  expiresAt: key.expiresAt,
  revokedAt: key.revokedAt,
  lastUsedAt: key.lastUsedAt,
  rateLimitPerMinute: key.rateLimitPerMinute,
  networks: key.networks,
  createdAt: key.createdAt,
  updatedAt: key.updatedAt,
})

const keysFor = ({ requestContext, access }: AccessCall): Promise<readonly Key[]> => {
  demandFlag(requestContext.caller, 'API_KEYS_AND_WEBHOOKS')
  return access.keys()
}

const isAsked = ({ query }: AccessCall, name: string): boolean => flagParameter(query, name)

/** Expiry of a token, if the body has one. */
const expiryIn = (body: unknown): string | null => {
  const given = typeof body === 'object' && body !== null && 'expiresAt' in body ? body.expiresAt : null
  if (given === null || typeof given === 'string') return given
  throw new Problem('BAD_USER_INPUT', 'expiresAt must be a string.')
}

export const createKeyActions = (keys: Keys, inputOf: ReadInput): AccessActions => ({
  'GET apiKeys': async (call) => {
    demandFlag(call.requestContext.caller, 'API_KEYS_AND_WEBHOOKS')
    const page = await call.access.keyPage({
      ...pageRequest(call, ['include_revoked']),
      includesRevoked: isAsked(call, 'include_revoked'),
    })
    return { status: 200, page: { ...page, items: page.items.map(keyJson) } }
  },
  'POST apiKeys': async ({ requestContext, body }) => {
    const input = await inputOf<CreateKeyInput>('CreateApiKeyInput', await body())
    const { key, token } = await keys.create(requestContext, input)
    return { status: 201, body: { ...keyJson(key), token: await token() } }
  },
  'GET apiKeys/{id}': async (call) => {
    const key = (await keysFor(call)).find(({ id }) => id === call.id)
    if (key === undefined) throw keyNotFound(call.id)
    return { status: 200, body: keyJson(key) }
  },
  'PATCH apiKeys/{id}': async ({ requestContext, id, body }) => {
    const update = await inputOf<UpdateKeyInput>('UpdateApiKeyInput', withProperty(await body(), 'id', id))
    return { status: 200, body: keyJson(await keys.update(requestContext, id, update)) }
  },
  'DELETE apiKeys/{id}': async (call) => {
    const remove = isAsked(call, 'permanent') ? keys.delete : keys.revoke
    return { status: 200, body: keyJson(await remove(call.requestContext, call.id)) }
  },
  'POST apiKeys/{id}/token': async ({ requestContext, id, body }) => {
    const { key, token } = await keys.generateToken(requestContext, id, expiryIn(await body()))
    return { status: 201, body: { ...keyJson(key), token } }
  },
})
