// Values that SQL can write and the console must give back as they are: digits, lists of any form, keys.

import test from 'ava'
import type { Page } from 'playwright-core'
import { openConsole } from '../support/browser.ts'
import type { Client } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

const schemaOf = (client: Client): string => `"${client.workspace.schemaName}"`

const save = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByText(`${name} was saved`).last().waitFor()
}

/** Not rounded by a double, or by a double alone. */
const NUMBERS = [
  '12345678901234567890',
  '0.1000000000000000055511151231257827',
  '1e400',
  '-0.0',
  '12.50',
  '7',
]

run('editing JSON keeps all other numbers as they are', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = schemaOf(client)
  const { pool } = gateway.gateway
  const list = NUMBERS.join(',')
  await pool.query(`
    create table ${schema}.measure (id int primary key, title text, document jsonb, bare jsonb);
    insert into ${schema}.measure values (1, 'x', '{"numbers": [${list}], "note": "old"}', '12345678901234567890')`)
  const { page, complaints } = await visit(client, '/records/measures?open=1')
  const document = page.getByRole('dialog').getByRole('textbox', { name: 'Document' })
  const text = await document.inputValue()
  await document.fill(text.replace('old', 'new'))
  await save(page, 'Measure')
  const { rows } = await pool.query(`select document = '{"numbers": [${list}], "note": "new"}' as same,
    bare::text from ${schema}.measure`)
  t.deepEqual(rows, [{ same: true, bare: '12345678901234567890' }])
  const bare = page.getByRole('dialog').getByRole('textbox', { name: 'Bare' })
  t.is(await bare.inputValue(), '12345678901234567890')
  await bare.fill('12345678901234567891')
  await save(page, 'Measure')
  const again = await pool.query(`select bare::text from ${schema}.measure`)
  t.deepEqual(again.rows, [{ bare: '12345678901234567891' }])
  t.deepEqual(complaints, [])
})

run('a number is shown and saved in each way that its column can hold', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = schemaOf(client)
  const { pool } = gateway.gateway
  await pool.query(`
    create table ${schema}.figure (id numeric(5,2) primary key, title text, exact numeric, money numeric(8,2), double float8, big int8, small int4);
    insert into ${schema}.figure values (1.5, 'x', 0, 1.5, 1e-7, 9007199254740993, 1)`)
  const { page, complaints } = await visit(client, '/records/figures')
  await page.getByRole('row').filter({ hasText: '1.50' }).getByRole('button').first().click()
  const panel = page.getByRole('dialog')
  const input = (name: string) => panel.getByRole('textbox', { name, exact: true })
  t.is(await input('Money').inputValue(), '1.50')
  t.is(await input('Double').inputValue(), '0.0000001')
  t.is(await input('Big').inputValue(), '9007199254740993')
  await input('Exact').fill('1.500')
  await input('Double').fill('2.50')
  await input('Big').fill('9007199254740995')
  await input('Small').fill('+5')
  await save(page, 'Figure')
  const { rows } = await pool.query(`select exact::text, double, big::text, small from ${schema}.figure`)
  t.deepEqual(rows, [{ exact: '1.500', double: 2.5, big: '9007199254740995', small: 5 }])
  t.deepEqual(complaints, [])
})

/** Lists by column type, each with an item other than a text. */
const LISTS: Readonly<Record<string, readonly [string, string]>> = {
  'text[]': ['{a,NULL,b}', '["a",null,"b"]'],
  'text[][]': ['{{a,b},{c,NULL}}', '[["a","b"],["c",null]]'],
  'int[]': ['{1,NULL}', '["1",null]'],
  'numeric[]': ['{{1.50},{NULL}}', '[["1.50"],[null]]'],
  'jsonb[]': [`{"{\\"a\\": 1.50}",NULL}`, '["{\\"a\\": 1.50}",null]'],
  'timestamp[]': ['{"2026-01-31 12:00:00",NULL}', '["2026-01-31T12:00:00.000",null]'],
  'mood[]': ['{glad,NULL}', '["glad",null]'],
}

run('editing a list keeps its inner lists and its items without a value', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = schemaOf(client)
  const { pool } = gateway.gateway
  const types = Object.keys(LISTS)
  const columns = types.map(
    (type, index) => `c${index} ${type.startsWith('mood') ? `${schema}.` : ''}${type}`,
  )
  const values = Object.values(LISTS).map(([stored]) => `'${stored}'`)
  await pool.query(`
    create type ${schema}.mood as enum ('glad', 'null');
    create table ${schema}.lists (id int primary key, title text, plain text[], ${columns.join(', ')});
    insert into ${schema}.lists values (1, 'x', '{a,"b,c"}', ${values.join(', ')})`)
  const before = await pool.query(`select to_jsonb(l) as row from ${schema}.lists l`)
  const { page, complaints } = await visit(client, '/records/lists?open=1')
  const panel = page.getByRole('dialog')
  for (const [index, [, json]] of Object.values(LISTS).entries()) {
    const input = panel.getByRole('textbox', { name: `C${index}`, exact: true })
    t.deepEqual(JSON.parse(await input.inputValue()), JSON.parse(json), types[index])
    // The last item twice: nothing else changes.
    const items: readonly unknown[] = JSON.parse(json)
    await input.fill(JSON.stringify([...items, items.at(-1)]))
  }
  const plain = panel.getByLabel('Plain')
  await plain.fill('d')
  await plain.press('Enter')
  await panel.getByRole('textbox', { name: 'C0', exact: true }).fill('"no list"')
  await panel.getByText('This is not a list.').waitFor()
  await panel.getByRole('textbox', { name: 'C0', exact: true }).fill('["a",null,"b","b"]')
  await save(page, 'List')
  const after = await pool.query(`select to_jsonb(l) as row from ${schema}.lists l`)
  for (const [index, type] of types.entries()) {
    const items: readonly unknown[] = before.rows[0].row[`c${index}`]
    t.deepEqual(after.rows[0].row[`c${index}`], [...items, items.at(-1)], type)
  }
  t.deepEqual(after.rows[0].row.plain, ['a', 'b,c', 'd'])
  t.deepEqual(complaints, [])
})

