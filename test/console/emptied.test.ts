import test from 'ava'
import type { Page } from 'playwright-core'
import { textOrNull } from '../../console/records/emptyText.ts'
import { openConsole } from '../support/browser.ts'
import { startTestGateway } from '../support/gateway.ts'

const opened = await openConsole()
const gateway = opened?.gateway ?? (await startTestGateway())
test.after.always(() => (opened ?? gateway).close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

/** Null for a type that refuses an empty text; otherwise what it stores. */
const STORED_EMPTY = `
  create function pg_temp.stored_empty(type text) returns text language plpgsql as $$
  declare stored text;
  begin
    execute format('select (''''::%s)::text', type) into stored;
    return stored;
  exception when others then
    return null;
  end $$;
  select t.typname as name, pg_temp.stored_empty(t.oid::regtype::text) as stored
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where n.nspname = 'pg_catalog' and t.typtype in ('b', 'r', 'm') and t.typoutput <> 'array_out'::regproc`

test('an empty text is a value of the types that store it as it is, and of no other', async (t) => {
  const connection = await gateway.gateway.pool.connect()
  t.teardown(() => connection.release(true))
  const answers: unknown = await connection.query(STORED_EMPTY)
  const rows: readonly { readonly name: string; readonly stored: string | null }[] = Array.isArray(answers)
    ? answers.at(-1).rows
    : []
  t.true(rows.length > 60)
  for (const { name, stored } of rows)
    t.is(textOrNull({ columnType: name }, ''), stored === '' ? '' : null, name)
  t.is(textOrNull({ columnType: 'a range of ours' }, ''), null)
})

const VALUES: Readonly<Record<string, string>> = {
  money: '12.50',
  interval: '1 day',
  time: '12:00',
  timetz: '12:00+02',
  inet: '10.0.0.1',
  cidr: '10.0.0.0/8',
  macaddr: '08:00:2b:01:02:03',
  int4range: '[1,5)',
  nummultirange: '{[1,2)}',
  daterange: '[2026-01-01,2026-02-01)',
  point: '(1,2)',
  'bit(3)': '101',
  bytea: '\\x01',
  jsonpath: '$.a',
  weights: '[1,2)',
  pair: '(1,x)',
  span: '1 day',
}

const emptyAll = async (page: Page, count: number): Promise<void> => {
  const panel = page.getByRole('dialog')
  for (let index = 0; index < count; index += 1)
    await panel.getByRole('textbox', { name: `C${index}`, exact: true }).fill('')
  await panel.getByRole('button', { name: 'Save' }).click()
}

run('emptying an input sends null where an empty text is no value', async (t) => {
  t.timeout(120_000)
  const { visit } = browser()
  const client = await gateway.enter()
  const schema = `"${client.workspace.schemaName}"`
  const { pool } = gateway.gateway
  const own = new Set(['weights', 'pair', 'span'])
  const types = Object.keys(VALUES)
  const columns = types.map((type, index) => `c${index} ${own.has(type) ? `${schema}.` : ''}${type}`)
  const values = Object.values(VALUES).map((value) => `'${value}'`)
  await pool.query(`
    create type ${schema}.weights as range (subtype = float8);
    create type ${schema}.pair as (a int, b text);
    create domain ${schema}.span as interval;
    create table ${schema}.gauge (id int primary key, title text, ${columns.join(', ')});
    insert into ${schema}.gauge values (1, 'x', ${values.join(', ')});
    create table ${schema}.strict (id int primary key, title text, c0 interval not null, c1 text not null);
    insert into ${schema}.strict values (1, 'x', '1 day', 'text')`)
  const { page } = await visit(client, '/records/gauges?open=1')
  await emptyAll(page, types.length)
  await page.getByText('Gauge was saved').waitFor()
  const { rows } = await pool.query(`select to_jsonb(g) - 'id' - 'title' as left from ${schema}.gauge g`)
  t.deepEqual(rows, [{ left: Object.fromEntries(types.map((_, index) => [`c${index}`, null])) }])

  await page.goto(`${browser().gateway.url}/records/stricts?open=1`)
  await emptyAll(page, 2)
  await page.getByRole('dialog').getByRole('alert').getByText(/c0/i).waitFor()
  const kept = await pool.query(`select c0::text, c1 from ${schema}.strict`)
  t.deepEqual(kept.rows, [{ c0: '1 day', c1: 'text' }])
  await page.getByRole('dialog').getByRole('textbox', { name: 'C0', exact: true }).fill('2 days')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByText('Strict was saved').waitFor()
  t.deepEqual((await pool.query(`select c0::text, c1 from ${schema}.strict`)).rows, [
    { c0: '2 days', c1: '' },
  ])
})
