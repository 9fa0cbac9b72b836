// Jobs that wait for a connection: one queue for jobs that share a connection, one for large writes, of which
// a connection takes two at a time, and one for jobs that run alone.
//
//   enter ─> free? ─ yes ─> sent
//             │ no
//             v
//           queue ─ onFree ─> sent
//                 └ remove ─> given up

import type { PipelinedConnection } from './connection.ts'
import type { Job } from './job.ts'

export interface Queues {
  /** Sends the job on a free connection, or queues it. */
  enter(job: Job, isAlone: boolean): void
  /** Sends queued jobs that need no connection of their own, as far as there is one for them. */
  drain(): void
  /** Empties the queue of the jobs that run alone. */
  takeAlone(): readonly Job[]
  remove(isTired: (job: Job) => boolean): readonly Job[]
  count(): number
  /** Jobs wait that one more connection would take. */
  isShort(): boolean
}

/**
 * @param choose the connection for a job; null: none is free
 * @param onQueued a job was queued
 */
export const createQueues = (
  choose: (job: Job) => PipelinedConnection<Job> | null,
  onQueued: () => void,
): Queues => {
  const sharing: Job[] = []
  const large: Job[] = []
  const alone: Job[] = []

  /** False: no connection is free. A job that cannot be encoded is rejected, and thereby placed. */
  const isPlaced = (job: Job): boolean => {
    if (job.isSettled) return true
    const connection = choose(job)
    if (connection === null) return false
    try {
      connection.submit(job)
      job.copies++
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  return {
    enter: (job, isAlone) => {
      job.isAlone = isAlone
      const queue = isAlone ? alone : job.isLargeWrite ? large : sharing
      if ((isAlone || queue.length === 0) && isPlaced(job)) return
      queue.push(job)
      onQueued()
    },
    drain: () => {
      for (const queue of [sharing, large]) while (queue[0] !== undefined && isPlaced(queue[0])) queue.shift()
    },
    takeAlone: () => alone.splice(0),
    remove: (isTired) => {
      const removed: Job[] = []
      for (const queue of [sharing, large, alone]) {
        for (const job of queue.filter(isTired)) {
          queue.splice(queue.indexOf(job), 1)
          removed.push(job)
        }
      }
      return removed
    },
    count: () => sharing.length + large.length + alone.length,
    isShort: () => sharing.length + alone.length > 0,
  }
}
