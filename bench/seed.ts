// The rows that are measured: 10,000 companies and 50,000 people in a workspace with the standard objects.
// In: an owner's pool and the workspace's schema; out: the tables filled and analysed.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../sql/placeholder.ts'

export const COMPANIES = 10_000
export const PEOPLE = 50_000
/** Every hundredth company sits here. */
export const CITY = 'Berlin'

const ACTORS = 'created_by_source, created_by_name, updated_by_source, updated_by_name'
const ACTOR_VALUES = `'API', 'seed', 'API', 'seed'`

const SEED_SQL = `
insert into ${inWorkspace('company')} (name, domain_name_primary_link_url, address_street1, address_city,
  address_country, annual_revenue_amount_micros, annual_revenue_currency_code, ${ACTORS})
select 'Company ' || md5(i::text), 'https://company-' || i || '.example', i || ' Main Street',
  case when i % 100 = 0 then '${CITY}' else 'City ' || i % 500 end, 'Germany', i * 1000000::numeric, 'EUR', ${ACTOR_VALUES}
from generate_series(1, ${COMPANIES}) i;
insert into ${inWorkspace('person')} (name_first_name, name_last_name, emails_primary_email, job_title,
  phones_primary_phone_number, phones_primary_phone_country_code, company_id, ${ACTORS})
select 'First ' || i % 1000, 'Last ' || i, 'person-' || i || '@example.test', 'Engineer', '30' || i, 'DE', c.id, ${ACTOR_VALUES}
from generate_series(1, ${PEOPLE}) i
join (select id, row_number() over (order by id) as n from ${inWorkspace('company')}) c on c.n = i % ${COMPANIES} + 1`

export const seed = async (pool: Pool, schema: string): Promise<void> => {
  await pool.query(bindSchema(SEED_SQL, schema))
  // An index that any operator of such a list would make; all contenders have the use of it.
  await pool.query(
    bindSchema(`create index company_address_city_idx on ${inWorkspace('company')} (address_city)`, schema),
  )
  await pool.query('vacuum analyze')
}
