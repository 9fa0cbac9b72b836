import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { runInSchema } from '../support/sqlByHand.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

// biome-ignore lint/suspicious/noExplicitAny: records are what the tests look into.
type Found = any

const post = async (path: string, body: unknown): Promise<Found> => {
  const answer = await client.request('POST', `/rest/${path}`, body)
  if (answer.status !== 201) throw new Error(answer.text)
  return Object.values(answer.body.data)[0]
}
const upsert = (records: readonly unknown[]): Promise<Found> => post('batch/people?upsert=true', records)
const one = async (id: string): Promise<Found> => (await client.get(`/rest/people/${id}`)).body.data?.person
const countOf = async (filter: string): Promise<number> =>
  (await client.get(`/rest/people?filter=${encodeURIComponent(filter)}`)).body.totalCount
const email = (name: string) => ({ primaryEmail: `${name}@upsert.test` })

test('without a match an upsert creates', async (t) => {
  const person = await post('people?upsert=true', { jobTitle: 'new', emails: email('new') })
  t.like(person, { jobTitle: 'new', createdBy: { source: 'API', name: 'Key of Admin' } })
  t.like(await post('people?upsert=true', {}), { jobTitle: '' })
  const id = '018f0000-0000-7000-8000-0000000000d1'
  t.is((await post('people?upsert=true', { id })).id, id)
})

test('by id it updates the given fields and leaves the rest, above all the author', async (t) => {
  const made = await post('people', {
    jobTitle: 'CTO',
    name: { firstName: 'Ada', lastName: 'Byron' },
    createdBy: { source: 'EMAIL' },
  })
  const [updated] = await upsert([
    { id: made.id.toUpperCase(), name: { lastName: 'Lovelace' }, createdBy: { source: 'IMPORT' } },
  ])
  t.like(updated, {
    id: made.id,
    jobTitle: 'CTO',
    name: { firstName: 'Ada', lastName: 'Lovelace' },
    position: made.position,
    createdAt: made.createdAt,
  })
  t.is(updated.createdBy.source, 'EMAIL')
})

test('by a unique value it updates, and the record keeps its id', async (t) => {
  const made = await post('people', { emails: email('unique'), jobTitle: 'before' })
  const [updated] = await upsert([{ emails: email('UNIQUE'), jobTitle: 'after' }])
  t.like(updated, { id: made.id, jobTitle: 'after' })
  const other = '018f0000-0000-7000-8000-0000000000d2'
  const [again] = await upsert([{ id: other, emails: email('unique'), jobTitle: 'again' }])
  t.is(again.id, made.id)
  t.is(await one(other), undefined)
})

test('by id it finds a record in the trash and restores it; by a unique value it does not', async (t) => {
  const made = await post('people', { emails: email('trashed'), jobTitle: 'old' })
  await client.request('DELETE', `/rest/people/${made.id}?soft_delete=true`)
  const [twin] = await upsert([{ emails: email('trashed'), jobTitle: 'twin' }])
  t.not(twin.id, made.id)
  await client.request('DELETE', `/rest/people/${twin.id}`)
  const [restored] = await upsert([{ id: made.id, jobTitle: 'restored' }])
  t.like(restored, { id: made.id, jobTitle: 'restored', deletedAt: null })
  t.is((await one(made.id)).emails.primaryEmail, 'trashed@upsert.test')
})

test('updates the ones that are there, creates the others, in the order given', async (t) => {
  const kept = await post('people', { emails: email('kept'), jobTitle: 'kept', city: undefined })
  const known = await post('people', { jobTitle: 'known', position: 77 })
  const answer = await upsert([
    { jobTitle: 'fresh 1' },
    { emails: email('kept'), name: { firstName: 'K' } },
    { jobTitle: 'fresh 2', emails: email('fresh') },
    { id: known.id, name: { firstName: 'N' } },
    { name: { firstName: 'fresh 3' } },
  ])
  t.is(answer.length, 5)
  t.deepEqual(
    answer.map(({ jobTitle, name }: Found) => [jobTitle, name.firstName]),
    [
      ['fresh 1', ''],
      ['kept', 'K'],
      ['fresh 2', ''],
      ['known', 'N'],
      ['', 'fresh 3'],
    ],
  )
  t.is(answer[1].id, kept.id)
  t.is(answer[3].position, 77)
})

