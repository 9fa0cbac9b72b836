// The API key that the playgrounds send, until the page is closed or reloaded. It exists only in this
// closure: never in browser storage, never in a URL.

export interface PlaygroundKey {
  readonly name: string
  readonly token: string
}

interface PlaygroundKeyStore {
  readonly get: () => PlaygroundKey | null
  readonly set: (key: PlaygroundKey | null) => void
  /** @returns unsubscribes. */
  readonly subscribe: (onChange: () => void) => () => void
}

export const createPlaygroundKeyStore = (): PlaygroundKeyStore => {
  let current: PlaygroundKey | null = null
  const listeners = new Set<() => void>()
  return {
    get: () => current,
    set: (key) => {
      current = key
      for (const listener of listeners) listener()
    },
    subscribe: (onChange) => {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
  }
}
