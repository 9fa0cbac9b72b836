// Reads the entries of a cache again that are in use and nearly too old, many in one round trip. Otherwise
// the next caller of each would wait for a round trip of its own: with ten thousand keys and a minute's age
// that is one request in thirty.

import type { BudgetedCache } from './budget.ts'
import type { Loads } from './loads.ts'

export interface LoadedEntry<Value> {
  readonly value: Value
  readonly loadedAtMs: number
  /** Since it was loaded. An entry that is not becomes too old. */
  isUsed: boolean
}

/** @returns the value of each key */
export type LoadMany<Value> = (keys: readonly string[]) => Promise<(key: string) => Value>

interface RereadingOptions<Value> {
  /** Default: entries become too old. */
  readonly loadMany: LoadMany<Value> | undefined
  readonly entries: Pick<BudgetedCache<string, LoadedEntry<Value>>, 'entries' | 'peek'>
  readonly loads: Loads<Value>
  readonly keep: (key: string, entry: LoadedEntry<Value>) => void
  /** Finite, with `loadMany`. */
  readonly maxAgeMs: number
  readonly clock: () => number
}

interface Rereading<Value> {
  /** Notes the first use of an entry since it was loaded. */
  readonly use: (entry: LoadedEntry<Value>) => void
  /** Called by a timer. Rejects if entries could not be read; they stay, and the timer tries again. */
  readonly run: () => Promise<void>
  readonly close: () => void
}

/** Some milliseconds of Postgres' time, and one or two of this process. */
const MOST_AT_ONCE = 200
/** Of the maximum age: when an entry is read again, and how often the cache is searched for such entries. */
const DUE = 3 / 4
const SEARCH = 1 / 12

type Found<Value> = readonly (readonly [string, LoadedEntry<Value>])[]

const readTogether = async <Value>(
  loadMany: LoadMany<Value>,
  { entries, loads, keep, clock }: RereadingOptions<Value>,
  due: Found<Value>,
): Promise<void> => {
  const { isChanged, end } = loads.beginMany()
  const loadedAtMs = clock()
  try {
    const read = await loadMany(due.map(([key]) => key))
    for (const [key, entry] of due) {
      // A change has removed it, or another read was sooner.
      if (entries.peek(key) !== entry) continue
      const value = read(key)
      if (!isChanged(key, value)) keep(key, { value, loadedAtMs, isUsed: false })
    }
  } finally {
    end()
  }
}

export const createRereading = <Value>(options: RereadingOptions<Value>): Rereading<Value> => {
  const { loadMany, entries, maxAgeMs, clock } = options
  let timer: NodeJS.Timeout | undefined
  let isRunning = false
  /** Entries are in use that become due later, or could not be read. */
  let isMoreInUse = false
  let isClosed = loadMany === undefined

  const readDue = async (): Promise<void> => {
    const dueSinceMs = clock() - DUE * maxAgeMs
    // The latest used first: read in the reverse order, they stay in it.
    const used = [...entries.entries()].filter(([, { isUsed }]) => isUsed).toReversed()
    const due = used.filter(([, { loadedAtMs }]) => loadedAtMs <= dueSinceMs)
    isMoreInUse = used.length > due.length
    for (let from = 0; from < due.length && loadMany !== undefined && !isClosed; from += MOST_AT_ONCE)
      await readTogether(loadMany, options, due.slice(from, from + MOST_AT_ONCE))
  }

  const schedule = (): void => {
    isMoreInUse = true
    if (isClosed || isRunning || timer !== undefined) return
    timer = setTimeout(() => void run().catch(() => undefined), SEARCH * maxAgeMs).unref()
  }

  const run = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (isRunning || isClosed) return
    isRunning = true
    try {
      await readDue()
    } catch (error) {
      isMoreInUse = true
      throw error
    } finally {
      isRunning = false
      if (isMoreInUse) schedule()
    }
  }

  return Object.freeze({
    use: (entry: LoadedEntry<Value>): void => {
      entry.isUsed = true
      schedule()
    },
    run,
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  })
}
