// Which statements one connection keeps prepared, and under which names. In: a key that says everything a
// plan depends on; out: a name, new or known. Every preparation gets a name of its own, so one that failed
// can never be taken for one that succeeded. The least recently used are given up, and their names handed out
// for closing.

import { LRUCache } from 'lru-cache'

export interface PreparedNames {
  /** The key's name; `isNew` means that it has yet to be parsed. */
  claim(key: string): { readonly name: string; readonly isNew: boolean }
  /** Gives up the name, unless the key has moved on to another. */
  forget(key: string, name: string): void
  /** Names that the server may forget. They stay listed until `closed`. */
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
