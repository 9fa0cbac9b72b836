import test from 'ava'
import type { Page } from 'playwright-core'
import { openConsole } from '../support/browser.ts'
import type { Client } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.serial.skip : test.serial
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

const OBJECTS = 200
const RECORDS = 60_000
const KEYS = 300

/** Created with SQL: over the API, one by one, they would take as long as all other tests. */
const fill = async ({ workspace }: Client): Promise<number> => {
  const { pool } = browser().gateway.gateway
  const schema = `"${workspace.schemaName}"`
  const { rows } = await pool.query('select count(*)::int as count from pg_tables where schemaname = $1', [
    workspace.schemaName,
  ])
  const more = OBJECTS - Number(rows[0]?.count)
  await pool.query(`do $$ begin
    for i in 1..${more} loop
      execute format('create table ${schema}.%I (id uuid primary key default gen_random_uuid(), name text, note text, amount int,
        company_id uuid references ${schema}.company)', 'thing_' || to_char(i, 'FM000'));
    end loop;
  end $$`)
  // No page here shows changes, and capturing them takes three times as long as inserting.
  await pool.query(`alter table ${schema}.company disable trigger user;
    insert into ${schema}.company (name)
      select 'Company ' || to_char(i, 'FM00000') from generate_series(1, ${RECORDS}) i;
    alter table ${schema}.company enable trigger user`)
  await pool.query(`analyze ${schema}.company`)
  await pool.query(
    `insert into tenantry.api_keys (workspace_id, role_id, name, expires_at)
     select workspace_id, role_id, 'Robot ' || to_char(i, 'FM000'), expires_at from tenantry.api_keys k, generate_series(1, $2) i
     where k.workspace_id = $1`,
    [workspace.id, KEYS],
  )
  return more
}

/** Elements and API requests of a page. Both explode where a list is not virtualized or paginated. */
interface Budget {
  readonly elements: number
  readonly requests: number
}

const BUDGET: Budget = { elements: 3_000, requests: 12 }

const elementsOf = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.querySelectorAll("*").length'))

/** API requests only, not assets. */
const countRequests = (page: Page): (() => number) => {
  let count = 0
  page.on('request', (request) => {
    if (/^\/(rest|graphql|metadata|console|admin)/.test(new URL(request.url()).pathname)) count += 1
  })
  return () => count
}

interface Big {
  readonly client: Client
  /** How many objects were added. */
  readonly more: number
}

let big: Big | undefined
/** One workspace for both tests. */
const enterBig = async (): Promise<Big> => {
  if (big === undefined) {
    const client = await browser().gateway.enter('Big')
    big = { client, more: await fill(client) }
  }
  return big
}

run(`with ${OBJECTS} objects and ${RECORDS.toLocaleString()} records every page stays small`, async (t) => {
  t.timeout(300_000)
  const { gateway, visit } = browser()
  const { client, more } = await enterBig()
  const seen = await visit(client, '/api')
  const { page } = seen
  const requests = countRequests(page)
  const role = (await client.get('/rest/metadata/roles')).body.find(
    ({ label }: { readonly label: string }) => label === 'Member',
  )
  const last = `Thing${String(more).padStart(3, '0')}s`
  for (const [path, shows] of [
    ['/api', 'Key id'],
    ['/usage', 'Slowest routes'],
    ['/records/companies', `1–50 of ${RECORDS.toLocaleString()}`],
    ['/records/companies?sort=-name', `Company ${String(RECORDS).padStart(5, '0')}`],
    ['/model', `${OBJECTS} of ${OBJECTS} objects`],
    ['/model/company', 'Domain name'],
    ['/model/company?tab=relations', 'Neighbours'],
    ['/model?view=diagram', `of ${OBJECTS} objects`],
    [`/roles/${role.id}?tab=objects`, 'Companies'],
    ['/workspace', 'Subdomain'],
  ] as const) {
    const before = requests()
    await page.goto(gateway.url + path)
    await page.getByText(shows).filter({ visible: true }).first().waitFor()
    await page.waitForLoadState('networkidle')
    // Lists of all objects, and of the fields that each of them adds to companies.
    const budget = path.startsWith('/model') ? { ...BUDGET, elements: 25 * OBJECTS } : BUDGET
    const [elements, asked] = [await elementsOf(page), requests() - before]
    t.true(elements <= budget.elements, `${path} has ${elements} elements`)
    t.true(asked <= budget.requests, `${path} asks ${asked} times`)
  }

  // Rows that are not rendered are found by search and by filter.
  await page.goto(`${gateway.url}/api`)
  await page.getByRole('textbox', { name: 'Find a key' }).fill('Robot 1')
  const others = page.getByRole('rowheader', { name: /Robot [023]/ })
  await until('the others are gone', async () => (await others.count()) === 0)
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByRole('rowheader', { name: 'Robot 100', exact: true }).waitFor()
  t.is(await page.getByRole('rowheader').count(), 100)
  await page.goto(`${gateway.url}/model`)
  await page.getByRole('textbox', { name: 'Search for an object' }).fill(last)
  await page.getByText(`1 of ${OBJECTS} objects`).waitFor()
  await page.goto(`${gateway.url}/records/companies`)
  await page.getByRole('textbox', { name: 'Search for an object' }).fill(last)
  await page.getByRole('navigation', { name: 'Objects' }).getByRole('link').click()
  await page.getByText('No records yet').waitFor()
  await page.goto(`${gateway.url}/records/companies`)
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('textbox', { name: 'Value of Name' }).fill('59999')
  await page.getByText('1–1 of 1').waitFor()
  t.deepEqual(seen.complaints, [])
})

run('both playgrounds open with hundreds of objects', async (t) => {
  t.timeout(300_000)
  const { gateway, visit } = browser()
  const { client } = await enterBig()
  const seen = await visit(client, '/playground/graphql')
  const { page } = seen
  await page.locator('.view-line', { hasText: 'totalCount' }).first().waitFor()
  await page.getByRole('button', { name: /Execute query/ }).click()
  await page.locator('.result-window').getByText(String(RECORDS)).waitFor()
  await page.goto(`${gateway.url}/playground/rest`)
  await page.getByRole('combobox', { name: 'Object' }).waitFor()
  await page.getByRole('button', { name: 'Open Group - companies' }).click()
  await page
    .getByRole('link', { name: /Create one company/ })
    .first()
    .waitFor()
  await page.getByRole('combobox', { name: 'Object' }).fill('thing001s')
  await page.getByRole('option', { name: 'thing001s' }).click()
  await page
    .getByRole('link', { name: /Create one thing001/ })
    .first()
    .waitFor()
  t.is(new URL(page.url()).hash.split('/')[1], 'thing001s')
  t.deepEqual(seen.foreign, [])
  t.deepEqual(seen.complaints, [])
})
