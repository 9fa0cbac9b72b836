import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { forServer } from '../support/sqlByHand.ts'
import { onOnePostgres } from '../support/where.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const NO_TABLES = 'it refuses tables without a column that is not generated'
const NO_RULES = 'it refuses rules'
const EVENTS = ['insert', 'update', 'delete'] as const

/** Each keeps a write from happening as it was asked for, or adds to it. */
const RULES = [
  'do instead nothing',
  'do instead update other set note = note',
  'do instead (update other set note = note; delete from other where false)',
  "do also insert into other values (1, 'x')",
  'where true do instead nothing',
  'where false do also delete from other where false',
  'do instead select 1',
  'do instead delete from other where id = 7 returning id, note',
]

const TRIGGERS = [
  ['before', 'return null;'],
  ['before', 'return old;'],
  ['before', "raise exception 'not today';"],
  ['before', "raise exception 'mine' using errcode = 'TT001';"],
  ['before', "raise exception 'mine' using errcode = 'XX000';"],
  ['before', 'perform nothing_there(); return new;'],
  ['before', 'update thing set note = note; return new;'],
  ['after', 'return 1/0;'],
] as const

const writesOf = (plural: string, type: string): readonly (readonly [string, string, unknown?])[] => [
  ['POST', `/rest/${plural}`, {}],
  ['POST', `/rest/${plural}`, { id: 1, note: 'x' }],
  ['POST', `/rest/${plural}?upsert=true`, { id: 1, note: 'y' }],
  ['POST', `/rest/batch/${plural}`, [{ id: 2 }, { id: 3, note: 'x' }]],
  ['POST', `/rest/batch/${plural}?upsert=true`, [{ id: 2 }, { id: 3, note: 'x' }]],
  ['POST', `/rest/batch/${plural}?on_error=continue`, [{ id: 4 }, { id: 4 }]],
  ['PATCH', `/rest/${plural}/1`, { note: 'z' }],
  ['PATCH', `/rest/${plural}/1`, {}],
  ['PATCH', `/rest/${plural}?filter=id[gt]:0`, { note: 'z' }],
  ['DELETE', `/rest/${plural}/1`],
  ['DELETE', `/rest/${plural}?filter=id[gt]:0`],
  ['DELETE', `/rest/${plural}/1?soft_delete=true`],
  ...[
    `create${type}(data: { id: 5 }) { id }`,
    `create${type}s(data: [{ id: 6 }, { id: 7 }]) { id }`,
    `create${type}(data: { id: 5 }, upsert: true) { id }`,
    `update${type}(id: 5, data: { note: "x" }) { id }`,
    `update${type}s(filter: { id: { gt: 0 } }, data: { note: "x" }) { id }`,
    `destroy${type}(id: 5) { id }`,
    `delete${type}s(filter: { id: { gt: 0 } }) { id }`,
  ].map((field) => ['POST', '/graphql', { query: `mutation { ${field} }` }] as const),
]

/** The workspace goes on as if nothing were the matter: no write is an error of ours. */
const failuresOf = async (client: Client, plural: string, type: string): Promise<readonly string[]> => {
  const failures: string[] = []
  for (const [method, path, body] of writesOf(plural, type)) {
    const answer = await client.request(method, path, body)
    if (answer.status >= 500 || /INTERNAL_SERVER_ERROR|MODEL_CHANGED/.test(answer.text))
      failures.push(`${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`)
  }
  return failures
}

const enter = async (script: string): Promise<Client> => {
  const client = await server.enter('Rules', { standardObjects: false })
  await importSql(
    server.gateway.pool,
    client.workspace.id,
    `create table other (id int primary key, note text);
    create table thing (id int primary key default 9, note text);
    insert into thing values (1, 'a'), (5, 'b'); ${script}`,
  )
  return client
}

for (const rule of RULES)
  onOnePostgres(
    `writes to a table with the rule "${rule}" never end in an internal error`,
    NO_RULES,
    async (t) => {
      for (const event of EVENTS) {
        const client = await enter(`create rule r as on ${event} to thing ${rule}`)
        t.deepEqual(await failuresOf(client, 'things', 'Thing'), [], event)
      }
    },
  )

test('writes through triggers that refuse, cancel or fail never end in an internal error', async (t) => {
  for (const [time, body] of TRIGGERS) {
    const client = await enter(`
      create function act() returns trigger language plpgsql as $x$ begin ${body} end $x$;
      create trigger t ${time} insert or update or delete on thing for each row execute function act();`)
    t.deepEqual(await failuresOf(client, 'things', 'Thing'), [], body)
  }
})

