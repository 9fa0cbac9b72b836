// The history of records, wired: what fills it, and what reads it for a caller.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { LayoutOf } from '../changes/layouts.ts'
import type { OpenPast } from '../records/recordHistory.ts'
import { createHistoryKeeper, type HistoryKeeper } from './keeper.ts'
import { createPast } from './pastValues.ts'

interface HistoryOptions {
  readonly pool: Pool
  readonly connections: ConnectionPool
  readonly layoutOf: LayoutOf
  readonly log: Log
  /** Moves the logs of nodes into the feed; null: there is one Postgres. */
  readonly collect: (() => Promise<void>) | null
}

export interface History extends Omit<HistoryKeeper, 'catchUp'> {
  readonly open: OpenPast
}

export const createHistory = ({ log, ...options }: HistoryOptions): History => {
  const keeper = createHistoryKeeper({ ...options, log })
  return { ...keeper, open: createPast({ ...options, keeper }) }
}
