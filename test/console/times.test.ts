// Days and times in browsers of several time zones.

import test from 'ava'
import { openConsole } from '../support/browser.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

/** West and east of UTC, a zone of a quarter of an hour, and both sides of the date line. */
const ZONES = ['America/New_York', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia', 'Pacific/Pago_Pago']

const pad = (hours: number): string => String(hours).padStart(2, '0')

run('a timestamp without time zone is shown, filtered and saved as it is, in every time zone', async (t) => {
  t.timeout(240_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  const { pool } = gateway.gateway
  await pool.query(`
    create domain ${schema}.moment as timestamp;
    create table ${schema}.shift (id int primary key, title text, begins timestamp, ends ${schema}.moment)`)
  for (const [index, zone] of ZONES.entries()) {
    const id = index + 1
    await pool.query(
      `insert into ${schema}.shift values
      ($1::int, 'shift ' || $1::int, '2026-06-30 12:00:00', '2026-06-30 23:59:59.25')`,
      [id],
    )
    const { page, complaints } = await visit(client, '/records/shifts', zone)
    const row = page.getByRole('row').filter({ hasText: `shift ${id}` })
    await row.getByText(/Jun 30, 2026, 12:00\sPM/).waitFor()
    await row.getByText(/Jun 30, 2026, 11:59\sPM/).waitFor()
    await row.getByRole('button').first().click()
    const panel = page.getByRole('dialog')
    const begins = panel.getByLabel('Begins')
    t.is(await begins.inputValue(), '2026-06-30T12:00', zone)
    t.is(await panel.getByLabel('Ends').inputValue(), '2026-06-30T23:59:59', zone)
    await begins.fill('2026-03-29T02:30')
    await panel.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Shift was saved').waitFor()
    const { rows } = await pool.query(`select begins::text, ends::text from ${schema}.shift where id = $1`, [
      id,
    ])
    t.deepEqual(rows, [{ begins: '2026-03-29 02:30:00', ends: '2026-06-30 23:59:59.25' }], zone)
    for (const [minute, count] of [
      ['29', 1],
      ['31', 0],
    ] as const) {
      const where = [
        { path: 'begins', operator: 'is on or after', values: [`2026-03-29T02:${minute}`] },
        { path: 'id', operator: 'is', values: [String(id)] },
      ]
      await page.goto(`${gateway.url}/records/shifts?where=${encodeURIComponent(JSON.stringify(where))}`)
      await page.getByText(count === 1 ? '1–1 of 1' : 'No records match the filter').waitFor()
      t.is(await page.getByText(`shift ${id}`).count(), count, zone)
    }
    t.deepEqual(complaints, [])
    await page.context().close()
  }
})

run('an instant is shown, filtered and saved in the time zone of the browser', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  const { pool } = gateway.gateway
  await pool.query(`
    create table ${schema}.call (id int primary key, title text, at timestamptz);
    insert into ${schema}.call values (1, 'call', '2026-06-30 12:00:00+00')`)
  for (const [zone, hours] of [
    ['America/New_York', -4],
    ['Asia/Tokyo', 9],
  ] as const) {
    const { page } = await visit(client, '/records/calls?open=1', zone)
    const panel = page.getByRole('dialog')
    const at = panel.getByLabel('At', { exact: true })
    t.is(await at.inputValue(), `2026-06-30T${pad(12 + hours)}:00`)
    await at.fill(`2026-06-30T${pad(12 + hours)}:45:10`)
    await panel.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Call was saved').waitFor()
    const { rows } = await pool.query(`select at from ${schema}.call`)
    t.deepEqual(rows, [{ at: new Date('2026-06-30T12:45:10Z') }])
    const where = [
      { path: 'at', operator: 'is on or after', values: [`2026-06-30T${pad(12 + hours)}:45:11`] },
    ]
    await page.goto(`${gateway.url}/records/calls?where=${encodeURIComponent(JSON.stringify(where))}`)
    await page.getByText('No records match the filter').waitFor()
    await pool.query(`update ${schema}.call set at = '2026-06-30 12:00:00+00'`)
    await page.context().close()
  }
})

const ODD = [
  { column: 'd', type: 'date', stored: '0044-03-15 BC', read: '-000043-03-15', shown: /Mar 15, 44 BC/ },
  { column: 'd', type: 'date', stored: 'infinity', read: 'infinity', shown: /infinity/ },
  { column: 'd', type: 'date', stored: '12026-01-31', read: '+012026-01-31', shown: /Jan 31, 12026/ },
  {
    column: 'at',
    type: 'timestamp',
    stored: '0044-03-15 12:00:00 BC',
    read: '-000043-03-15T12:00:00.000',
    shown: /Mar 15, 44 BC.*12:00/,
  },
  {
    column: 'at',
    type: 'timestamptz',
    stored: '0044-03-15 12:00:00+00 BC',
    read: '-000043-03-15T12:00:00.000Z',
    shown: /Mar 1\d, 44 BC/,
  },
  { column: 'at', type: 'timestamptz', stored: '-infinity', read: '-infinity', shown: /-infinity/ },
] as const

run(
  'days and times that no input of a browser can show are shown with their era and edited as text',
  async (t) => {
    t.timeout(120_000)
    const { gateway, visit } = browser()
    const client = await gateway.enter()
    const schema = `"${client.workspace.schemaName}"`
    const { pool } = gateway.gateway
    for (const [index, { column, type, stored }] of ODD.entries())
      await pool.query(`
      create table ${schema}.odd${index} (id int primary key, title text, "${column}" ${type});
      insert into ${schema}.odd${index} values (1, 'odd', '${stored}')`)
    const { page, complaints } = await visit(client, '/workspace', 'America/New_York')
    for (const [index, { column, type, read, shown }] of ODD.entries()) {
      await page.goto(`${gateway.url}/records/odd${index}s?open=1`)
      await page.getByRole('cell', { name: shown }).waitFor()
      const input = page.getByRole('dialog').getByLabel(column === 'd' ? 'D' : 'At', { exact: true })
      t.is(await input.inputValue(), read)
      await input.fill(type === 'date' ? '2026-01-31' : '2026-01-31T12:00:00Z')
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
      await page.getByText(/ was saved/).waitFor()
      const { rows } = await pool.query(`select "${column}"::text as value from ${schema}.odd${index}`)
      t.regex(rows[0].value, /^2026-01-31/)
    }
    t.deepEqual(complaints, [])
  },
)
