// Jobs that wait for a connection: one queue for jobs that share a connection, one for jobs that run alone.
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
  /** Sends queued jobs that share connections, as far as these are free. */
  drain(): void
  /** Empties the queue of the jobs that run alone. */
  takeAlone(): readonly Job[]
  remove(isTired: (job: Job) => boolean): readonly Job[]
  count(): number
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
      const queue = isAlone ? alone : sharing
      if ((isAlone || queue.length === 0) && isPlaced(job)) return
      queue.push(job)
      onQueued()
    },
    drain: () => {
      while (sharing[0] !== undefined && isPlaced(sharing[0])) sharing.shift()
    },
    takeAlone: () => alone.splice(0),
    remove: (isTired) => {
      const removed: Job[] = []
      for (const queue of [sharing, alone]) {
        for (const job of queue.filter(isTired)) {
          queue.splice(queue.indexOf(job), 1)
          removed.push(job)
        }
      }
      return removed
    },
    count: () => sharing.length + alone.length,
  }
}
