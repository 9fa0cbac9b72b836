// SQL by hand in the schema of a workspace, written so that a Citus cluster takes it too: one statement per
// message, and keys that workers can draw.

import type pg from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { splitScript } from '../../tenants/import/split.ts'
import { importSql } from '../../tenants/importSql.ts'
import { clusterOfTests } from './environment.ts'
import type { Client, TestGateway } from './gateway.ts'

async function* whole(script: string): AsyncGenerator<string> {
  yield script
}

/** Each statement of a script in a message of its own, in order. */
export const runStatements = async (client: Pick<pg.ClientBase, 'query'>, script: string): Promise<void> => {
  for await (const { text } of splitScript(whole(script))) await client.query(text)
}

/** Runs a script as the owner in one transaction, with the workspace's schema as search path. */
export const runInSchema = (pool: pg.Pool, schema: string, script: string): Promise<void> =>
  inTransaction(pool, async (client) => {
    await client.query(`set local search_path = ${quoteIdentifier(schema)}, pg_catalog`)
    await runStatements(client, script)
  })

/**
 * A script of a foreign database for the server of the tests: its serial and identity columns of `int` are
 * `bigint` on a cluster, which draws no others on its workers.
 */
export const forServer = (script: string): string =>
  clusterOfTests() === null
    ? script
    : script
        .replaceAll(/\bserial\b/g, 'bigserial')
        .replaceAll(/\bint(?:eger)?\b(?=[^,;()]* generated (?:always|by default) as identity)/g, 'bigint')

/** A new workspace with the tables of a script of a foreign database. */
export const importWorkspace = async (
  server: Pick<TestGateway, 'enter' | 'gateway'>,
  name: string,
  script: string,
): Promise<Client> => {
  const client = await server.enter(name, { standardObjects: false })
  await importSql(server.gateway.pool, client.workspace.id, forServer(script))
  return client
}
