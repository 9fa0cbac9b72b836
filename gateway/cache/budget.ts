// One bound in bytes for all caches of a gateway. Each cache counts its entries in estimated bytes; when all
// together exceed the bound, the entry goes that has been unused for longest, over all caches. Small entries
// that cost a query to read again count as fresher than large ones that are computed (`retention`).

import { LRUCache } from 'lru-cache'

export interface CacheOptions<Key, Value> {
  /** As operators see it. */
  readonly name: string
  /** Its bound within the budget; default: the whole budget. */
  readonly maxBytes?: number
  /** Age counts this many times less than that of other caches' entries. Default: 1. */
  readonly retention?: number
  /** An entry went for lack of room; not called for deleted and replaced entries. */
  readonly onEvict?: (key: Key, value: Value) => void
}

export interface CacheUse {
  readonly name: string
  readonly entries: number
  readonly bytes: number
  readonly maxBytes: number
  /** These count since the start. */
  readonly hits: number
  readonly misses: number
  readonly evictions: number
}

/** A part that values of several entries have in common, identified by `content`. */
export interface SharedPart {
  readonly content: object
  readonly bytes: number
}

export interface BudgetedCache<Key, Value> {
  /** Counts a use of the entry; an entry that is not `isGood` is missed. */
  readonly get: (key: Key, isGood?: (value: Value) => boolean) => Value | undefined
  /** Without counting a use. */
  readonly peek: (key: Key) => Value | undefined
  /**
   * Whether it is kept: an entry above the bound is not.
   * @param shared counts once in this cache, for as long as an entry has it.
   */
  readonly set: (key: Key, value: Value, bytes: number, shared?: SharedPart) => boolean
  /** Counts further bytes of a kept entry, which may go then. */
  readonly grow: (key: Key, bytes: number) => void
  readonly delete: (key: Key) => void
  readonly clear: () => void
  readonly entries: () => Iterable<readonly [Key, Value]>
  readonly size: () => number
  readonly bytes: () => number
}

export interface CacheBudget {
  readonly open: <Key extends {}, Value>(options: CacheOptions<Key, Value>) => BudgetedCache<Key, Value>
  readonly maxBytes: number
  readonly bytes: () => number
  readonly report: () => readonly CacheUse[]
}

interface Entry<Value> {
  readonly value: Value
  /** Without the shared part. */
  readonly bytes: number
  readonly shared: SharedPart | undefined
  usedAt: number
}

/** What the budget needs of a cache to choose the next entry to go. */
interface Member {
  readonly report: () => CacheUse
  readonly oldest: () => number
  readonly evict: () => void
}

/** Shared by the caches of a budget; `now` counts uses. */
interface Ledger {
  now: number
  bytes: number
}

/** Counts each shared part once, from the first entry that has it to the last. */
const createSharedBytes = (ledger: Ledger) => {
  const parts = new Map<object, { readonly bytes: number; entries: number }>()
  let total = 0
  const count = (bytes: number): void => {
    total += bytes
    ledger.bytes += bytes
  }
  return {
    add: (shared: SharedPart | undefined): void => {
      if (shared === undefined) return
      const known = parts.get(shared.content)
      if (known !== undefined) known.entries += 1
      else {
        parts.set(shared.content, { bytes: shared.bytes, entries: 1 })
        count(shared.bytes)
      }
    },
    remove: (shared: SharedPart | undefined): void => {
      if (shared === undefined) return
      const known = parts.get(shared.content)
      if (known === undefined) return
      known.entries -= 1
      if (known.entries > 0) return
      parts.delete(shared.content)
      count(-known.bytes)
    },
    total: (): number => total,
  }
}

type Bounded<Key, Value> = CacheOptions<Key, Value> & { readonly maxBytes: number }

interface Accounts {
  readonly ledger: Ledger
  readonly shared: ReturnType<typeof createSharedBytes>
  readonly counts: { evictions: number }
}

