// Lists that hold more than their columns declare: several dimensions, indices that start elsewhere than at
// 1, and texts that look like lists. What an answer shows of them can be sent back, and finds its record.

import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

type Row = Readonly<Record<string, unknown>>

const NESTED_TEXTS = [
  '{{a,b},{"",NULL}}',
  '{{{a},{"b\\"c"}}}',
  '[2:3]={x,y}',
  '[0:0][5:6]={{p,q}}',
  '{"[\\"a\\",\\"b\\"]","[1]"}',
]

/** Every column is declared with one dimension. */
const SAMPLES: readonly (readonly [type: string, values: readonly string[]])[] = [
  ['text[]', NESTED_TEXTS],
  ['varchar(20)[]', NESTED_TEXTS],
  ['name[]', ['{{a,b}}', '{"[\\"a\\"]"}']],
  ['short_text[]', NESTED_TEXTS],
  ['int[]', ['{{1,2},{3,NULL}}', '[3:4]={1,2}', '{{{1}}}']],
  ['numeric[]', ['{{1.50,NaN}}', '[-1:0]={1,2}']],
  ['bool[]', ['{{t,f}}', '[0:0]={t}']],
  ['uuid[]', ['{{0199cccc-0000-4000-8000-000000000000}}']],
  ['date[]', ['{{2026-01-01},{infinity}}', '[7:7]={0044-03-15 BC}']],
  ['timestamptz[]', ['{{"2026-01-01 00:00:00.123456+00"}}', '[7:7]={"0044-03-15 01:02:03+00 BC"}']],
  ['interval[]', ['{{"1 day",-01:00:00}}']],
  ['jsonb[]', ['{{"[1, 2]","{\\"a\\": 1}"}}', '{"[1, 2]","[\\"x\\"]"}', '[2:2]={"[]"}']],
  ['json[]', ['{"[1, 2]","[]"}', '{{"[1]"}}']],
  ['xml[]', ['{"[\\"a\\"]"}', '{{<a/>}}']],
  ['numrange[]', ['{"[1,2]","[3,4)"}', '[2:2]={"[1,2]"}']],
  ['point[]', ['{{"(1,2)","(3,4)"}}']],
  ['path[]', ['{{"[(1,2),(3,4)]"}}']],
  ['bytea[]', ['{{"\\\\xff"}}']],
  ['odd_mood[]', ['{{"a b","[1]"}}', '[2:3]={"a b","[1]"}', '{"[1]"}']],
  ['mood[]', ['[2:3]={A,B}', '{{A,B}}', '{{A,NULL},{B,A}}']],
  ['numrange[]', ['{{"[1,2]","[3,4)"}}', '{{empty}}']],
  ['tsrange[]', ['{{"[\\"2026-01-01 00:00:00\\",\\"2026-01-02 00:00:00\\"]"}}']],
  ['int4multirange[]', ['{{"{[1,3),[5,7)}"}}']],
  ['pair[]', ['{{"(1,a)",NULL}}', '{"(2,\\"[1]\\")"}']],
  ['tsvector[]', ['{{"\'alpha\':1"}}']],
  ['jsonpath[]', ['{{"$.\\"a\\"[*]"}}']],
  ['char(3)[]', ['{{"[1]","ab "}}']],
  ['"char"[]', ['{{"[",a}}']],
  ['regclass[]', ['{{pg_class}}']],
]

const COLUMNS = SAMPLES.flatMap(([type, values], kind) =>
  values.map((value, each) => ({ name: `c${kind}x${each}`, type, value })),
)
const NAMES = COLUMNS.map(({ name }) => name)

let server: TestGateway
let client: Client
let schema: string

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const stored = async (table = 'pile'): Promise<Row> => {
  const columns = NAMES.map((name) => `${name}::text as ${name}`)
  const { rows } = await server.gateway.pool.query<Row>(
    `select ${columns.join(', ')} from "${schema}".${table} where id = 1`,
  )
  return rows[0] ?? {}
}

