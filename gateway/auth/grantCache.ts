// Remembers rows between requests. In: how to load one, and later what has changed; out: rows that were true when the request
// asked or later. Loads of one id at the same time share one query; a change of the row that arrives during its load makes
// it load again, since it may have been read before the change. Bounded by count and by age, which is short while changes may
// go unheard.

import { LRUCache } from 'lru-cache'
import { untilReconnected } from '../../sql/reconnect.ts'

/** Whether changes are being heard of. */
export type IsWatched = () => boolean

const UNWATCHED_MAX_AGE_MS = 1_000

/** Whether a change concerns this row. */
export type Concerns<Row> = (id: string, row: Row) => boolean

export interface GrantCacheOptions<Row> {
  readonly load: (id: string) => Promise<Row>
  readonly maxEntries: number
  /** Heals what a lost notification would leave wrong. */
  readonly maxAgeMs: number
  /** Whether changes are heard of now; if not, no row is older than a second. */
  readonly isWatched?: IsWatched | undefined
  /** In milliseconds. */
  readonly clock: () => number
}

export interface GrantCache<Row> {
  readonly get: (id: string) => Promise<Row>
  readonly forget: (isChanged: Concerns<Row>) => void
}

interface Load<Row> {
  readonly row: Promise<Row>
  /** Changes that arrived since its query began. */
  readonly changes: Concerns<Row>[]
}

export const createGrantCache = <Row>({
  load,
  maxEntries,
  maxAgeMs,
  isWatched = () => true,
  clock,
}: GrantCacheOptions<Row>): GrantCache<Row> => {
  const entries = new LRUCache<string, { readonly row: Row; readonly loadedAtMs: number }>({
    max: maxEntries,
  })
  const loads = new Map<string, Load<Row>>()

  const loadUnchanged = async (id: string, changes: Concerns<Row>[]): Promise<Row> => {
    for (;;) {
      changes.length = 0
      const loadedAtMs = clock()
      const row = await untilReconnected(() => load(id))
      if (changes.some((isChanged) => isChanged(id, row))) continue
      entries.set(id, { row, loadedAtMs })
      return row
    }
  }

  const loadOnce = (id: string): Promise<Row> => {
    const running = loads.get(id)
    if (running !== undefined) return running.row
    const changes: Concerns<Row>[] = []
    const row = loadUnchanged(id, changes).finally(() => loads.delete(id))
    loads.set(id, { row, changes })
    return row
  }

  return Object.freeze({
    get: (id: string): Promise<Row> => {
      const entry = entries.get(id)
      const ageMs = entry === undefined ? Number.POSITIVE_INFINITY : clock() - entry.loadedAtMs
      const isOld = ageMs >= maxAgeMs || (ageMs >= UNWATCHED_MAX_AGE_MS && !isWatched())
      return entry === undefined || isOld ? loadOnce(id) : Promise.resolve(entry.row)
    },
    forget: (isChanged: Concerns<Row>): void => {
      for (const { changes } of loads.values()) changes.push(isChanged)
      for (const [id, { row }] of entries) if (isChanged(id, row)) entries.delete(id)
    },
  })
}
