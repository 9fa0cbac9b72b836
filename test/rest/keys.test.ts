import test from 'ava'
import { applyStatements } from '../schemas/apply.ts'
import { OWN_TYPES, TYPE_STATEMENTS, TYPES } from '../schemas/columns.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { isSkippedOnCluster } from '../support/where.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

/**
 * A search vector is not shown, so no list gives a key of it; nor does JSON show where an array begins to
 * count.
 */
const KEYS = [...TYPES, ...OWN_TYPES].filter(
  ([type, literal, isIndexable]) =>
    isIndexable !== false && type !== 'tsvector' && literal !== 'null' && !literal.includes(']='),
)

const asSegment = (value: unknown): string =>
  encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : String(value))

test('a record is found by the key that its list shows, of every type', async (t) => {
  const client = await server.enter('Keys', { standardObjects: false })
  const statements = KEYS.map(
    ([type, literal], index) =>
      `create table keyed_${index}x (of_type ${type}, part int, primary key (of_type, part)); insert into keyed_${index}x values (${literal}, 7)`,
  )
  const taken = await applyStatements(server.gateway.pool, client.workspace.id, [
    ...TYPE_STATEMENTS,
    ...statements,
  ])
  const found = KEYS.map(([type], index) => ({ type, index })).filter(({ index }) =>
    taken.includes(statements[index] ?? ''),
  )
  t.true(found.length > KEYS.length - 10, 'Postgres indexes nearly all of them')
  const { objects } = (await client.get('/rest/metadata/objects?limit=1000')).body.data
  for (const { type, index } of found) {
    const plural = objects.find(
      ({ nameSingular }: { nameSingular: string }) => nameSingular.toLowerCase() === `keyed${index}x`,
    )?.namePlural
    const [record] = (await client.get(`/rest/${plural}`)).body.data[plural]
    const path = `/rest/${plural}/${asSegment(record.ofType)},7`
    t.is((await client.get(path)).status, 200, `${type}: ${path}`)
    t.is((await client.request('DELETE', path)).status, 200, `${type}: DELETE ${path}`)
    t.is((await client.get(path)).status, 404, `${type}: ${path} after DELETE`)
  }
})

test('a refused method lists the ones that the object supports', async (t) => {
  const client = await server.enter('Allow', { standardObjects: false })
  const isRuled = !isSkippedOnCluster(t, 'it refuses rules')
  await applyStatements(server.gateway.pool, client.workspace.id, [
    'create view sight as select 1 as id',
    'create table rock (id int primary key)',
    ...(isRuled ? ['create rule r as on delete to rock do instead nothing'] : []),
  ])
  for (const [method, path, allow] of [
    ['POST', '/rest/sights', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/rest/batch/sights', 'OPTIONS'],
    ...(isRuled
      ? ([
          ['DELETE', '/rest/rocks?filter=id[eq]:1', 'GET, HEAD, POST, PATCH, PUT, OPTIONS'],
          ['DELETE', '/rest/rocks/1', 'GET, HEAD, PATCH, PUT, OPTIONS'],
        ] as const)
      : []),
    ['POST', '/rest/rocks/1', `GET, HEAD, PATCH, PUT, ${isRuled ? '' : 'DELETE, '}OPTIONS`],
  ] as const) {
    const answer = await client.request(method, path, method === 'DELETE' ? undefined : {})
    t.is(answer.status, 405, path)
    t.is(answer.headers.get('allow'), allow, `${method} ${path}`)
  }
})

test('a reference that the database fills is shown like a given one: not while its target is in the trash', async (t) => {
  const client = await server.enter('Filled', { standardObjects: false })
  const statements = [
    'create table area (code text primary key, deleted_at timestamptz)',
    `insert into area values ('live', null), ('gone', now())`,
    `create table shop (id bigint primary key generated always as identity, choice text, given text references area,
      filled text references area, preset text default 'gone' references area, other_preset text default 'live' references area)`,
    `create function fill() returns trigger language plpgsql as $$ begin new.filled := new.choice; return new; end $$`,
    'create trigger fill before insert on shop for each row execute function fill()',
  ]
  t.deepEqual(await applyStatements(server.gateway.pool, client.workspace.id, statements), statements)
  const shown = { live: 'live', gone: null }
  // Twice: the second one finds the statement of the first.
  for (const choice of ['live', 'gone', 'live', 'gone'] as const) {
    const byDatabase = await client.request('POST', '/rest/shops', { choice })
    t.is(byDatabase.status, 201)
    const record = { given: null, filled: shown[choice], preset: null, otherPreset: 'live' }
    t.like(byDatabase.body.data.createShop, record)
    const { id } = byDatabase.body.data.createShop
    t.like((await client.get(`/rest/shops/${id}`)).body.data.shop, record)
    const all = await client.request('POST', '/rest/shops', {
      ...{ choice, given: choice, filled: 'live', preset: choice, otherPreset: choice },
    })
    t.like(all.body.data.createShop, {
      ...{ given: shown[choice], filled: shown[choice], preset: shown[choice], otherPreset: shown[choice] },
    })
  }
})