onOnePostgres(
  'writes to a view whose triggers do something else never end in an internal error',
  'it refuses triggers of views',
  async (t) => {
    for (const body of ['return null;', 'return new;', 'return old;', "raise exception 'no';"]) {
      const client = await enter(`
      create view shown as select id, note from thing;
      create function act() returns trigger language plpgsql as $x$ begin ${body} end $x$;
      create trigger t instead of insert or update or delete on shown for each row execute function act();`)
      t.deepEqual(await failuresOf(client, 'showns', 'Shown'), [], body)
    }
  },
)

onOnePostgres(
  'a rule takes away the writes that it stands in the way of, and no others',
  NO_RULES,
  async (t) => {
    const client = await enter('create rule r as on delete to thing do instead nothing')
    const refused = await client.request('DELETE', '/rest/things/1')
    t.is(refused.status, 405)
    t.is((await client.request('PATCH', '/rest/things/1', { note: 'c' })).status, 200)
    t.is((await client.request('POST', '/rest/things', { id: 2 })).status, 201)
    const { paths } = (await client.get('/rest/open-api/core')).body
    t.deepEqual(Object.keys(paths['/things/{id}']).toSorted(), ['get', 'parameters', 'patch'])
    const { data } = (await client.graphql('{ __type(name: "Mutation") { fields { name } } }')).body
    const names = data.__type.fields.map(({ name }: { name: string }) => name)
    t.true(names.includes('updateThing'))
    t.false(names.includes('destroyThing'))
  },
)

onOnePostgres('a rule that answers with records stands in for the write', NO_RULES, async (t) => {
  const client = await enter(
    "create rule r as on delete to thing do instead update thing set note = 'gone' where id = old.id returning *",
  )
  const { status, body } = await client.request('DELETE', '/rest/things/1')
  t.is(status, 200)
  t.deepEqual(body, { data: { deleteThing: { id: 1 } } })
  t.is((await client.get('/rest/things/1')).body.data.thing.note, 'gone')
})

onOnePostgres(
  'an unpopulated materialized view is reported as such',
  'it refuses materialized views',
  async (t) => {
    const client = await enter('create materialized view seen as select * from thing with no data')
    const { status, body } = await client.get('/rest/seens')
    t.is(status, 400)
    t.like(body, { code: 'NOT_POPULATED' })
    const asked = await client.graphql('{ seens { totalCount } things { totalCount } }')
    t.is(asked.body.errors[0].extensions.subCode, 'NOT_POPULATED')
    t.deepEqual(asked.body.data, { seens: null, things: { totalCount: 2 } })
  },
)

test('a table without a column that a client may choose answers on both protocols', async (t) => {
  const client = await enter(
    forServer(`create table onlygen (id int primary key generated always as identity);
    insert into onlygen default values; insert into onlygen default values;
    create table lexemes (words tsvector);`),
  )
  const posted = await client.request('POST', '/rest/onlygens', {})
  t.is(posted.status, 201)
  const made = await client.graphql('mutation { createOnlygen(data: {}) { id } }')
  const { id } = posted.body.data.createOnlygen
  t.deepEqual(made.body, { data: { createOnlygen: { id: id + 1 } } })
  t.is((await client.request('PATCH', '/rest/onlygens/1', {})).status, 200)
  t.deepEqual((await client.get('/rest/onlygens/1')).body, { data: { onlygen: { id: 1 } } })
  t.is((await client.request('DELETE', '/rest/onlygens/1')).status, 200)
  const destroyed = await client.graphql('mutation { destroyOnlygen(id: 2) { id } }')
  t.deepEqual(destroyed.body, { data: { destroyOnlygen: { id: 2 } } })
  for (const [plural, type] of [
    ['onlygens', 'Onlygen'],
    ['lexemes', 'Lexeme'],
  ])
    t.deepEqual(await failuresOf(client, plural ?? '', type ?? ''), [])
})

onOnePostgres(
  'writes to a table whose columns are all generated never end in an internal error',
  NO_TABLES,
  async (t) => {
    const client = await enter('create table sevens (seven int generated always as (7) stored)')
    t.deepEqual(await failuresOf(client, 'sevens', 'Seven'), [])
  },
)

onOnePostgres(
  'a table without columns is listed with the reason, and its neighbours answer',
  NO_TABLES,
  async (t) => {
    const client = await enter('create table nothing ()')
    const { body } = await client.get('/rest/metadata/objects')
    t.deepEqual(body.omitted, [
      { table: 'nothing', names: ['nothing', 'nothings'], reason: 'it has no columns' },
    ])
    t.regex((await client.get('/rest/nothings')).text, /it has no columns/)
    t.regex((await client.graphql('{ nothings { totalCount } }')).text, /it has no columns/)
    t.is((await client.get('/rest/things')).status, 200)
  },
)
