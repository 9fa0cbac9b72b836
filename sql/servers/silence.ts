// Notices a server that keeps its connections open and answers on none: a paused process, or a network that
// drops packets. TCP notices neither for minutes. A long statement is silent, too, so a new connection is
// tried before the old ones are broken; any byte from the server counts as an answer.

import type { Log } from '../log.ts'
import { isSilent } from './probe.ts'

interface WatchedConnection {
  /** Since the connection was opened. */
  readonly bytesRead: () => number
  /** Whether a statement was sent and not answered. */
  readonly isWaiting: () => boolean
  readonly destroy: (cause: Error) => void
}

interface SilenceOptions {
  readonly connections: () => readonly WatchedConnection[]
  /** Of the server that they lead to. */
  readonly url: () => string
  /** Statements that nothing answers fail within it. */
  readonly waitMs: number
  /** The pool has ended, and the watch ends with it. */
  readonly isOver: () => boolean
  readonly log?: Log | undefined
}

/** Parts of the time that a request may wait: 0.8 in all, so that a read can be sent once more. */
const TICK = 0.1
const SILENT_AFTER = 0.3
const PROBE_WITHIN = 0.3

/** Starts at once; does not keep the process alive. */
export const watchSilence = ({ connections, url, waitMs, isOver, log }: SilenceOptions): void => {
  let received = 0
  let receivedAtMs = performance.now()
  let isProbing = false

  const bytes = (): number => connections().reduce((sum, { bytesRead }) => sum + bytesRead(), 0)
  const noteReceived = (count: number): void => {
    received = count
    receivedAtMs = performance.now()
  }
  const breakAll = (): void => {
    const message = `Postgres has not answered for ${Math.round(performance.now() - receivedAtMs)} ms.`
    log?.warn({ connections: connections().length }, 'Postgres does not answer; its connections are broken')
    for (const each of connections()) each.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }))
  }
  const probe = async (): Promise<void> => {
    isProbing = true
    const hasFailed = await isSilent(url(), PROBE_WITHIN * waitMs)
    isProbing = false
    if (hasFailed && bytes() === received) breakAll()
    noteReceived(bytes())
  }
  const tick = (): void => {
    if (isOver()) clearInterval(timer)
    if (isProbing) return
    const count = bytes()
    const isAwaited = connections().some(({ isWaiting }) => isWaiting())
    if (count !== received || !isAwaited) noteReceived(count)
    else if (performance.now() - receivedAtMs >= SILENT_AFTER * waitMs) void probe()
  }
  const timer = setInterval(tick, TICK * waitMs).unref()
}
