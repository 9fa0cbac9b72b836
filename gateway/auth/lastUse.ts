// Records api_keys.last_used_at outside the request path: one update for many keys, at most once a minute for
// each. A failed write is retried when the key is noted next.

interface LastUse {
  /** @returns when the next use is worth noting, in milliseconds */
  readonly note: (keyId: string) => number
  /** Writes pending times; for shutdown. */
  readonly close: () => Promise<void>
}

interface LastUseOptions {
  readonly write: (keyIds: readonly string[]) => Promise<void>
  readonly onError: (error: unknown) => void
  /** In milliseconds. */
  readonly clock: () => number
}

const ONCE_IN_MS = 60_000
/** Collecting time before a write. */
const GATHER_MS = 1_000

export const createLastUse = ({ write, onError, clock }: LastUseOptions): LastUse => {
  /** When each key was last recorded; only keys of the past minute. */
  let noted = new Map<string, number>()
  let waiting: string[] = []
  let timer: NodeJS.Timeout | undefined

  const dropOld = (now: number): void => {
    noted = new Map([...noted].filter(([, notedAtMs]) => now - notedAtMs < ONCE_IN_MS))
  }

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const keyIds = waiting
    waiting = []
    if (keyIds.length === 0) return
    dropOld(clock())
    try {
      await write(keyIds)
    } catch (error) {
      for (const keyId of keyIds) noted.delete(keyId)
      onError(error)
    }
  }

  const note = (keyId: string): number => {
    const now = clock()
    const notedAtMs = noted.get(keyId)
    if (notedAtMs !== undefined && now - notedAtMs < ONCE_IN_MS) return notedAtMs + ONCE_IN_MS
    noted.set(keyId, now)
    waiting.push(keyId)
    timer ??= setTimeout(flush, GATHER_MS).unref()
    return now + ONCE_IN_MS
  }

  return Object.freeze({ note, close: flush })
}
