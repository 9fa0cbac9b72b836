// The coordinator of a cluster is away, and the nodes with the workspaces are not: caches keep what they have
// for a limited time, and everything that needs the coordinator fails at once. Announcements have stopped, so
// that a revoked key is accepted for as long. One Postgres holds everything: there, nothing is tolerated.

import type { Pool } from 'pg'
import type { Listener } from '../../sql/listen.ts'
import { unavailable } from '../../sql/pipeline/error.ts'
import type { Placement } from '../../sql/placement.ts'
import { overrideConnect } from '../../sql/reconnect.ts'
import { probeServer } from '../../sql/servers/probe.ts'
import type { Servers } from '../../sql/servers/servers.ts'
import { type IsWatched, watchedBy } from '../cache/loadingCache.ts'
import { createProbe } from './probe.ts'

type Watch = Pick<Listener, 'isAnswering' | 'silentMs'>

interface OutageOptions {
  /** Announcements of the coordinator; while they arrive, it is there. */
  readonly watch: Watch
  /** Whether the coordinator answers now; settles in bounded time and never rejects. */
  readonly probe: () => Promise<boolean>
  /** How long values are kept after the coordinator's last sign of life; 0: not at all. */
  readonly authMaxStaleSeconds: number
  /** In milliseconds, for tests. */
  readonly clock?: () => number
}

/** Callers share the result of a probe for this long. */
const FOUND_FOR_MS = 500

export const createOutage = ({
  watch,
  probe,
  authMaxStaleSeconds,
  clock = performance.now.bind(performance),
}: OutageOptions) => {
  let isKnownAway = false
  let latest: { readonly found: Promise<void>; readonly askedAtMs: number } | null = null
  let isAsking = false

  const ask = async (): Promise<void> => {
    isAsking = true
    isKnownAway = !(await probe())
    isAsking = false
  }
  /** What was found before the coordinator came back is about an earlier outage. */
  const isAnswering = (): boolean => {
    if (!watch.isAnswering()) return false
    isKnownAway = false
    return true
  }
  const look = (): Promise<void> => {
    if (latest === null || !(isAsking || clock() - latest.askedAtMs < FOUND_FOR_MS))
      latest = { askedAtMs: clock(), found: ask() }
    return latest.found
  }
  return {
    /** Whether the coordinator is away. Once that is known, at once: the answer may be a moment old. */
    isAway: async (): Promise<boolean> => {
      if (isAnswering()) return false
      const looked = look()
      if (!isKnownAway) await looked
      return isKnownAway
    },
    /** Whether it is known to be away, and values that were current when it went may still be used. */
    isTolerated: (): boolean => {
      if (isAnswering()) return false
      void look()
      return isKnownAway && watch.silentMs() < authMaxStaleSeconds * 1_000
    },
  }
}

interface CoordinatorOptions extends Pick<OutageOptions, 'watch' | 'authMaxStaleSeconds'> {
  readonly pool: Pool
  readonly servers: Pick<Servers, 'urls'>
  readonly placement: Pick<Placement, 'workers'>
  /** A coordinator that takes longer to answer is away; one that is busy takes seconds. */
  readonly databaseWaitMs: number
}

interface Coordinator {
  /** Whether requests can be served; settles in bounded time and never rejects. */
  readonly isServed: () => Promise<boolean>
  /** The condition of a cache, which keeps its values during a tolerated outage. */
  readonly tolerating: (isWatched: () => boolean) => IsWatched
}

/** On a cluster, the pool refuses connections at once while the coordinator is away. */
export const watchCoordinator = (options: CoordinatorOptions): Coordinator => {
  const { pool, servers, placement, databaseWaitMs, ...rest } = options
  const isThere = createProbe(pool)
  if (placement.workers === null) return { isServed: isThere, tolerating: (isWatched) => isWatched }
  // Apart from the pool, whose connections may hang.
  const probe = async (): Promise<boolean> => {
    const found = await Promise.all(servers.urls.map((url) => probeServer(url, databaseWaitMs)))
    return found.some(({ state }) => state === 'primary' || state === 'read-only')
  }
  const { isAway, isTolerated } = createOutage({ ...rest, probe })
  const begin = pool.connect.bind(pool)
  overrideConnect(pool, async () => {
    if (await isAway()) throw unavailable('The coordinator of the cluster cannot be reached.', undefined)
    return begin()
  })
  return {
    isServed: async () => !(await isAway()) || isTolerated(),
    tolerating: (isWatched) => watchedBy(isWatched, isTolerated),
  }
}
