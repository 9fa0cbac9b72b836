// Prepared statements over queues. Such a table is empty most of the time, and a statement that was planned
// then would read all of it once it is long. Sequential scans are ruled out, so the plan holds at any length.

import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { inTransaction } from './ownerPool.ts'

/** Runs a statement in a transaction of its own, planned for indexes. */
export const queryByIndex = <Row extends QueryResultRow>(
  pool: Pool,
  statement: QueryConfig & { readonly name: string },
): Promise<QueryResult<Row>> =>
  inTransaction(pool, async (client) => {
    await client.query('set local enable_seqscan = off; set local enable_bitmapscan = off')
    return client.query<Row>(statement)
  })
