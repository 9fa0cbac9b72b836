import test from 'ava'
import { toSnakeCase } from '../../tenants/model/name.ts'
import { STANDARD_OBJECTS } from '../../tenants/model/standard/standard.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
const { schemaName: schema } = await createWorkspace(pool, { name: `O'Brien "x"` })
test.after.always(() => database.close())

/** `name type [not null] [default]` of a table's columns, without the base fields. */
const columnsOf = async (table: string): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ text: string }>(
    `select concat_ws(' ', a.attname, replace(format_type(a.atttypid, null), $1 || '.', ''),
       case when a.attnotnull then 'not null' end,
       replace(pg_get_expr(d.adbin, d.adrelid), $1 || '.', '')) as text
     from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = ($1 || '.' || $2)::regclass and a.attnum > 0
       and a.attname !~ '^(id|(created|updated)_(at|by_.*)|deleted_at|position|search_vector)$'
     order by a.attnum`,
    [schema, table],
  )
  return rows.map(({ text }) => text)
}

const LINKS = (field: string) => [
  `${field}_primary_link_label text`,
  `${field}_primary_link_url text`,
  `${field}_secondary_links jsonb`,
]

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  company: [
    'name text',
    ...LINKS('domain_name'),
    'address_street1 text',
    'address_street2 text',
    'address_city text',
    'address_postcode text',
    'address_state text',
    'address_country text',
    'address_lat numeric',
    'address_lng numeric',
    ...LINKS('linkedin_link'),
    'annual_revenue_amount_micros numeric',
    'annual_revenue_currency_code text',
    'account_owner_id uuid',
  ],
  person: [
    'name_first_name text',
    'name_last_name text',
    'emails_primary_email text',
    'emails_additional_emails jsonb',
    ...LINKS('linkedin_link'),
    'job_title text',
    'phones_primary_phone_number text',
    'phones_primary_phone_country_code text',
    'phones_primary_phone_calling_code text',
    'phones_additional_phones jsonb',
    'avatar_url text',
    'company_id uuid',
  ],
  opportunity: [
    'name text',
    'amount_amount_micros numeric',
    'amount_currency_code text',
    'close_date timestamp with time zone',
    "stage opportunity_stage not null 'NEW'::opportunity_stage",
    'point_of_contact_id uuid',
    'company_id uuid',
    'owner_id uuid',
  ],
  note: ['title text', 'body_v2_blocknote text', 'body_v2_markdown text'],
  note_target: [
    'note_id uuid',
    'target_person_id uuid',
    'target_company_id uuid',
    'target_opportunity_id uuid',
  ],
  task: [
    'title text',
    'body_v2_blocknote text',
    'body_v2_markdown text',
    'due_at timestamp with time zone',
    "status task_status 'TODO'::task_status",
    'assignee_id uuid',
  ],
  task_target: [
    'task_id uuid',
    'target_person_id uuid',
    'target_company_id uuid',
    'target_opportunity_id uuid',
  ],
  workspace_member: [
    "name_first_name text not null ''::text",
    "name_last_name text not null ''::text",
    "color_scheme text not null 'System'::text",
    "locale text not null 'en'::text",
    'avatar_url text',
    'user_email text',
    'job_title text',
    'calendar_start_day integer not null 7',
    'user_id uuid not null',
    "time_zone text not null 'system'::text",
    "date_format workspace_member_date_format not null 'SYSTEM'::workspace_member_date_format",
    "time_format workspace_member_time_format not null 'SYSTEM'::workspace_member_time_format",
    "number_format workspace_member_number_format not null 'SYSTEM'::workspace_member_number_format",
  ],
  attachment: [
    'name text',
    'full_path text',
    "file_category attachment_file_category not null 'OTHER'::attachment_file_category",
    'target_task_id uuid',
    'target_note_id uuid',
    'target_person_id uuid',
    'target_company_id uuid',
    'target_opportunity_id uuid',
  ],
  timeline_activity: [
    'happens_at timestamp with time zone not null now()',
    'name text',
    'properties jsonb',
    'linked_record_cached_name text',
    'linked_record_id uuid',
    'linked_object_metadata_id uuid',
    'workspace_member_id uuid',
    'target_person_id uuid',
    'target_company_id uuid',
    'target_opportunity_id uuid',
    'target_note_id uuid',
    'target_task_id uuid',
  ],
}

test('has the objects of the contract, each with its columns', async (t) => {
  t.deepEqual(
    STANDARD_OBJECTS.map((object) => toSnakeCase(object.nameSingular)).sort(),
    Object.keys(EXPECTED).sort(),
  )
  for (const [table, columns] of Object.entries(EXPECTED)) t.deepEqual(await columnsOf(table), columns, table)
})

