// GIN indexes on text: trigrams, for `like` and `ilike`, if the server has the extension pg_trgm; otherwise a
// B-tree of the beginnings, for `startsWith`, which a large table gets beside trigrams. Postgres hides unseen
// records before it compares a pattern, so a role with record rules on the table uses the beginnings alone:
// `starts_with` is leakproof, `like` is not.

import type { Pool } from 'pg'
import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import { beginningsKey, TRIGRAMS } from '../../ddl/textIndexes.ts'
import type { Described } from '../../describe/catalogRef.ts'
import type { Column } from '../../model.ts'
import type { Step } from '../run/schemaChange.ts'

interface Trigrams {
  /** The extension's schema. */
  readonly schema: string
  /** The extension is not installed yet. */
  readonly isNew: boolean
}

/** `beginnings`: without the extension, the B-tree takes its place; `none`: the index is refused. */
export type TextSupport = Trigrams | 'beginnings' | 'none'

/** An extension that is not trusted needs a superuser. */
const SUPPORT_SQL = `select n.nspname as schema, e.oid is null as "isNew"
from pg_catalog.pg_namespace n
left join pg_catalog.pg_extension e on e.extname = 'pg_trgm'
where n.oid = coalesce(e.extnamespace, pg_catalog.to_regnamespace('public')) and (e.oid is not null
  or pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') and exists (
    select from pg_catalog.pg_available_extension_versions v, pg_catalog.pg_roles r
    where v.name = 'pg_trgm' and r.rolname = current_user and (v.trusted or r.rolsuper)))`

export const readTextSupport = async (pool: Pool): Promise<TextSupport> =>
  (await pool.query<Trigrams>(SUPPORT_SQL)).rows[0] ?? 'beginnings'

/** The extension as it is installed: a document's index stays what it is. */
export const installedSupport = ({ sources }: Described): TextSupport => {
  const schema = sources.details.trigramSchema
  return schema === null ? 'none' : { schema, isNew: false }
}

export const isText = ({ type }: Column): boolean =>
  !type.isArray && type.enum === null && (type.name === 'text' || type.name === 'varchar')

export const installTrigrams = (support: TextSupport): readonly Step[] =>
  typeof support === 'object' && support.isNew
    ? [{ sql: `create extension if not exists pg_trgm with schema ${quoteIdentifier(support.schema)}` }]
    : []

/** The key of a text. */
export const textKey = ({ name }: Column, support: Trigrams | 'beginnings'): string =>
  support === 'beginnings'
    ? beginningsKey(name)
    : `${quoteIdentifier(name)} ${quoteIdentifier(support.schema)}.${TRIGRAMS}`
