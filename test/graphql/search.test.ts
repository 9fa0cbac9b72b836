import test from 'ava'
import { MAX_RANKED } from '../../gateway/records/read/search.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  for (const [path, body] of [
    ['companies', { name: 'Zürich Holding', domainName: { primaryLinkUrl: 'https://zh.test' } }],
    ['people', { name: { firstName: 'Zoë', lastName: 'Zurich' }, avatarUrl: 'https://a.test/z.png' }],
    ['opportunities', { name: 'Zürich Zurich renewal' }],
    ['notes', { title: "O'Brien & (sons) | zurich:*" }],
    ['tasks', { title: 'Call Zurich' }],
    ['companies', { name: 'Unrelated' }],
  ] as const) {
    const { status, text } = await client.request('POST', `/rest/${path}`, body)
    if (status !== 201) throw new Error(text)
  }
})
test.after.always(() => server?.close())

const QUERY = `query ($searchInput: String!, $limit: Int!, $after: String, $included: [String!], $excluded: [String!], $filter: ObjectRecordFilterInput) {
  search(searchInput: $searchInput, limit: $limit, after: $after, includedObjectNameSingulars: $included, excludedObjectNameSingulars: $excluded, filter: $filter) {
    edges { cursor node { recordId objectNameSingular objectLabelSingular label imageUrl tsRankCD tsRank } } pageInfo { endCursor hasNextPage } } }`

interface Node {
  readonly recordId: string
  readonly objectNameSingular: string
  readonly label: string
  readonly tsRankCD: number
}
const search = async (searchInput: string, more: Record<string, unknown> = {}) => {
  const { body, text } = await client.graphql(QUERY, { searchInput, limit: 20, ...more })
  if (body.errors) throw new Error(text)
  const { edges, pageInfo } = body.data.search
  return { nodes: edges.map(({ node }: { node: Node }) => node) as Node[], pageInfo }
}
const kinds = (nodes: readonly Node[]): string[] => nodes.map(({ objectNameSingular }) => objectNameSingular)

test('finds words of all objects by their beginnings, ignoring case and accents, best first', async (t) => {
  const { nodes, pageInfo } = await search('ZÜRI')
  t.deepEqual(kinds(nodes).sort(), ['company', 'note', 'opportunity', 'person', 'task'])
  t.is(nodes[0]?.objectNameSingular, 'opportunity')
  const ranks = nodes.map(({ tsRankCD }) => tsRankCD)
  t.deepEqual(
    ranks,
    ranks.toSorted((a, b) => b - a),
  )
  t.like(
    nodes.find(({ objectNameSingular }) => objectNameSingular === 'person'),
    { label: 'Zoë Zurich', imageUrl: 'https://a.test/z.png', objectLabelSingular: 'Person' },
  )
  t.false(pageInfo.hasNextPage)
  const { nodes: both } = await search('zurich hold')
  t.deepEqual(kinds(both), ['company'])
})

test('equals come by the priority of their objects', async (t) => {
  const { nodes } = await search('zurich', { included: ['person', 'task', 'company'] })
  t.deepEqual(kinds(nodes), ['person', 'company', 'task'])
})

test('pages go on without losing or repeating a record', async (t) => {
  const { nodes: all } = await search('zurich')
  const read: string[] = []
  let after: string | null = null
  do {
    const { nodes, pageInfo } = await search('zurich', { limit: 2, after })
    read.push(...nodes.map(({ recordId }) => recordId))
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after !== null)
  t.deepEqual(
    read,
    all.map(({ recordId }) => recordId),
  )
})

test('objects are included and excluded, records filtered', async (t) => {
  t.deepEqual(kinds((await search('zurich', { included: ['note'] })).nodes), ['note'])
  const { nodes } = await search('zurich', { excluded: ['note', 'person'] })
  t.deepEqual(kinds(nodes).sort(), ['company', 'opportunity', 'task'])
  const [first] = nodes
  const { nodes: one } = await search('zurich', { filter: { id: { eq: first?.recordId } } })
  t.deepEqual(
    one.map(({ recordId }) => recordId),
    [first?.recordId],
  )
  t.deepEqual((await search('zurich', { included: ['nothing'] })).nodes, [])
})

test('records in the trash are only found on request', async (t) => {
  const made = await client.request('POST', '/rest/tasks', { title: 'Thrown away' })
  await client.request('DELETE', `/rest/tasks/${made.body.data.createTask.id}?soft_delete=true`)
  t.deepEqual((await search('thrown')).nodes, [])
  t.is((await search('thrown', { filter: { deletedAt: { is: 'NOT_NULL' } } })).nodes.length, 1)
})

test('special characters do not act as operators; without words everything is found', async (t) => {
  for (const input of ["o'brien", '(sons)', "brien & ! | <-> :* \\ 'sons"])
    t.deepEqual(kinds((await search(input)).nodes), ['note'], input)
  t.deepEqual((await search('&|!()')).nodes, [])
  t.true((await search('')).nodes.length >= 6)
})

test('refuses more than 100 results and cursors that it did not make', async (t) => {
  const tooMany = await client.graphql(QUERY, { searchInput: 'x', limit: 101 })
  t.is(tooMany.body.errors[0].message, 'Limit cannot exceed 100 items')
  const forged = await client.graphql(QUERY, { searchInput: 'x', limit: 1, after: 'nonsense' })
  t.is(forged.body.errors[0].extensions.subCode, 'INVALID_CURSOR')
})

test('a search that finds more than it ranks is marked, and a rare word is still found', async (t) => {
  const { pool } = server.gateway
  const other = await server.enter()
  const table = `${quoteIdentifier(other.workspace.schemaName)}.note`
  await pool.query(`alter table ${table} disable trigger user`)
  await pool.query(
    `insert into ${table} (title) select 'Lot ' || n from generate_series(1, ${MAX_RANKED + 1}) n`,
  )
  const found = async (searchInput: string) => {
    const query = `{ search(searchInput: "${searchInput}", limit: 2) { isPartial edges { node { label } } pageInfo { hasNextPage } } }`
    return (await other.graphql(query)).body.data.search
  }
  const common = await found('l')
  t.like(common, { isPartial: true, pageInfo: { hasNextPage: true } })
  t.is(common.edges.length, 2)
  t.like(await found(''), { isPartial: true })
  t.deepEqual(await found(`lot ${MAX_RANKED}`), {
    isPartial: false,
    edges: [{ node: { label: `Lot ${MAX_RANKED}` } }],
    pageInfo: { hasNextPage: false },
  })
  t.deepEqual(await found('nowhere'), { isPartial: false, edges: [], pageInfo: { hasNextPage: false } })
})
