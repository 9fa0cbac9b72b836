// Recomputes search vectors of workspaces created by an earlier version, if they do not contain phone numbers
// by their digits; returns the tables, and why one was left for the next time. Also replaces the function
// that folds searched text where it is still in SQL. Its results are the same, so no table is rewritten.

import type { Pool } from 'pg'
import { runInOrder } from '../../sql/citus.ts'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { changeModel } from '../changeModel.ts'
import { alterModel } from './change/run/alter.ts'
import type { SchemaChange } from './change/run/schemaChange.ts'
import { renewSearchVector, SEARCH_VECTOR } from './change/step/searchRefresh.ts'
import { tableOf } from './ddl/fieldPlan.ts'
import { foldedText, isSearchedByDigits } from './ddl/search.ts'
import type { Described } from './describe/catalogRef.ts'
import { STANDARD_OBJECTS } from './standard/standard.ts'

const isSearchedByPhone = ({ searchable, fields }: (typeof STANDARD_OBJECTS)[number]): boolean =>
  fields.some(({ name, type }) => isSearchedByDigits(type) && searchable.includes(name))

const BY_TABLE = new Map(
  STANDARD_OBJECTS.filter(isSearchedByPhone).map((object) => [tableOf(object.nameSingular), object]),
)

/**
 * Vectors computed from phone numbers without the function. From the dependencies of the column or of its
 * expression (Postgres 15 and later differ): printing the expressions of 10,000 tables takes half a minute.
 * Also for control schemas without deletion.
 */
const OUTDATED_SQL = `select w.id as "workspaceId", c.relname as "table"
  from tenantry.workspaces w
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = any ($1) and c.relkind in ('r', 'p')
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = $2 and a.attgenerated = 's'
  join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  cross join lateral (
    select bool_or(p.refclassid = 'pg_catalog.pg_class'::regclass and s.attname like '%primary_phone_number') as has_phones,
      bool_or(p.refclassid = 'pg_catalog.pg_proc'::regclass and starts_with(f.proname, $3)) as has_function
    from (
      select refclassid, refobjid, refobjsubid from pg_catalog.pg_depend
      where classid = 'pg_catalog.pg_attrdef'::regclass and objid = d.oid
      union all
      select refclassid, refobjid, refobjsubid from pg_catalog.pg_depend
      where classid = 'pg_catalog.pg_class'::regclass and objid = c.oid and objsubid = a.attnum
    ) p
    left join pg_catalog.pg_attribute s on s.attrelid = p.refobjid and s.attnum = p.refobjsubid
    left join pg_catalog.pg_proc f on f.oid = p.refobjid
  ) depends
  where w.has_standard_objects and to_jsonb(w) ->> 'deleted_at' is null and (w.id = $4 or $4 is null)
    and depends.has_phones and depends.has_function is not true
  order by w.id`

interface Renewed {
  readonly workspaceId: string
  readonly table: string
  /** Why the vector was left as it was; null if it is new. */
  readonly error: unknown
}

const renewal =
  (table: string) =>
  (before: Described): SchemaChange => {
    const object = BY_TABLE.get(table)
    const steps = object === undefined ? [] : renewSearchVector(before, table, object)
    return { id: table, steps }
  }

/** @param workspaceId null for all workspaces. */
export const readOutdatedVectors = async (
  pool: Pool,
  workspaceId: string | null,
): Promise<readonly Omit<Renewed, 'error'>[]> =>
  (
    await pool.query<Omit<Renewed, 'error'>>(OUTDATED_SQL, [
      [...BY_TABLE.keys()],
      SEARCH_VECTOR,
      'search_phones',
      workspaceId,
    ])
  ).rows

/**
 * One table at a time: it is rewritten, and unavailable meanwhile.
 * @param only null for all workspaces
 * @param allowRewrite of large tables, too; without it these are left, with the estimate as the error
 */
export const renewSearchVectors = async (
  pool: Pool,
  only: string | null,
  allowRewrite: boolean,
): Promise<readonly Renewed[]> => {
  const renewed: Renewed[] = []
  for (const { workspaceId, table } of await readOutdatedVectors(pool, only)) {
    try {
      await alterModel(pool, workspaceId, { allowRewrite }, renewal(table))
      renewed.push({ workspaceId, table, error: null })
    } catch (error) {
      renewed.push({ workspaceId, table, error })
    }
  }
  return renewed
}

/** The function of searched text as earlier versions named it. */
const SEARCH_TEXT = 'search_text'

/** One with another body was made by hand. Also for control schemas without deletion. */
const PLANNED_SQL = `select w.id::text as id
  from tenantry.workspaces w
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = $1
    and p.proargtypes = pg_catalog.oidvectorin('25') and p.prosqlbody is not null
  where to_jsonb(w) ->> 'deleted_at' is null and (w.id = $2 or $2 is null)
    and strpos(pg_catalog.pg_get_function_sqlbody(p.oid), 'CASE WHEN (octet_length(value) = char_length(value))') > 0
  order by w.id`

/**
 * Workspaces whose search function Postgres plans for each write.
 * @param workspaceId null for all workspaces
 */
export const readPlannedFunctions = async (
  pool: Pool,
  workspaceId: string | null,
): Promise<readonly string[]> =>
  (await pool.query<{ id: string }>(PLANNED_SQL, [SEARCH_TEXT, workspaceId])).rows.map(({ id }) => id)

/** In PL/pgSQL, whose expressions are planned once for a session; the cost is that of the operators. */
const createSearchText = (name: string): readonly string[] => [
  `create or replace function ${name}(value text) returns text
language plpgsql immutable strict parallel safe cost 11 as $body$ begin
return ${foldedText('value')};
end $body$`,
  `comment on function ${name}(text) is 'Text without accents, as search vectors contain it'`,
]

export const replaceSearchFunction = (pool: Pool, workspaceId: string): Promise<void> =>
  changeModel(pool, workspaceId, async (client, { schemaName }) => {
    await runInOrder(
      client,
      createSearchText(inWorkspace(SEARCH_TEXT)).map((statement) => bindSchema(statement, schemaName)),
    )
  })
