import { readFileSync } from 'node:fs'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { importWorkspace } from '../support/sqlByHand.ts'

const HOSTILE = readFileSync(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')
/** A real database of foreign design; it lies beside the project if present. */
const MUSIC = readFileSync(new URL('../fixtures/music.sql', import.meta.url), 'utf8')

const ROWS = `
insert into string (id, name, payload, raw, duration, numbers, tags, big, exact, single, at, day, clock, flag) values
  (1, 'n', '{"a": [1, "x"]}', '\\x01', '1 day', array[[1, 2], [3, 4]], array['x,y', null], 9007199254740993,
   123456789012345678901234567890.5, 1.5, '2026-01-01T00:00:00.123456+02', '2026-02-03', '10:11:12', true);
insert into string (id, parent_id, single) values (2, 1, 'NaN');
insert into news values ('a', 'A', 1, 2), ('b', 'B', null, null);
insert into keyless values (1, 'a'), (null, null);
insert into shop (code, hq_city, hq_lat, turnover_amount_micros) values ('x', 'Paris', 1.5, 7);
`

let server: TestGateway
let hostile: Client

const dataOf = async (client: Client, query: string, variables?: Record<string, unknown>) => {
  const { body, text } = await client.graphql(query, variables)
  if (body.errors !== undefined) throw new Error(text)
  return body.data
}

test.before(async () => {
  server = await startTestGateway()
  hostile = await importWorkspace(server, 'O\'Brien "x"', HOSTILE + ROWS)
})
test.after.always(() => server?.close())

test('every type of column reads the same as over REST', async (t) => {
  const fields = 'id name payload raw duration numbers tags big exact single at day clock flag parentId a1'
  const { stringRecords } = await dataOf(hostile, `{ stringRecords { edges { node { ${fields} } } } }`)
  const [first, second] = stringRecords.edges.map((edge: { node: unknown }) => edge.node)
  const rest = (await hostile.get('/rest/stringRecords')).body.data.stringRecords
  t.like(rest[0], { ...first, numbers: rest[0].numbers })
  // GraphQL's lists have one dimension.
  t.deepEqual(first.numbers, ['["1","2"]', '["3","4"]'])
  t.is(second.single, 'NaN')
})

test('relations follow foreign keys, to the table itself and several to one', async (t) => {
  const { news, stringRecord } = await dataOf(
    hostile,
    `{ news(orderBy: { slug: AscNullsFirst }) { edges { node { slug string { name } authorStringRecord: __typename } } }
       stringRecord(filter: { id: { eq: 1 } }) { stringRecordsByParent { edges { node { id parent { name } } } } newsByString { totalCount } } }`,
  )
  t.deepEqual(
    news.edges.map((edge: { node: { slug: string; string: unknown } }) => [edge.node.slug, edge.node.string]),
    [
      ['a', { name: 'n' }],
      ['b', null],
    ],
  )
  t.deepEqual(stringRecord, {
    stringRecordsByParent: { edges: [{ node: { id: 2, parent: { name: 'n' } } }] },
    newsByString: { totalCount: 1 },
  })
})

test('composite keys name records by several arguments', async (t) => {
  const line = await dataOf(
    hostile,
    `mutation ($text: String) { createOrderLine(data: { orderId: 1, lineNo: 2, dropTableX: $text, mood: "ha\\"ppy", moods: ["sad", "ok, fine"], stars: RATING_2, mail: "a@b" }) {
      orderId lineNo dropTableX mood moods stars mail quantity doubled } }`,
    { text: `'); drop table x; --` },
  )
  t.deepEqual(line.createOrderLine, {
    orderId: 1,
    lineNo: 2,
    dropTableX: `'); drop table x; --`,
    mood: 'ha"ppy',
    moods: ['sad', 'ok, fine'],
    stars: 'RATING_2',
    mail: 'a@b',
    quantity: 1,
    doubled: 2,
  })
  const note = await dataOf(
    hostile,
    'mutation { createLineNote(data: { orderId: 1, lineNo: 2, body: "x" }) { id orderLine { mood lineNotes { totalCount } } } }',
  )
  t.deepEqual(note.createLineNote.orderLine, { mood: 'ha"ppy', lineNotes: { totalCount: 1 } })
  const filtered = await dataOf(
    hostile,
    '{ orderLines(filter: { mood: { in: ["ha\\"ppy"] }, stars: { eq: RATING_2 }, moods: { containsAny: ["sad"] } }) { totalCount } }',
  )
  t.is(filtered.orderLines.totalCount, 1)
  const updated = await dataOf(
    hostile,
    'mutation { updateOrderLine(orderId: 1, lineNo: 2, data: { quantity: 5 }) { quantity } }',
  )
  t.is(updated.updateOrderLine.quantity, 5)
  const conflict = await hostile.graphql('mutation { destroyOrderLine(orderId: 1, lineNo: 2) { orderId } }')
  t.is(conflict.body.errors[0].extensions.code, 'CONFLICT')
})

test('rows without a key are listed, even one that is all null, and are not written by key', async (t) => {
  const { keylesses } = await dataOf(
    hostile,
    '{ keylesses { totalCount pageInfo { startCursor } edges { cursor node { a b } } } }',
  )
  t.is(keylesses.totalCount, 2)
  t.is(keylesses.pageInfo.startCursor, null)
  t.deepEqual(
    keylesses.edges.map((edge: { node: unknown }) => edge.node),
    [
      { a: 1, b: 'a' },
      { a: null, b: null },
    ],
  )
  const { __schema } = await dataOf(hostile, '{ __schema { mutationType { fields { name } } } }')
  const names = __schema.mutationType.fields.map((field: { name: string }) => field.name)
  t.true(names.includes('createKeyless'))
  t.true(names.includes('createHeadline'))
  for (const name of [
    'updateKeyless',
    'deleteKeyless',
    'createTotal',
    'createMood',
    'restoreShop',
    'updateTotal',
  ])
    t.false(names.includes(name), name)
  t.is((await dataOf(hostile, '{ headlines { totalCount } totals { totalCount } }')).totals.totalCount, 1)
})

test('a composite made by hand reads and writes as one', async (t) => {
  const { updateShop } = await dataOf(
    hostile,
    'mutation { updateShop(code: "x", data: { hq: { addressCountry: "France" } }) { hq { addressCity addressCountry addressLat } turnover { amountMicros currencyCode } } }',
  )
  t.deepEqual(updateShop, {
    hq: { addressCity: 'Paris', addressCountry: 'France', addressLat: 1.5 },
    turnover: { amountMicros: 7, currencyCode: null },
  })
  const { shops } = await dataOf(
    hostile,
    '{ shops(filter: { hq: { addressCity: { eq: "Paris" } } }, orderBy: { turnover: { amountMicros: DescNullsLast } }) { totalCount } }',
  )
  t.is(shops.totalCount, 1)
})

test('without a trash, delete is delete', async (t) => {
  await dataOf(hostile, 'mutation { createCompany(data: { id: 5, name: "x" }) { id } }')
  t.is((await dataOf(hostile, 'mutation { deleteCompany(id: 5) { name } }')).deleteCompany.name, 'x')
  t.is((await dataOf(hostile, '{ companies { totalCount } }')).companies.totalCount, 0)
})

test('a database of foreign design answers with its own words, keys and relations', async (t) => {
  const client = await importWorkspace(server, 'Music', MUSIC)
  const { albums } = await dataOf(
    client,
    `{ albums(filter: { artist: { name: { eq: "Artist 1" } } }, orderBy: { title: AscNullsFirst }) {
      totalCount edges { node { albumId title artist { artistId name } tracks(first: 2, orderBy: { trackId: AscNullsFirst }) {
        totalCount edges { node { name unitPrice milliseconds genre { name } } } } } } } }`,
  )
  t.is(albums.totalCount, 2)
  t.deepEqual(albums.edges[0].node, {
    albumId: 1,
    title: 'Album 1',
    artist: { artistId: 1, name: 'Artist 1' },
    tracks: {
      totalCount: 10,
      edges: [
        { node: { name: 'Track 1', unitPrice: 0.99, milliseconds: 200001, genre: { name: 'Jazz' } } },
        { node: { name: 'Track 2', unitPrice: 0.99, milliseconds: 200002, genre: { name: 'Rock' } } },
      ],
    },
  })
  const { playlistTracks } = await dataOf(
    client,
    '{ playlistTracks(first: 1) { totalCount edges { node { playlist { name } track { album { title } } } } } }',
  )
  t.is(playlistTracks.totalCount, 1000)
  t.is(playlistTracks.edges[0].node.playlist.name, 'Music')
  const refused = await client.graphql('mutation { destroyArtist(artistId: 1) { artistId } }')
  t.is(refused.body.errors[0].extensions.code, 'CONFLICT')
})
