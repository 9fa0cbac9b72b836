// Tries what requests do on a connection pooler, before any request comes: named statements of two clients,
// and settings that must end with their transaction.

import type pg from 'pg'
import { errorCode } from '../errorCode.ts'
import { connectClient, type Login } from './connect.ts'
import { POOLED_SETTINGS, sessionSettings } from './session.ts'

/** invalid_sql_statement_name, duplicate_prepared_statement */
const STATEMENT_ERRORS: readonly (string | undefined)[] = ['26000', '42P05']
/** A timeout and claims that no request has. */
const CLAIMS = '{"probe":true}'
const TIMEOUT_MS = 86_399
const MARKS = sessionSettings({ role: 'none', timeoutMs: TIMEOUT_MS, claims: CLAIMS }, { isKeyed: false })
const ROUNDS = 3

const RESIDUE_SQL = `select current_setting('statement_timeout') = '${TIMEOUT_MS}ms'
  or coalesce(current_setting('tenantry.claims', true), '') = '${CLAIMS}' as "isThere"`

const hasResidue = async (client: pg.Client): Promise<boolean> => {
  const { rows } = await client.query<{ isThere: boolean }>(RESIDUE_SQL)
  return rows[0]?.isThere !== false
}

const tryOut = async (clients: readonly pg.Client[]): Promise<void> => {
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of clients) {
      const { name, text } = POOLED_SETTINGS
      // By name alone: the driver has sent the text before.
      await client.query({ name, text, values: [...MARKS] })
      for (const each of clients)
        if (await hasResidue(each))
          throw new Error(
            'The connection pooler of DATABASE_URL leaves settings of one transaction to the next. Use one that keeps ' +
              'settings of a transaction local, such as PgBouncer, or point DATABASE_URL at Postgres itself.',
          )
    }
  }
}

/** Rejects with a sentence where requests would not work or not be apart. */
export const testPooledPath = async (login: Login): Promise<void> => {
  const clients: pg.Client[] = []
  try {
    for (let count = 0; count < 2; count++) clients.push((await connectClient(login, () => {})).client)
    await tryOut(clients)
  } catch (error) {
    if (!STATEMENT_ERRORS.includes(errorCode(error))) throw error
    throw new Error(
      'The connection pooler of DATABASE_URL does not keep prepared statements in transaction mode. PgBouncer does from ' +
        'version 1.21 on, with max_prepared_statements above 0. Upgrade it, let it pool sessions, or point DATABASE_URL ' +
        'at Postgres itself.',
      { cause: error },
    )
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
  }
}
