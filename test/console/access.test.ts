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

/** From the metadata API, with the same key. */
const ROLES = `{ getRoles { label
  objectPermissions { canReadObjectRecords canDestroyObjectRecords }
  fieldPermissions { canReadFieldValue canUpdateFieldValue }
  rowLevelPermissionPredicates { operand subFieldName value } } }`

run('a key needs a chosen role, even while the roles load', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const seen = await visit(client, '/workspace')
  const { page } = seen
  let letThrough = (): void => {}
  const isOpen = new Promise<void>((resolve) => {
    letThrough = resolve
  })
  await page.route('**/metadata', async (route) => {
    if (route.request().postData()?.includes('getApiKeyRoles') === true) await isOpen
    await route.continue()
  })
  await page.getByRole('link', { name: 'APIs & Webhooks' }).click()
  await page.getByRole('button', { name: 'Create key' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Nightly "import" <b>')
  letThrough()
  const role = dialog.getByRole('combobox', { name: 'Role' })
  await role.getByRole('option', { name: 'Guest' }).waitFor({ state: 'attached' })
  await dialog.getByRole('button', { name: 'Create key' }).click()
  t.is(await role.inputValue(), '')
  t.is(await page.getByText('Copy the key now').count(), 0)
  await role.selectOption({ label: 'Guest' })
  await dialog.getByRole('button', { name: 'Create key' }).click()
  await page.getByText('Copy the key now').waitFor()
  t.deepEqual(await barriersOf(page), [])

  const token = (await page.locator('pre').first().innerText()).trim()
  const ask = (method: string) =>
    fetch(`${gateway.url}/rest/companies`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'POST' ? { body: '{"name":"No"}' } : {}),
    })
  t.is((await ask('GET')).status, 200)
  t.is((await ask('POST')).status, 403)

  await page.getByRole('button', { name: 'I have copied it' }).click()
  await page.getByRole('button', { name: 'Actions for key Nightly' }).click()
  await page.getByRole('menuitem', { name: 'Revoke' }).waitFor()
  t.deepEqual(await barriersOf(page), [])
  await page.getByRole('menuitem', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Revoke key' }).click()
  await page.getByRole('cell', { name: 'Revoked', exact: true }).waitFor()
  t.is((await ask('GET')).status, 401)
  isAsItShouldBe(t, seen)
})

run('the account menu switches the theme', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const seen = await visit(client, '/workspace')
  const { page } = seen
  await page.getByRole('button', { name: /Key of Admin/ }).click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor()
  t.deepEqual(await barriersOf(page), [])
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  t.is(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark')
  t.is(await page.getByRole('menuitemradio', { name: 'Dark' }).getAttribute('aria-checked'), 'true')
  isAsItShouldBe(t, seen)
})

run('a role is created, and restricted by object, field and record', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const seen = await visit(client, '/roles')
  const { page } = seen
  await page.getByRole('button', { name: 'Create role' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(`O'Brien's "role"`)
  await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click()
  await page.getByRole('heading', { level: 1, name: `O'Brien's "role"` }).waitFor()
  t.deepEqual(await barriersOf(page), [])

  await page.getByRole('tab', { name: 'Objects' }).click()
  await page.getByRole('button', { name: /^See Companies: yes, inherited/ }).click()
  await page.getByRole('button', { name: /^Destroy People: no, inherited/ }).click()
  await page.getByText('2 unsaved changes').waitFor()
  t.deepEqual(await barriersOf(page), [])
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: /^See Companies: no, for this object/ }).waitFor()

  await page.getByRole('button', { name: 'People', exact: true }).click()
  await page.getByRole('checkbox', { name: 'See Job Title' }).uncheck()
  t.false(await page.getByRole('checkbox', { name: 'Edit Job Title' }).isChecked())
  t.deepEqual(await barriersOf(page), [])
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('The fields of “People” were changed.').waitFor()

  await page.getByRole('tab', { name: 'Record rules' }).click()
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.getByRole('combobox', { name: 'Field of rule 1' }).selectOption({ label: 'Name' })
  await page.getByRole('combobox', { name: 'Part of the field of rule 1' }).selectOption('lastName')
  await page.getByRole('textbox', { name: 'Value of rule 1' }).fill('Zürcher "x"')
  t.deepEqual(await barriersOf(page), [])
  await page.getByRole('button', { name: 'Save rules' }).click()
  await page.getByText('The record rules of “People” were changed.').waitFor()

  const { body } = await client.request('POST', '/metadata', { query: ROLES })
  const made = body.data.getRoles.find(({ label }: { label: string }) => label === `O'Brien's "role"`)
  t.deepEqual(
    made.objectPermissions.filter(
      (each: Record<string, unknown>) =>
        each.canReadObjectRecords !== null || each.canDestroyObjectRecords !== null,
    ),
    [
      { canReadObjectRecords: false, canDestroyObjectRecords: null },
      { canReadObjectRecords: null, canDestroyObjectRecords: true },
    ],
  )
  t.deepEqual(made.fieldPermissions, [{ canReadFieldValue: false, canUpdateFieldValue: false }])
  t.deepEqual(made.rowLevelPermissionPredicates, [
    { operand: 'IS', subFieldName: 'lastName', value: 'Zürcher "x"' },
  ])
  isAsItShouldBe(t, seen)
})

run('alternative record rules can be created over plain http', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const seen = await visit(client, '/sign-in')
  const { page } = seen
  // As browsers have it for pages of another machine that came without TLS.
  await page.addInitScript('delete Crypto.prototype.randomUUID')
  await page.goto(`${gateway.url}/roles`)
  await page.getByRole('link', { name: 'Guest', exact: true }).click()
  await page.getByRole('tab', { name: 'Objects' }).click()
  await page.getByRole('button', { name: 'Companies', exact: true }).click()
  await page.getByRole('tab', { name: 'Record rules' }).click()
  for (const number of [1, 2]) {
    await page.getByRole('button', { name: 'Add rule' }).click()
    await page.getByRole('combobox', { name: `Field of rule ${number}` }).selectOption({ label: 'Name' })
    await page.getByRole('textbox', { name: `Value of rule ${number}` }).fill(`Company ${number}`)
  }
  await page.getByRole('combobox', { name: 'A record matches if' }).selectOption('OR')
  await page.getByRole('button', { name: 'Save rules' }).click()
  await page.getByText('The record rules of “Companies” were changed.').waitFor()
  const guest = await gateway.client(client.workspace, 'Guest')
  for (const name of ['Company 1', 'Company 2', 'Company 3'])
    await client.request('POST', '/rest/companies', { name })
  const { body } = await guest.get('/rest/companies?fields=name')
  t.is(body.totalCount, 2)
  isAsItShouldBe(t, seen)
})
