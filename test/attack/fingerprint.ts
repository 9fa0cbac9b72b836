// Everything of a workspace in a few hashes, to detect any change: one hash per table, including the rows of
// the control schema. Last-use times of keys are left out.

import type { Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { Workspace } from '../../tenants/workspace.ts'

/** Rows as JSON, so that a condition may also leave out columns. */
const hashSql = (rows: string): string =>
  `select coalesce(md5(string_agg(row, E'\\n' order by row)), '') as hash from (${rows}) r (row)`

const CONTROL: Readonly<Record<string, string>> = {
  workspaces: 'select to_jsonb(w)::text from tenantry.workspaces w where id = $1',
  roles: 'select to_jsonb(r)::text from tenantry.roles r where workspace_id = $1',
  keys: `select (to_jsonb(k) - 'last_used_at')::text from tenantry.api_keys k where workspace_id = $1`,
  objects: 'select to_jsonb(o)::text from tenantry.objects o where workspace_id = $1',
  fields: `select to_jsonb(f)::text from tenantry.fields f join tenantry.objects o on o.id = f.object_id where o.workspace_id = $1`,
}

export type Fingerprint = Readonly<Record<string, string>>

/** @param rowsOf the rows of a table that count, as SQL that gives one text each; all of it when absent. */
export const fingerprintOf = async (
  pool: Pool,
  { id, schemaName }: Workspace,
  rowsOf: (table: string) => string = (table) => `select t::text from ${table} t`,
): Promise<Fingerprint> => {
  const hashes: Record<string, string> = {}
  for (const [name, rows] of Object.entries(CONTROL)) {
    const { rows: found } = await pool.query<{ hash: string }>(hashSql(rows), [id])
    hashes[`tenantry.${name}`] = found[0]?.hash ?? ''
  }
  const { rows: tables } = await pool.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by 1`,
    [quoteIdentifier(schemaName)],
  )
  for (const { name } of tables) {
    const table = `${quoteIdentifier(schemaName)}.${quoteIdentifier(name)}`
    const { rows: found } = await pool.query<{ hash: string }>(hashSql(rowsOf(table)))
    hashes[name] = found[0]?.hash ?? ''
  }
  return hashes
}
