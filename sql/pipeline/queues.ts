// Jobs that wait for a connection: one queue for jobs that share a connection, in which workspaces take
// turns, one for large writes, of which a connection takes two at a time, and one for jobs that run alone.
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

interface QueueEvents {
  /** A job was queued. */
  readonly onQueued: () => void
  /** Whether there are connections that jobs share, which then wait for room alone. */
  readonly takesMore: () => boolean
}

interface Turns {
  push(job: Job): void
  first(): Job | undefined
  /** Removes the first. */
  shift(): void
  remove(isTired: (job: Job) => boolean): readonly Job[]
  readonly length: number
}

const removeFrom = (queue: Job[], isTired: (job: Job) => boolean): readonly Job[] => {
  const removed = queue.filter(isTired)
  for (const job of removed) queue.splice(queue.indexOf(job), 1)
  return removed
}

/** Workspaces take turns, so that none waits for all jobs of another one. */
const createTurns = (): Turns => {
  const queues = new Map<string, Job[]>()
  let length = 0
  const next = (): [string, Job[]] | undefined => queues.entries().next().value
  return {
    push: (job) => {
      const { workspace } = job.session
      const queue = queues.get(workspace)
      if (queue === undefined) queues.set(workspace, [job])
      else queue.push(job)
      length++
    },
    first: () => (length === 0 ? undefined : next()?.[1][0]),
    shift: () => {
      const turn = next()
      if (turn === undefined) return
      const [workspace, queue] = turn
      queue.shift()
      length--
      queues.delete(workspace)
      if (queue.length > 0) queues.set(workspace, queue)
    },
    remove: (isTired) => {
      const removed: Job[] = []
      for (const [workspace, queue] of queues) {
        removed.push(...removeFrom(queue, isTired))
        if (queue.length === 0) queues.delete(workspace)
      }
      length -= removed.length
      return removed
    },
    get length() {
      return length
    },
  }
}

/** @param choose the connection for a job; null: none is free */
export const createQueues = (
  choose: (job: Job) => PipelinedConnection<Job> | null,
  { onQueued, takesMore }: QueueEvents,
): Queues => {
  const sharing = createTurns()
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
      if ((isAlone || job.isHedged || queue.length === 0) && isPlaced(job)) return
      queue.push(job)
      onQueued()
    },
    drain: () => {
      for (let job = sharing.first(); job !== undefined && isPlaced(job); job = sharing.first())
        sharing.shift()
      while (large[0] !== undefined && isPlaced(large[0])) large.shift()
    },
    takeAlone: () => alone.splice(0),
    remove: (isTired) => [
      ...sharing.remove(isTired),
      ...removeFrom(large, isTired),
      ...removeFrom(alone, isTired),
    ],
    count: () => sharing.length + large.length + alone.length,
    isShort: () => alone.length > 0 || (sharing.length > 0 && !takesMore()),
  }
}
