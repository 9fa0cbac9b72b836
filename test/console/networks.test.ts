// Networks of keys and roles in the console, by mouse and keyboard, on a desktop and on a phone.

import test, { type ExecutionContext } from 'ava'
import { createRole } from '../../tenants/permission/role.ts'
import { barriersOf, openConsole } from '../support/browser.ts'
import type { Visit } from '../support/chromium.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.serial.skip : test.serial
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

const isAsItShouldBe = (t: ExecutionContext, { foreign, complaints }: Visit): void => {
  t.deepEqual(foreign, [])
  t.deepEqual(complaints, [])
}

/** Where a folder is named, for people. */
const picture = async ({ page }: Visit, name: string): Promise<void> => {
  const folder = process.env.TEST_PICTURES
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` })
}

for (const [device, width, height] of [
  ['a desktop', 1280, 900],
  ['a phone', 390, 844],
] as const)
  run(`a key is bound on ${device}, and its own address only after a question`, async (t) => {
    const { gateway, visit } = browser()
    const client = await gateway.enter()
    const seen = await visit(client, '/api')
    const { page } = seen
    await page.setViewportSize({ width, height })
    await page.getByRole('button', { name: 'Actions for key Key of Admin' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit key' })
    const field = dialog.getByRole('textbox', { name: 'Allowed networks' })
    await dialog.getByText('The gateway sees your address as 127.0.0.1.').waitFor()
    await field.fill('office')
    await dialog.getByText('“office” is not a network').waitFor()
    await picture(seen, `key-fault-${width}`)
    t.deepEqual(await barriersOf(page), [])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('There is a problem').waitFor()
    t.is(await page.evaluate('document.activeElement?.tagName'), 'TEXTAREA')

    await field.fill('192.0.2.1/24')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText(/begins at 192\.0\.2\.0\/24/).waitFor()

    await field.fill('192.0.2.0/24')
    await dialog.getByRole('button', { name: 'Save' }).click()
    const question = page.getByRole('dialog', { name: 'Shut out your own address?' })
    await question.getByRole('button', { name: 'Save anyway' }).waitFor()
    await picture(seen, `key-question-${width}`)
    t.deepEqual(await barriersOf(page), [])
    await question.getByRole('button', { name: 'Cancel' }).click()
    await dialog.getByText(/You would lock yourself out: 127\.0\.0\.1/).waitFor()
    t.is(await dialog.getByText('force').count(), 0)
    await picture(seen, `key-refused-${width}`)

    await dialog.getByRole('button', { name: 'Add this address' }).click()
    t.is(await field.inputValue(), '192.0.2.0/24\n127.0.0.1')
    t.is(await dialog.getByRole('button', { name: 'Add this address' }).count(), 0)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('2 networks').waitFor()
    await picture(seen, `keys-${width}`)
    const { body } = await client.get('/rest/metadata/apiKeys')
    t.deepEqual(body[0].networks, ['192.0.2.0/24', '127.0.0.1/32'])

    // Shut out by another administrator, the console shows the reason, and the way to another key.
    const other = await gateway.client(client.workspace)
    await other.request('PATCH', `/rest/metadata/apiKeys/${body[0].id}`, { networks: ['192.0.2.0/24'] })
    await page.reload()
    await page.getByText('Not from this network').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await page.getByText(/the address 127\.0\.0\.1 is in none of them/).waitFor()
    await picture(seen, `shut-out-${width}`)
    t.deepEqual(await barriersOf(page), [])
    await page.getByRole('link', { name: 'Sign in with another key' }).click()
    await page.getByLabel('API key', { exact: true }).last().fill(other.token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    isAsItShouldBe(t, seen)
  })

run('a role is bound by keyboard, and Admin is not', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { id } = await createRole(gateway.gateway.pool, client.workspace.id, { label: `O'Brien's "office"` })
  const seen = await visit(client, `/roles/${id}`)
  const { page } = seen
  const field = page.getByRole('textbox', { name: 'Allowed networks' })
  await field.focus()
  await page.keyboard.type('203.0.113.0/24\n2001:DB8::/32\n')
  await field.scrollIntoViewIfNeeded()
  await picture(seen, 'role-1280')
  t.deepEqual(await barriersOf(page), [])
  await page.setViewportSize({ width: 390, height: 844 })
  await picture(seen, 'role-390')
  const overflow = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
  t.false(overflow)
  await page.getByRole('button', { name: 'Save', exact: true }).press('Enter')
  await page.getByText('was changed.').waitFor()
  t.is(await field.inputValue(), '203.0.113.0/24\n2001:db8::/32')
  const { body } = await client.get(`/rest/metadata/roles/${id}`)
  t.deepEqual(body.networks, ['203.0.113.0/24', '2001:db8::/32'])

  await page.setViewportSize({ width: 1280, height: 900 })
  await page.getByRole('link', { name: 'Roles' }).first().click()
  await page.getByText('2 networks').waitFor()
  await picture(seen, 'roles-1280')
  await page.getByRole('link', { name: 'Admin', exact: true }).click()
  await page.getByText('Administrators can sign in from all networks').waitFor()
  t.true(await page.getByRole('textbox', { name: 'Allowed networks' }).isDisabled())
  await picture(seen, 'admin-1280')
  isAsItShouldBe(t, seen)
})