const restRecord = async (): Promise<Row> => (await client.get('/rest/piles/1')).body.data.pile
const graphqlRecord = async (): Promise<Row> => {
  const { body, text } = await client.graphql(`{ pile(filter: { id: { eq: 1 } }) { ${NAMES.join(' ')} } }`)
  if (body.errors !== undefined) throw new Error(text)
  return body.data.pile
}

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter('Lists', { standardObjects: false })
  schema = client.workspace.schemaName
  await importSql(
    server.gateway.pool,
    client.workspace.id,
    `create type odd_mood as enum ('a b', '[1]'); create type mood as enum ('A', 'B');
     create type pair as (a int, b text);
     create domain short_text as text check (length(value) < 40);
     create table pile (id int primary key, ${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')});
     create table made (id int primary key, tags text[], doubled text[] generated always as (tags || tags) stored);`,
  )
  await server.gateway.pool.query(
    `set search_path to "${schema}"; insert into pile values (1, ${COLUMNS.map(({ value, type }) => `${literal(value)}::${type}`).join(', ')}); reset search_path`,
  )
})
test.after.always(() => server?.close())

test.serial(
  'a list that was read is sent back unchanged, whole and alone, by updates and upserts of both protocols',
  async (t) => {
    const before = await stored()
    const rest = await restRecord()
    const graphql = await graphqlRecord()
    const update = 'mutation($data: PileUpdateInput!) { updatePile(id: 1, data: $data) { id } }'
    const upsert = 'mutation($data: PileCreateInput!) { createPile(data: $data, upsert: true) { id } }'
    for (const names of [NAMES, ...NAMES.map((name) => [name])]) {
      const pick = (record: Row): Row => Object.fromEntries(names.map((name) => [name, record[name]]))
      const answers = [
        await client.request('PATCH', '/rest/piles/1', pick(rest)),
        await client.request('POST', '/rest/piles?upsert=true', { id: 1, ...pick(rest) }),
        await client.graphql(update, { data: pick(graphql) }),
        await client.graphql(upsert, { data: { id: 1, ...pick(graphql) } }),
        // What one protocol answers may be sent over the other.
        await client.request('PATCH', '/rest/piles/1', pick(graphql)),
      ]
      for (const { status, body, text } of answers) {
        t.true(status < 300 && body.errors === undefined, `${names.join()} ${text}`)
        t.deepEqual(await stored(), before, `${names.join()} ${text}`)
      }
    }
  },
)

test.serial('an item of a list that was read finds the record, over both protocols', async (t) => {
  const graphql = await graphqlRecord()
  for (const { name, type, value } of COLUMNS) {
    const items = graphql[name] as readonly unknown[]
    for (const item of items) {
      if (item === null) continue
      const { body, text } = await client.graphql(
        'query($filter: PileFilterInput) { piles(filter: $filter) { edges { node { id } } } }',
        { filter: { [name]: { containsAny: [item] } } },
      )
      t.deepEqual(body.data?.piles?.edges, [{ node: { id: 1 } }], `${type} ${value} ${text}`)
      const quoted = `"${String(item).replace(/["\\]/g, '\\$&')}"`
      const rest = await client.get(
        `/rest/piles?fields=id&filter=${encodeURIComponent(`${name}[containsAny]:[${quoted}]`)}`,
      )
      t.deepEqual(rest.body.data?.piles, [{ id: 1 }], `${type} ${value} ${rest.text}`)
    }
  }
})

test.serial(
  'a changed list that repeats an inner list as text is refused by name and destroys nothing',
  async (t) => {
    const before = await stored()
    const record = await graphqlRecord()
    const changed = [...(record.c0x0 as readonly string[])]
    t.deepEqual(changed, ['["a","b"]', '["",null]'])
    const data = { c0x0: [changed[0], 'new'] }
    const { body, text } = await client.graphql(
      'mutation($data: PileUpdateInput!) { updatePile(id: 1, data: $data) { id } }',
      { data },
    )
    t.is(body.errors?.[0]?.extensions?.code, 'BAD_USER_INPUT', text)
    t.regex(body.errors[0].message, /"c0x0"/)
    t.is((await client.request('PATCH', '/rest/piles/1', data)).status, 400)
    t.is((await client.request('POST', '/rest/piles?upsert=true', { id: 1, ...data })).status, 400)
    t.deepEqual(await stored(), before)
  },
)

