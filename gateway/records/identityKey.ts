// The key of a record that is created again: it has its id, or is not created.

import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { may, wholeOf } from './model/permission.ts'
import { arrayLiteral, createParams } from './params.ts'

type Connections = Pick<ConnectionPool, 'run'>

/** Which of these columns are `generated always as identity`. */
const identitiesOf = async (
  connections: Connections,
  session: Session,
  table: string,
  columns: readonly string[],
): Promise<readonly string[]> => {
  const e = createParams()
  const rows = await connections.run(
    session,
    {
      text: `select a.attname from pg_catalog.pg_attribute a
        where a.attrelid = ${e.param(table, 'pg_catalog.regclass')} and a.attidentity = 'a'
          and a.attname = any (${e.param(arrayLiteral(columns), 'pg_catalog.name[]')})`,
      values: e.values,
    },
    { retryable: true },
  )
  return rows.map(([name]) => name ?? '')
}

/**
 * The columns of the key that are written over what the database generates. Null: the created record could
 * have another key.
 * @param schema of the workspace
 */
export const identityKey = async (
  connections: Connections,
  session: Session,
  schema: string,
  object: ObjectModel,
): Promise<readonly string[] | null> => {
  const { key, columns, table } = wholeOf(object)
  const generated = key.filter((column) => columns.get(column)?.writable !== true)
  if (key.some((column) => !generated.includes(column) && !may(object, 'create', column))) return null
  if (generated.length === 0) return []
  const name = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
  const identities = await identitiesOf(connections, session, name, generated)
  if (identities.some((column) => !may(object, 'create', column))) return null
  // Other generated columns depend on columns that are written.
  const isComputed = generated.length > identities.length
  const isPartial = [...columns.values()].some((each) => each.writable && !may(object, 'create', each.name))
  return isComputed && isPartial ? null : identities
}
