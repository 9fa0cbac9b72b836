import test from 'ava'
import fc from 'fast-check'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

interface Opportunity {
  readonly id: string
  readonly name: string | null
  readonly position: number
  readonly createdAt: string
  readonly closeDate: string | null
  readonly stage: string
  readonly amount: { readonly amountMicros: string | null; readonly currencyCode: string }
  readonly companyId: string | null
}

const RECORDS = 45
let server: TestGateway
let client: Client
/** Positions of companies by id, to sort by in memory. */
let companies: ReadonlyMap<string, number>
let all: readonly Opportunity[]

const pick = <T>(values: readonly T[], index: number): T => values[index % values.length] as T

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const made = await client.request('POST', '/rest/batch/companies', [
    { position: 3 },
    { position: 1 },
    { position: 2 },
  ])
  companies = new Map(
    made.body.data.createCompanies.map((each: { id: string; position: number }) => [each.id, each.position]),
  )
  const ids = [null, ...companies.keys()]
  // Few distinct values and many nulls: ties and null handling decide most comparisons.
  const created = await client.request(
    'POST',
    '/rest/batch/opportunities',
    Array.from({ length: RECORDS }, (_, index) => ({
      // Large tables have an index of its order, with the nulls at one end.
      name: pick([null, 'a', 'b', 'a', null, 'c'], index * 5),
      position: index % 4,
      closeDate: pick([null, '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.002Z'], index),
      stage: pick(['NEW', 'MEETING'], index),
      amount: { amountMicros: pick([null, '1', '12345678901234567890.5'], index * 7), currencyCode: 'EUR' },
      companyId: pick(ids, index * 3),
    })),
  )
  all = created.body.data.createOpportunities
})
test.after.always(() => server?.close())

type Direction = 'AscNullsFirst' | 'AscNullsLast' | 'DescNullsFirst' | 'DescNullsLast'
type Sort = readonly [path: string, direction: Direction]

const STAGES = ['NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER']
const VALUES: Readonly<Record<string, (record: Opportunity) => number | string | null>> = {
  // A stored null reads as an empty text.
  name: ({ name }) => (name === '' ? null : name),
  position: (record) => record.position,
  // One instant for all records of a batch.
  createdAt: (record) => record.createdAt,
  closeDate: (record) => record.closeDate,
  stage: (record) => STAGES.indexOf(record.stage),
  'amount.amountMicros': ({ amount }) => (amount.amountMicros === null ? null : Number(amount.amountMicros)),
  'company.position': ({ companyId }) => (companyId === null ? null : (companies.get(companyId) ?? null)),
  id: (record) => record.id,
}

const compareBy =
  ([path, direction]: Sort) =>
  (a: Opportunity, b: Opportunity): number => {
    const [x, y] = [VALUES[path]?.(a) ?? null, VALUES[path]?.(b) ?? null]
    if (x === null || y === null) {
      const nullsFirst = direction.endsWith('First') ? -1 : 1
      return x === y ? 0 : x === null ? nullsFirst : -nullsFirst
    }
    return (x < y ? -1 : x > y ? 1 : 0) * (direction.startsWith('Asc') ? 1 : -1)
  }

const sorted = (sorts: readonly Sort[], stage: string | null = null): string[] => {
  const comparisons = [...sorts, ['id', 'AscNullsFirst'] as const].map(compareBy)
  return all
    .filter((record) => stage === null || record.stage === stage)
    .toSorted((a, b) => comparisons.map((compare) => compare(a, b)).find((result) => result !== 0) ?? 0)
    .map(({ id }) => id)
}

const sortBy = (paths: readonly string[]): fc.Arbitrary<Sort> =>
  fc.tuple(
    fc.constantFrom(...paths),
    fc.constantFrom<Direction>('AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'),
  )
/** Large tables have an index of these orders, read in one direction or the other. */
const INDEXED = ['name', 'createdAt']
const sorts = fc.oneof(
  {
    arbitrary: fc.uniqueArray(sortBy(Object.keys(VALUES)), { maxLength: 4, selector: ([path]) => path }),
    weight: 2,
  },
  { arbitrary: sortBy(INDEXED).map((sort) => [sort]), weight: 1 },
  // Behind a cursor, terms behind the third share a range.
  {
    arbitrary: fc.tuple(
      sortBy(['stage']),
      sortBy(['position']),
      sortBy(['createdAt', 'closeDate']),
      sortBy(['name', 'amount.amountMicros']),
    ),
    weight: 1,
  },
  // Behind a cursor, the first value is given, and the other two are the order that is left.
  {
    arbitrary: fc.tuple(sortBy(['id', 'stage']), sortBy(INDEXED), sortBy(['company.position', 'position'])),
    weight: 1,
  },
)

/** The fourth term shares a range behind a cursor; each direction and place of nulls. */
const THREE: readonly Sort[] = [
  ['stage', 'AscNullsFirst'],
  ['position', 'AscNullsFirst'],
  ['createdAt', 'AscNullsFirst'],
]
const FOURTH = (['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'] as const).map(
  (direction): Sort => ['name', direction],
)