test('of duplicates within a batch the last wins, by any key', async (t) => {
  const made = await post('people', { emails: email('target'), jobTitle: 'x' })
  const answer = await upsert([
    { emails: email('dup'), jobTitle: 'first' },
    { id: made.id, jobTitle: 'by id' },
    { emails: email('dup'), jobTitle: 'last' },
    { emails: email('target'), jobTitle: 'by email' },
  ])
  t.deepEqual(
    answer.map(({ jobTitle }: Found) => jobTitle),
    ['last', 'by email', 'last', 'by email'],
  )
  t.is(answer[0].id, answer[2].id)
  t.deepEqual([answer[1].id, answer[3].id], [made.id, made.id])
  t.is(await countOf('emails.primaryEmail[eq]:"dup@upsert.test"'), 1)
})

test('a record that means two others is refused, and nothing of its batch is written', async (t) => {
  const a = await post('people', { emails: email('two-a') })
  await post('people', { emails: email('two-b') })
  const answer = await client.request('POST', '/rest/batch/people?upsert=true', [
    { jobTitle: 'unwritten' },
    { id: a.id, emails: email('two-b') },
  ])
  t.is(answer.status, 400)
  t.regex(
    answer.body.messages[0],
    /^Multiple records found with the same unique field values for .*id.*\. Cannot determine which record to update\.$/,
  )
  t.is(await countOf('jobTitle[eq]:"unwritten"'), 0)
})

test('a conflict that no attempt can resolve is a 409 and writes nothing', async (t) => {
  await post('companies', { name: 'holder', domainName: { primaryLinkUrl: 'https://held.test' } })
  const trashed = await post('companies', {
    name: 'in trash',
    domainName: { primaryLinkUrl: 'https://free.test' },
  })
  await client.request('DELETE', `/rest/companies/${trashed.id}?soft_delete=true`)
  await post('companies', { name: 'took it', domainName: { primaryLinkUrl: 'https://free.test' } })
  const answer = await client.request('POST', '/rest/batch/companies?upsert=true', [
    { name: 'half' },
    { id: trashed.id, name: 'back' },
  ])
  t.is(answer.status, 409)
  t.is((await client.get('/rest/companies?filter=name[eq]:"half"')).body.totalCount, 0)
})

/** The records in one of their orders; no two orders below begin or end with the same records. */
const ordered = <Value>(values: readonly Value[], order: number): Value[] => {
  const from = Math.floor((order * values.length) / 8)
  const turned = [...values.slice(from), ...values.slice(0, from)]
  return order % 2 === 0 ? turned : turned.reverse()
}

test('batches of 60 that take the same unique values in other orders all succeed, and none is half applied', async (t) => {
  const addresses = Array.from({ length: 60 }, (_, index) => `race${index}`)
  // Each waits for values that another has taken, so that Postgres ends one after the other as a deadlock.
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, writer) =>
      client.request(
        'POST',
        '/rest/batch/people?upsert=true',
        ordered(addresses, writer).map((address) => ({ emails: email(address), jobTitle: `w${writer}` })),
      ),
    ),
  )
  t.deepEqual(
    answers.map(({ status, body }) => (status === 201 ? '' : JSON.stringify(body))).filter(Boolean),
    [],
  )
  t.is(await countOf('emails.primaryEmail[startsWith]:"race"'), 60)
  const found = await client.get('/rest/people?filter=emails.primaryEmail[startsWith]:"race"')
  t.is(new Set(found.body.data.people.map(({ jobTitle }: Found) => jobTitle)).size, 1)
})

test('single upserts of one value at once make one record', async (t) => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      client.request('POST', '/rest/people?upsert=true', {
        emails: email('single'),
        jobTitle: String(index),
      }),
    ),
  )
  t.true(answers.every(({ status }) => status === 201))
  t.is(new Set(answers.map(({ body }) => body.data.createPerson.id)).size, 1)
})

