// In-memory storage for GraphiQL. Its tabs, queries and headers may hold a key, and must not reach the
// browser's storage.

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
