// Cache of roles' permissions, read from the grants of Postgres and kept until a notification announces a
// change of the role or its workspace. Used for friendly errors: the grants enforce access.

import type { Pool } from 'pg'
import { type Permissions, readPermissions } from '../../tenants/permission/permissions.ts'
import { type Concerns, createLoadingCache, type IsWatched } from '../cache/loadingCache.ts'

export interface PermissionCache {
  /** Null for a deleted role. */
  readonly of: (roleId: string) => Promise<Permissions | null>
  /** @param payload of a notification: `role <id>` or `workspace <id> <version>`; others are ignored. */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

const REMEMBERED_ROLES = 2_000
const REMEMBERED_FOR_MS = 60_000

const changedBy = (payload: string): Concerns<Permissions | null> | null => {
  const [kind, id] = payload.split(' ')
  if (kind === 'role') return (roleId) => roleId === id
  if (kind === 'workspace') return (_, permissions) => permissions?.workspaceId === id
  return null
}

/** @param clock in milliseconds, for tests. */
export const createPermissionCache = (
  pool: Pool,
  isWatched?: IsWatched,
  clock: () => number = Date.now,
): PermissionCache => {
  const roles = createLoadingCache<Permissions | null>({
    load: (roleId) => readPermissions(pool, roleId),
    maxEntries: REMEMBERED_ROLES,
    maxAgeMs: REMEMBERED_FOR_MS,
    isWatched,
    clock,
  })
  return Object.freeze({
    of: roles.get,
    invalidate: (payload: string): void => {
      const isChanged = changedBy(payload)
      if (isChanged !== null) roles.forget(isChanged)
    },
    invalidateAll: roles.forgetAll,
  })
}
