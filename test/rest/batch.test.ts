// Batches behave like single writes: with every type of value, any omitted fields, in the given order.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { runInSchema } from '../support/sqlByHand.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  await runInSchema(
    server.database.pool,
    client.workspace.schemaName,
    `create type "Mood's" as enum ('it''s, "fine"', 'so\\so', 'NULL');
    create domain rank as integer default 7 check (value > 0);
    alter table company
      add moods "Mood's"[], add mood "Mood's", add tags text[], add numbers integer[],
      add rank rank, add score integer default 5, add code varchar(8), add facts jsonb, add since date`,
  )
})
test.after.always(() => server?.close())

// biome-ignore lint/suspicious/noExplicitAny: records are what the tests look into.
type Found = any

const create = async (path: string, data: unknown): Promise<Found> => {
  const answer = await client.request('POST', `/rest/${path}`, data)
  if (answer.status !== 201) throw new Error(answer.text)
  return Object.values(answer.body.data)[0]
}

/** What does not differ from one creation to the next. */
const withoutGenerated = ({ id, createdAt, updatedAt, position, ...rest }: Found): Found => rest

const HOSTILE = [
  '',
  'NULL',
  'null',
  '{a,b}',
  '"',
  '\\',
  '\\"',
  'it\'s, "so"',
  ' space ',
  'ü\n\t用',
  '$1',
  '()',
]

test('a batch stores the same as single writes, for every type', async (t) => {
  const records = [
    ...HOSTILE.map((name) => ({ name, tags: [name, 'x'], facts: { name }, moods: ['NULL', 'so\\so'] })),
    { name: 'numbers', numbers: [1, null, -3], score: 0, rank: 1 },
    { name: 'more numbers', annualRevenue: { amountMicros: '123456789012345678', currencyCode: 'EUR' } },
    { name: 'nothing', tags: null, moods: [], numbers: [], facts: null, mood: null, code: null, since: null },
    { name: 'enum', mood: 'it\'s, "fine"', moods: ['it\'s, "fine"'], since: '2024-02-29', code: '12345678' },
    {
      name: 'links',
      linkedinLink: { primaryLinkUrl: 'HTTPS://Acme.TEST/', secondaryLinks: [{ label: '"', url: '' }] },
    },
    {},
  ]
  const together: Found[] = await create('batch/companies', records)
  const alone: Found[] = []
  for (const record of records) alone.push(await create('companies', record))
  t.deepEqual(together.map(withoutGenerated), alone.map(withoutGenerated))
  const kept = await client.get(
    `/rest/companies?order_by=position&filter=id[in]:[${together.map(({ id }) => id)}]`,
  )
  t.deepEqual(kept.body.data.companies, together, 'in the order given')
})

test('records with and without values for columns with defaults go in one batch', async (t) => {
  const together = await create('batch/companies', [
    { name: 'a', score: 1, rank: 2 },
    { name: 'b' },
    { name: 'c', rank: 3 },
    { name: 'd', score: null },
    { name: 'e', position: 'last' },
  ])
  t.deepEqual(
    together.map(({ name, score, rank }: Found) => [name, score, rank]),
    [
      ['a', 1, 2],
      ['b', 5, 7],
      ['c', 5, 3],
      ['d', null, 7],
      ['e', 5, 7],
    ],
  )
})

test('ids may be given to some records of a batch; an id that is taken refuses all', async (t) => {
  const id = '6F1D1C58-4C7B-4B8A-9D53-2E9A41A0F6B1'
  const records = [{ name: 'made' }, { id, name: 'given' }, { name: 'made too' }]
  const together = await create('batch/companies', records)
  t.deepEqual(
    together.map(({ name }: Found) => name),
    ['made', 'given', 'made too'],
  )
  t.is(together[1].id, id.toLowerCase())
  const again = await client.request('POST', '/rest/batch/companies', [{ name: 'not written' }, { id }])
  t.is(again.status, 409)
  const { body } = await client.get('/rest/companies?filter=name[eq]:"not written"')
  t.is(body.totalCount, 0)
})

test('a batch is refused with the fault of one of its records', async (t) => {
  for (const record of [{ code: '123456789' }, { rank: -1 }, { numbers: ['one'] }, { facts: 'text' }]) {
    const alone = await client.request('POST', '/rest/companies', record)
    const together = await client.request('POST', '/rest/batch/companies', [{ name: 'good' }, record])
    t.is(together.status, 400, JSON.stringify(record))
    const { index, ...rest } = together.body
    t.deepEqual(rest, alone.body)
    t.is(index, 1)
  }
})
