import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const companies = await client.request('POST', '/rest/batch/companies', [{ name: 'Acme' }, { name: 'Zoë' }])
  const [acme, zoe] = companies.body.data.createCompanies
  await client.request('POST', '/rest/batch/opportunities', [
    {
      name: 'a',
      stage: 'NEW',
      closeDate: '2026-05-07T10:00:00Z',
      amount: { amountMicros: '12000000000' },
      companyId: acme.id,
    },
    {
      name: 'b',
      stage: 'NEW',
      closeDate: '2026-05-14T10:00:00Z',
      amount: { amountMicros: '1' },
      companyId: zoe.id,
    },
    { name: 'c', stage: 'MEETING', closeDate: '2026-05-13T10:00:00Z' },
  ])
  await client.request(
    'POST',
    '/rest/batch/tasks',
    Array.from({ length: 12 }, (_, index) => ({ title: `t${index}`, position: index })),
  )
})
test.after.always(() => server?.close())

const groupBy = (plural: string, parameters: Record<string, unknown>) => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  return client.get(`/rest/${plural}/groupBy?${query}`)
}

test('groups as a bare array, with aggregates of numeric values and samples of records', async (t) => {
  const { status, body } = await groupBy('opportunities', {
    group_by: [{ closeDate: { granularity: 'DAY_OF_THE_WEEK' } }, { stage: true }],
    aggregate: ['maxAmountAmountMicros', 'totalCount'],
    filter: 'stage[eq]:NEW',
    include_records_sample: 'true',
    order_by_for_records: 'name[DescNullsLast]',
  })
  t.is(status, 200)
  t.is(body.length, 1)
  const [{ records, ...group }] = body
  t.deepEqual(group, {
    groupByDimensionValues: ['Thursday', 'NEW'],
    maxAmountAmountMicros: 12_000_000_000,
    totalCount: 2,
  })
  t.deepEqual(
    records.map(({ name }: { name: string }) => name),
    ['b', 'a'],
  )
  t.is(records[0].amount.amountMicros, 1)
  t.false('company' in records[0])
})

test('orders groups by fields, dates and aggregates, and limits them', async (t) => {
  const month = { closeDate: { granularity: 'DAY' } }
  const days = async (order_by: unknown, limit = '50') =>
    (await groupBy('opportunities', { group_by: [month], order_by, limit })).body.map(
      (group: { groupByDimensionValues: string[] }) => group.groupByDimensionValues[0],
    )
  t.deepEqual(await days([{ closeDate: { orderBy: 'DescNullsLast', granularity: 'DAY' } }]), [
    '2026-05-14',
    '2026-05-13',
    '2026-05-07',
  ])
  t.deepEqual(await days([{ aggregate: { sumAmountAmountMicros: 'DescNullsLast' } }], '2'), [
    '2026-05-07',
    '2026-05-14',
  ])
  const byCompany = await groupBy('opportunities', {
    group_by: [{ company: { name: true } }],
    aggregate: ['totalCount'],
    order_by: [{ company: { name: 'DescNullsLast' } }],
  })
  t.deepEqual(byCompany.body, [
    { groupByDimensionValues: ['Zoë'], totalCount: 1 },
    { groupByDimensionValues: ['Acme'], totalCount: 1 },
    { groupByDimensionValues: [null], totalCount: 1 },
  ])
})

test('infinity, times before Christ and absent ones are groups of their own', async (t) => {
  const table = `"${client.workspace.schemaName}".moment`
  await server.gateway.pool.query(
    `create table ${table} (id int primary key, at timestamptz, local timestamp, day date);
     insert into ${table} select n, v, v, v::date from unnest(array[
       'infinity', '-infinity', null, '0044-03-15 12:00 BC', '0044-03-15 12:00', '2026-03-15 12:00+00'
     ]::timestamptz[]) with ordinality x (v, n)`,
  )
  for (const field of ['at', 'local', 'day'])
    for (const [granularity, shown] of [
      ['DAY', '0044-03-15'],
      ['WEEK', null],
      ['MONTH', '0044-03'],
      ['QUARTER', '0044-Q1'],
      ['YEAR', '0044'],
    ] as const) {
      const { status, body } = await groupBy('moments', { group_by: [{ [field]: { granularity } }] })
      t.is(status, 200, JSON.stringify(body))
      const values: readonly (string | null)[] = body.map(
        (group: { readonly groupByDimensionValues: readonly (string | null)[] }) =>
          group.groupByDimensionValues[0],
      )
      const name = `${field} by ${granularity}: ${values.join(' ')}`
      t.is(new Set(values).size, 6, name)
      for (const value of ['infinity', '-infinity', null]) t.true(values.includes(value), name)
      if (shown !== null) for (const value of [shown, `${shown} BC`]) t.true(values.includes(value), name)
    }
})

