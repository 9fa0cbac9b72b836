// Limits how many jobs of each workspace run at once. Each workspace has queues of its own, so none waits
// behind another workspace's queue. Jobs not known to be long go first, and are never refused. The pool
// decides what a permit allows and how long a job waits.

export type Turn = 'taken' | 'queued' | 'full'

interface Semaphore<T> {
  /** @param most the workspace's current limit */
  take(workspace: string, most: number, one: T, isLong: boolean): Turn
  /** Releases a permit and returns the job that it passes to. */
  giveBack(workspace: string): T | undefined
  /** Removes jobs that give up waiting. */
  remove(isTired: (one: T) => boolean): readonly T[]
  waiting(): number
}

/**
 * Queue length beyond which jobs are refused: a client behind a longer queue has gone away before its answer
 * comes.
 */
const QUEUED_PER_TURN = 25

interface Account<T> {
  taken: number
  first: T[]
  long: T[]
}

export const createSemaphore = <T>(): Semaphore<T> => {
  const accounts = new Map<string, Account<T>>()
  let waiting = 0

  return {
    take: (workspace, most, one, isLong) => {
      const account = accounts.get(workspace) ?? { taken: 0, first: [], long: [] }
      if (account.taken < most) {
        account.taken++
        accounts.set(workspace, account)
        return 'taken'
      }
      if (isLong && account.long.length >= most * QUEUED_PER_TURN) return 'full'
      const queue = isLong ? account.long : account.first
      queue.push(one)
      waiting++
      return 'queued'
    },
    giveBack: (workspace) => {
      const account = accounts.get(workspace)
      if (account === undefined) return undefined
      const next = account.first.shift() ?? account.long.shift()
      if (next !== undefined) {
        waiting--
        return next
      }
      account.taken--
      if (account.taken === 0) accounts.delete(workspace)
      return undefined
    },
    remove: (isTired) => {
      if (waiting === 0) return []
      const removed: T[] = []
      const rest = (queue: readonly T[]): T[] =>
        queue.filter((one) => {
          const isGone = isTired(one)
          if (isGone) removed.push(one)
          return !isGone
        })
      for (const account of accounts.values()) {
        account.first = rest(account.first)
        account.long = rest(account.long)
      }
      waiting -= removed.length
      return removed
    },
    waiting: () => waiting,
  }
}
