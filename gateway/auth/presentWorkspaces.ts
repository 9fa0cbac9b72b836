// Whether the workspaces of valid tokens still exist, for keys that do not.

import type { Pool } from 'pg'
import { workspaceExists } from '../../tenants/workspace.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createLoadingCache, type IsWatched } from '../cache/loadingCache.ts'

interface PresentWorkspaces {
  readonly has: (workspaceId: string) => Promise<boolean>
  /** @param payload of a notification; those of other things are ignored */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

interface PresentWorkspacesOptions {
  readonly pool: Pool
  readonly isWatched: IsWatched | undefined
  readonly budget: CacheBudget | undefined
  /** In milliseconds since the epoch. */
  readonly clock: () => number
}

const ENTRY_BYTES = 300
const REMEMBERED_FOR_MS = 60_000

export const createPresentWorkspaces = ({
  pool,
  isWatched,
  budget,
  clock,
}: PresentWorkspacesOptions): PresentWorkspaces => {
  const present = createLoadingCache<boolean>({
    load: (workspaceId) => workspaceExists(pool, workspaceId),
    budget,
    cache: { name: 'existing workspaces' },
    bytesOf: () => ENTRY_BYTES,
    maxAgeMs: REMEMBERED_FOR_MS,
    isWatched,
    clock,
  })
  return Object.freeze({
    has: (workspaceId: string) => present.get(workspaceId),
    invalidate: (payload: string): void => {
      const [kind, id] = payload.split(' ')
      if (kind === 'workspace' && id !== undefined) present.forgetKey(id)
    },
    invalidateAll: present.forgetAll,
  })
}
