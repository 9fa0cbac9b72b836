// Storage for GraphiQL that ends with the page. In: what it wants to remember (tabs, queries, headers that
// may hold a key); out: the same, until the page is left. The browser's own storage never sees any of it.

import type { Storage } from '@graphiql/toolkit'

export const createMemoryStorage = (): Storage => {
  const kept = new Map<string, string>()
  return {
    get length() {
      return kept.size
    },
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}
