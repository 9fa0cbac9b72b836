// Loads values once and keeps them until they change: a value was current when the caller asked, or later.
//
// Callers of one key share its load. A change during a load restarts the load, because the value may have
// been read before the change. A key that changes faster than it loads gives up after a few rounds: callers
// who asked before the last round's change get that round's value, which was current after they asked; the
// value is not kept, and callers who ask after that change start a load of their own. Failed loads are not
// kept either. Bounded in bytes, within the budget of all caches, and by age, which is short while changes
// may go unnoticed.

import { setTimeout as sleep } from 'node:timers/promises'
import { untilReconnected } from '../../sql/reconnect.ts'
import { type CacheBudget, type CacheOptions, type SharedPart, unlimitedBudget } from './budget.ts'
import { always, type Concerns, createLoads, type SharedLoad } from './loads.ts'
import { createRereading, type LoadedEntry, type LoadMany } from './rereading.ts'

export type { Concerns } from './loads.ts'

/** Whether changes are currently announced. */
export type IsWatched = (() => boolean) & {
  /** Whether values are used at any age, since they cannot be loaded now (entry/outage.ts). */
  readonly isTolerated?: (() => boolean) | undefined
}

/** Watched by the first condition, and its values tolerated by the other. */
export const watchedBy = (isWatched: () => boolean, isTolerated: IsWatched['isTolerated']): IsWatched =>
  Object.assign(() => isWatched(), { isTolerated })

interface LoadingCacheOptions<Value> {
  /** Must be repeatable: it is retried after a lost connection. */
  readonly load: (key: string) => Promise<Value>
  /**
   * The same for many keys in one round trip. Entries in use are then read again together, before they are
   * too old for their callers.
   */
  readonly loadMany?: LoadMany<Value> | undefined
  /** Default: one without pressure. */
  readonly budget?: CacheBudget | undefined
  readonly cache: Pick<CacheOptions<string, Value>, 'name' | 'maxBytes'>
  /** Bytes of an entry with its key; called once per load. */
  readonly bytesOf: (value: Value, key: string) => number
  /** A part of the value that other entries have too: `bytesOf` leaves it out. */
  readonly sharedOf?: (value: Value) => SharedPart | undefined
  /** An entry went for lack of room. */
  readonly onEvict?: (key: string) => void
  /** Limits the damage of a lost notification. */
  readonly maxAgeMs: number
  /** Whether changes are announced now; if not, no value is older than a second. */
  readonly isWatched?: IsWatched | undefined
  /** In milliseconds, for tests. */
  readonly clock?: (() => number) | undefined
}

interface LoadingCache<Value> {
  /** @param maxAgeMs maximum acceptable age */
  readonly get: (key: string, maxAgeMs?: number) => Promise<Value>
  readonly forget: (isChanged: Concerns<Value>) => void
  readonly forgetKey: (key: string) => void
  readonly forgetAll: () => void
  /** Frees an entry whose value is still current. */
  readonly drop: (key: string) => void
  /** Whether changes are announced at all; while they are not, no value is older than a second. */
  readonly setAnnounced: (isAnnounced: boolean) => void
  readonly size: () => number
  /** Reads entries in use again that are due; a timer calls it. Does nothing without `loadMany`. */
  readonly readAgain: () => Promise<void>
  /** No more entries are read again. */
  readonly close: () => void
}

const UNWATCHED_MAX_AGE_MS = 1_000
/** How soon a caller that waits for a load gets the earlier value, once that is tolerated. */
const TOLERATED_POLL_MS = 50
export const MAX_ROUNDS = 4
/** Values are read from Postgres; missing them costs a request milliseconds. */
const QUERIED_RETENTION = 8

const monotonicMs = performance.now.bind(performance)

interface Rounds<Value> {
  readonly read: (key: string) => Promise<Value>
  /** Called in the turn in which the value was found unchanged. */
  readonly keep: (key: string, entry: LoadedEntry<Value>) => void
  readonly clock: () => number
}

