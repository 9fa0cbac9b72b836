// Values that are derived from an owner (a schema, an object of a role model) and live at most as long as it.
// All owners together are bounded in bytes; the least recently used value goes first. The cache keeps no
// owner alive: what belongs to a collected owner is collected with it, and its bytes are counted until they
// age out.

import { LRUCache } from 'lru-cache'

export interface OwnedCache<Owner extends WeakKey, Value> {
  readonly get: (owner: Owner, key: string) => Value | undefined
  readonly set: (owner: Owner, key: string, value: Value, bytes: number) => void
  /** Bytes of all values, as their callers counted them. */
  readonly bytes: () => number
}

/** An entry's place in the order of use. Holds neither the value nor the owner. */
interface Slot {
  readonly key: string
}

interface Entry<Value> {
  readonly value: Value
  readonly slot: Slot
}

type Entries<Value> = Map<string, Entry<Value>>

export const createOwnedCache = <Owner extends WeakKey, Value>(
  maxBytes: number,
): OwnedCache<Owner, Value> => {
  const byOwner = new WeakMap<
    Owner,
    { readonly entries: Entries<Value>; readonly ref: WeakRef<Entries<Value>> }
  >()
  const slots = new LRUCache<Slot, WeakRef<Entries<Value>>>({
    maxSize: maxBytes,
    dispose: (ref, slot) => {
      const entries = ref.deref()
      if (entries?.get(slot.key)?.slot === slot) entries.delete(slot.key)
    },
  })

  const ownedBy = (owner: Owner) => {
    const known = byOwner.get(owner)
    if (known !== undefined) return known
    const entries: Entries<Value> = new Map()
    const owned = { entries, ref: new WeakRef(entries) }
    byOwner.set(owner, owned)
    return owned
  }

  return {
    get: (owner, key) => {
      const entry = byOwner.get(owner)?.entries.get(key)
      if (entry === undefined) return undefined
      slots.get(entry.slot)
      return entry.value
    },
    set: (owner, key, value, bytes) => {
      const { entries, ref } = ownedBy(owner)
      const replaced = entries.get(key)
      if (replaced !== undefined) slots.delete(replaced.slot)
      const slot = { key }
      slots.set(slot, ref, { size: Math.max(1, Math.ceil(bytes)) })
      // A value above the whole bound is not kept.
      if (slots.has(slot)) entries.set(key, { value, slot })
    },
    bytes: () => slots.calculatedSize,
  }
}