run('lists of a composite that SQL wrote in another form are kept', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { body } = await client.request('POST', '/rest/people', { jobTitle: 'x' })
  const { id } = body.data.createPerson
  await gateway.gateway.pool.query(
    `update ${schemaOf(client)}.person set emails_additional_emails = '["a@example.com", {"b": 12345678901234567890}]'`,
  )
  const { page } = await visit(client, `/records/people?open=${id}`)
  const text = await page.getByRole('dialog').getByRole('textbox', { name: 'More e-mails' }).inputValue()
  t.true(text.includes('"b": 12345678901234567890'))
})

run('after undo each input has the value of the record', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = schemaOf(client)
  const { pool } = gateway.gateway
  await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { capture: true, history: true }) { id } }',
  })
  await pool.query(`
    create table ${schema}.tally (id int primary key, title text, count int, doc jsonb, day date, tags text[]);
    insert into ${schema}.tally values (1, 'x', 1, '{"a": 1}', '2026-01-01', '{a}')`)
  await client.request('PATCH', '/rest/tallies/1', {
    count: 2,
    doc: { a: 2 },
    day: '2026-01-02',
    tags: ['b'],
  })
  const { page, complaints } = await visit(client, '/records/tallies?open=1')
  const panel = page.getByRole('dialog')
  const count = panel.getByRole('textbox', { name: 'Count' })
  t.is(await count.inputValue(), '2')
  await panel.getByRole('tab', { name: 'History' }).click()
  await panel.getByRole('button', { name: 'Undo' }).first().click()
  await page.getByText('Tally was changed back').waitFor()
  await panel.getByRole('tab', { name: 'Record' }).click()
  await until('the input has the value of the record', async () => (await count.inputValue()) === '1')
  t.deepEqual(JSON.parse(await panel.getByRole('textbox', { name: 'Doc' }).inputValue()), { a: 1 })
  t.is(await panel.getByLabel('Day').inputValue(), '2026-01-01')
  t.deepEqual(complaints, [])
})

/** Single keys and composite ones, as SQL and as the record's row in the list. */
const KEYS = [
  { type: 'text', value: 'new', title: 'a word of the address' },
  { type: 'text', value: '%6Eew', title: 'the escape of that word' },
  { type: 'text', value: 'a/b,c%2C"d\\\\"?x#y', title: 'hostile' },
  { type: 'numeric(5,2)', value: '1.50', title: 'number' },
  { type: 'timestamp', value: '2026-01-31 12:00:00', title: 'time' },
  { type: 'inet', value: '10.0.0.0/8', title: 'address' },
  { type: 'text[]', value: '{a,"b,c"}', title: 'list' },
] as const

run('a record with any key is opened, saved, and found in the trash without the list', async (t) => {
  t.timeout(240_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = schemaOf(client)
  const { pool } = gateway.gateway
  const { page, complaints } = await visit(client, '/workspace')
  const panel = page.getByRole('dialog')
  for (const [index, { type, value, title }] of KEYS.entries())
    for (const isPair of type === 'text' ? [false, true] : [false]) {
      const name = `${isPair ? 'pair' : 'sole'}${index}`
      await pool.query(
        `create table ${schema}.${name} (title text, code ${type}, part text not null, note text, deleted_at timestamptz,
          primary key (code ${isPair ? ', part' : ''}))`,
      )
      await pool.query(`insert into ${schema}.${name} values ($1, $2, 'new,%', 'old')`, [title, value])
      await page.goto(`${gateway.url}/records/${name}s`)
      await page.getByRole('button', { name: `Open ${title}` }).click()
      await panel.getByRole('textbox', { name: 'Note' }).fill('new')
      await panel.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/ was saved/).waitFor()
      const { rows } = await pool.query(`select note from ${schema}.${name}`)
      t.deepEqual(rows, [{ note: 'new' }], `${type} ${value}`)
      // No filter compares whole lists.
      if (type.endsWith('[]')) continue
      const address = new URL(page.url())
      await pool.query(`update ${schema}.${name} set deleted_at = now()`)
      // No record of the list matches, so the panel reads its record by the key.
      address.searchParams.set('trash', 'yes')
      address.searchParams.set('where', JSON.stringify([{ path: 'note', operator: 'is', values: ['none'] }]))
      await page.goto(address.href)
      await panel.getByText(title, { exact: true }).first().waitFor()
      await panel.getByRole('button', { name: 'Restore' }).click()
      await page.getByText(/ was restored/).waitFor()
    }
  t.deepEqual(complaints, [])
})
