// How busy the machine is, as this process sees it: by how much its timer is late. What keeps it waiting
// keeps Postgres waiting, too, and no statement is to blame for that. In: the ticks of a timer; out: how much
// longer than usual a run may take.

export interface EventLoopDelay {
  /** Called by the timer. */
  tick(): void
  /** Milliseconds; none on a machine that has time. */
  allowanceMs(): number
}

/** Within ten ticks a third is left of what one late tick told. */
const KEPT_PER_TICK = 0.9
/** A run takes several semaphore of several processes, each of which waits as this one did. */
const TURNS = 4
/** Long is long on any machine. */
const MOST_MS = 250

/** @param clock in milliseconds, for tests. */
export const createEventLoopDelay = (
  everyMs: number,
  clock: () => number = () => performance.now(),
): EventLoopDelay => {
  let lateMs = 0
  let lastMs = clock()
  return {
    tick: () => {
      const nowMs = clock()
      lateMs = Math.max(nowMs - lastMs - everyMs, lateMs * KEPT_PER_TICK)
      lastMs = nowMs
    },
    // A timer is a millisecond late as a rule.
    allowanceMs: () => (lateMs < 2 ? 0 : Math.min(lateMs * TURNS, MOST_MS)),
  }
}
