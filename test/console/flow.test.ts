import test from 'ava'
import type { BrowserContext, Page } from 'playwright-core'
import { scratchDirectory, startGateway } from '../gateway/process.ts'
import { CHROMIUM, openBrowser, watch } from '../support/chromium.ts'
import { storedBy } from '../support/storage.ts'

const run = CHROMIUM === undefined ? test.skip : test

const openContext = async (t: { teardown: (work: () => Promise<void>) => void }): Promise<BrowserContext> => {
  const browser = await openBrowser()
  t.teardown(() => browser.close())
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  context.setDefaultTimeout(120_000)
  return context
}

const addressesOf = (page: Page): readonly string[] => {
  const addresses: string[] = []
  page.on('request', (request) => void addresses.push(request.url().replace(/#.*/, '')))
  page.on('framenavigated', (frame) => void addresses.push(frame.url()))
  return addresses
}

/** Sends what an operation of the REST playground begins with; the answer of the gateway. */
const testRequest = async (page: Page, operation: RegExp) => {
  await page.getByRole('button', { name: operation }).first().click()
  const client = page.getByRole('dialog')
  const answering = page.waitForResponse((answer) => /\/rest\/(?!open-api)/.test(answer.url()))
  await client.getByRole('button', { name: /^Send/ }).first().click()
  const answer = await answering
  await client.getByText(String(answer.status())).first().waitFor()
  await page.keyboard.press('Escape')
  await client.waitFor({ state: 'hidden' })
  return answer
}

run('from the first start to a key that is refused, by the console alone', async (t) => {
  t.timeout(300_000)
  const gateway = startGateway(t, { DATA_DIR: await scratchDirectory(t), CONSOLE: 'on' })
  const url = await gateway.url()
  const link = /^Console: (\S+)$/m.exec(gateway.stdout())?.[1] ?? ''
  const context = await openContext(t)
  const page = await context.newPage()
  const seen = watch(page, url)
  const addresses = addressesOf(page)
  const secrets = [link.split('#')[1] ?? '']
  const goTo = (name: string) =>
    page.getByRole('navigation').getByRole('link', { name, exact: true }).first().click()
  const keepsSecrets = async (where: string) => {
    const stored = await storedBy(page)
    for (const secret of secrets) {
      t.false(stored.includes(secret), `${where}: storage`)
      t.false(
        addresses.some((address) => address !== link && address.includes(secret)),
        `${where}: addresses`,
      )
    }
  }

  // The link signs in, once.
  await page.goto(link)
  await page.getByRole('heading', { name: 'APIs & Webhooks' }).waitFor()
  await keepsSecrets('signed in')

  // A key, with a role.
  await page.getByRole('button', { name: 'Create key' }).first().click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Web “site”')
  await page.getByRole('combobox', { name: 'Role' }).selectOption({ label: 'Member' })
  await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
  const made = page.getByRole('dialog', { name: /Web “site”/ })
  const token =
    (await made.getByRole('region', { name: 'Key', exact: true }).locator('pre').textContent()) ?? ''
  t.regex(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  secrets.push(token, token.split('.')[2] ?? '')

  // It works in the REST playground, and what is sent there is what the key may send.
  await made.getByRole('button', { name: 'REST playground' }).click()
  await page.getByText('As the key “Web “site””').waitFor()
  await page.getByRole('button', { name: 'Open Group - companies' }).click()
  await page
    .getByRole('link', { name: /Create one company/ })
    .first()
    .click()
  const created = await testRequest(page, /^Test Request.*post \/companies\)?$/i)
  t.is(created.status(), 201)
  t.is((await created.request().allHeaders()).authorization, `Bearer ${token}`)
  t.is(new URL(created.url()).search, '')
  t.is((await created.json()).data.createCompany.name, 'Example name')
  await page
    .getByRole('link', { name: /Find companies/ })
    .first()
    .click()
  t.is((await testRequest(page, /^Test Request.*get \/companies\)?$/i)).status(), 200)
  await keepsSecrets('REST playground')

  // And in the GraphQL playground.
  await goTo('GraphQL playground')
  const execute = async () => {
    await page.locator('.view-line', { hasText: 'totalCount' }).first().waitFor()
    await page.getByRole('button', { name: /Execute query/ }).click()
  }
  await execute()
  await page
    .locator('.result-window')
    .getByText(/"totalCount"/)
    .waitFor()
  await keepsSecrets('GraphQL playground')

  // A field, after a look at what it does.
  await goTo('Data model')
  await page.getByRole('link', { name: 'Companies', exact: true }).click()
  await page.getByRole('button', { name: 'Create field' }).click()
  const newField = page.getByRole('dialog')
  await newField.getByRole('textbox', { name: 'Label' }).first().fill('Cost centre')
  await newField.getByRole('button', { name: 'Review' }).click()
  t.regex((await newField.locator('pre').textContent()) ?? '', /add column "cost_centre"/)
  await newField.getByRole('button', { name: 'Apply' }).click()
  await page.getByRole('rowheader', { name: /Cost centre/ }).waitFor()

  // The documents have it …
  await goTo('REST playground')
  await page.getByRole('button', { name: 'Open Group - companies' }).click()
  await page
    .getByRole('link', { name: /Create one company/ })
    .first()
    .click()
  await page.getByText('costCentre').first().waitFor()
  await goTo('GraphQL playground')
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  await page.getByRole('region', { name: 'Documentation Explorer' }).getByRole('combobox').fill('costCentre')
  await page
    .getByRole('option', { name: /costCentre/ })
    .first()
    .waitFor()
  // The list of what was found hides the rest of the page from readers until it is closed.
  await page.keyboard.press('Escape')

  // … and records hold it.
  await goTo('Records')
  await page.getByRole('link', { name: /^Companies/ }).click()
  await page.getByRole('button', { name: 'Create record' }).first().click()
  await page.getByRole('textbox', { name: 'Cost centre' }).fill('4711')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('R&D, 100%')
  await page.getByRole('button', { name: 'Create company' }).click()
  await page.getByText('Company was created').waitFor()
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('textbox', { name: 'Value of Name' }).fill('R&D, 100%')
  await page.getByText('1–1 of 1').waitFor()
  await page.getByRole('button', { name: 'Open R&D, 100%' }).waitFor()
  const asKey = (path: string) => fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  const found = await asKey('/rest/companies?filter=costCentre[eq]:4711&fields=name')
  t.regex(await found.text(), /R&D, 100%/)

  // The key is revoked, and refused wherever it is used.
  await goTo('APIs & Webhooks')
  await page.getByRole('button', { name: 'Actions for key Web “site”' }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click()
  await page.getByText('Key “Web “site”” was revoked.').waitFor()
  t.is((await asKey('/rest/companies')).status, 401)
  await goTo('GraphQL playground')
  await page.getByText('The gateway rejected this caller').waitFor()
  await goTo('REST playground')
  await page.getByText('The gateway rejected this caller').waitFor()
  await page.getByRole('button', { name: 'Back to my session' }).click()
  await page.getByRole('button', { name: 'Open Group - companies' }).waitFor()
  await keepsSecrets('the end')

  t.deepEqual(seen.foreign, [])
  t.deepEqual(seen.complaints, [])
  const again = await (await openContext(t)).newPage()
  await again.goto(link)
  await again.getByText('This sign-in link has already been used or has expired.').waitFor()
})
