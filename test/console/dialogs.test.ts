import test from 'ava'
import type { Page } from 'playwright-core'
import { barriersOf, openConsole } from '../support/browser.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.serial.skip : test.serial
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

interface Opening {
  readonly name: string
  readonly path: string
  /** Opens it; resolves to a text that is visible once it is complete. */
  readonly open: (page: Page) => Promise<string>
}

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()

const pick = async (page: Page, menu: string | RegExp, item: string) => {
  await press(page, menu)
  await page.getByRole('menuitem', { name: item }).click()
}

const OPENINGS: readonly Opening[] = [
  {
    name: 'a new key',
    path: '/api',
    open: async (page) => {
      await press(page, 'Create key')
      return 'Requests per minute'
    },
  },
  {
    name: 'a key regenerated',
    path: '/api',
    open: async (page) => {
      await pick(page, /^Actions for key/, 'Regenerate …')
      await press(page, 'Regenerate key')
      return 'Copy the key now'
    },
  },
  {
    name: 'a key revoked',
    path: '/api',
    open: async (page) => {
      await pick(page, /^Actions for key/, 'Revoke …')
      return 'stops working immediately'
    },
  },
  {
    name: 'a new role',
    path: '/roles',
    open: async (page) => {
      await press(page, 'Create role')
      return 'Start with'
    },
  },
  {
    name: 'a role assigned to a key',
    path: '/roles',
    open: async (page) => {
      await page.getByRole('link', { name: 'Guest' }).click()
      await page.getByRole('tab', { name: 'Assignment' }).click()
      await press(page, 'Assign to API key')
      return 'Create a key with this role'
    },
  },
  {
    name: 'the rights on an object',
    path: '/roles',
    open: async (page) => {
      await page.getByRole('link', { name: 'Guest' }).click()
      await page.getByRole('tab', { name: 'Objects' }).click()
      await press(page, /^Companies/)
      return 'Record rules'
    },
  },
  {
    name: 'a new object',
    path: '/model',
    open: async (page) => {
      await press(page, 'Create object')
      return 'Plural name in the API'
    },
  },
  {
    name: 'a new field, looked at before it is made',
    path: '/model/company',
    open: async (page) => {
      await press(page, 'Create field')
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox', { name: 'Label' }).first().fill('Cost centre')
      await press(page, 'Review')
      return 'Locks'
    },
  },
  {
    name: 'a new index',
    path: '/model/company?tab=indexes',
    open: async (page) => {
      await press(page, 'Create index')
      return 'In index order'
    },
  },
  {
    name: 'a new record',
    path: '/records/companies',
    open: async (page) => {
      await press(page, 'Create record')
      return 'Annual revenue'
    },
  },
  {
    name: 'a record',
    path: '/records/companies',
    open: async (page) => {
      await press(page, /^Open Zoë/)
      return 'Records that point here'
    },
  },
]

run('no dialog has an accessibility barrier, in light and in dark', async (t) => {
  t.timeout(300_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter('Dialogs')
  await gateway.client(client.workspace, 'Member')
  await client.request('POST', '/rest/companies', { name: 'Zoë & Söhne' })
  const seen = await visit(client, '/sign-in')
  const { page } = seen
  for (const { name, path, open } of OPENINGS) {
    await page.goto(gateway.url + path)
    const shows = await open(page)
    const dialog = page.getByRole('dialog')
    await dialog.getByText(shows).first().waitFor()
    for (const colorScheme of process.env.CI ? (['dark'] as const) : (['light', 'dark'] as const)) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      t.deepEqual(await barriersOf(page), [], `${name}, ${colorScheme}`)
    }
    // It has a name, and the focus is inside.
    t.not(await dialog.first().getAttribute('aria-labelledby'), null, name)
    t.true(await page.evaluate(`document.activeElement.closest('[role="dialog"]') !== null`), name)
  }
  t.deepEqual(seen.complaints, [])
})
