// The coordinator of a cluster is away, and the nodes with the workspaces are not: caches keep what they have
// for a limited time. Announcements have stopped then, so that a revoked key is accepted for as long.

import type { Placement } from '../../sql/placement.ts'
import type { IsWatched } from '../cache/loadingCache.ts'

interface OutageOptions {
  /** Whether announcements arrive; while they do, the coordinator is there. */
  readonly isAnswering: () => boolean
  /** Whether the coordinator answers now; settles in bounded time and never rejects. */
  readonly probe: () => Promise<boolean>
  /** With one Postgres nothing is tolerated: it holds the workspaces too. */
  readonly placement: Pick<Placement, 'workers'>
  /** How long values are kept; 0: not at all. */
  readonly authMaxStaleSeconds: number
  /** In milliseconds, for tests. */
  readonly clock?: () => number
}

interface Outage {
  /** Whether the coordinator is away, for less than the limit. */
  readonly isTolerated: () => boolean
  /** Whether requests can be served: the coordinator answers, or its absence is tolerated. */
  readonly isServed: () => Promise<boolean>
  /** The same condition for a cache, which keeps its values meanwhile. */
  readonly tolerating: (isWatched: () => boolean) => IsWatched
}

export const createOutage = ({
  isAnswering,
  probe,
  placement,
  authMaxStaleSeconds,
  clock = performance.now.bind(performance),
}: OutageOptions): Outage => {
  const maxStaleMs = placement.workers === null ? 0 : authMaxStaleSeconds * 1_000
  let awaySinceMs: number | null = null
  let isAsking = false

  const look = async (): Promise<void> => {
    if (isAsking) return
    isAsking = true
    const askedAtMs = clock()
    const answers = await probe()
    isAsking = false
    if (answers) awaySinceMs = null
    else awaySinceMs ??= askedAtMs
  }
  const isTolerated = (): boolean => {
    if (maxStaleMs === 0) return false
    if (isAnswering()) {
      awaySinceMs = null
      return false
    }
    void look()
    return awaySinceMs !== null && clock() - awaySinceMs < maxStaleMs
  }
  return {
    isTolerated,
    isServed: async () => (await probe()) || isTolerated(),
    tolerating: (isWatched) => Object.assign(() => isWatched(), { isTolerated }),
  }
}
