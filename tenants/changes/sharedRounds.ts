// Rounds of one piece of work, one at a time, for callers who need one that begins after their call.

interface SharedRounds {
  /**
   * A round that has begun may have missed what its caller wrote: while one runs, callers share the one after
   * it.
   * @returns the round; rejects as it does, and the next one begins all the same
   */
  readonly run: () => Promise<void>
  /** Waits for the rounds that were asked for. Never rejects. */
  readonly idle: () => Promise<void>
}

export const createSharedRounds = (round: () => Promise<void>): SharedRounds => {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const begin = (): Promise<void> => {
    next = null
    running = round().finally(() => {
      running = null
    })
    return running
  }
  return {
    run: () => {
      if (next === null && running === null) return begin()
      next ??= (running ?? Promise.resolve()).catch(() => {}).then(begin)
      return next
    },
    idle: async () => {
      await (next ?? running)?.catch(() => {})
    },
  }
}
