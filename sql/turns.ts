// So many at once of each workspace, the others in a queue of its own: nobody waits for another workspace's queue. In: who wants a
// turn; out: whether it has one, waits for one, or finds the queue full. Not decided here: what a turn is good for.

export type Turn = 'taken' | 'queued' | 'full'

export interface Turns<T> {
  /** @param most at once, as the workspace has it now. */
  take(workspace: string, most: number, one: T): Turn
  /** Gives a turn back. Whoever has waited longest gets it, and is returned. */
  giveBack(workspace: string): T | undefined
  /** Takes those out of the queues who give up waiting. */
  remove(isTired: (one: T) => boolean): readonly T[]
  waiting(): number
}

/** Beyond that a workspace is told to come back later: who waits so long has gone away before the answer comes. */
const QUEUED_PER_TURN = 25

interface Account<T> {
  taken: number
  queue: T[]
}

export const createTurns = <T>(): Turns<T> => {
  const accounts = new Map<string, Account<T>>()
  let waiting = 0

  return {
    take: (workspace, most, one) => {
      const account = accounts.get(workspace) ?? { taken: 0, queue: [] }
      if (account.taken < most) {
        account.taken++
        accounts.set(workspace, account)
        return 'taken'
      }
      if (account.queue.length >= most * QUEUED_PER_TURN) return 'full'
      account.queue.push(one)
      waiting++
      return 'queued'
    },
    giveBack: (workspace) => {
      const account = accounts.get(workspace)
      if (account === undefined) return undefined
      const next = account.queue.shift()
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
      for (const account of accounts.values()) {
        removed.push(...account.queue.filter(isTired))
        account.queue = account.queue.filter((one) => !isTired(one))
      }
      waiting -= removed.length
      return removed
    },
    waiting: () => waiting,
  }
}
