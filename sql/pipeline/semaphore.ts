// So many at once of each workspace, the others in queues of its own: nobody waits for another workspace's
// queue. In: who wants a turn, and whether it is long; out: whether it has one, waits for one, or finds the
// queue full. Those that are not known to be long go first, and are never refused. Not decided here: what a
// turn is good for, how long anybody waits (pool.ts).

export type Turn = 'taken' | 'queued' | 'full'

export interface Semaphore<T> {
  /** @param most at once, as the workspace has it now. */
  take(workspace: string, most: number, one: T, isLong: boolean): Turn
  /** Gives a turn back. Whoever is next gets it, and is returned. */
  giveBack(workspace: string): T | undefined
  /** Takes those out of the queues who give up waiting. */
  remove(isTired: (one: T) => boolean): readonly T[]
  waiting(): number
}

/**
 * Beyond that a workspace is told to come back later: who waits so long has gone away before the answer
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
