// The names that a workspace's schema has in the API, straight from its catalog.

import type { Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import type { Client } from '../support/gateway.ts'

/** Each statement is a transaction, as in psql. */
export const runIn = async (pool: Pool, client: Client, ...statements: readonly string[]): Promise<void> => {
  for (const statement of statements)
    await pool.query(statement.replaceAll('$s', quoteIdentifier(client.workspace.schemaName)))
}

export const modelIn = async (pool: Pool, client: Client) => {
  const { catalog, registry } = await readSources(pool, client.workspace.id)
  return deriveModel(catalog, { standard: false, registry })
}

/** Every name of the API, with what it stands for. */
export const servedIn = async (pool: Pool, client: Client): Promise<readonly string[]> => {
  const { functions, objects } = await modelIn(pool, client)
  return [
    ...objects.flatMap(({ table, nameSingular, namePlural, fields }) => [
      `table ${table} ${nameSingular} ${namePlural}`,
      ...[...fields.keys()].map((name) => `field ${table}.${name}`),
    ]),
    ...functions.map(
      ({ name, kind, table, fieldName, result }) =>
        `${kind} ${table ?? ''}.${fieldName} of ${name} ${JSON.stringify(result)}`,
    ),
  ]
}
