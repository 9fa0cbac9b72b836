import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import type { Page } from 'playwright-core'
import { CONSOLE_DIRECTORY, CONSOLE_SOURCES } from '../../gateway/console/build.ts'
import { barriersOf, openConsole } from '../support/browser.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

const question = (page: Page) => page.getByRole('dialog', { name: 'Discard unsaved changes?' })

/** Asked, and answered with no: what was typed is still there. */
const keeps = async (page: Page, leave: () => Promise<unknown>): Promise<void> => {
  await leave()
  await question(page).getByRole('button', { name: 'Keep editing' }).click()
  await question(page).waitFor({ state: 'hidden' })
}

run('the console asks before it discards unsaved input', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  await client.request('POST', '/rest/companies', { name: 'Ångström' })
  const { page, complaints } = await visit(client, '/api')
  await page.getByRole('link', { name: 'Records' }).click()
  await page.getByRole('link', { name: /^Companies/ }).click()
  await page.getByRole('button', { name: 'Open Ångström' }).click()
  const panel = page.getByRole('dialog', { name: 'Ångström' })
  const name = panel.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('Half done')
  const address = page.url()
  await keeps(page, () => page.keyboard.press('Escape'))
  await keeps(page, () => panel.getByRole('button', { name: 'Close' }).click())
  await keeps(page, () => page.mouse.click(300, 450))
  await keeps(page, () => page.goBack())
  t.is(page.url(), address)
  t.is(await name.inputValue(), 'Half done')
  await page.goBack()
  await question(page).getByRole('button', { name: 'Discard' }).click()
  await panel.waitFor({ state: 'hidden' })
  t.is(new URL(page.url()).search, '')
  await page.goForward()
  t.is(await name.inputValue(), 'Ångström')
  // Nothing typed, nothing asked.
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  t.is(await question(page).count(), 0)

  // A form that fills the page.
  await page.getByRole('link', { name: 'Workspace', exact: true }).click()
  await page.getByRole('textbox', { name: 'Subdomain' }).fill('elsewhere')
  await keeps(page, () => page.getByRole('link', { name: 'Roles' }).click())
  t.is(await page.getByRole('textbox', { name: 'Subdomain' }).inputValue(), 'elsewhere')
  await page.getByRole('link', { name: 'Roles' }).click()
  await question(page).getByRole('button', { name: 'Discard' }).click()
  await page.getByRole('link', { name: 'Guest' }).waitFor()
  t.deepEqual(complaints, [])
})

run('a form can always be submitted, and links its faults to their inputs', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page } = await visit(client, '/records/companies?open=new')
  const panel = page.getByRole('dialog', { name: 'Create company' })
  const amount = panel.getByRole('group', { name: 'Annual revenue' }).getByLabel('Amount')
  await amount.fill('12,5')
  await panel.getByRole('textbox', { name: 'Name', exact: true }).fill('R&D, 100%')
  await panel.getByRole('button', { name: 'Create company' }).click()
  await panel.getByRole('alert').getByText('There is a problem').waitFor()
  t.is(await panel.getByRole('alert').getByRole('button').textContent(), 'Annual revenue: Amount')
  t.true(await amount.evaluate('(() => document.activeElement?.getAttribute("inputmode") === "decimal")()'))
  t.deepEqual(await barriersOf(page), [])
  await amount.fill('12.5')
  await panel.getByRole('button', { name: 'Create company' }).click()
  await page.getByText('Company was created').waitFor()

  await page.goto(`${gateway.url}/api`)
  await page.getByRole('button', { name: 'Create key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox', { name: 'Expires' }).selectOption('date')
  await dialog.getByLabel('Last day').fill('2020-01-01')
  await dialog.getByRole('button', { name: 'Create key' }).click()
  const faults = await dialog.getByRole('alert').getByRole('button').allTextContents()
  t.deepEqual(faults, ['Name', 'Role', 'Last day'])
  await page.locator('input:focus').waitFor()
})

run('more phones and links are rows that are added and removed', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page } = await visit(client, '/records/people?open=new')
  const panel = page.getByRole('dialog', { name: 'Create person' })
  await panel.getByRole('textbox', { name: 'First name' }).fill('Ada')
  const phones = panel.getByRole('group', { name: 'Phones' })
  await phones.getByRole('button', { name: 'Add a phone' }).click()
  await phones.getByRole('textbox', { name: 'Number 2' }).fill('612345678')
  await phones.getByRole('textbox', { name: 'Country code 2' }).fill('FR')
  await phones.getByRole('textbox', { name: 'Calling code 2' }).fill('+33')
  const links = panel.getByRole('group', { name: 'Linkedin' })
  await links.getByRole('button', { name: 'Add a link' }).click()
  await links.getByRole('textbox', { name: 'URL 2' }).fill('https://b.test')
  await links.getByRole('button', { name: 'Add a link' }).click()
  await links.getByRole('textbox', { name: 'URL 3' }).fill('https://c.test')
  await links.getByRole('button', { name: 'Remove more links 2' }).click()
  t.deepEqual(await barriersOf(page), [])
  await panel.getByRole('button', { name: 'Create person' }).click()
  await page.getByText('Person was created').waitFor()
  const { body } = await client.get('/rest/people?fields=phones,linkedinLink')
  const [person] = body.data.people
  t.like(person.phones.additionalPhones[0], { countryCode: 'FR', callingCode: '+33' })
  t.is(person.linkedinLink.secondaryLinks.length, 1)
  t.regex(person.linkedinLink.secondaryLinks[0].url, /c\.test/)
})