const page = async (order: readonly Sort[], limit: number, more: string) => {
  const orderBy = order.map(([path, direction]) => `${path}[${direction}]`).join(',')
  const answer = await client.get(`/rest/opportunities?order_by=${orderBy}&limit=${limit}${more}`)
  if (answer.status !== 200) throw new Error(answer.text)
  return {
    ids: answer.body.data.opportunities.map((each: Opportunity) => each.id) as string[],
    totalCount: answer.body.totalCount as number,
    info: answer.body.pageInfo,
  }
}

const stage = fc.constantFrom(null, 'NEW')
const filterOf = (only: string | null): string => (only === null ? '' : `&filter=stage[eq]:${only}`)

test('pages forward and backward in any order without losing or repeating a record', async (t) => {
  await fc.assert(
    fc.asyncProperty(sorts, fc.integer({ min: 1, max: 20 }), stage, async (order, limit, only) => {
      const expected = sorted(order, only)
      const filter = filterOf(only)
      const forward: string[] = []
      let cursor = ''
      for (let last = false; !last; ) {
        const { ids, info, totalCount } = await page(order, limit, filter + cursor)
        t.is(totalCount, expected.length)
        t.is(info.hasPreviousPage, forward.length > 0)
        forward.push(...ids)
        last = !info.hasNextPage
        cursor = `&starting_after=${encodeURIComponent(info.endCursor)}`
      }
      t.deepEqual(forward, expected)

      const backward: string[] = []
      const end = await page(order, RECORDS, filter)
      cursor = `&ending_before=${encodeURIComponent(end.info.endCursor)}`
      for (let first = false; !first; ) {
        const { ids, info } = await page(order, limit, filter + cursor)
        t.true(info.hasNextPage)
        backward.unshift(...ids)
        first = !info.hasPreviousPage
        cursor = `&ending_before=${encodeURIComponent(info.startCursor)}`
      }
      t.deepEqual(backward, expected.slice(0, -1))
    }),
    { numRuns: 60, examples: FOURTH.map((fourth): [Sort[], number, null] => [[...THREE, fourth], 1, null]) },
  )
})

/** `orderBy` of GraphQL. */
const nested = ([path, direction]: Sort) =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), direction)

const QUERY = `query Page($first: Int, $offset: Int, $orderBy: [OpportunityOrderByInput], $filter: OpportunityFilterInput) {
  opportunities(first: $first, offset: $offset, orderBy: $orderBy, filter: $filter) {
    totalCount edges { node { id } } pageInfo { hasNextPage hasPreviousPage }
  }
}`

test('a page behind an offset has the same records, and the same total', async (t) => {
  const offset = fc.integer({ min: 0, max: RECORDS + 5 })
  await fc.assert(
    fc.asyncProperty(
      sorts,
      fc.integer({ min: 1, max: 20 }),
      offset,
      stage,
      async (order, first, skipped, only) => {
        const expected = sorted(order, only)
        const filter = only === null ? {} : { stage: { eq: only } }
        const variables = { first, offset: skipped, orderBy: order.map(nested), filter }
        const { body } = await client.request('POST', '/graphql', { query: QUERY, variables })
        const { totalCount, edges, pageInfo } = body.data.opportunities
        t.deepEqual(
          edges.map(({ node }: { node: Opportunity }) => node.id),
          expected.slice(skipped, skipped + first),
        )
        t.is(totalCount, expected.length)
        const hasNextPage = skipped + first < expected.length
        t.deepEqual(pageInfo, { hasNextPage, hasPreviousPage: skipped > 0 })
      },
    ),
    { numRuns: 30 },
  )
})

test('an empty page has no cursors, and a limit of 0 still counts', async (t) => {
  const empty = await client.get('/rest/opportunities?filter=position[gt]:1000')
  t.deepEqual(empty.body, {
    data: { opportunities: [] },
    totalCount: 0,
    pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false },
  })
  const none = await client.get('/rest/opportunities?limit=0')
  t.deepEqual(none.body.data.opportunities, [])
  t.is(none.body.totalCount, RECORDS)
})

test('a cursor of another order is refused', async (t) => {
  const { info } = await page([['position', 'AscNullsFirst']], 3, '')
  const answer = await client.get(
    `/rest/opportunities?order_by=closeDate&starting_after=${encodeURIComponent(info.endCursor)}`,
  )
  t.is(answer.status, 400)
  t.regex(answer.body.messages[0], /^Invalid cursor/)
})

test('a cursor with values of the wrong kind is bad input', async (t) => {
  const forged = Buffer.from(JSON.stringify({ id: 'x' })).toString('base64')
  const answer = await client.get(`/rest/opportunities?starting_after=${forged}`)
  t.is(answer.status, 400)
})

test('the keys of an answer come in the order of the contract', async (t) => {
  const { text, body } = await client.get('/rest/opportunities?limit=1')
  t.deepEqual(Object.keys(body), ['data', 'totalCount', 'pageInfo'])
  t.true(text.startsWith('{"data":{"opportunities":['))
})
