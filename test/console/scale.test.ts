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
const ROLES = 3_000
const MEMBERS = 5_000

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
  await pool.query(
    `insert into tenantry.roles (workspace_id, label)
     select $1, 'Team ' || to_char(i, 'FM0000') from generate_series(1, $2) i`,
    [workspace.id, ROLES],
  )
  await pool.query(`alter table ${schema}.workspace_member disable trigger user;
    insert into ${schema}.workspace_member (name_first_name, name_last_name, user_email, user_id)
      select 'Person', 'No' || to_char(i, 'FM0000'), 'p' || i || '@example.com', gen_random_uuid()
      from generate_series(1, ${MEMBERS}) i;
    alter table ${schema}.workspace_member enable trigger user`)
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
    ['/roles', 'Show more'],
    [`/roles/${role.id}?tab=assignment`, 'Person No0001'],
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

run(`${ROLES} roles and ${MEMBERS} members are found, read on and assigned by the keyboard`, async (t) => {
  t.timeout(300_000)
  const { gateway, visit } = browser()
  const { client } = await enterBig()
  const seen = await visit(client, '/roles')
  const { page } = seen
  const row = page.getByRole('rowheader')
  const focused = async (): Promise<string> =>
    String(await page.evaluate('document.activeElement.textContent'))

  await page.getByRole('button', { name: 'Show more' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Team 0090').waitFor()
  t.is(await focused(), 'Show more', 'the button keeps its focus while there are more')
  const find = page.getByRole('textbox', { name: 'Find a role' })
  await find.fill('team 29')
  await row.filter({ hasText: 'Team 0001' }).waitFor({ state: 'detached' })
  await until('fifty are shown', async () => (await row.count()) === 50)
  await page.getByRole('button', { name: 'Show more' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('All 100 are shown').waitFor()
  t.is(await focused(), 'All 100 are shown')
  await find.fill('?!')
  await page.getByText('No matching role').waitFor()
  // Far beyond the first page of the gateway's list.
  await find.fill('team 2999')
  await until('one is shown', async () => (await row.count()) === 1)
  await page.getByRole('link', { name: 'Team 2999' }).press('Enter')

  await page.getByRole('tab', { name: 'Assignment' }).click()
  await page.getByText('No members').waitFor()
  await page.getByRole('button', { name: 'Assign to member' }).click()
  const member = page.getByRole('dialog').getByRole('combobox', { name: 'Member' })
  await until(
    'the select has focus',
    async () =>
      (await page.evaluate(
        'document.activeElement.getAttribute("aria-label") ?? document.activeElement.id',
      )) === (await member.getAttribute('id')),
  )
  await page.keyboard.type('no4999')
  await page.getByRole('option', { name: 'Person No4999 (now Member)' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Assign role' }).press('Enter')
  await row.filter({ hasText: 'Person No4999' }).waitFor()

  // A key gets a role of the last page.
  await page.goto(`${gateway.url}/api`)
  await page.getByRole('button', { name: 'Create key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Late')
  await dialog.getByRole('combobox', { name: 'Role' }).fill('team 2998')
  await page.getByRole('option', { name: 'Team 2998' }).click()
  await dialog.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Copy the key now').waitFor()
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await row.filter({ hasText: 'Late' }).waitFor()
  t.regex((await page.getByRole('row').filter({ hasText: 'Late' }).textContent()) ?? '', /Team 2998/)

  // The default role is one of them, too.
  await page.goto(`${gateway.url}/workspace`)
  await page.getByRole('combobox', { name: 'Default role' }).fill('team 1500')
  await page.getByRole('option', { name: 'Team 1500' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The workspace was changed.').waitFor()
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