/** Reads until no change arrives meanwhile, at most MAX_ROUNDS times. */
const runRounds = async <Value>(
  key: string,
  load: SharedLoad<Value>,
  { read, keep, clock }: Rounds<Value>,
): Promise<Value> => {
  for (let round = 1; ; round += 1) {
    load.isLastRound = round === MAX_ROUNDS
    load.changes = []
    const loadedAtMs = clock()
    const value = await untilReconnected(() => read(key))
    const isChanged = load.changes.some((concerns) => concerns(key, value))
    if (!isChanged) keep(key, { value, loadedAtMs, isUsed: false })
    if (!isChanged || load.isLastRound) return value
  }
}

/** The loaded value, or the earlier one as soon as it is tolerated. */
const loadedOrStale = async <Value>(
  loading: Promise<Value>,
  stale: Value,
  isTolerated: () => boolean,
): Promise<Value> => {
  const loaded = loading.then((value) => ({ value }))
  // Awaited below, unless the earlier value is returned.
  loaded.catch(() => {})
  try {
    while (!isTolerated()) {
      const found = await Promise.race([loaded, sleep(TOLERATED_POLL_MS, null, { ref: false })])
      if (found !== null) return found.value
    }
  } catch (error) {
    if (!isTolerated()) throw error
  }
  return stale
}

export const createLoadingCache = <Value>(options: LoadingCacheOptions<Value>): LoadingCache<Value> => {
  const { load: read, loadMany, budget = unlimitedBudget(), cache, bytesOf, sharedOf, onEvict } = options
  const { maxAgeMs: longestMs, isWatched = always, clock = monotonicMs } = options
  const entries = budget.open<string, LoadedEntry<Value>>({
    ...cache,
    retention: QUERIED_RETENTION,
    ...(onEvict && { onEvict }),
  })
  const loads = createLoads<Value>()
  let isAnnounced = true

  const keep = (key: string, entry: LoadedEntry<Value>): void =>
    void entries.set(key, entry, bytesOf(entry.value, key), sharedOf?.(entry.value))
  const load = (key: string): Promise<Value> =>
    loads.join(key)?.value ?? loads.begin(key, (begun) => runRounds(key, begun, { read, keep, clock }))

  const rereading = createRereading({ loadMany, entries, loads, keep, maxAgeMs: longestMs, clock })
  const { isTolerated } = options.isWatched ?? {}
  const isTooOld = (ageMs: number, maxAgeMs: number): boolean =>
    ageMs >= maxAgeMs || (ageMs >= UNWATCHED_MAX_AGE_MS && !(isAnnounced && isWatched()))

  /** During an outage no change arrives. One that this gateway assumes has failed: its value is needed. */
  const dropChanged = (key: string): void => {
    if (isTolerated?.() !== true) entries.delete(key)
  }

  return Object.freeze({
    get: (key: string, maxAgeMs = longestMs): Promise<Value> => {
      const entry = entries.get(key, ({ loadedAtMs }) => !isTooOld(clock() - loadedAtMs, maxAgeMs))
      if (entry?.isUsed === false) rereading.use(entry)
      if (entry !== undefined) return Promise.resolve(entry.value)
      const stale = isTolerated === undefined ? undefined : entries.peek(key)
      if (isTolerated === undefined || stale === undefined) return load(key)
      return isTolerated() ? Promise.resolve(stale.value) : loadedOrStale(load(key), stale.value, isTolerated)
    },
    forget: (isChanged: Concerns<Value>): void => {
      loads.change(isChanged)
      for (const [key, { value }] of entries.entries()) if (isChanged(key, value)) dropChanged(key)
    },
    forgetKey: (changed: string): void => {
      loads.change((key) => key === changed)
      dropChanged(changed)
    },
    forgetAll: (): void => {
      loads.change(always)
      entries.clear()
    },
    drop: entries.delete,
    setAnnounced: (are: boolean): void => {
      isAnnounced = are
    },
    size: entries.size,
    readAgain: rereading.run,
    close: rereading.close,
  })
}
