import test from 'ava'
import type { Page } from 'playwright-core'
import { createOperatorKey } from '../../tenants/operator.ts'
import { barriersOf, openConsole } from '../support/browser.ts'
import { openCitusDatabase } from '../support/citus.ts'
import { citusUrl } from '../support/environment.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.serial.skip : test.serial

const LONG = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3)

/** Signed in as an operator. */
const enter = async () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  const { gateway, visitAsOperator } = opened
  await gateway.enter(`O'Brien "x" <b>`)
  const { secret } = await createOperatorKey(gateway.gateway.pool, `Op "x"`)
  const seen = await visitAsOperator(secret, '/workspaces')
  await seen.page.getByLabel('Find a workspace').waitFor()
  return { ...seen, gateway }
}

const act = async (page: Page, workspace: string, action: string) => {
  await page.getByRole('button', { name: `Actions for workspace ${workspace}`, exact: true }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

run(
  'an operator creates, limits, suspends, resumes and drops a workspace, and signs a member in',
  async (t) => {
    t.timeout(120_000)
    const { page, complaints, foreign } = await enter()
    await page.getByRole('button', { name: 'Create workspace' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill(LONG)
    await dialog.getByRole('textbox', { name: 'Subdomain' }).fill('wolfe')
    await dialog.getByRole('button', { name: 'Create workspace' }).click()
    // The page asks for the first member at once.
    const link = page.getByRole('dialog', { name: /^Sign-in link for/ })
    await link.getByText('has no members yet').waitFor()
    await link.getByRole('button', { name: 'Add member and create link' }).click()
    await link.getByRole('alert').getByText('First name').waitFor()
    await link.getByRole('textbox', { name: 'First name' }).fill(`Zoë 'x'`)
    await link.getByRole('textbox', { name: 'Last name' }).fill('O"Brien')
    await link.getByRole('button', { name: 'Add member and create link' }).click()
    const url = (await link.locator('pre').textContent()) ?? ''
    const person = await page.context().browser()?.newPage()
    await person?.goto(url)
    await person?.getByRole('heading', { name: 'APIs & Webhooks' }).waitFor()
    // In the header, and in the empty list once it has been read.
    await person?.getByRole('button', { name: 'Create key' }).first().waitFor()
    await person?.close()
    await link.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('rowheader', { name: LONG }).waitFor()

    await act(page, LONG, 'Limits …')
    // Also where the form comes after its dialog, the keyboard is in it.
    await page.locator('input:focus').waitFor()
    await dialog.getByRole('textbox', { name: 'Requests per minute, each key' }).fill('500')
    await dialog.getByRole('button', { name: 'Save limits' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await act(page, LONG, 'Limits …')
    t.is(await dialog.getByRole('textbox', { name: 'Requests per minute, each key' }).inputValue(), '500')
    await page.keyboard.press('Escape')

    await act(page, LONG, 'Sign-in link …')
    await dialog.getByRole('combobox', { name: 'Member' }).waitFor()
    t.is(
      await dialog.getByRole('combobox', { name: 'Member' }).locator('option:checked').textContent(),
      `Zoë 'x' O"Brien`,
    )
    await page.keyboard.press('Escape')

    await act(page, LONG, 'Suspend …')
    await dialog.getByRole('button', { name: 'Suspend workspace' }).click()
    await page.getByText('Suspended', { exact: true }).waitFor()
    await act(page, LONG, 'Resume')
    await page.getByText('Suspended', { exact: true }).waitFor({ state: 'hidden' })

    await act(page, LONG, 'Delete …')
    const drop = dialog.getByRole('button', { name: 'Delete workspace' })
    t.true(await drop.isDisabled())
    await dialog.getByRole('textbox').fill('wolfe')
    await drop.click()
    await page.getByRole('rowheader', { name: LONG }).waitFor({ state: 'hidden' })
    // The row took its button along; the keyboard goes on from the page.
    await page.locator('main:focus').waitFor()
    t.deepEqual(foreign, [])
    t.deepEqual(complaints, [])
  },
)

run('the list of workspaces has no accessibility barrier, with hostile names too', async (t) => {
  t.timeout(120_000)
  const { page, gateway } = await enter()
  for (const name of [`${LONG} too`, '\u202Eevil', '&amp;<script>']) await gateway.enter(name)
  await page.reload()
  await page.getByText('&amp;<script>').waitFor()
  for (const { width, colorScheme } of [
    { width: 1280, colorScheme: 'dark' },
    { width: 375, colorScheme: 'light' },
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    t.deepEqual(await barriersOf(page), [])
    t.true(
      Number(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ) <= 0,
    )
    // No state is cut for the sake of a long neighbour.
    t.is(
      await page.evaluate(
        `[...document.querySelectorAll('td .mantine-Badge-label')].filter((each) => each.scrollWidth > each.clientWidth).length`,
      ),
      0,
    )
  }
})

run('the list of workspaces is read in pages of fifty and searched by the gateway', async (t) => {
  t.timeout(120_000)
  const { page, gateway } = await enter()
  // Rows alone: the list reads nothing else of a workspace.
  const { rows } = await gateway.gateway.pool.query<{ id: string }>(
    `insert into tenantry.workspaces (name, subdomain, schema_name)
     select 'Paged ' || n, 'paged' || n, 'w_paged_' || n from generate_series(1, 60) n returning id`,
  )
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    if (pathname === '/admin/workspaces') asked.push(String(searchParams))
  })
  await page.reload()
  const row = page.getByRole('rowheader')
  await page.getByRole('button', { name: /^Show more/ }).waitFor()
  t.is(await row.count(), 50)
  await page.getByRole('button', { name: /^Show more/ }).click()
  await page.getByRole('button', { name: /^Show more/ }).waitFor({ state: 'hidden' })
  t.true((await row.count()) > 60)
  t.true(asked.every((query) => query.startsWith('limit=50')))
  t.regex(asked.at(-1) ?? '', /starting_after=/)
  const find = page.getByLabel('Find a workspace')
  await find.fill('paged 57')
  await row.nth(1).waitFor({ state: 'detached' })
  t.regex((await row.textContent()) ?? '', /Paged 57/)
  t.regex(asked.at(-1) ?? '', /search=paged\+57/)
  for (const text of ['?!', '00000000-0000-4000-8000-000000000000']) {
    await find.fill(text)
    await page.getByText('No matching workspace').waitFor()
  }
  await find.fill(rows[2]?.id ?? '')
  await page.getByRole('rowheader', { name: 'Paged 3' }).waitFor()
  t.is(await row.count(), 1)
})

run('with one Postgres, operators have no page of nodes', async (t) => {
  const { page } = await enter()
  t.is(await page.getByRole('navigation').getByRole('link', { name: 'Nodes' }).count(), 0)
  await page.goto(new URL('/nodes', page.url()).href)
  await page.getByText('Page not found').waitFor()
})

const coordinator = citusUrl()
const onCluster = opened === null || coordinator === null ? test.serial.skip : test.serial

onCluster('operators see the nodes of a cluster, and what moves between them', async (t) => {
  t.timeout(240_000)
  const database = await openCitusDatabase(coordinator ?? '')
  const cluster = await openConsole({ POOL_SIZE: '3' }, database)
  t.teardown(async () => {
    await cluster?.close()
    await database.close()
  })
  if (cluster === null) throw new Error('No Chromium is installed.')
  await cluster.gateway.enter('Acme')
  const { secret } = await createOperatorKey(database.pool, 'Op')
  const { page, complaints } = await cluster.visitAsOperator(secret, '/workspaces')
  await page.getByRole('navigation').getByRole('link', { name: 'Nodes' }).click()
  const held = page.getByRole('row').filter({ hasText: 'Active' })
  await held.first().waitFor()
  t.is(await held.count(), database.workers.length)
  for (const url of database.workers) await page.getByRole('rowheader', { name: new URL(url).host }).waitFor()
  const counts = await held.locator('[data-label="Workspaces"]').allTextContents()
  t.is(
    counts.reduce((sum, count) => sum + Number(count), 0),
    1,
  )
  await page.getByRole('row').filter({ hasText: 'Coordinator' }).waitFor()
  await page.getByText('No moves').waitFor()
  t.deepEqual(await barriersOf(page), [])
  t.deepEqual(complaints, [])
})