test.serial('other texts replace a list of lists, and lists replace it over REST', async (t) => {
  const { body } = await client.graphql(
    'mutation { updatePile(id: 1, data: { c0x0: ["a", "[x"] }) { c0x0 } }',
  )
  t.deepEqual(body.data?.updatePile, { c0x0: ['a', '[x'] })
  const rest = await client.request('PATCH', '/rest/piles/1', {
    c0x0: [
      ['a', 'c'],
      ['d', null],
    ],
  })
  t.deepEqual(rest.body.data?.updatePile.c0x0, [
    ['a', 'c'],
    ['d', null],
  ])
  t.is((await stored()).c0x0, '{{a,c},{d,NULL}}')
})

test.serial('a computed list is accepted as it was read, and refused by name where it differs', async (t) => {
  await server.gateway.pool.query(`insert into "${schema}".made values (1, '{{a,b}}')`)
  const query = '{ made(filter: { id: { eq: 1 } }) { tags doubled } }'
  const { made } = (await client.graphql(query)).body.data
  const update = 'mutation($data: MadeUpdateInput!) { updateMade(id: 1, data: $data) { id } }'
  const same = await client.graphql(update, { data: made })
  t.is(same.body.errors, undefined, same.text)
  const other = await client.graphql(update, { data: { doubled: ['x'] } })
  t.regex(other.body.errors?.[0]?.message, /"doubled"/)
  t.deepEqual((await client.graphql(query)).body.data.made, made)
})

test.serial(
  'days and times in a list read as those outside of one, and are taken in the same form',
  async (t) => {
    const values: Readonly<Record<string, readonly string[]>> = {
      date: ['2026-02-28', '0044-03-15 BC', '12345-06-07', 'infinity'],
      timestamp: [
        '2026-02-28 12:34:56.1',
        '0044-03-15 01:02:03.000001 BC',
        '12345-06-07 08:09:10',
        '-infinity',
      ],
      timestamptz: [
        '2026-02-28 12:34:56.123456+00',
        '0044-03-15 01:02:03+00 BC',
        '12345-06-07 08:09:10+00',
        'infinity',
      ],
    }
    const types = Object.keys(values)
    const columns = types.map(
      (type) => `one_${type} ${type}, many_${type} ${type}[], deep_${type} ${type}[][]`,
    )
    await importSql(
      server.gateway.pool,
      client.workspace.id,
      `create table moment (id int primary key, ${columns.join(', ')})`,
    )
    const table = `"${schema}".moment`
    const rows = [0, 1, 2, 3]
    for (const row of rows) {
      const given = types.map((type) => `'${values[type]?.[row]}'::${type}`)
      const cells = given.flatMap((value) => [value, `array[${value}]`, `array[array[${value}]]`])
      await server.gateway.pool.query(`insert into ${table} values (${row}, ${cells.join(', ')})`)
    }
    const before = (await server.gateway.pool.query(`select moment::text from ${table} order by id`)).rows
    const records: readonly Row[] = (await client.get('/rest/moments?order_by=id')).body.data.moments
    t.is(records.length, rows.length)
    for (const { id, ...record } of records) {
      for (const type of ['Date', 'Timestamp', 'Timestamptz']) {
        t.deepEqual(record[`many${type}`], [record[`one${type}`]])
        t.deepEqual(record[`deep${type}`], [[record[`one${type}`]]])
      }
      t.is((await client.request('PATCH', `/rest/moments/${id}`, record)).status, 200)
      const copy = { ...record, id: Number(id) + 10 }
      const made = await client.graphql(
        'mutation($data: MomentCreateInput!) { createMoment(data: $data) { manyTimestamptz deepDate } }',
        { data: copy },
      )
      const { manyTimestamptz, deepDate } = record
      t.deepEqual(made.body.data?.createMoment, { manyTimestamptz, deepDate }, made.text)
    }
    const after = await server.gateway.pool.query(
      `select moment::text from ${table} where id < 10 order by id`,
    )
    t.deepEqual(after.rows, before)
  },
)
