// Our own functions that a change needs and its schema lacks, because an earlier version created it, which
// gave them other names.

import type { ClientBase } from 'pg'
import { bindSchema, ownFunction, ownFunctionIn } from '../../../../sql/placeholder.ts'
import { CREATE_FUNCTION } from '../../ddl/bootstrap.ts'

type Creatable = keyof typeof CREATE_FUNCTION

/**
 * @param statements with the schema placeholder
 * @returns statements that create the functions that these name
 */
export const createMissing = async (
  client: ClientBase,
  schemaName: string,
  statements: readonly string[],
): Promise<readonly string[]> => {
  const named = (Object.keys(CREATE_FUNCTION) as Creatable[]).filter((name) =>
    statements.some((sql) => sql.includes(ownFunction(name))),
  )
  if (named.length === 0) return []
  const names = named.map((name) => ownFunctionIn(schemaName, name))
  const { rows } = await client.query<{ name: string }>(
    `select p.proname::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.proname = any ($2) and n.nspname = $1`,
    [schemaName, names],
  )
  const present = new Set(rows.map(({ name }) => name))
  return named
    .filter((name) => !present.has(ownFunctionIn(schemaName, name)))
    .flatMap((name) => CREATE_FUNCTION[name]().map((sql) => bindSchema(sql, schemaName)))
}
