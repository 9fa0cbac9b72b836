// Cache of roles' permissions, read from the grants of Postgres and kept until a notification announces a
// change of the role or its workspace. Used for friendly errors: the grants enforce access. Roles with equal
// grants, as the standard ones of all workspaces have, share one map of them.

import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { type Columns, type Permissions, readPermissions } from '../../tenants/permission/permissions.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { type Concerns, createLoadingCache, type IsWatched } from '../cache/loadingCache.ts'

interface PermissionCache {
  /** Null for a deleted role. */
  readonly of: (roleId: string) => Promise<Permissions | null>
  /** @param payload of a notification: `role <id>` or `workspace <id> <version>`; others are ignored. */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

interface PermissionCacheOptions {
  readonly isWatched?: IsWatched | undefined
  readonly budget?: CacheBudget | undefined
  /** In milliseconds, for tests. */
  readonly clock?: () => number
}

type Objects = Permissions['objects']

const REMEMBERED_FOR_MS = 600_000
/** Measured: 3.6 KB for all rights on ten tables, 12 KB where each of 220 columns is listed. */
const ROLE_BYTES = 600
const TABLE_BYTES = 300
const COLUMN_BYTES = 45

const changedBy = (payload: string): Concerns<Permissions | null> | null => {
  const [kind, id] = payload.split(' ')
  if (kind === 'role') return (roleId) => roleId === id
  if (kind === 'workspace') return (_, permissions) => permissions?.workspaceId === id
  return null
}

const listed = (columns: Columns): unknown => (columns === 'all' ? columns : [...columns].sort())

const digestOf = (objects: Objects): string => {
  const sorted = [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const tables = sorted.map(([table, { readableColumns, insertableColumns, updatableColumns, ...may }]) => [
    table,
    Object.values(may),
    ...[readableColumns, insertableColumns, updatableColumns].map(listed),
  ])
  return createHash('sha256').update(JSON.stringify(tables)).digest('base64url')
}

const columnCount = (columns: Columns): number => (columns === 'all' ? 0 : columns.size)

const objectsBytes = (objects: Objects): number =>
  [...objects.values()].reduce(
    (sum, { readableColumns, insertableColumns, updatableColumns }) =>
      sum +
      TABLE_BYTES +
      COLUMN_BYTES *
        [readableColumns, insertableColumns, updatableColumns].reduce(
          (all, each) => all + columnCount(each),
          0,
        ),
    0,
  )

/** One object for all equal grants, as long as a role has it. */
const createSharedObjects = () => {
  const known = new Map<string, WeakRef<Objects>>()
  const collected = new FinalizationRegistry<string>((digest) => {
    if (known.get(digest)?.deref() === undefined) known.delete(digest)
  })
  return (objects: Objects): Objects => {
    const digest = digestOf(objects)
    const shared = known.get(digest)?.deref()
    if (shared !== undefined) return shared
    known.set(digest, new WeakRef(objects))
    collected.register(objects, digest)
    return objects
  }
}

export const createPermissionCache = (
  pool: Pool,
  { isWatched, budget, clock = Date.now }: PermissionCacheOptions = {},
): PermissionCache => {
  const share = createSharedObjects()
  const read = async (roleId: string): Promise<Permissions | null> => {
    const own = await readPermissions(pool, roleId)
    return own && { ...own, objects: share(own.objects) }
  }
  const roles = createLoadingCache<Permissions | null>({
    load: read,
    budget,
    cache: { name: 'permissions' },
    bytesOf: () => ROLE_BYTES,
    sharedOf: (permissions) =>
      permissions ? { content: permissions.objects, bytes: objectsBytes(permissions.objects) } : undefined,
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
