// Fills the history from the feed, off the write path: every few seconds while any workspace keeps one, and
// before a read of it, so that a caller finds its own writes. Also repeats the settling of workspaces whose
// tables were in use when their capture was turned on or off.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import { fillHistory, isHistoryKept } from '../../tenants/changes/history.ts'
import { settleWorkspace } from '../../tenants/changes/settle.ts'
import { createSharedRounds } from '../../tenants/changes/sharedRounds.ts'

export interface HistoryKeeper {
  readonly start: () => void
  /** Copies what was committed before the call, up to a bound. */
  readonly catchUp: () => Promise<void>
  /** Brings the capture of a workspace in line with its settings; tables in use follow within seconds. */
  readonly settleCapture: (workspaceId: string) => Promise<void>
  /** Stops after the running transaction. */
  readonly close: () => Promise<void>
}

interface HistoryKeeperOptions {
  readonly pool: Pool
  readonly log: Log
  readonly everyMs?: number
  /** Moves the logs of nodes into the feed; null: there is one Postgres. */
  readonly collect?: (() => Promise<void>) | null
}

const EVERY_MS = 5_000
/** Of a read; the rest of a large backlog is left to the background. */
const MAX_CATCH_UP_BATCHES = 5

export const createHistoryKeeper = ({
  pool,
  log,
  everyMs = EVERY_MS,
  collect = null,
}: HistoryKeeperOptions): HistoryKeeper => {
  const unsettled = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let isClosed = false
  const isEnding = () => isClosed

  const settleCapture = async (workspaceId: string, patienceMs?: number): Promise<void> => {
    const { waiting } = await settleWorkspace(pool, workspaceId, { patienceMs, isEnding })
    if (waiting.length === 0) unsettled.delete(workspaceId)
    else unsettled.add(workspaceId)
  }
  const fill = async (bounds: { readonly maxBatches?: number } = {}): Promise<void> => {
    await collect?.()
    await fillHistory(pool, { isEnding, ...bounds })
  }
  const catching = createSharedRounds(() => fill({ maxBatches: MAX_CATCH_UP_BATCHES }))
  const round = async (): Promise<void> => {
    try {
      for (const workspaceId of [...unsettled]) await settleCapture(workspaceId, 0)
      if (await isHistoryKept(pool)) await fill()
    } catch (error) {
      log.warn({ err: error }, 'cannot fill the history; trying again')
    }
  }
  const repeat = async (): Promise<void> => {
    running = round()
    await running
    if (!isClosed) timer = setTimeout(() => void repeat(), everyMs * (0.9 + 0.2 * Math.random())).unref()
  }

  return {
    start: () => void repeat(),
    catchUp: catching.run,
    settleCapture: (workspaceId) => settleCapture(workspaceId),
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await Promise.all([running, catching.idle()])
    },
  }
}
