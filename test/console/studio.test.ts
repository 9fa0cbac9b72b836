import test from 'ava'
import { barriersOf, openConsole } from '../support/browser.ts'
import type { Visit } from '../support/chromium.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

const isAsItShouldBe = (t: { deepEqual: (a: unknown, b: unknown) => void }, visit: Visit) => {
  t.deepEqual(visit.foreign, [])
  t.deepEqual(visit.complaints, [])
}

run('a field is created after a review of its statements, and records have it at once', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const seen = await visit(client, '/model/company')
  const { page } = seen
  await page.getByRole('button', { name: 'Create field' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Label' }).first().fill('Name')
  await dialog.getByRole('button', { name: 'Review' }).click()
  t.regex((await dialog.getByRole('alert').textContent()) ?? '', /Name "name" is not available/)
  await dialog.getByRole('textbox', { name: 'Label' }).first().fill('Cost centre')
  await dialog.getByRole('button', { name: 'Review' }).click()
  t.regex((await dialog.locator('pre').textContent()) ?? '', /alter table .* add column "cost_centre" /)
  const before = await client.get('/rest/metadata/fields/company.costCentre')
  t.is(before.status, 404)
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.getByRole('rowheader', { name: /Cost centre/ }).waitFor()
  t.deepEqual(await barriersOf(page), [])

  await page.getByRole('link', { name: 'Records', exact: true }).last().click()
  await page.getByRole('button', { name: 'Create record' }).first().click()
  await page.getByRole('textbox', { name: 'Cost centre' }).fill('4711')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('R&D, 100%')
  await page.getByRole('button', { name: 'Create company' }).click()
  await page.getByRole('button', { name: 'Open R&D, 100%' }).waitFor()
  const { body } = await client.get('/rest/companies?fields=name,costCentre')
  t.like(body.data.companies[0], { name: 'R&D, 100%', costCentre: '4711' })
  isAsItShouldBe(t, seen)
})

run('a record is found, edited to the last digit, moved to the trash and restored', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  for (const name of ['R&D, 100% [sic]', 'Other']) await client.request('POST', '/rest/companies', { name })
  const seen = await visit(client, '/records/companies')
  const { page } = seen
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('textbox', { name: 'Value of Name' }).fill('100% [')
  await page.getByText('1–1 of 1').waitFor()
  // The address holds the view: loaded again, it shows the same.
  await page.reload()
  await page.getByText('1–1 of 1').waitFor()
  t.deepEqual(await barriersOf(page), [])

  await page.getByRole('button', { name: 'Open R&D, 100% [sic]' }).click()
  const panel = page.getByRole('dialog')
  await panel
    .getByRole('group', { name: 'Annual revenue' })
    .getByLabel('Amount')
    .fill('12345678901234.567891')
  await panel.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Company was saved').waitFor()
  const { body } = await client.get(
    '/rest/companies?filter=annualRevenue.amountMicros[eq]:12345678901234567891',
  )
  t.is(body.totalCount, 1)
  await panel.getByRole('button', { name: 'Move to the trash' }).click()
  await page.getByText('No records match the filter').waitFor()
  await page.getByRole('button', { name: 'Trash', exact: true }).click()
  await page.getByRole('button', { name: 'Open R&D, 100% [sic]' }).click()
  await panel.getByRole('button', { name: 'Restore' }).click()
  await page.getByText('Company was restored').waitFor()
  t.is((await client.get('/rest/companies')).body.totalCount, 2)
  isAsItShouldBe(t, seen)
})

run('tables created with SQL can be browsed with any key', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  await gateway.gateway.pool.query(`
    create table ${schema}."Odd Thing" (code text primary key, note text);
    insert into ${schema}."Odd Thing" values ('a/b,c%2F', 'it''s');
    create table ${schema}.nokey (a int, b text);
    insert into ${schema}.nokey values (1, 'x')`)
  const seen = await visit(client, '/records/oddThings')
  const { page } = seen
  await page.getByRole('button', { name: 'Open a/b,c%2F' }).click()
  const note = page.getByRole('dialog').getByRole('textbox', { name: 'Note' })
  await note.fill('changed')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Odd thing was saved').waitFor()
  await page.goto(`${gateway.url}/records/nokeys`)
  await page.getByText('1–1 of 1').waitFor()
  isAsItShouldBe(t, seen)
})

run('the GraphQL playground runs its first query under the CSP of the page', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  await client.request('POST', '/rest/companies', { name: 'Zeppelin' })
  const other = await gateway.enter('Other')
  const seen = await visit(client, '/playground/graphql')
  const { page } = seen
  const answer = page.locator('.result-window')
  // The editor comes after the buttons around it.
  const execute = async () => {
    await page.locator('.view-line', { hasText: 'totalCount' }).first().waitFor()
    await page.getByRole('button', { name: /Execute query/ }).click()
  }
  await execute()
  await answer.getByText(/Zeppelin/).waitFor()

  // Another workspace's key, for as long as the page lives, and in no storage.
  await page.getByRole('button', { name: 'Use a key' }).click()
  await page.getByLabel('API key', { exact: true }).fill(other.token)
  await page.getByRole('button', { name: 'Use this key' }).click()
  await page.getByText('As the key').waitFor()
  await execute()
  await answer.getByText(/"totalCount"/).waitFor()
  await answer.getByText(/Zeppelin/).waitFor({ state: 'detached' })
  const stored = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])',
  )
  t.false(String(stored).includes(other.token.slice(-20)))
  isAsItShouldBe(t, seen)
})

run('the REST playground sends as the session, with the document of the workspace', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const seen = await visit(client, '/playground/rest#tag/companies/GET/companies')
  const { page } = seen
  await page
    .getByRole('button', { name: /Test Request/ })
    .first()
    .click()
  const [answer] = await Promise.all([
    page.waitForResponse((response) => /\/rest\/(?!open-api)/.test(response.url())),
    page.getByRole('button', { name: /^Send/ }).first().click(),
  ])
  t.false([401, 403].includes(answer.status()))
  t.regex((await answer.request().allHeaders())['x-csrf-token'] ?? '', /^[\w-]{43}$/)
  t.is((await answer.request().allHeaders()).authorization, undefined)
  isAsItShouldBe(t, seen)
})
