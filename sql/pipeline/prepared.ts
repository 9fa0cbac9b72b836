// Names of the statements that one connection keeps prepared. The key contains everything that a plan depends
// on. Every preparation gets a name of its own, so a failed one is never mistaken for one that succeeded. The
// least recently used names are evicted and listed for closing.

import { LRUCache } from 'lru-cache'

export interface PreparedNames {
  /** The key's name; `isNew` means that the statement has yet to be parsed. */
  claim(key: string): { readonly name: string; readonly isNew: boolean }
  /** Drops the name, unless the key has another one by now. */
  forget(key: string, name: string): void
  /** Evicted names that the server can close. They stay listed until `closed`. */
  readonly toClose: readonly string[]
  closed(): void
  size(): number
}

export const createPreparedNames = (max: number): PreparedNames => {
  const toClose: string[] = []
  const names = new LRUCache<string, string>({ max, dispose: (name) => toClose.push(name) })
  let last = 0
  return {
    claim: (key) => {
      const known = names.get(key)
      if (known !== undefined) return { name: known, isNew: false }
      const name = `t${(++last).toString(36)}`
      names.set(key, name)
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
  }
}
