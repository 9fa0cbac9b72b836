import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const companies = await client.request('POST', '/rest/batch/companies', [
    { name: 'Acme' },
    { name: 'Über' },
  ])
  const [acme, uber] = companies.body.data.createCompanies
  const rows: readonly [string, string | null, string | null, string | null, string | null][] = [
    ['a', 'NEW', '2026-05-02T23:30:00.000Z', '1000000', acme.id],
    ['b', 'NEW', '2026-05-30T10:00:00.000Z', '2000000.5', acme.id],
    ['c', 'MEETING', '2026-06-01T10:00:00.000Z', '12345678901234567890', uber.id],
    ['d', 'MEETING', null, null, null],
    ['', 'CUSTOMER', '2025-01-01T00:00:00.000Z', '0', null],
  ]
  const created = await client.request(
    'POST',
    '/rest/batch/opportunities',
    rows.map(([name, stage, closeDate, amountMicros, companyId], position) => ({
      name,
      stage,
      closeDate,
      companyId,
      position,
      amount: { amountMicros, currencyCode: 'EUR' },
    })),
  )
  if (created.status !== 201) throw new Error(created.text)
})
test.after.always(() => server?.close())

const data = async (query: string) => {
  const { body } = await client.graphql(query)
  if (body.errors) throw new Error(JSON.stringify(body.errors))
  return body.data
}

test('a connection has aggregates of all records instead of its page', async (t) => {
  const { opportunities } = await data(`{ opportunities(first: 1) {
    totalCount countUniqueValuesStage countEmptyName countNotEmptyName percentageEmptyName percentageNotEmptyName
    minAmountAmountMicros maxAmountAmountMicros sumAmountAmountMicros avgAmountAmountMicros
    countEmptyAmount countNotEmptyAmount countUniqueValuesAmount countUniqueValuesCompanyId countEmptyCompany
    minCloseDate maxCloseDate minPosition maxPosition sumPosition avgPosition edges { node { name } }
  } }`)
  t.deepEqual(opportunities, {
    totalCount: 5,
    countUniqueValuesStage: 3,
    countEmptyName: 1,
    countNotEmptyName: 4,
    percentageEmptyName: 0.2,
    percentageNotEmptyName: 0.8,
    minAmountAmountMicros: 0,
    maxAmountAmountMicros: '12345678901234567890',
    sumAmountAmountMicros: '12345678901237567890.5',
    avgAmountAmountMicros: '3086419725309391972.6',
    countEmptyAmount: 1,
    countNotEmptyAmount: 4,
    countUniqueValuesAmount: 4,
    countUniqueValuesCompanyId: 2,
    countEmptyCompany: 2,
    minCloseDate: '2025-01-01T00:00:00.000Z',
    maxCloseDate: '2026-06-01T10:00:00.000Z',
    minPosition: 0,
    maxPosition: 4,
    sumPosition: 10,
    avgPosition: 2,
    edges: [{ node: { name: 'a' } }],
  })
})

test('aggregates of a filter that matches nothing are null, counts are 0', async (t) => {
  const { opportunities } = await data(
    '{ opportunities(filter: { name: { eq: "none" } }) { totalCount countEmptyName percentageEmptyName sumPosition } }',
  )
  t.deepEqual(opportunities, {
    totalCount: 0,
    countEmptyName: 0,
    percentageEmptyName: null,
    sumPosition: null,
  })
})

test('nested connections have aggregates of their own', async (t) => {
  const { companies } = await data(`{ companies(orderBy: [{ name: AscNullsFirst }]) { edges { node { name
    opportunities(first: 0) { totalCount sumAmountAmountMicros countUniqueValuesStage } } } } }`)
  t.deepEqual(
    companies.edges.map(({ node }: { node: { opportunities: unknown } }) => node.opportunities),
    [
      { totalCount: 2, sumAmountAmountMicros: 3000000.5, countUniqueValuesStage: 1 },
      { totalCount: 1, sumAmountAmountMicros: '12345678901234567890', countUniqueValuesStage: 1 },
    ],
  )
})

