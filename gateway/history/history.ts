// The history of records, wired: what fills it, and what reads it for a caller.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { LayoutOf } from '../changes/layouts.ts'
import type { OpenPast } from '../records/recordHistory.ts'
import { createPast } from './callerHistory.ts'
import { createHistoryKeeper, type HistoryKeeper } from './keeper.ts'

interface HistoryOptions {
  readonly pool: Pool
  readonly connections: ConnectionPool
  readonly layoutOf: LayoutOf
  readonly log: Log
}

export interface History extends Omit<HistoryKeeper, 'catchUp'> {
  readonly open: OpenPast
}

export const createHistory = ({ log, ...options }: HistoryOptions): History => {
  const keeper = createHistoryKeeper({ pool: options.pool, log })
  return { ...keeper, open: createPast({ ...options, keeper }) }
}
