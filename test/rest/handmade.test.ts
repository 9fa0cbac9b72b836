import { readFileSync } from 'node:fs'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { importWorkspace } from '../support/sqlByHand.ts'
import { until } from '../support/until.ts'

const HOSTILE = readFileSync(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')
/** A real database of foreign design; it lies beside the project if present. */
const MUSIC = readFileSync(new URL('../fixtures/music.sql', import.meta.url), 'utf8')

let server: TestGateway
let hostile: Client

test.before(async () => {
  server = await startTestGateway()
  hostile = await importWorkspace(server, 'O\'Brien "x"', HOSTILE)
})
test.after.always(() => server?.close())

test.serial('writes and reads rows of hostile tables by composite keys', async (t) => {
  const created = await hostile.request('POST', '/rest/orderLines', {
    orderId: 1,
    lineNo: 2,
    dropTableX: "'); drop table x; --",
    mood: 'ha"ppy',
    moods: ['sad', 'ok, fine', 'ha"ppy'],
    stars: 'RATING_2',
    mail: 'a@b.test',
  })
  t.is(created.status, 201)
  const line = {
    orderId: 1,
    lineNo: 2,
    dropTableX: "'); drop table x; --",
    mood: 'ha"ppy',
    moods: ['sad', 'ok, fine', 'ha"ppy'],
    stars: 'RATING_2',
    mail: 'a@b.test',
    quantity: 1,
    doubled: 2,
  }
  t.deepEqual(created.body.data.createOrderLine, line)
  t.deepEqual((await hostile.get('/rest/orderLines/1,2')).body, { data: { orderLine: line } })
  t.is((await hostile.get('/rest/orderLines/1,3')).status, 404)
  t.is((await hostile.get('/rest/orderLines/1')).status, 400)
  t.is((await hostile.get('/rest/orderLines/1,2,3')).status, 400)
  t.is((await hostile.get('/rest/orderLines/1,x')).status, 400)
  const updated = await hostile.request('PATCH', '/rest/orderLines/1,2', { quantity: 5, mood: null })
  t.like(updated.body.data.updateOrderLine, { quantity: 5, mood: null, doubled: 2 })
  const generated = await hostile.request('PATCH', '/rest/orderLines/1,2', { doubled: 7 })
  t.is(generated.status, 400)
  const broken = await hostile.request('PATCH', '/rest/orderLines/1,2', { mail: 'no mail' })
  t.is(broken.status, 400)
  const note = await hostile.request('POST', '/rest/lineNotes?depth=1', { orderId: 1, lineNo: 2, body: 'x' })
  t.like(note.body.data.createLineNote.orderLine, { orderId: 1, lineNo: 2 })
  const filtered = await hostile.get(
    `/rest/orderLines?depth=1&filter=${encodeURIComponent('mood[is]:NULL,moods[containsAny]:["ok, fine"],stars[gte]:RATING_2')}`,
  )
  t.is(filtered.body.totalCount, 1)
  t.is(filtered.body.data.orderLines[0].lineNotes[0].body, 'x')
  t.deepEqual((await hostile.get('/rest/totals')).body.data.totals, [{ lines: 1, pieces: 5 }])
})

test('values of every type come back as they went in', async (t) => {
  const row = {
    name: null,
    select: '',
    andValue: 'x',
    payload: { a: [1, 'ü', null] },
    raw: '\\xdeadbeef',
    duration: '1 day 02:00:00',
    span: '[1,5)',
    address: '10.0.0.0/8',
    numbers: [1, 2, 3],
    tags: ['a,b', '"', '\\', ''],
    big: '9007199254740993',
    exact: '0.10000000000000000001',
    single: 1.5,
    at: '2026-02-03T04:05:06.789Z',
    local: '2026-02-03T04:05:06.789',
    day: '2026-02-03',
    clock: '04:05:06.789',
    flag: false,
    a1: '$1',
  }
  const { numbers, ...rest } = row
  const created = await hostile.request('POST', '/rest/stringRecords', { ...rest, numbers })
  t.is(created.status, 201, created.text)
  const { id, ...values } = created.body.data.createStringRecord
  t.like(values, { ...rest, numbers: ['1', '2', '3'] })
  const again = await hostile.get(`/rest/stringRecords/${id}`)
  t.deepEqual(again.body.data.stringRecord, created.body.data.createStringRecord)
  for (const filter of [
    'span[eq]:"[1,5)"',
    'address[eq]:10.0.0.0/8',
    'big[eq]:9007199254740993',
    'at[lte]:"2026-02-03T04:05:06.789Z"',
  ]) {
    const found = await hostile.get(`/rest/stringRecords?filter=${encodeURIComponent(filter)}`)
    t.is(found.body.totalCount, 1, filter)
  }
})

test('keys of text, views and tables without a key', async (t) => {
  const slug = 'a/b,c d%'
  const path = `/rest/news/${encodeURIComponent(slug)}`
  t.is((await hostile.request('POST', '/rest/news', { slug, title: 'T' })).status, 201)
  t.like((await hostile.get(path)).body.data.newsItem, { slug, title: 'T' })
  t.is((await hostile.get('/rest/headlines?filter=title[eq]:T')).body.totalCount, 1)
  t.deepEqual((await hostile.request('DELETE', path)).body, { data: { deleteNewsItem: { slug } } })
  t.is((await hostile.request('POST', '/rest/keylesses', { a: 1, b: 'x' })).status, 201)
  t.is((await hostile.get('/rest/keylesses')).body.data.keylesses.length, 1)
  t.is((await hostile.get('/rest/keylesses/1')).status, 400)
  t.is((await hostile.request('POST', '/rest/totals', {})).status, 405)
  t.is((await hostile.request('POST', '/rest/moods', {})).status, 405)
  t.is((await hostile.request('DELETE', '/rest/counteds/1?soft_delete=true')).status, 400)
  t.is((await hostile.request('POST', '/rest/counteds', { id: 7 })).status, 400)
  t.is((await hostile.request('POST', '/rest/counteds', {})).status, 201)
  t.is((await hostile.request('POST', '/rest/parteds', { id: 1, day: '2026-01-01' })).status, 201)
  t.is((await hostile.get('/rest/parteds/1,2026-01-01')).status, 200)
})

test('a table made by hand appears with the next request, and goes with it', async (t) => {
  const client = await server.enter('By hand')
  const { pool } = server.gateway
  const schema = `"${client.workspace.schemaName}"`
  t.is((await client.get('/rest/rockets')).status, 404)
  await pool.query(`create table ${schema}.rocket (id bigserial primary key, name text)`)
  const appears = (status: number, path: string): Promise<void> =>
    until(`${path} answers ${status}`, async () => (await client.get(path)).status === status)
  await appears(200, '/rest/rockets')
  t.is((await client.request('POST', '/rest/rockets', { name: 'Ariane' })).status, 201)
  await pool.query(`alter table ${schema}.rocket rename column name to title`)
  await appears(200, '/rest/rockets?filter=title[eq]:Ariane')
  await pool.query(`drop table ${schema}.rocket`)
  await appears(404, '/rest/rockets')
})

test('a database of foreign design answers with its own words, keys and relations', async (t) => {
  const client = await importWorkspace(server, 'Music', MUSIC)
  const counts = {
    albums: 140,
    artists: 70,
    customers: 30,
    employees: 5,
    genres: 3,
    invoices: 90,
    tracks: 1000,
  }
  for (const [plural, count] of Object.entries(counts))
    t.is((await client.get(`/rest/${plural}?limit=1`)).body.totalCount, count, plural)
  t.is((await client.get('/rest/playlistTracks?limit=1')).body.totalCount, 1000)
  t.like((await client.get('/rest/artists/1')).body.data.artist, { artistId: 1, name: 'Artist 1' })
  const album = (await client.get('/rest/albums/1?depth=1')).body.data.album
  t.like(album, { albumId: 1, artistId: 1, artist: { name: 'Artist 1' } })
  t.is(album.tracks.length, 10)
  t.is(album.tracks[0].unitPrice, 0.99)
  const employee = (await client.get('/rest/employees/2?depth=1')).body.data.employee
  t.like(employee, { reportsTo: 1, reportsToEmployee: { lastName: 'Adams' } })
  t.is(employee.employeesByReportsTo.length, 3)
  const link = (await client.get('/rest/playlistTracks/1,340?depth=1')).body.data.playlistTrack
  t.is(link.playlist.playlistId, 1)
  t.is(link.track.trackId, 340)
  const hits = await client.get(
    `/rest/tracks?filter=${encodeURIComponent('album.artist.name[eq]:"Artist 1"')}&order_by=milliseconds[DescNullsLast]`,
  )
  t.is(hits.body.totalCount, 20)
  t.is((await client.request('DELETE', '/rest/artists/1')).status, 409)
})

test.serial(
  'samples of a group have its values in all spellings, and null apart from an empty list',
  async (t) => {
    const numbers = await importWorkspace(
      server,
      'Spellings',
      `create table reading (id int primary key, value numeric, marks text[]);
     insert into reading values (1, 1.0, '{}'), (2, 1.00, null), (3, null, '{}'), (4, 2, '{a}')`,
    )
    const samplesBy = async (field: string) => {
      const groupBy = encodeURIComponent(JSON.stringify([{ [field]: true }]))
      const { body } = await numbers.get(
        `/rest/readings/groupBy?group_by=${groupBy}&include_records_sample=true`,
      )
      return body.map(({ records }: { records: readonly { id: number }[] }) => records.map(({ id }) => id))
    }
    t.deepEqual(await samplesBy('value'), [[1, 2], [4], [3]])
    t.deepEqual(await samplesBy('marks'), [[1, 3], [4], [2]])
  },
)
