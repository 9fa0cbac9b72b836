// Names of the statements that one connection keeps prepared. The key contains everything that a plan depends
// on. Every preparation gets a name of its own, so a failed one is never mistaken for one that succeeded. The
// least recently used names are evicted and listed for closing.

import { LRUCache } from 'lru-cache'

interface PreparedNames {
  /**
   * The key's name; `isNew` means that the statement has yet to be parsed. The name is empty for a text that
   * is too large to be kept.
   */
  claim(key: string, text: string): { readonly name: string; readonly isNew: boolean }
  /** Drops the name, unless the key has another one by now. */
  forget(key: string, name: string): void
  /** Evicted names that the server can close. They stay listed until `closed`. */
  readonly toClose: readonly string[]
  closed(): void
  size(): number
  /** Estimated memory of their plans in the backend. */
  bytes(): number
}

/** Measured on Postgres 18: 122 KB for 2,000 characters, 625 KB for 12,000. */
const BYTES_PER_CHARACTER = 62

export const createPreparedNames = (max: number, maxBytes: number): PreparedNames => {
  const toClose: string[] = []
  const names = new LRUCache<string, string>({
    max,
    maxSize: maxBytes,
    dispose: (name) => toClose.push(name),
  })
  let last = 0
  return {
    claim: (key, text) => {
      const known = names.get(key)
      if (known !== undefined) return { name: known, isNew: false }
      const size = BYTES_PER_CHARACTER * text.length + 1
      if (size > maxBytes) return { name: '', isNew: true }
      const name = `t${(++last).toString(36)}`
      names.set(key, name, { size })
      return { name, isNew: true }
    },
    forget: (key, name) => {
      if (names.peek(key) === name) names.delete(key)
    },
    toClose,
    closed: () => {
      toClose.length = 0
    },
    size: () => names.size,
    bytes: () => names.calculatedSize,
  }
}