test('groups by a field, with aggregates and in the order of one', async (t) => {
  const { opportunitiesGroupBy } = await data(`{ opportunitiesGroupBy(
    groupBy: [{ stage: true }], orderBy: [{ aggregate: { sumAmountAmountMicros: DescNullsLast } }]
  ) { groupByDimensionValues totalCount sumAmountAmountMicros } }`)
  t.deepEqual(opportunitiesGroupBy, [
    { groupByDimensionValues: ['MEETING'], totalCount: 2, sumAmountAmountMicros: '12345678901234567890' },
    { groupByDimensionValues: ['NEW'], totalCount: 2, sumAmountAmountMicros: 3000000.5 },
    { groupByDimensionValues: ['CUSTOMER'], totalCount: 1, sumAmountAmountMicros: 0 },
  ])
})

test('groups by relations and composites; absent values are a group', async (t) => {
  const { opportunitiesGroupBy } = await data(`{ opportunitiesGroupBy(
    groupBy: [{ company: { name: true } }, { amount: { currencyCode: true } }], orderBy: [{ company: { name: AscNullsFirst } }], limit: 2
  ) { groupByDimensionValues totalCount } }`)
  t.deepEqual(opportunitiesGroupBy, [
    { groupByDimensionValues: [null, 'EUR'], totalCount: 2 },
    { groupByDimensionValues: ['Acme', 'EUR'], totalCount: 2 },
  ])
})

test('groups carry their first records, sorted and with relations', async (t) => {
  const { opportunitiesGroupBy } = await data(`{ opportunitiesGroupBy(
    groupBy: [{ stage: true }], filter: { stage: { neq: CUSTOMER } }, orderBy: [{ stage: AscNullsFirst }],
    orderByForRecords: [{ name: DescNullsLast }]
  ) { groupByDimensionValues totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { name company { name } } } } }`)
  t.deepEqual(
    opportunitiesGroupBy.map((group: { groupByDimensionValues: unknown; edges: { node: unknown }[] }) => [
      group.groupByDimensionValues,
      group.edges.map(({ node }) => node),
    ]),
    [
      [
        ['NEW'],
        [
          { name: 'b', company: { name: 'Acme' } },
          { name: 'a', company: { name: 'Acme' } },
        ],
      ],
      [
        ['MEETING'],
        [
          { name: 'd', company: null },
          { name: 'c', company: { name: 'Über' } },
        ],
      ],
    ],
  )
  const [first] = opportunitiesGroupBy
  t.deepEqual(first.pageInfo, {
    hasNextPage: false,
    hasPreviousPage: false,
    startCursor: first.edges[0].cursor,
    endCursor: first.edges[1].cursor,
  })
  const page =
    await data(`{ opportunities(orderBy: [{ name: DescNullsLast }], first: 1, after: "${first.edges[0].cursor}") {
    edges { node { name } } } }`)
  t.is(page.opportunities.edges[0].node.name, 'a')
})