test('a sample holds ten records, with their relations at depth 1', async (t) => {
  const tasks = await groupBy('tasks', {
    group_by: [{ status: true }],
    aggregate: ['totalCount'],
    include_records_sample: 'true',
    order_by_for_records: 'position',
  })
  t.is(tasks.body[0].totalCount, 12)
  t.deepEqual(
    tasks.body[0].records.map(({ title }: { title: string }) => title),
    Array.from({ length: 10 }, (_, index) => `t${index}`),
  )
  const deep = await groupBy('opportunities', {
    group_by: [{ stage: true }],
    include_records_sample: 'true',
    filter: 'name[eq]:a',
    depth: '1',
  })
  t.is(deep.body[0].records[0].company.name, 'Acme')
})

test("refuses impossible groups with the contract's messages", async (t) => {
  const refusals: readonly [Record<string, unknown>, number, RegExp][] = [
    [{}, 400, /^Invalid group_by query parameter - should be a valid array of objects - ex: /],
    [{ group_by: 'stage' }, 400, /^Invalid group_by query parameter/],
    [{ group_by: ['stage'] }, 400, /^Invalid group_by query parameter/],
    [
      { group_by: [{ stage: true }], aggregate: 'totalCount' },
      400,
      /^Invalid aggregate query parameter - should be a valid array of string - ex: \["countNotEmptyId", "countEmptyField"\]$/,
    ],
    [
      { group_by: [{ stage: true }], aggregate: ['nope', 'totalCount', 'neither'] },
      400,
      /^Unknown aggregate field\(s\): nope, neither$/,
    ],
    [{ group_by: [{ stage: true }], order_by: 'stage' }, 400, /^Invalid order_by query parameter/],
    [{ group_by: [{ stage: true }], order_by: [{ stage: 'up' }] }, 400, /'order_by' direction/],
    [{ group_by: [{ nope: true }] }, 400, /doesn't have any "nope" field/],
    [{ group_by: [{ closeDate: { granularity: 'FORTNIGHT' } }] }, 400, /Invalid granularity/],
    [{ group_by: [{ closeDate: { granularity: 'DAY', timeZone: 'Mars' } }] }, 400, /Invalid time zone/],
    [{ group_by: [{ address: true }] }, 400, /doesn't have any "address" field/],
    [{ group_by: [{ amount: true }] }, 400, /name one of its fields/],
    [{ group_by: [{ stage: true }], limit: 'x' }, 400, /^limit 'x' is invalid/],
    [{ group_by: [{ stage: true }], viewId: 'x' }, 400, /^Views are not supported: omit "viewId"\.$/],
  ]
  for (const [parameters, status, message] of refusals) {
    const answer = await groupBy('opportunities', parameters)
    t.is(answer.status, status, JSON.stringify(parameters))
    t.regex(answer.body.messages[0], message)
  }
  const posted = await client.request('POST', '/rest/opportunities/groupBy', {})
  t.is(posted.status, 405)
})

test('both protocols group alike', async (t) => {
  const rest = await groupBy('opportunities', {
    group_by: [{ closeDate: { granularity: 'WEEK', timeZone: 'America/New_York' } }, { stage: true }],
    aggregate: ['totalCount', 'avgAmountAmountMicros', 'percentageEmptyAmount'],
  })
  const { body } = await client.graphql(`{ opportunitiesGroupBy(
    groupBy: [{ closeDate: { granularity: WEEK, timeZone: "America/New_York" } }, { stage: true }]
  ) { groupByDimensionValues totalCount avgAmountAmountMicros percentageEmptyAmount } }`)
  t.deepEqual(rest.body, body.data.opportunitiesGroupBy)
})
