import test from 'ava'
import { openConsole } from '../support/browser.ts'
import { handOn } from '../support/hand.ts'
import { metadataOf } from '../support/metadata.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

run('the settings form saves what was edited, and other values follow the gateway', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page, complaints } = await visit(client, '/workspace')
  const name = page.getByRole('textbox', { name: 'Name' })
  const days = page.getByRole('textbox', { name: 'Days in the trash' })
  const save = page.getByRole('button', { name: 'Save', exact: true })
  await name.fill('Zoë & Söhne')
  await page.getByText('1 unsaved change', { exact: true }).waitFor()
  await days.fill('')
  await save.click()
  await page.getByRole('alert').getByText('Days in the trash').waitFor()
  await page.getByRole('button', { name: 'Discard' }).click()
  await save.waitFor({ state: 'hidden' })
  t.is(await days.inputValue(), '14')

  // Another administrator changes a value that is not edited here.
  const changed = await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { eventLogRetentionDays: 31 }) { id } }',
  })
  t.is(changed.body.errors, undefined)
  await name.fill('Zoë & Söhne')
  const sent = page.waitForRequest((request) => (request.postData() ?? '').includes('UpdateWorkspace'))
  await save.click()
  t.deepEqual((await sent).postDataJSON().variables, {
    data: { displayName: 'Zoë & Söhne' },
    force: false,
  })
  await page.getByText('The workspace was changed.').waitFor()
  await save.waitFor({ state: 'hidden' })
  t.is(await name.inputValue(), 'Zoë & Söhne')
  t.is(await page.getByRole('textbox', { name: 'Days in the event log' }).inputValue(), '31')
  await page.getByRole('complementary').getByText('Zoë & Söhne').waitFor()
  t.deepEqual(complaints, [])
})

run('a role saves its flags and its permissions, and keeps an edit that is refused', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page } = await visit(client, '/roles')
  await page.getByRole('link', { name: 'Guest' }).click()
  const save = page.getByRole('button', { name: 'Save', exact: true })
  const label = page.getByRole('textbox', { name: 'Name' })
  await page.getByRole('checkbox', { name: 'Data model' }).check()
  await page.getByRole('checkbox', { name: 'Edit', exact: true }).check()
  await page.getByText('2 unsaved changes').waitFor()
  await save.click()
  await page.getByText('Role “Guest” was changed.').waitFor()
  await save.waitFor({ state: 'hidden' })
  // Creating follows editing until it is set.
  t.true(await page.getByRole('checkbox', { name: 'Create', exact: true }).isChecked())
  t.true(await page.getByRole('checkbox', { name: 'Data model' }).isChecked())

  await label.fill('Admin')
  await save.click()
  await page.getByRole('alert').waitFor()
  t.is(await label.inputValue(), 'Admin')
  await page.getByText('1 unsaved change', { exact: true }).waitFor()
})

/** Of a table of this many records a unique index is built by a job. */
const LARGE = 10_100

run('a failed build has a reason and a button, and the page follows the next one to its end', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const { pool } = gateway.gateway
  const table = `"${client.workspace.schemaName}".rocket`
  await pool.query(`insert into ${table} (name) select n::text from generate_series(1, ${LARGE}) n`)
  const id = await metadata.createField({ objectMetadataId, type: 'TEXT', name: 'code', label: 'Code' })
  await pool.query(`insert into ${table} (code) values ('7'), ('7')`)
  const query =
    'mutation ($input: UpdateOneFieldMetadataInput!) { updateOneField(input: $input) { buildState } }'
  await metadata.ask(query, { input: { id, update: { isUnique: true } } })
  const { page, complaints } = await visit(client, '/model/rocket')
  const row = page.getByRole('row').filter({ hasText: 'code' })
  // The page reads on until it has failed.
  await row.getByText('Build failed').waitFor()
  await row.getByText(/1 value occurs more than once, in 2 records/).waitFor()
  await page.setViewportSize({ width: 390, height: 844 })
  await pool.query(`delete from ${table} where code = '7'`)
  await handOn(page).press(row.getByRole('button', { name: 'Retry the build of code' }))
  await page.getByText('The build of code is tried again.').waitFor()
  await row.getByText('unique', { exact: true }).waitFor()
  await row.getByText(/^Build/).waitFor({ state: 'hidden' })
  t.deepEqual(complaints, [])
  await page.context().close()
})

run('a record takes no input while it is saved', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { body } = await client.request('POST', '/rest/companies', { name: 'Before' })
  const { page, complaints } = await visit(client, `/records/companies?open=${body.data.createCompany.id}`)
  const form = page.getByRole('dialog')
  const street = form.getByRole('textbox', { name: 'Street', exact: true })
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  const { promise: isSent, resolve: sent } = Promise.withResolvers<void>()
  await page.route('**/rest/companies/**', async (route) => {
    if (route.request().method() === 'PATCH') {
      sent()
      await isReleased
    }
    await route.continue()
  })
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill('After')
  await form.getByRole('button', { name: 'Save' }).click()
  await isSent
  await street.scrollIntoViewIfNeeded()
  const box = await street.boundingBox()
  if (box === null) throw new Error('The street is not shown.')
  await page.mouse.click(box.x + 10, box.y + box.height / 2)
  await page.keyboard.type('typed while saving')
  t.is(await street.inputValue(), '')
  release()
  await page.getByText(/ was saved/).waitFor()
  await street.fill('typed afterwards')
  t.is(await street.inputValue(), 'typed afterwards')
  t.deepEqual(complaints, [])
})

run('an input that submits its form has the focus again once it is saved', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/workspace')
  const name = page.getByRole('textbox', { name: 'Name' })
  await name.fill('Zoë')
  await name.press('Enter')
  await page.getByText('The workspace was changed.').waitFor()
  await page.locator(':focus').and(name).waitFor()
  t.is(await name.inputValue(), 'Zoë')
})

run('a record of a table with a unique id beside its primary key is saved under that key', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  await gateway.gateway.pool.query(`
    create table ${schema}.room (number int primary key, id int unique not null, note text);
    insert into ${schema}.room values (1, 2, 'first'), (2, 1, 'second')`)
  const { page } = await visit(client, '/records/rooms')
  await page.getByRole('row').filter({ hasText: 'first' }).getByRole('button').first().click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('textbox', { name: 'Note' }).fill('edited')
  await panel.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Room was saved').waitFor()
  const { rows } = await gateway.gateway.pool.query(`select number, note from ${schema}.room order by number`)
  t.deepEqual(rows, [
    { number: 1, note: 'edited' },
    { number: 2, note: 'second' },
  ])
})
