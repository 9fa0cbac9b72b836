// The history of records, wired: what fills it, and what reads it for a caller.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { OpenPast } from '../records/past.ts'
import { createHistoryKeeper, type HistoryKeeper } from './keeper.ts'
import { createPast } from './past.ts'

export interface HistoryOptions {
  readonly pool: Pool
  readonly connections: ConnectionPool
  readonly log: Log
}

export interface History extends Omit<HistoryKeeper, 'catchUp'> {
  readonly open: OpenPast
}

export const createHistory = ({ pool, connections, log }: HistoryOptions): History => {
  const keeper = createHistoryKeeper({ pool, log })
  return { ...keeper, open: createPast({ pool, connections, keeper }) }
}
