// Retires connections: dead ones, old or large ones, and spare ones that have been idle for long.

import type { PipelinedConnection } from './connection.ts'
import type { Slot } from './slot.ts'
import type { StatementRequest } from './statementRequest.ts'

interface SweepOptions<R extends StatementRequest> {
  readonly slots: readonly Slot<R>[]
  /** All open connections, including ones that are draining. */
  readonly open: ReadonlySet<PipelinedConnection<R>>
  readonly maxAgeMs: number
  readonly maxBackendBytes: number
  readonly replace: (slot: Slot<R>, connection: PipelinedConnection<R>) => Promise<void>
}

/** Connections that were retired, by cause. */
export interface Retired {
  readonly age: number
  readonly memory: number
}

export interface Sweeper<R extends StatementRequest> {
  /** From time to time. */
  readonly sweep: () => void
  /** When the backend has grown: does not wait for the next sweep if it is too large. */
  readonly check: (connection: PipelinedConnection<R> | null) => void
  readonly retired: () => Retired
}

const SPARE_IDLE_MS = 30_000
/**
 * Postgres ends a statement at its timeout; a connection without an answer for this much longer is dead.
 */
const SILENCE_MS = 10_000

const destroyDead = <R extends StatementRequest>(open: ReadonlySet<PipelinedConnection<R>>): void => {
  const now = performance.now()
  for (const connection of open) {
    if (now - connection.busySinceMs() > connection.patienceMs() + SILENCE_MS)
      connection.destroy(new Error('Postgres is unreachable.'))
  }
}

export const createSweeper = <R extends StatementRequest>(options: SweepOptions<R>): Sweeper<R> => {
  const { slots, open, maxAgeMs, maxBackendBytes, replace } = options
  const retired = { age: 0, memory: 0 }
  let isReplacing = false

  const causeOf = (connection: PipelinedConnection<R>): keyof Retired | null => {
    if (connection.backendBytes() > maxBackendBytes) return 'memory'
    return performance.now() - connection.openedMs > maxAgeMs ? 'age' : null
  }

  const retire = (slot: Slot<R>, connection: PipelinedConnection<R>, cause: keyof Retired): void => {
    if (!slot.isPermanent) {
      slot.connection = null
      connection.drain()
    } else {
      // One at a time, so that never all connections start with a cold backend at once.
      if (isReplacing || slot.isOpening) return
      isReplacing = true
      void replace(slot, connection).finally(() => {
        isReplacing = false
      })
    }
    retired[cause]++
  }

  const retireSpent = (): void => {
    for (const slot of slots) {
      const { connection } = slot
      const cause = connection === null ? null : causeOf(connection)
      if (connection !== null && cause !== null) retire(slot, connection, cause)
    }
  }

  return {
    sweep: () => {
      destroyDead(open)
      for (const slot of slots) {
        const { connection } = slot
        if (slot.isPermanent || connection === null) continue
        if (performance.now() - connection.freeSinceMs() < SPARE_IDLE_MS) continue
        slot.connection = null
        connection.drain()
      }
      retireSpent()
    },
    check: (connection) => {
      if (connection !== null && connection.backendBytes() > maxBackendBytes) retireSpent()
    },
    retired: () => retired,
  }
}

/** Requests of other workspaces that wait behind a long statement, reported until it ends. */
export const reportLong = <R extends StatementRequest>(
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
