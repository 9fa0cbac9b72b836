// Record counts of the objects that the caller's role may read. Small tables are counted, for large ones
// Postgres' own estimate is returned: counting ten million rows is too expensive for a look at the model.

import type { ConnectionPool } from '../../../sql/pipeline/pool.ts'
import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { isSqlError } from '../../error/sqlstate.ts'
import type { ObjectNode } from './nodes.ts'

interface RecordCount {
  readonly object: ObjectNode
  readonly count: number
}

export type CountRecords = (
  requestContext: RequestContext<unknown>,
  objects: readonly ObjectNode[],
) => Promise<readonly RecordCount[]>

const MAX_COUNTED = 10_000
const INSUFFICIENT_PRIVILEGE = '42501'
/** Dropped during the count. */
const UNDEFINED_TABLE = '42P01'

const countSql = (table: string, softDelete: string | undefined): string => {
  const live = softDelete === undefined ? '' : ` where ${quoteIdentifier(softDelete)} is null`
  const relation = inWorkspace(table)
  return `with counted as (select count(*) as n from (select from ${relation}${live} limit ${MAX_COUNTED + 1}) as found)
select case when n <= ${MAX_COUNTED} then n else greatest(n, (select reltuples::bigint from pg_class where oid = $1::regclass),
  pg_stat_get_live_tuples($1::regclass)) end from counted`
}

export const createCounter =
  (connections: ConnectionPool): CountRecords =>
  async (requestContext, objects) => {
    const { model } = requestContext.workspace.schemaVersion
    const count = async (object: ObjectNode): Promise<readonly RecordCount[]> => {
      const known = model.byTable.get(object.table)
      if (known === undefined) return []
      const text = countSql(object.table, known.softDelete?.name)
      const { schema, shards } = requestContext.session
      const table = shards?.get(object.table) ?? object.table
      const relation = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
      try {
        const rows = await connections.run(
          requestContext.session,
          { text, values: [relation] },
          { retryable: true },
        )
        return [{ object, count: Number(rows[0]?.[0] ?? 0) }]
      } catch (error) {
        if (isSqlError(error) && (error.code === INSUFFICIENT_PRIVILEGE || error.code === UNDEFINED_TABLE))
          return []
        throw error
      }
    }
    return (await Promise.all(objects.map(count))).flat()
  }
