// The key that the playgrounds send, if one was handed to them. In: a token that was just shown to the user;
// out: the same, until the page is closed or reloaded. It lives in this closure alone: no storage of the
// browser and no URL ever holds it.

export interface PlaygroundKey {
  readonly name: string
  readonly token: string
}

export interface PlaygroundKeyStore {
  readonly get: () => PlaygroundKey | null
  readonly set: (key: PlaygroundKey | null) => void
  /** Calls back on every change; returns what ends that. */
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