test('tables made in SQL are upserted by any of their keys, and in order', async (t) => {
  const plain = await server.enter('plain sql', { standardObjects: false })
  const { pool } = server.gateway
  await runInSchema(
    pool,
    plain.workspace.schemaName,
    `create table album (
      album_id bigint generated by default as identity primary key,
      title text not null, artist text not null, year int default 1999, note text not null default 'none',
      unique (title, artist));
    create table log (line text);`,
  )
  await server.gateway.pool.query(
    `update tenantry.workspaces set version = version + 1 where id = '${plain.workspace.id}'`,
  )
  const put = (path: string, body: unknown) => plain.request('POST', `/rest/${path}`, body)
  const created = await put('batch/albums', [
    { title: 'c', artist: 'x' },
    { title: 'a', artist: 'x', note: 'n' },
    { title: 'b', artist: 'x' },
  ])
  t.is(created.status, 201, created.text)
  t.deepEqual(
    created.body.data.createAlbums.map(({ title }: Found) => title),
    ['c', 'a', 'b'],
  )
  const [c] = created.body.data.createAlbums
  const answer = await put('batch/albums?upsert=true', [
    { title: 'z', artist: 'x' },
    { title: 'a', artist: 'x', year: 2001 },
    { albumId: c.albumId, title: 'C' },
    { title: 'a', artist: 'y', note: null },
  ])
  // A record given by its key alone is incomplete: it would be refused as a new one.
  t.is(answer.status, 201, answer.text)
  t.deepEqual(
    answer.body.data.createAlbums.map(({ title, artist, year, note }: Found) => [title, artist, year, note]),
    [
      ['z', 'x', 1999, 'none'],
      ['a', 'x', 2001, 'n'],
      ['C', 'x', 1999, 'none'],
      ['a', 'y', 1999, 'none'],
    ],
  )
  const keyless = await put('batch/logs?upsert=true', [{ line: 'x' }])
  t.is(keyless.status, 400)
  t.is((await put('batch/logs', [{ line: 'x' }, {}])).status, 201)
})

test('null for a required column with a default: the default in a new record, refused in an existing one', async (t) => {
  const plain = await server.enter('defaults', { standardObjects: false })
  const q = `"${plain.workspace.schemaName.replaceAll('"', '""')}"`
  await server.gateway.pool.query(
    `create table ${q}.crate (id int primary key, code text unique deferrable initially deferred, note text not null default 'none', size int not null default 3)`,
  )
  await server.gateway.pool.query(
    `update tenantry.workspaces set version = version + 1 where id = '${plain.workspace.id}'`,
  )
  const put = (path: string, body: unknown) => plain.request('POST', `/rest/${path}`, body)
  const made = await put('crates', { id: 1, code: 'a', note: null, size: null })
  t.like(made.body.data?.createCrate, { note: 'none', size: 3 }, made.text)
  const news = await put('batch/crates?upsert=true', [
    { id: 2, code: 'b', note: null, size: 5 },
    { id: 3, code: 'c', note: 'x', size: null },
    { code: 'a', size: 9 },
  ])
  t.is(news.status, 201, news.text)
  t.deepEqual(
    news.body.data.createCrates.map(({ id, note, size }: Found) => [id, note, size]),
    [
      [2, 'none', 5],
      [3, 'x', 3],
      [1, 'none', 9],
    ],
  )
  const refusals = [
    await plain.request('PATCH', '/rest/crates/1', { note: null }),
    await put('crates?upsert=true', { id: 1, note: null }),
    await put('batch/crates?upsert=true', [{ id: 4 }, { code: 'b', note: null }]),
    await put('batch/crates?upsert=true', [
      { id: 5, code: 'e' },
      { id: 5, note: null },
    ]),
  ]
  for (const { status, body, text } of refusals) {
    t.is(status, 400, text)
    t.is(body.code, refusals[0]?.body.code, text)
  }
  t.is((await plain.get('/rest/crates')).body.totalCount, 3)
})
