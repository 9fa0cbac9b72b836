// Retires connections: dead ones, old or large ones, and spare ones that have been idle for long.

import type { PipelinedConnection } from './connection.ts'
import type { Request } from './request.ts'
import type { Slot } from './slot.ts'

export interface SweepOptions<R extends Request> {
  readonly slots: readonly Slot<R>[]
  /** All open connections, including ones that are draining. */
  readonly open: ReadonlySet<PipelinedConnection<R>>
  readonly maxAgeMs: number
  readonly maxBackendBytes: number
  readonly replace: (slot: Slot<R>, connection: PipelinedConnection<R>) => void
}

const SPARE_IDLE_MS = 30_000
/**
 * Postgres ends a statement at its timeout; a connection without an answer for this much longer is dead.
 */
const SILENCE_MS = 10_000

export const sweep = <R extends Request>(options: SweepOptions<R>): void => {
  const { slots, open, maxAgeMs, maxBackendBytes, replace } = options
  const now = performance.now()
  for (const connection of open) {
    if (now - connection.busySinceMs() > connection.patienceMs() + SILENCE_MS)
      connection.destroy(new Error('Postgres is unreachable.'))
  }
  for (const slot of slots) {
    const { connection } = slot
    if (connection === null) continue
    const isSpent = now - connection.openedMs > maxAgeMs || connection.backendBytes() > maxBackendBytes
    if (!slot.isPermanent) {
      if (!isSpent && now - connection.freeSinceMs() < SPARE_IDLE_MS) continue
      slot.connection = null
      connection.drain()
    } else if (isSpent) {
      // One at a time, so that never all connections start with a cold backend at once.
      replace(slot, connection)
      break
    }
  }
}

/** Requests of other workspaces that wait behind a long statement, reported until it ends. */
export const reportLong = <R extends Request>(
  open: ReadonlySet<PipelinedConnection<R>>,
  quickMs: number,
  onLong: (request: R, busyMs: number, behind: readonly R[]) => void,
): void => {
  const now = performance.now()
  for (const connection of open) {
    const busyMs = now - connection.busySinceMs()
    if (busyMs <= quickMs) continue
    const [first, ...behind] = connection.requests()
    if (first === undefined) continue
    const { workspace } = first.session
    onLong(
      first,
      busyMs,
      behind.filter(({ session }) => session.workspace !== workspace),
    )
  }
}
