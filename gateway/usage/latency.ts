// Latency as a histogram whose steps grow by about a half; percentiles are exact to their step. The steps are
// stored (tenantry.usage.latencies): only append to them.

const BOUNDS_MS = [
  1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000,
  7_000, 10_000, 15_000, 30_000,
] as const

/** One step per bound, and one above them all. */
export const STEPS = BOUNDS_MS.length + 1

export const stepOf = (ms: number): number => {
  let step = 0
  while (step < BOUNDS_MS.length && ms > (BOUNDS_MS[step] ?? 0)) step += 1
  return step
}

/**
 * The time within which this share of the requests was answered, in milliseconds: interpolated linearly
 * within its step.
 * @param share from 0 to 1.
 */
export const percentileMs = (counts: readonly number[], share: number): number => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [step, count] of counts.entries()) {
    if (count > 0 && below + count >= total * share) {
      const from = BOUNDS_MS[step - 1] ?? 0
      const to = BOUNDS_MS[step] ?? from
      return from + ((to - from) * (total * share - below)) / count
    }
    below += count
  }
  return 0
}
