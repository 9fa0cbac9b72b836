import test from 'ava'
import { openConsole } from '../support/browser.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

run('relations to tables with any key are shown and set', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  await gateway.gateway.pool.query(`
    create table ${schema}.colour (code text primary key, title text);
    insert into ${schema}.colour values ('a/b,"c"', 'Pale & blue'), ('d', 'Dark red');
    create table ${schema}.order_line (order_no int, line_no int, note text, primary key (order_no, line_no));
    insert into ${schema}.order_line select 1, line, 'x' from generate_series(1, 3) line;
    create table ${schema}.parcel (id int primary key, title text, colour_code text references ${schema}.colour,
      order_no int, line_no int, foreign key (order_no, line_no) references ${schema}.order_line);
    insert into ${schema}.parcel values (7, 'Heavy', 'a/b,"c"', 1, 2)`)
  const seen = await visit(client, '/records/parcels')
  const { page } = seen
  const link = page.getByRole('link', { name: 'Pale & blue' })
  await link.waitFor()
  await page.getByRole('button', { name: 'Open Heavy' }).click()
  const panel = page.getByRole('dialog')
  await panel.getByRole('combobox', { name: 'Colour' }).click()
  await page.getByRole('option', { name: 'Dark red' }).click()
  await panel.getByRole('textbox', { name: 'Line no' }).fill('3')
  await panel.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Parcel was saved').waitFor()
  const { body } = await client.get('/rest/parcels/7?fields=colourCode,orderNo,lineNo')
  t.like(body.data.parcel, { colourCode: 'd', orderNo: 1, lineNo: 3 })

  await page.goto(`${gateway.url}/records/parcels`)
  await page.getByRole('link', { name: 'Dark red' }).click()
  const colour = page.getByRole('dialog', { name: 'Dark red' })
  await colour.getByRole('link', { name: 'Parcels' }).click()
  await page.getByText('1–1 of 1').waitFor()
  await page.getByRole('button', { name: 'Open Heavy' }).waitFor()
  t.deepEqual(seen.complaints, [])
})

run('a relation to a unique column is set by that column, and leads to the record', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  await gateway.gateway.pool.query(`
    create table ${schema}.country (id int primary key, title text, "iso code" text unique);
    insert into ${schema}.country values (1, 'France', 'F/R'), (2, 'Spain', 'ES'), (3, 'Nowhere', null);
    create table ${schema}.town (id int primary key, title text, country text references ${schema}.country ("iso code"));
    insert into ${schema}.town values (7, 'Lyon', 'F/R')`)
  const seen = await visit(client, '/records/towns')
  const { page } = seen
  await page.getByRole('link', { name: 'France' }).waitFor()
  await page.getByRole('button', { name: 'Open Lyon' }).click()
  const panel = page.getByRole('dialog')
  const picker = panel.getByRole('combobox', { name: 'Country' })
  t.is(await picker.inputValue(), 'France')
  await picker.click()
  await page.getByRole('option', { name: 'Spain' }).waitFor()
  t.is(await page.getByRole('option', { name: 'Nowhere' }).count(), 0)
  await page.getByRole('option', { name: 'Spain' }).click()
  await panel.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Town was saved').waitFor()
  t.is((await client.get('/rest/towns/7')).body.data.town.country, 'ES')

  await page.goto(`${gateway.url}/records/towns`)
  await page.getByRole('link', { name: 'Spain' }).click()
  await page.getByRole('dialog', { name: 'Spain' }).getByRole('link', { name: 'Towns' }).click()
  await page.getByText('1–1 of 1').waitFor()
  await page.getByRole('button', { name: 'Open Lyon' }).waitFor()
  t.deepEqual(seen.complaints, [])
})

run('records without a key are listed and cannot be opened', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  await client.request('POST', '/rest/companies', { name: 'Ångström' })
  const schema = `"${client.workspace.schemaName}"`
  await gateway.gateway.pool.query(`create view ${schema}.client as select name from ${schema}.company`)
  const { page } = await visit(client, '/records/clients')
  await page.getByText('can be read but not opened').waitFor()
  await page.getByRole('rowheader', { name: 'Ångström' }).waitFor()
  t.is(await page.getByRole('button', { name: /Ångström/ }).count(), 0)
})

run('destroying the last row of a table created with SQL is reported', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  await gateway.gateway.pool.query(`
    create table ${schema}.parcel (title text primary key, weight int);
    insert into ${schema}.parcel values ('Heavy', 1)`)
  const seen = await visit(client, '/records/parcels')
  const { page } = seen
  await page.getByRole('button', { name: 'Open Heavy' }).click()
  const panel = page.getByRole('dialog', { name: 'Heavy' })
  await panel.getByRole('button', { name: 'Destroy' }).click()
  // The list answers last: an empty table reveals no key, and the panel must stay until the notice is shown.
  const late = panel.waitFor({ state: 'hidden', timeout: 3_000 }).catch(() => undefined)
  await page.route('**/rest/parcels?limit=50*', async (route) => {
    await late
    await route.continue()
  })
  await page
    .getByRole('dialog', { name: 'Destroy this parcel?' })
    .getByRole('button', { name: 'Destroy' })
    .click()
  await page.getByText('Parcel was destroyed').waitFor()
  await page.getByText('No records yet').waitFor()
  t.false(new URL(page.url()).searchParams.has('open'))
  t.deepEqual(seen.complaints, [])
})