const createStore = <Key extends {}, Value>(
  { maxBytes, onEvict }: Bounded<Key, Value>,
  { ledger, shared, counts }: Accounts,
): LRUCache<Key, Entry<Value>> =>
  new LRUCache({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }) => bytes,
    dispose: (entry, _key, reason) => {
      ledger.bytes -= entry.bytes
      shared.remove(entry.shared)
      if (reason === 'evict') counts.evictions += 1
    },
    disposeAfter: ({ value }, key, reason) => {
      if (reason === 'evict') onEvict?.(key, value)
    },
  })

const createMember = <Key extends {}, Value>(options: Bounded<Key, Value>, ledger: Ledger) => {
  const { name, maxBytes, retention = 1 } = options
  const counts = { hits: 0, misses: 0, evictions: 0 }
  const sharedBytes = createSharedBytes(ledger)
  const kept = createStore(options, { ledger, shared: sharedBytes, counts })
  const bytes = (): number => kept.calculatedSize + sharedBytes.total()
  return {
    get: (key: Key, isGood?: (value: Value) => boolean): Value | undefined => {
      const entry = kept.get(key)
      if (entry === undefined || isGood?.(entry.value) === false) {
        counts.misses += 1
        return undefined
      }
      counts.hits += 1
      entry.usedAt = ++ledger.now
      return entry.value
    },
    set: (key: Key, value: Value, size: number, shared: SharedPart | undefined): Entry<Value> | null => {
      const ownBytes = Math.max(1, Math.ceil(size))
      // lru-cache would drop an entry above its bound without disposing of it.
      if (ownBytes + (shared?.bytes ?? 0) > maxBytes) {
        kept.delete(key)
        return null
      }
      const entry = { value, bytes: ownBytes, shared, usedAt: ++ledger.now }
      ledger.bytes += ownBytes
      sharedBytes.add(shared)
      kept.set(key, entry)
      // lru-cache counts only the entries' own bytes.
      while (bytes() > maxBytes) kept.pop()
      return entry
    },
    report: (): CacheUse => ({
      name,
      entries: kept.size,
      bytes: bytes(),
      maxBytes,
      ...counts,
    }),
    /** Weighted age of the entry unused for longest; -1 without entries. */
    oldest: (): number => {
      for (const entry of kept.rvalues())
        if (entry !== undefined) return (ledger.now - entry.usedAt) / retention
      return -1
    },
    evict: (): void => void kept.pop(),
    bytes,
    kept,
  }
}

export const createCacheBudget = (maxBytes: number): CacheBudget => {
  const ledger: Ledger = { now: 0, bytes: 0 }
  const members: Member[] = []
  const trim = (): void => {
    while (ledger.bytes > maxBytes) {
      const ages = members.map((member) => member.oldest())
      members[ages.indexOf(Math.max(...ages))]?.evict()
    }
  }
  return Object.freeze({
    open: <Key extends {}, Value>(options: CacheOptions<Key, Value>): BudgetedCache<Key, Value> => {
      const bound = Math.min(options.maxBytes ?? maxBytes, maxBytes)
      const member = createMember({ ...options, maxBytes: bound }, ledger)
      const { get, set, kept, bytes } = member
      members.push(member)
      return Object.freeze({
        get,
        peek: (key: Key) => kept.peek(key)?.value,
        set: (key: Key, value: Value, ownBytes: number, shared?: SharedPart) => {
          const entry = set(key, value, ownBytes, shared)
          trim()
          return entry !== null && kept.peek(key) === entry
        },
        grow: (key: Key, more: number) => {
          const known = kept.peek(key)
          if (known === undefined) return
          set(key, known.value, known.bytes + more, known.shared)
          trim()
        },
        delete: (key: Key) => void kept.delete(key),
        clear: () => kept.clear(),
        entries: function* () {
          for (const [key, { value }] of kept.entries()) yield [key, value] as const
        },
        size: () => kept.size,
        bytes,
      })
    },
    maxBytes,
    bytes: () => ledger.bytes,
    report: () => members.map((member) => member.report()),
  })
}

/** A budget without pressure, for a cache on its own. */
export const unlimitedBudget = (): CacheBudget => createCacheBudget(Number.MAX_SAFE_INTEGER)
