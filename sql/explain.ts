// The plan of one statement of the request path, on a connection apart from the pool. It is planned in the
// session settings of a request, in a read-only transaction that is always rolled back.

import type { ClientBase } from 'pg'
import { POOLED_SETTINGS, RESET, type Session, sessionSettings } from './pipeline/session.ts'
import { bindSchema } from './placeholder.ts'
import type { Statement } from './statement.ts'

/** The SQL text that Postgres gets. */
export const sentText = ({ schema, shards }: Session, { text }: Statement): string =>
  bindSchema(text, schema, shards)

/**
 * The plan in Postgres' JSON format; rejects with pg.DatabaseError.
 * @param runs whether the statement runs too, for its times and row counts
 */
export const explainStatement = async (
  client: ClientBase,
  session: Session,
  { text, values }: Statement,
  runs: boolean,
): Promise<unknown> => {
  await client.query(RESET.text)
  await client.query('begin read only')
  try {
    // It takes the snapshot, after which no function can make the transaction writable.
    await client.query(POOLED_SETTINGS.text, [...sessionSettings(session, {})])
    const { rows } = await client.query<{ readonly 'QUERY PLAN': unknown }>(
      `explain (format json, summary on, ${runs ? 'analyze on, buffers on' : 'analyze off'}) ${bindSchema(text, session.schema, session.shards)}`,
      [...values],
    )
    const plans = rows[0]?.['QUERY PLAN']
    return Array.isArray(plans) ? plans[0] : plans
  } finally {
    await client.query('rollback')
  }
}
