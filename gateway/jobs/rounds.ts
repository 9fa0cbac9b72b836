// Rounds of background work.

export interface Rounds {
  /** Starts; the first round runs at once. */
  readonly start: () => void
  /** One round, now. Never rejects. */
  readonly run: () => Promise<void>
  /** Stops after the running transaction. */
  readonly close: () => Promise<void>
}

/**
 * Rounds one after the other, the next one some time after the end of the last.
 * @param round its argument: whether it is the one at the start
 */
export const createRounds = (everyMs: number, round: (isAtStart: boolean) => Promise<void>): Rounds => {
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let isClosed = false
  const run = (isAtStart = false): Promise<void> => {
    running = running.then(() => round(isAtStart))
    return running
  }
  const repeat = async (isAtStart: boolean): Promise<void> => {
    await run(isAtStart)
    // Random, so that gateways started together drift apart.
    if (!isClosed) timer = setTimeout(() => void repeat(false), everyMs * (0.9 + 0.2 * Math.random())).unref()
  }
  return {
    start: () => void repeat(true),
    run: () => run(),
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await running
    },
  }
}
