// Leaves a server that no longer takes writes. Postgres demotes by a restart, which breaks all connections;
// a server may also become read-only under them, or stand behind a name that now means another one.

import type { Login } from './connect.ts'
import type { PipelinedConnection } from './connection.ts'
import type { Slot } from './slot.ts'
import type { StatementRequest } from './statementRequest.ts'

interface DepartureOptions<R extends StatementRequest> {
  readonly servers: Login['servers']
  readonly slots: readonly Slot<R>[]
  /** All open connections, including ones that are draining. */
  readonly open: ReadonlySet<PipelinedConnection<R>>
  readonly refill: (slot: Slot<R>) => void
}

/**
 * Without a check at its start, a connection that was refused so soon would be replaced by one to the same
 * server.
 */
const SAME_SERVER_MS = 1_000

/** @returns what to call when a server refused a write because it is demoted. */
export const createDeparture = <R extends StatementRequest>(options: DepartureOptions<R>): (() => void) => {
  const { servers, slots, open, refill } = options
  const least = servers?.isChecked ? 0 : SAME_SERVER_MS

  servers?.onMove(() => {
    const moved = new Error('The gateway switched to another server.')
    for (const connection of open) connection.destroy(moved)
  })
  return () => {
    servers?.doubt()
    const now = performance.now()
    for (const slot of slots) {
      const { connection } = slot
      if (connection === null || now - connection.openedMs < least) continue
      slot.connection = null
      connection.drain()
      if (slot.isPermanent) refill(slot)
    }
  }
}