test('dates group by every granularity, in the time zone asked for', async (t) => {
  const cuts: readonly [string, unknown[]][] = [
    ['granularity: DAY', ['2025-01-01', '2026-05-02', '2026-05-30', '2026-06-01', null]],
    [
      'granularity: DAY, timeZone: "Europe/Paris"',
      ['2025-01-01', '2026-05-03', '2026-05-30', '2026-06-01', null],
    ],
    ['granularity: WEEK', ['2024-12-30', '2026-04-27', '2026-05-25', '2026-06-01', null]],
    [
      'granularity: WEEK, weekStartDay: SUNDAY',
      ['2024-12-29', '2026-04-26', '2026-05-24', '2026-05-31', null],
    ],
    ['granularity: WEEK, weekStartDay: SATURDAY', ['2024-12-28', '2026-05-02', '2026-05-30', null]],
    ['granularity: MONTH', ['2025-01', '2026-05', '2026-06', null]],
    ['granularity: QUARTER', ['2025-Q1', '2026-Q2', null]],
    ['granularity: YEAR', ['2025', '2026', null]],
    ['granularity: DAY_OF_THE_WEEK', ['Monday', 'Wednesday', 'Saturday', null]],
    ['granularity: DAY_OF_THE_WEEK, weekStartDay: SATURDAY', ['Saturday', 'Monday', 'Wednesday', null]],
    ['granularity: MONTH_OF_THE_YEAR', ['January', 'May', 'June', null]],
    ['granularity: QUARTER_OF_THE_YEAR', ['Q1', 'Q2', null]],
    [
      'granularity: NONE',
      [
        '2025-01-01T00:00:00.000Z',
        '2026-05-02T23:30:00.000Z',
        '2026-05-30T10:00:00.000Z',
        '2026-06-01T10:00:00.000Z',
        null,
      ],
    ],
  ]
  for (const [cut, expected] of cuts) {
    const { opportunitiesGroupBy } = await data(
      `{ opportunitiesGroupBy(groupBy: [{ closeDate: { ${cut} } }], orderBy: [{ closeDate: { orderBy: AscNullsLast } }]) { groupByDimensionValues } }`,
    )
    t.deepEqual(
      opportunitiesGroupBy.map(
        (group: { groupByDimensionValues: unknown[] }) => group.groupByDimensionValues[0],
      ),
      expected,
      cut,
    )
  }
})

test('relations of grouped records count once for every group', async (t) => {
  const relations = 'company { accountOwner { id } } owner { id } pointOfContact { company { id } }'
  const ask = (args: string) =>
    client.graphql(
      `{ opportunitiesGroupBy(groupBy: [{ stage: true }]${args}) { totalCount edges { node { ${relations} noteTargets { edges { node { note { id } person: targetPerson { id } company: targetCompany { id } opportunity: targetOpportunity { id } } } } taskTargets { edges { node { task { id } } } } } } } }`,
    )
  t.is((await ask('')).body.errors, undefined)
  const many = await ask(', limit: 200')
  t.is(many.status, 400)
  t.regex(
    many.body.errors[0].message,
    /^Query complexity is too high\. Please, reduce the amount of relation fields requested\. Query complexity: \d+\. Maximum complexity: 2000\.$/,
  )
})

test('refuses groups that cannot be', async (t) => {
  const refusals: readonly [string, string, string][] = [
    [
      'groupBy: [{ closeDate: { timeZone: "Mars/Base" } }]',
      'INVALID_TIMEZONE',
      "Invalid time zone 'Mars/Base'",
    ],
    [
      'groupBy: [{ closeDate: { timeZone: "" } }]',
      'MISSING_TIMEZONE_FOR_DATE_GROUP_BY',
      'A time zone is needed',
    ],
    ['groupBy: []', 'INVALID_ARGS_GROUP_BY', 'groupBy must name at least one field'],
    ['groupBy: [{ stage: false }]', 'INVALID_ARGS_GROUP_BY', 'groupBy must name at least one field'],
    [
      'groupBy: [{ stage: true }], orderBy: [{ name: AscNullsFirst }]',
      'INVALID_ARGS_ORDER',
      'cannot be ordered by "name"',
    ],
    [
      'groupBy: [{ stage: true }], viewId: "0199b0a5-0f2e-7c61-8e55-6d8f3a1c2b4d"',
      'INVALID_ARGS_GROUP_BY',
      'Views are not supported',
    ],
    ['groupBy: [{ stage: true }], limit: 201', 'INVALID_ARGS_PAGINATION', 'between 0 and 200'],
    [
      'groupBy: [{ company: { accountOwner: { locale: true } } }]',
      'INVALID_ARGS_GROUP_BY',
      'one relation only',
    ],
  ]
  for (const [args, subCode, message] of refusals) {
    const { body } = await client.graphql(`{ opportunitiesGroupBy(${args}) { totalCount } }`)
    t.is(body.errors?.[0].extensions.code, 'BAD_USER_INPUT', JSON.stringify(body))
    t.is(body.errors[0].extensions.subCode, subCode)
    t.true(body.errors[0].message.includes(message), body.errors[0].message)
  }
})
