// A canonical text of the control schema, to compare databases by: every relation with its columns,
// constraints, indexes, triggers, policies and grants, and every function with a hash of its source. Oids,
// owners and the order of creation do not matter.

import type { Pool } from 'pg'

const LINES_SQL = `
with relation as (
  select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('tenantry', 'tenantry_request', 'tenantry_runtime') and c.relkind in ('r', 'p', 'v', 'S')
    -- Partitions of single days and months.
    and c.relname !~ '^(changes|history_[0-9]+|audit(_before)?)_[0-9]{6,8}$'
),
line (text) as (
  select format('%s column %I %s%s%s%s', r.name, a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then ' not null' end, ' default ' || pg_get_expr(d.adbin, d.adrelid),
    ' comment ' || quote_literal(col_description(r.oid, a.attnum)))
  from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  where r.relkind <> 'S'
  union all
  -- Postgres 18 lists NOT NULL as a constraint too.
  select format('%s constraint %I %s', r.name, k.conname, pg_get_constraintdef(k.oid))
  from relation r join pg_constraint k on k.conrelid = r.oid and k.contype not in ('n', 't')
  union all
  select format('%s index %s', r.name, pg_get_indexdef(i.indexrelid)) from relation r join pg_index i on i.indrelid = r.oid
  union all
  select format('%s trigger %s', r.name, pg_get_triggerdef(t.oid))
  from relation r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  union all
  select format('%s policy %I using %s', r.name, p.polname, pg_get_expr(p.polqual, p.polrelid))
  from relation r join pg_policy p on p.polrelid = r.oid
  union all
  select format('%s grant %s to public', r.name, a.privilege_type)
  from relation r, aclexplode(r.relacl) a where a.grantee = 0
  union all
  select format('%s %s row security %s comment %L', r.name, r.relkind, r.relrowsecurity, obj_description(r.oid, 'pg_class'))
  from relation r
  union all
  select format('%s.%s returns %s, %s, %s, executable by public %s', n.nspname,
    p.oid::regprocedure, pg_get_function_result(p.oid), case when p.prosecdef then 'definer' else 'invoker' end,
    -- Postgres 18 has its own uuidv7().
    case when p.proname = 'uuidv7' then '' else md5(p.prosrc) end,
    p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('tenantry', 'tenantry_request', 'tenantry_runtime')
)
select text from line order by text collate "C"`

export const describeControlSchema = async (pool: Pool): Promise<string> =>
  (await pool.query<{ text: string }>(LINES_SQL)).rows.map(({ text }) => text).join('\n')
