// The yardstick: what a careful engineer writes by hand with Koa and pg for two tables, with no tenants,
// keys, roles or limits. The same rows, filters and answers as the gateway's; every statement is prepared and
// the pool is warm. Run by run.ts as a process of its own: argument 1 is the database's URL, 2 the schema, 3
// the port, 4 the size of the pool.

import Router from '@koa/router'
import Koa from 'koa'
import pg from 'pg'
import { collect } from './collect.ts'

const [url = '', schema = '', port = '', poolSize = ''] = process.argv.slice(2)
const pool = new pg.Pool({
  connectionString: url,
  max: Number(poolSize),
  options: `-c search_path=${schema} -c TimeZone=UTC`,
})

interface Company {
  readonly [column: string]: unknown
  readonly created_at: Date
  readonly updated_at: Date
  readonly deleted_at: Date | null
}

const actor = (row: Readonly<Record<string, unknown>>, prefix: string) => ({
  source: row[`${prefix}_source`],
  workspaceMemberId: row[`${prefix}_workspace_member_id`],
  name: row[`${prefix}_name`] ?? '',
  context: row[`${prefix}_context`] ?? {},
})

const links = (row: Readonly<Record<string, unknown>>, prefix: string) => ({
  primaryLinkLabel: row[`${prefix}_primary_link_label`] ?? '',
  primaryLinkUrl: row[`${prefix}_primary_link_url`] ?? '',
  secondaryLinks: row[`${prefix}_secondary_links`] ?? [],
})

const base = (row: Company) => ({
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
  createdBy: actor(row, 'created_by'),
  updatedBy: actor(row, 'updated_by'),
  position: row.position,
})

const company = (row: Company) => ({
  id: row.id,
  name: row.name ?? '',
  domainName: links(row, 'domain_name'),
  address: {
    addressStreet1: row.address_street1 ?? '',
    addressStreet2: row.address_street2 ?? '',
    addressCity: row.address_city ?? '',
    addressPostcode: row.address_postcode ?? '',
    addressState: row.address_state ?? '',
    addressCountry: row.address_country ?? '',
    addressLat: row.address_lat,
    addressLng: row.address_lng,
  },
  linkedinLink: links(row, 'linkedin_link'),
  annualRevenue: {
    amountMicros: row.annual_revenue_amount_micros,
    currencyCode: row.annual_revenue_currency_code ?? '',
  },
  accountOwnerId: row.account_owner_id,
  ...base(row),
})

const person = (row: Company) => ({
  id: row.id,
  name: { firstName: row.name_first_name ?? '', lastName: row.name_last_name ?? '' },
  emails: {
    primaryEmail: row.emails_primary_email ?? '',
    additionalEmails: row.emails_additional_emails ?? [],
  },
  linkedinLink: links(row, 'linkedin_link'),
  jobTitle: row.job_title ?? '',
  phones: {
    primaryPhoneNumber: row.phones_primary_phone_number ?? '',
    primaryPhoneCountryCode: row.phones_primary_phone_country_code ?? '',
    primaryPhoneCallingCode: row.phones_primary_phone_calling_code ?? '',
    additionalPhones: row.phones_additional_phones ?? [],
  },
  avatarUrl: row.avatar_url ?? '',
  companyId: row.company_id,
  ...base(row),
})

const query = async (name: string, text: string, values: readonly unknown[]): Promise<Company[]> =>
  (await pool.query<Company>({ name, text, values: [...values] })).rows

const cursor = (row: Company | undefined): string | null =>
  row === undefined ? null : Buffer.from(JSON.stringify({ id: row.id })).toString('base64')

const page = (name: string, records: unknown[], rows: Company[], limit: number, count: unknown) => ({
  data: { [name]: records.slice(0, limit) },
  totalCount: Number(count),
  pageInfo: {
    startCursor: cursor(rows[0]),
    endCursor: cursor(rows.slice(0, limit).at(-1)),
    hasNextPage: rows.length > limit,
    hasPreviousPage: false,
  },
})

const INSERT = `insert into company (name, domain_name_primary_link_url, address_city, annual_revenue_amount_micros,
  annual_revenue_currency_code, created_by_source, created_by_name, updated_by_source, updated_by_name) values`
