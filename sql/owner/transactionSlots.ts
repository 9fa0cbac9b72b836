// Limits how many connections of the owner's pool are held across statements, so that a single query always
// finds one. A transaction takes a slot; schema changes, which may wait long for locks, leave one slot to
// other transactions. Jobs may hold a connection for hours, and leave fewer slots to transactions.
//
//   size 5:  queries │ queries, jobs │ transactions │ transactions, schema changes (2)

import { OwnerBusy } from './busy.ts'

/** Connections that transactions leave to single queries and jobs. */
const LEFT_TO_OTHERS = 2
/** Of all, and of the changes of one workspace. Further ones are refused. */
const MOST_WAITING = 1_000
const MOST_WAITING_OF_NAME = 100

/** What a transaction changes. One of each name runs at a time. */
export interface SlotChange {
  /** A workspace's id, or a name. */
  readonly of: string
  /** It may wait long for locks. */
  readonly isOfSchema: boolean
}

interface Waiting {
  readonly change: SlotChange | undefined
  readonly enter: () => void
}

export interface TransactionSlots {
  /**
   * Resolves when the transaction may connect, first come, first served. Rejects with OwnerBusy
   * when too many wait, or after the time.
   * @returns releases the slot
   */
  readonly take: (change?: SlotChange) => Promise<() => void>
  /** The same for a connection that a job holds: from the call on, fewer transactions begin. */
  readonly takeForJob: () => Promise<() => void>
  readonly waiting: () => number
}

/** Which transactions may begin. */
const createCounts = (size: number) => {
  const changing = new Set<string>()
  let schemaChanges = 0
  let taken = 0
  let jobs = 0
  const slots = (): number => Math.max(1, Math.min(size - LEFT_TO_OTHERS, size - 1 - jobs))
  return {
    mayBegin: (change?: SlotChange): boolean =>
      taken < slots() &&
      (change === undefined ||
        (!changing.has(change.of) && (!change.isOfSchema || schemaChanges < Math.max(1, slots() - 1)))),
    begin: (change?: SlotChange): void => {
      taken += 1
      if (change?.isOfSchema === true) schemaChanges += 1
      if (change !== undefined) changing.add(change.of)
    },
    end: (change?: SlotChange): void => {
      taken -= 1
      if (change?.isOfSchema === true) schemaChanges -= 1
      if (change !== undefined) changing.delete(change.of)
    },
    /** @param by 1 or -1 */
    countJob: (by: number): void => {
      jobs += by
    },
    jobMayBegin: (): boolean => taken <= slots(),
  }
}

/** Joins the line until its turn to begin. */
const wait = (line: Waiting[], waitMs: number, change?: SlotChange): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      line.splice(line.indexOf(waiting), 1)
      reject(new OwnerBusy(`All connections for transactions were in use for ${waitMs} ms.`))
    }, waitMs)
    const enter = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const waiting = { change, enter }
    line.push(waiting)
  })

export const createTransactionSlots = (size: number, waitMs: number): TransactionSlots => {
  const queue: Waiting[] = []
  const waitingJobs: Waiting[] = []
  const counts = createCounts(size)

  const beginNext = (): void => {
    if (counts.jobMayBegin()) for (const { enter } of waitingJobs.splice(0)) enter()
    for (;;) {
      const at = queue.findIndex(({ change }) => counts.mayBegin(change))
      const [next] = at < 0 ? [] : queue.splice(at, 1)
      if (next === undefined) return
      counts.begin(next.change)
      next.enter()
    }
  }
  const isFull = (change?: SlotChange): boolean =>
    queue.length >= MOST_WAITING ||
    (change !== undefined &&
      queue.filter((other) => other.change?.of === change.of).length >= MOST_WAITING_OF_NAME)
  const endJob = (): void => {
    counts.countJob(-1)
    beginNext()
  }

  return {
    take: async (change) => {
      if (counts.mayBegin(change)) counts.begin(change)
      else if (isFull(change)) throw new OwnerBusy('Too many transactions wait for a connection.')
      else await wait(queue, waitMs, change)
      return () => {
        counts.end(change)
        beginNext()
      }
    },
    takeForJob: async () => {
      counts.countJob(1)
      try {
        if (!counts.jobMayBegin()) await wait(waitingJobs, waitMs)
        return endJob
      } catch (error) {
        endJob()
        throw error
      }
    },
    waiting: () => queue.length,
  }
}
