// The epoch of `performance.now()`. It never jumps between two spans of a trace unless the system's clock was
// set: such a step is followed, since a process lives for weeks.

/** Finer differences are those of the millisecond that `Date.now()` counts in. */
const SMALLEST_STEP_MS = 10

export interface Clock {
  /** Milliseconds since 1970 at which `performance.now()` was 0. */
  readonly epochMs: () => number
  /** Looks whether the system's clock was set. */
  readonly follow: () => void
}

export const createClock = (nowMs: () => number = Date.now): Clock => {
  let epochMs = performance.timeOrigin
  return {
    epochMs: () => epochMs,
    follow: () => {
      const stepMs = nowMs() - (epochMs + performance.now())
      if (Math.abs(stepMs) >= SMALLEST_STEP_MS) epochMs += stepMs
    },
  }
}
