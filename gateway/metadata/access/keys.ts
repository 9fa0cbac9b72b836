// API key operations of both protocols of the metadata API, with the contract's inputs and dates as text.
// They return keys as they are afterwards, and tokens, which are never stored. tenants/key.ts and
// keyChange.ts check permissions.

import type { Pool } from 'pg'
import { checkExpiry, createKey, type Key } from '../../../tenants/key.ts'
import { deleteKey, regenerateKey, revokeWorkspaceKey, updateKey } from '../../../tenants/keyChange.ts'
import { limitOf } from '../../../tenants/limits.ts'
import { actorOf } from '../../auth/flags.ts'
import type { Tokens } from '../../auth/token.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { Problem } from '../../error/problem.ts'
import { dateOf } from '../../isoDate.ts'

interface KeysOptions {
  readonly pool: Pool
  readonly issue: Tokens['issue']
  /** Default limit of a key, if its workspace has none. */
  readonly rateLimitPerMinute: () => number
  /** Invalidates this gateway's cache of a `key <id>` or `role <id>`; the others are notified. */
  readonly announce: (payload: string) => void
}

export interface CreateKeyInput {
  readonly name: string
  readonly expiresAt: string
  readonly revokedAt?: string | null
  readonly roleId: string
  readonly rateLimitPerMinute?: number | null
  readonly networks?: readonly string[] | null
}

export interface UpdateKeyInput {
  readonly name?: string | null
  readonly expiresAt?: string | null
  readonly revokedAt?: string | null
  readonly roleId?: string | null
  readonly rateLimitPerMinute?: number | null
  readonly networks?: readonly string[] | null
  /** The change may shut out the caller's own address. */
  readonly force?: boolean | null
}

export type Keys = ReturnType<typeof createKeys>

/** The given properties. Only `revokedAt` can be null: the key is not revoked. */
const dates = (input: UpdateKeyInput) => ({
  ...(input.expiresAt == null ? {} : { expiresAt: dateOf(input.expiresAt, 'expiresAt') }),
  ...(input.revokedAt === undefined
    ? {}
    : { revokedAt: input.revokedAt === null ? null : dateOf(input.revokedAt, 'revokedAt') }),
})

/**
 * Limits protect the gateway: its operator may raise them, the workspace's own callers may only lower them.
 */
const checkLimit = (
  { workspace }: RequestContext<unknown>,
  limit: number | null | undefined,
  usualLimit: number,
): void => {
  const most = limitOf(workspace.settings, 'keyRateLimitPerMinute') ?? usualLimit
  if (limit == null || limit <= most) return
  throw new Problem('FORBIDDEN', `A key may make at most ${most} requests a minute, not ${limit}.`, {
    subCode: 'RATE_LIMIT_EXCEEDS_WORKSPACE',
    hint: 'The operator of this gateway can raise the limit of the workspace.',
  })
}

export const createKeys = ({ pool, issue, rateLimitPerMinute: usualLimit, announce }: KeysOptions) => {
  const announced = (key: Key): Key => {
    announce(`key ${key.id}`)
    return key
  }

  const tokenOf = (key: Key, expiresAt = key.expiresAt): Promise<string> =>
    issue({ keyId: key.id, ...key, expiresAt: expiresAt < key.expiresAt ? expiresAt : key.expiresAt })

  return Object.freeze({
    /** The key and the parts of its token. */
    create: async (requestContext: RequestContext<unknown>, input: CreateKeyInput) => {
      const { name, roleId, rateLimitPerMinute = null, networks } = input
      checkLimit(requestContext, rateLimitPerMinute, usualLimit())
      if (input.revokedAt != null)
        throw new Problem('BAD_USER_INPUT', 'A new key cannot be revoked. Omit revokedAt.')
      const { caller } = requestContext
      const expiresAt = dateOf(input.expiresAt, 'expiresAt')
      const wanted = { workspaceId: caller.workspaceId, name, roleId, rateLimitPerMinute }
      const bound = networks == null ? {} : { networks }
      const key = await createKey(pool, { ...wanted, ...bound, expiresAt }, actorOf(caller))
      return { key, token: (): Promise<string> => tokenOf(key) }
    },
    update: async (
      requestContext: RequestContext<unknown>,
      keyId: string,
      input: UpdateKeyInput,
    ): Promise<Key> => {
      const { name, roleId, rateLimitPerMinute, networks, force } = input
      checkLimit(requestContext, rateLimitPerMinute, usualLimit())
      const { caller } = requestContext
      const update = {
        ...dates(input),
        ...(name == null ? {} : { name }),
        ...(roleId == null ? {} : { roleId }),
        ...(rateLimitPerMinute === undefined ? {} : { rateLimitPerMinute }),
        ...(networks == null ? {} : { networks }),
      }
      return announced(await updateKey(pool, caller.workspaceId, keyId, update, actorOf(caller, force)))
    },
    revoke: async ({ caller }: RequestContext<unknown>, keyId: string): Promise<Key> =>
      announced(await revokeWorkspaceKey(pool, caller.workspaceId, keyId, actorOf(caller))),
    /** The key before the deletion. */
    delete: async ({ caller }: RequestContext<unknown>, keyId: string): Promise<Key> =>
      announced(await deleteKey(pool, caller.workspaceId, keyId, actorOf(caller))),
    /** The only token that works from now on. Expires with the key, if that is sooner. */
    generateToken: async (
      { caller }: RequestContext<unknown>,
      keyId: string,
      expiresAtText: string | null,
    ): Promise<{ readonly key: Key; readonly token: string }> => {
      const expiresAt = expiresAtText === null ? undefined : dateOf(expiresAtText, 'expiresAt')
      if (expiresAt !== undefined) checkExpiry(expiresAt, new Date())
      const key = announced(await regenerateKey(pool, caller.workspaceId, keyId, actorOf(caller)))
      return { key, token: await tokenOf(key, expiresAt) }
    },
  })
}
