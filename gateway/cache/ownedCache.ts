// Values that are derived from an owner (a schema, an object of a role model) and live at most as long as it.
// All owners together are bounded in bytes; the least recently used value goes first. The cache keeps no
// owner alive: what belongs to a collected owner is collected with it, and its bytes are given back then.

import type { CacheBudget, CacheOptions } from './budget.ts'

interface OwnedCache<Owner extends WeakKey, Value> {
  readonly get: (owner: Owner, key: string) => Value | undefined
  readonly set: (owner: Owner, key: string, value: Value, bytes: number) => void
  /** Counts further bytes of a value. */
  readonly grow: (owner: Owner, key: string, bytes: number) => void
  /** Drops all values of an owner. */
  readonly drop: (owner: Owner) => void
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

interface Owned<Value> {
  readonly entries: Map<string, Entry<Value>>
  readonly slots: Set<Slot>
}

type Place<Value> = WeakRef<Owned<Value>>

/** Looked up for a value that is not there, to count the miss. */
const NOWHERE: Slot = { key: '' }

const forget = <Value>({ entries, slots }: Owned<Value>, slot: Slot): void => {
  slots.delete(slot)
  if (entries.get(slot.key)?.slot === slot) entries.delete(slot.key)
}

export const createOwnedCache = <Owner extends WeakKey, Value>(
  budget: CacheBudget,
  options: Omit<CacheOptions<never, never>, 'onEvict'>,
): OwnedCache<Owner, Value> => {
  const byOwner = new WeakMap<Owner, { readonly owned: Owned<Value>; readonly place: Place<Value> }>()
  const places = budget.open<Slot, Place<Value>>({
    ...options,
    onEvict: (slot, place) => {
      const owned = place.deref()
      if (owned !== undefined) forget(owned, slot)
    },
  })
  const remove = (owned: Owned<Value>, slot: Slot): void => {
    places.delete(slot)
    forget(owned, slot)
  }
  const collected = new FinalizationRegistry<Owned<Value>['slots']>((slots) => {
    for (const slot of slots) places.delete(slot)
  })

  const ownedBy = (owner: Owner) => {
    const known = byOwner.get(owner)
    if (known !== undefined) return known
    const owned: Owned<Value> = { entries: new Map(), slots: new Set() }
    const made = { owned, place: new WeakRef(owned) }
    byOwner.set(owner, made)
    collected.register(owner, owned.slots)
    return made
  }

  return {
    get: (owner, key) => {
      const entry = byOwner.get(owner)?.owned.entries.get(key)
      places.get(entry?.slot ?? NOWHERE)
      return entry?.value
    },
    set: (owner, key, value, bytes) => {
      const { owned, place } = ownedBy(owner)
      const replaced = owned.entries.get(key)
      if (replaced !== undefined) remove(owned, replaced.slot)
      const slot = { key }
      // First, because the value may be the one that goes for lack of room.
      owned.slots.add(slot)
      owned.entries.set(key, { value, slot })
      if (!places.set(slot, place, bytes)) remove(owned, slot)
    },
    grow: (owner, key, bytes) => {
      const slot = byOwner.get(owner)?.owned.entries.get(key)?.slot
      if (slot !== undefined) places.grow(slot, bytes)
    },
    drop: (owner) => {
      const owned = byOwner.get(owner)?.owned
      if (owned === undefined) return
      for (const slot of [...owned.slots]) remove(owned, slot)
    },
    bytes: places.bytes,
  }
}
