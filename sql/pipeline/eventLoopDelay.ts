// How late this process's timer fires, as a measure of how busy the machine is. The same load delays Postgres
// too, and no statement is to blame for it. Converts timer ticks into the extra time a run may take.

export interface EventLoopDelay {
  /** Called by the timer. */
  tick(): void
  /** Milliseconds; 0 on an idle machine. */
  allowanceMs(): number
}

/** Smoothing: after ten ticks a third of one late tick's effect is left. */
const KEPT_PER_TICK = 0.9
/** A run involves several hops between processes, each of which waits as long as this one did. */
const TURNS = 4
/** Upper bound: a long run is long on any machine. */
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
    // A timer is usually a millisecond late.
    allowanceMs: () => (lateMs < 2 ? 0 : Math.min(lateMs * TURNS, MOST_MS)),
  }
}