run('the URL holds the page of a list, and back and forward walk through pages', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  for (const half of [0, 60]) {
    const names = Array.from({ length: 60 }, (_, index) => `C${String(half + index).padStart(3, '0')}`)
    const made = await client.request(
      'POST',
      '/rest/batch/companies',
      names.map((name) => ({ name })),
    )
    t.is(made.status, 201, made.text)
  }
  const { page } = await visit(client, '/records/companies?sort=name')
  const shows = async (range: string, first: string) => {
    await page.getByText(`${range} of 120`).waitFor()
    t.is(await page.getByRole('rowheader').first().textContent(), `Open ${first}`)
  }
  await shows('1–50', 'C000')
  await page.getByRole('button', { name: 'Next' }).click()
  await shows('51–100', 'C050')
  await page.getByRole('button', { name: 'Next' }).click()
  await shows('101–120', 'C100')
  await page.reload()
  await shows('101–120', 'C100')
  await page.getByRole('button', { name: 'Previous' }).click()
  await shows('51–100', 'C050')
  await page.goBack()
  await shows('101–120', 'C100')
  await page.getByRole('button', { name: 'Open C110' }).click()
  await page.getByRole('dialog', { name: 'C110' }).waitFor()
  await page.reload()
  await page.getByRole('dialog', { name: 'C110' }).waitFor()
  await page.goBack()
  await page.goBack()
  await shows('51–100', 'C050')
  // While the other page is loading, the sentence describes the visible rows.
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  await page.route('**/rest/companies?limit=50*', async (route) => {
    await seen
    await route.continue()
  })
  await page.goBack()
  await page.locator('[data-stale="true"]').waitFor()
  await shows('51–100', 'C050')
  resolve()
  await shows('1–50', 'C000')
  await page.goForward()
  await shows('51–100', 'C050')
  // Another order is another list.
  await page.getByRole('button', { name: 'Name', exact: true }).click()
  await shows('1–50', 'C119')
  await page.goBack()
  await shows('51–100', 'C050')

  // One press opens a filter that can be filled in, the next takes it away again.
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('textbox', { name: 'Value of Name' }).fill('C11')
  await page.getByText('1–10 of 10').waitFor()
  await page.getByRole('textbox', { name: 'Value of Name' }).fill('')
  await page.getByRole('button', { name: 'Filter' }).click()
  t.false(new URL(page.url()).searchParams.has('where'))
})

run('a new object follows its singular label until something else is typed', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page } = await visit(client, '/model')
  await page.getByRole('button', { name: 'Create object' }).click()
  const dialog = page.getByRole('dialog')
  const field = (name: string) => dialog.getByRole('textbox', { name, exact: true })
  await field('Singular label').fill('Cost category')
  t.is(await field('Plural label').inputValue(), 'Cost categories')
  t.is(await field('Singular name in the API').inputValue(), 'costCategory')
  t.is(await field('Plural name in the API').inputValue(), 'costCategories')
  await field('Plural label').fill('Kinds of cost')
  await field('Singular label').fill('Kind of cost')
  t.is(await field('Plural label').inputValue(), 'Kinds of cost')
  await dialog.getByRole('combobox', { name: 'Icon' }).click()
  await page.getByRole('option', { name: 'Coins' }).click()
  t.deepEqual(await barriersOf(page), [])
  await dialog.getByRole('button', { name: 'Review' }).click()
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.getByRole('link', { name: 'Kinds of cost', exact: true }).waitFor()
  const { body } = await client.get('/rest/metadata/objects/kindOfCost')
  t.like(body.data.object, { icon: 'IconCoins', labelPlural: 'Kinds of cost', namePlural: 'kindsOfCost' })
})

run('the fields of an object are read-only where the role cannot edit records', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page } = await visit(client, '/roles')
  await page.getByRole('link', { name: 'Guest' }).click()
  await page.getByRole('tab', { name: 'Objects' }).click()
  await page.getByRole('button', { name: 'Companies', exact: true }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('This role cannot create or edit companies').waitFor()
  t.true(await drawer.getByRole('checkbox', { name: 'See Name' }).isChecked())
  const edits = await drawer.getByRole('checkbox', { name: /^Edit / }).all()
  t.true(edits.length > 5)
  for (const edit of edits) {
    t.false(await edit.isChecked())
    t.true(await edit.isDisabled())
  }
  // The drawer stands in the address.
  await page.reload()
  await drawer.getByText('This role cannot create or edit companies').waitFor()
})

/** Forms that ask for one pasted key or one word. */
const WITHOUT_UNSAVED = [
  'form/form.tsx',
  'parts/confirmDialog.tsx',
  'signIn/signInPage.tsx',
  'playground/playgroundBar.tsx',
]

test('every form lists its faults and asks before unsaved input is discarded', async (t) => {
  const entries = await readdir(CONSOLE_SOURCES, { recursive: true, withFileTypes: true })
  const sources = entries
    .filter(({ name, parentPath }) => name.endsWith('.tsx') && !parentPath.startsWith(CONSOLE_DIRECTORY))
    .map(({ name, parentPath }) => join(parentPath, name).slice(CONSOLE_SOURCES.length + 1))
  let forms = 0
  for (const source of sources) {
    const text = await readFile(join(CONSOLE_SOURCES, source), 'utf8')
    if (/<form[\s>]/.test(text))
      t.true(WITHOUT_UNSAVED.includes(source), `${source} has a form of its own; use form/form.tsx`)
    // The type of DialogForm demands its input.
    if (/<(?:Dialog)?Form[\s>]/.test(text)) forms += 1
    if (/<Form[\s>]/.test(text) && !WITHOUT_UNSAVED.includes(source))
      t.regex(text, /use(?:Unsaved|UnsavedInput|Edits)\(/, source)
  }
  t.true(forms > 10)
})