test('gives every table the base fields, in the same words', async (t) => {
  const { rows } = await pool.query<{ tables: string[]; columns: string }>(
    `select array_agg(relname::text order by relname) as tables, columns from (
       select c.relname, string_agg(concat_ws(' ', a.attname, replace(format_type(a.atttypid, null), $1 || '.', ''),
         case when a.attnotnull then 'not null' end), ', ' order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
       where c.relnamespace = $1::regnamespace and c.relkind = 'r'
         and a.attname ~ '^(id|(created|updated)_(at|by_.*)|deleted_at|position|search_vector)$'
       group by c.relname
     ) per_table group by columns`,
    [schema],
  )
  t.is(rows.length, 1)
  t.is(rows[0]?.tables.length, STANDARD_OBJECTS.length)
  t.is(
    rows[0]?.columns,
    'id uuid not null, created_at timestamp with time zone not null, updated_at timestamp with time zone not null, ' +
      'deleted_at timestamp with time zone, created_by_source actor_source not null, created_by_workspace_member_id uuid, ' +
      'created_by_name text not null, created_by_context jsonb, updated_by_source actor_source not null, ' +
      'updated_by_workspace_member_id uuid, updated_by_name text not null, updated_by_context jsonb, ' +
      'position double precision not null, search_vector tsvector',
  )
})

test('deletes along relations as in the contract, and indexes every foreign key', async (t) => {
  const { rows } = await pool.query<{ name: string; rule: string; is_indexed: boolean }>(
    `select k.conname as name, k.confdeltype as rule, exists (
       select from pg_index i join pg_class x on x.oid = i.indexrelid
       where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1]
         and x.relname = replace(k.conname, '_fkey', '_idx')) as is_indexed
     from pg_constraint k where k.connamespace = $1::regnamespace and k.contype = 'f'`,
    [schema],
  )
  t.is(rows.length, 25)
  t.deepEqual(
    rows.filter((row) => !row.is_indexed),
    [],
  )
  const cascades = rows.filter((row) => row.rule === 'c').map((row) => row.name)
  t.deepEqual(cascades.sort(), [
    'attachment_target_company_id_fkey',
    'attachment_target_opportunity_id_fkey',
    'attachment_target_person_id_fkey',
    'note_target_note_id_fkey',
    'note_target_target_company_id_fkey',
    'note_target_target_opportunity_id_fkey',
    'note_target_target_person_id_fkey',
    'task_target_target_company_id_fkey',
    'task_target_target_opportunity_id_fkey',
    'task_target_target_person_id_fkey',
    'task_target_task_id_fkey',
    'timeline_activity_target_company_id_fkey',
    'timeline_activity_target_person_id_fkey',
    'timeline_activity_workspace_member_id_fkey',
  ])
  t.deepEqual([...new Set(rows.filter((row) => row.rule !== 'c').map((row) => row.rule))], ['n'])
})

test('counts live records only where values are unique', async (t) => {
  const { rows } = await pool.query<{ indexdef: string }>(
    `select replace(indexdef, $1 || '.', '') as indexdef from pg_indexes
     where schemaname = $1 and indexdef like 'CREATE UNIQUE%' and indexname not like '%\\_pkey' order by indexname`,
    [schema],
  )
  t.deepEqual(
    rows.map(({ indexdef }) => indexdef.replace(/^CREATE UNIQUE INDEX /, '')),
    [
      'company_domain_name_primary_link_url_key ON company USING btree (domain_name_primary_link_url) WHERE (deleted_at IS NULL)',
      'person_emails_primary_email_key ON person USING btree (emails_primary_email) WHERE (deleted_at IS NULL)',
      'workspace_member_user_email_key ON workspace_member USING btree (user_email) WHERE (deleted_at IS NULL)',
    ],
  )
})

test('comments explain every table, column and type to a DBA', async (t) => {
  const { rows } = await pool.query(
    `select c.relname, a.attname from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where c.relnamespace = $1::regnamespace and c.relkind = 'r'
       and (obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is null)`,
    [schema],
  )
  t.deepEqual(rows, [])
})

test('owes nothing to the control schema', async (t) => {
  const { rows } = await pool.query(
    `select pg_get_functiondef(p.oid) as text from pg_proc p where p.pronamespace = $1::regnamespace
     union all select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_class c on c.oid = d.adrelid
       where c.relnamespace = $1::regnamespace`,
    [schema],
  )
  t.true(rows.length > 0)
  t.deepEqual(
    rows.filter(({ text }) => text.includes('tenantry.')),
    [],
  )
})
