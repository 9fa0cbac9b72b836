// Runs work for many callers at once: what is asked for while a batch runs waits for the next one. A single
// caller waits for nothing.

/** Rejects like the batch of the item. */
export type RunBatched<Item> = (item: Item) => Promise<void>

/** @param run rejects for all its items together */
export const createBatching = <Item>(
  run: (items: readonly Item[]) => Promise<void>,
  mostItems: number,
): RunBatched<Item> => {
  interface Waiting {
    readonly item: Item
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }
  const waiting: Waiting[] = []
  let isRunning = false
  const drain = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0, mostItems)
      try {
        await run(batch.map(({ item }) => item))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isRunning = false
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isRunning) void drain()
    })
}
