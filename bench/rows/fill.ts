// The rows of a large workspace: skewed relations, many nulls, long ties, some records in the trash. Set-based,
// so that two million people take minutes.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'

/** People of a company, on average. */
const COMPANY_PEOPLE = 40
/** One person in a thousand has this city in the job title, and one role sees only these. */
export const RARE_TITLE = 'Head of Rarities'
/** Made last: a workspace with this role has all its rows and indexes. */
export const RARE_ROLE = 'Rarities'
/** The last name of one person in twenty. */
export const FREQUENT_NAME = 'Last0'
/** People of one statement. */
const BATCH = 250_000

const ACTORS = 'created_by_source, created_by_name, updated_by_source, updated_by_name'
const ACTOR_VALUES = `'API', 'seed', 'API', 'seed'`

const companiesSql = (companies: number): string => `
insert into ${inWorkspace('company')} (name, domain_name_primary_link_url, address_city, created_at, updated_at, deleted_at, ${ACTORS})
select case when i % 20 > 0 then 'Company ' || substr(md5(i::text), 1, 8) end, 'https://company-' || i || '.example',
  'City ' || i % 500, t.at, t.at, case when i % 50 = 7 then now() end, ${ACTOR_VALUES}
from generate_series(1, ${companies}) i, lateral (select timestamptz '2024-01-01' + i * interval '10 minutes' as at) t`

/**
 * A third of the people was imported in one transaction, at one instant. A fifth has no company; of the others
 * few companies have most. A third has no first name, a tenth no last name; half of the last names are common.
 */
const peopleSql = (from: number, to: number, companies: number): string => `
insert into ${inWorkspace('person')} (name_first_name, name_last_name, emails_primary_email, job_title,
  phones_primary_phone_number, phones_primary_phone_calling_code, phones_primary_phone_country_code,
  linkedin_link_primary_link_url, company_id, created_at, updated_at, deleted_at, ${ACTORS})
select case when r.a > 0.33 then 'First' || (r.b * 1000)::int end,
  case when r.c < 0.5 then 'Last' || (power(r.d, 3) * 500)::int when r.c < 0.9 then 'Family' || i end,
  case when i % 10 < 7 then 'person-' || i || '@example.test' end,
  case when i % 1000 = 3 then '${RARE_TITLE}' when i % 4 > 0 then 'Title ' || (power(r.e, 3) * 40)::int end,
  case when i % 2 = 0 then '30' || lpad(i::text, 8, '0') end, case when i % 2 = 0 then '+49' end,
  case when i % 2 = 0 then 'DE' end,
  case when i % 5 = 0 then 'https://www.linkedin.com/in/person-' || i end,
  case when i % 5 > 0 then c.id end, t.at, t.at + interval '1 hour' * (r.b * 1000)::int,
  case when i % 33 = 0 then now() end, ${ACTOR_VALUES}
from generate_series(${from}, ${to}) i
cross join lateral (select random() as a, random() as b, random() as c, random() as d, random() as e, random() as f where i > 0) r
cross join lateral (select case when i % 3 = 0 then timestamptz '2025-06-01 12:00Z'
    else timestamptz '2024-01-01' + i * interval '20 seconds' end as at) t
left join pg_temp.numbered c on c.n = 1 + (power(r.f, 4) * ${companies - 1})::int`

/** Of people, without those of constraints: built after the rows, in a fraction of the time. */
const INDEXES_SQL = `
select format('drop index %s', i.indexrelid::regclass) as drop, pg_get_indexdef(i.indexrelid) as create
from pg_index i where i.indrelid = '${inWorkspace('person')}'::regclass and not i.indisunique`

export const fillWorkspace = async (pool: Pool, schemaName: string, people: number): Promise<void> => {
  const companies = Math.max(1, Math.round(people / COMPANY_PEOPLE))
  const client = await pool.connect()
  try {
    const send = (sql: string) => client.query<Record<string, string>>(bindSchema(sql, schemaName))
    // No triggers: neither checks of foreign keys nor the change log.
    await send(`set session_replication_role = replica; set maintenance_work_mem = '512MB';
      set timezone = 'UTC'; set synchronous_commit = off; select setseed(0.5)`)
    await send(companiesSql(companies))
    await send(`create temp table numbered as
      select id, row_number() over (order by id)::int as n from ${inWorkspace('company')};
      create unique index on pg_temp.numbered (n); analyze pg_temp.numbered`)
    const { rows: indexes } = await send(INDEXES_SQL)
    for (const { drop } of indexes) await send(drop as string)
    for (let from = 1; from <= people; from += BATCH)
      await send(peopleSql(from, Math.min(people, from + BATCH - 1), companies))
    for (const { create } of indexes) await send(create as string)
    await send(`vacuum (analyze) ${inWorkspace('person')}`)
    await send(`vacuum (analyze) ${inWorkspace('company')}`)
  } finally {
    client.release(true)
  }
}

/** A role that sees one person in a thousand. */
export const createRareRole = async (pool: Pool, workspaceId: string): Promise<void> => {
  const role = await createRole(pool, workspaceId, { label: RARE_ROLE, canReadAllObjectRecords: true })
  await upsertRowRules(pool, workspaceId, role.id, 'person', {
    rules: [{ column: 'job_title', operand: 'IS', value: RARE_TITLE }],
    groups: [],
  })
}
