import type { Logger } from 'pino'

/** Runs every step, in order, even if earlier ones fail. */
export const inOrder = async (log: Logger, steps: readonly (() => unknown)[]): Promise<void> => {
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      log.warn({ err: error }, 'part of the gateway did not close cleanly')
    }
  }
}
