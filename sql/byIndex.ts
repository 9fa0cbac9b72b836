// Prepared statements over queues. Such a table is empty most of the time, and a statement that was planned
// then would read all of it once it is long. Sequential scans are ruled out, so the plan holds at any length.
// Rows that a part of the statement found are named by `id = any (array(…))`: a join with them may read the
// whole index instead, which is as cheap while the table is empty.

import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { inTransaction } from './ownerPool.ts'

interface QueueStatement extends QueryConfig {
  readonly name: string
  /**
   * A crash of Postgres may undo it. Its commit does not wait for the disk, and holds up no other commit that
   * does.
   */
  readonly isLossy?: boolean
}

const BY_INDEX = 'set local enable_seqscan = off; set local enable_bitmapscan = off'

/** Runs a statement in a transaction of its own, planned for indexes. */
export const queryByIndex = <Row extends QueryResultRow>(
  pool: Pool,
  { isLossy = false, ...statement }: QueueStatement,
): Promise<QueryResult<Row>> =>
  inTransaction(pool, async (client) => {
    await client.query(isLossy ? `${BY_INDEX}; set local synchronous_commit = off` : BY_INDEX)
    return client.query<Row>(statement)
  })