const insertRow = (index: number): string =>
  `(${Array.from({ length: 9 }, (_, column) => `$${index * 9 + column + 1}`).join(', ')})`

interface NewCompany {
  readonly name: string
  readonly domainName: { readonly primaryLinkUrl: string }
  readonly address: { readonly addressCity: string }
  readonly annualRevenue: { readonly amountMicros: number; readonly currencyCode: string }
}
const valuesOf = (body: NewCompany): unknown[] => [
  body.name,
  body.domainName.primaryLinkUrl,
  body.address.addressCity,
  body.annualRevenue.amountMicros,
  body.annualRevenue.currencyCode,
  'API',
  'bench',
  'API',
  'bench',
]

const router = new Router()
router.get('/rest/companies/:id', async (ctx) => {
  const [row] = await query('get', 'select * from company where id = $1 and deleted_at is null', [
    ctx.params.id,
  ])
  if (row === undefined) ctx.throw(404)
  else ctx.body = { data: { company: company(row) } }
})
router.get('/rest/companies', async (ctx) => {
  // `filter=address.addressCity[eq]:"Berlin"&order_by=name&limit=20`
  const city = /addressCity\[eq\]:"(.*)"/.exec(String(ctx.query.filter))?.[1]
  const limit = Number(ctx.query.limit)
  const [rows, [total]] = await Promise.all([
    query(
      'list',
      'select * from company where address_city = $1 and deleted_at is null order by name nulls first, id limit $2',
      [city, limit + 1],
    ),
    query('count', 'select count(*) from company where address_city = $1 and deleted_at is null', [city]),
  ])
  ctx.body = page('companies', rows.map(company), rows, limit, total?.count)
})
router.get('/rest/people', async (ctx) => {
  const limit = Number(ctx.query.limit)
  const [rows, [total]] = await Promise.all([
    query('people', 'select * from person where deleted_at is null order by id limit $1', [limit + 1]),
    query('countPeople', 'select count(*) from person where deleted_at is null', []),
  ])
  const companies = await query(
    'companiesOf',
    'select * from company where id = any($1) and deleted_at is null',
    [rows.map((row) => row.company_id)],
  )
  const byId = new Map(companies.map((row) => [row.id, company(row)]))
  const ids = rows.map((row) => row.id)
  const related = await Promise.all(
    (
      [
        ['pointOfContactForOpportunities', 'opportunity', 'point_of_contact_id'],
        ['attachments', 'attachment', 'target_person_id'],
        ['noteTargets', 'note_target', 'target_person_id'],
        ['taskTargets', 'task_target', 'target_person_id'],
        ['timelineActivities', 'timeline_activity', 'target_person_id'],
      ] as const
    ).map(async ([name, table, column]) => {
      const found = await query(
        name,
        `select * from ${table} where ${column} = any($1) and deleted_at is null order by id`,
        [ids],
      )
      return { name, of: Map.groupBy(found, (row) => row[column]) }
    }),
  )
  const records = rows.map((row) => ({
    ...person(row),
    company: byId.get(row.company_id) ?? null,
    ...Object.fromEntries(related.map(({ name, of }) => [name, (of.get(row.id) ?? []).slice(0, 60)])),
  }))
  ctx.body = page('people', records, rows, limit, total?.count)
})
router.post('/rest/companies', async (ctx) => {
  const body = JSON.parse(await collect(ctx.req)) as NewCompany
  const [row] = await query('create', `${INSERT} ${insertRow(0)} returning *`, valuesOf(body))
  ctx.status = 201
  ctx.body = { data: { createCompany: row && company(row) } }
})
router.post('/rest/batch/companies', async (ctx) => {
  const body = JSON.parse(await collect(ctx.req)) as NewCompany[]
  const rows = await query(
    `create${body.length}`,
    `${INSERT} ${body.map((_, index) => insertRow(index)).join(', ')} returning *`,
    body.flatMap(valuesOf),
  )
  ctx.status = 201
  ctx.body = { data: { createCompanies: rows.map(company) } }
})

const app = new Koa()
app.use(router.routes())
app.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
