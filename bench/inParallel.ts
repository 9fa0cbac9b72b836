const AT_ONCE = 8

/** Runs the work of each index below `count`, several at once. */
export const inParallel = async (
  count: number,
  work: (index: number) => Promise<void>,
  atOnce: number = AT_ONCE,
): Promise<void> => {
  let next = 0
  const run = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, run))
}
