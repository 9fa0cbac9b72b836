// Fields of functions, and what asks for the same names: tables, columns, relations, other functions. Nothing
// that arrives takes a name from what is there.

import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { modelIn, runIn, servedIn } from './servedNames.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const enter = (name = 'Functions') => server.enter(name, { standardObjects: false })

const run = (client: Client, ...statements: readonly string[]) =>
  runIn(server.gateway.pool, client, ...statements)
const modelOf = (client: Client) => modelIn(server.gateway.pool, client)
const served = (client: Client) => servedIn(server.gateway.pool, client)

/** Runs the statements one after another. Each of them keeps what was served before it. */
const keeps = async (
  t: { readonly true: (value: boolean, message: string) => void },
  client: Client,
  statements: readonly string[],
): Promise<void> => {
  let before: readonly string[] = []
  for (const statement of statements) {
    await run(client, statement)
    const now = await served(client)
    // What a statement renames gives up its own name.
    const [, renamed = ''] = /(?:comment on|alter) function \$s\.(\w+)/.exec(statement) ?? []
    for (const each of before.filter((one) => !one.includes(` of ${renamed} `)))
      t.true(now.includes(each), `${each} is kept by: ${statement}`)
    before = now
  }
}

const GADGET = 'create table $s.gadget (id int primary key, name text)'
const GADGETS = 'create function $s.gadgets() returns int language sql stable return 1'
const CREATE_GADGET = 'create function $s.create_gadget(a int) returns int language sql return 1'
const TWICE_INT = 'create function $s.twice(a int) returns int language sql stable return 1'
const TWICE_TEXT = 'create function $s.twice(a text) returns text language sql stable return a'

for (const [title, statements, last] of [
  ['a table after a query', [GADGETS, GADGET], ['query .gadgets of gadgets']],
  ['a query after a table', [GADGET, GADGETS], ['table gadget gadget gadgets']],
  ['a table after a mutation', [CREATE_GADGET, GADGET], ['mutation .createGadget of create_gadget']],
  ['a mutation after a table', [GADGET, CREATE_GADGET], ['table gadget gadget gadgets']],
  [
    'a query that is named like a table by a comment',
    [
      GADGET,
      'create function $s.other() returns int language sql stable return 1',
      `comment on function $s.other() is '@name gadgets'`,
    ],
    ['table gadget gadget gadgets'],
  ],
  ['a second function of one name', [TWICE_INT, TWICE_TEXT], ['query .twice of twice']],
  [
    'a third, named by a comment',
    [
      TWICE_INT,
      'create function $s.thrice(a int) returns int language sql stable return 3',
      `comment on function $s.thrice(int) is '@name twice'`,
    ],
    ['query .twice of twice'],
  ],
  [
    'a function that is renamed to the name of another, and a table likewise',
    [
      TWICE_INT,
      GADGETS,
      'create function $s.once(a int) returns int language sql stable return 1',
      'alter function $s.once(int) rename to "Twice"',
      'create table $s.thing (id int primary key)',
    ],
    ['query .twice of twice', 'query .gadgets of gadgets'],
  ],
  [
    'a column after a computed field',
    [
      GADGET,
      'create function $s.age(g $s.gadget) returns int language sql stable return 1',
      'alter table $s.gadget add age int',
    ],
    ['computed gadget.age of age', 'field gadget.ageValue'],
  ],
  [
    'a computed field after a column',
    [
      GADGET,
      'alter table $s.gadget add age int',
      'create function $s.age(g $s.gadget) returns int language sql stable return 1',
    ],
    ['field gadget.age'],
  ],
  [
    'two functions of a row',
    [
      GADGET,
      'create function $s.gadget_age(g $s.gadget) returns int language sql stable return 1',
      'create function $s.age(g $s.gadget) returns int language sql stable return 2',
    ],
    ['computed gadget.age of gadget_age'],
  ],
  [
    'a relation after a computed field',
    [
      GADGET,
      'create function $s.parts(g $s.gadget) returns int language sql stable return 1',
      'create table $s.part (id int primary key, gadget_id int references $s.gadget)',
    ],
    ['computed gadget.parts of parts', 'field gadget.partsByGadget'],
  ],
  [
    'a computed field after a relation',
    [
      GADGET,
      'create table $s.part (id int primary key, gadget_id int references $s.gadget)',
      'create function $s.parts(g $s.gadget) returns int language sql stable return 1',
    ],
    ['field gadget.parts'],
  ],
  [
    'a key that is added after a computed field',
    [
      GADGET,
      'create table $s.part (id int primary key, gadget_id int)',
      'create function $s.parts(g $s.gadget) returns int language sql stable return 1',
      'alter table $s.part add foreign key (gadget_id) references $s.gadget',
    ],
    ['computed gadget.parts of parts', 'field gadget.partsByGadget'],
  ],
] as const)
  test(`${title} takes no name`, async (t) => {
    const client = await enter()
    await keeps(t, client, statements)
    const now = await served(client)
    for (const each of last)
      t.true(
        now.some((one) => one.startsWith(each)),
        `${each}: ${now}`,
      )
    const before = (await client.graphql('{ __schema { queryType { fields { name } } } }')).body
    t.is(before.errors, undefined)
    await until('contested names are kept', async () => {
      await client.get('/rest/metadata/objects')
      return (await modelOf(client)).unpinned.length === 0
    })
    t.deepEqual(await served(client), now, 'comments change no name')
  })

test('functions without a field are listed with the reason', async (t) => {
  const client = await enter()
  await run(client, GADGETS, GADGET, TWICE_INT, TWICE_TEXT)
  await until('the table is listed', async () => {
    const { body } = await client.get('/rest/metadata/objects')
    return body.omitted?.[0]?.table === 'gadget'
  })
  const { body } = await client.get('/rest/metadata/objects')
  t.is(
    body.omitted[0].reason,
    'its name is already used by the function "gadgets"; give it another one with @name in a comment',
  )
  const { unserved } = await modelOf(client)
  t.deepEqual(unserved, [
    {
      function: 'twice',
      field: 'twice',
      reason: 'its name is already used by the function "twice"; give it another one with @name in a comment',
    },
  ])
  t.deepEqual(body.unservedFunctions, unserved)
  const { body: answer, text } = await client.request('POST', '/metadata', {
    query: '{ unservedFunctions { function field reason } }',
  })
  t.deepEqual(answer.data?.unservedFunctions, unserved, text)
  await run(client, `comment on table $s.gadget is '@name device devices'`)
  await until('the table has an object', async () => (await client.get('/rest/devices')).status === 200)
})

test('a hidden object reserves no name against a function', async (t) => {
  const client = await enter()
  await run(
    client,
    'create table $s.gadget (id int primary key, age int)',
    `comment on column $s.gadget.age is '@hidden'`,
    'create function $s.age(g $s.gadget) returns int language sql stable return 1',
    'create table $s.thing (id int primary key)',
    `comment on table $s.thing is '@hidden'`,
    'create function $s.things() returns int language sql stable return 2',
  )
  await run(client, 'insert into $s.gadget values (1, 7)')
  await until('the functions are served', async () => {
    const { body } = await client.graphql('{ things gadgets { edges { node { age } } } }')
    return body.data?.things === 2 && body.data.gadgets.edges[0].node.age === 1
  })
  t.pass()
})

test('the metadata API makes no object and no field that a function has the name of', async (t) => {
  const client = await enter()
  await run(
    client,
    GADGET,
    'create function $s.create_rocket() returns int language sql return 1',
    'create function $s.age(g $s.gadget) returns int language sql stable return 1',
  )
  const object = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'R', labelPlural: 'Rs' }
  const made = await client.request('POST', '/rest/metadata/objects', object)
  t.is(made.status, 400, made.text)
  let gadget: { id: string } | undefined
  await until('the table is listed', async () => {
    const { body } = await client.get('/rest/metadata/objects')
    gadget = body.data.objects[0]
    return gadget !== undefined
  })
  const field = { objectMetadataId: gadget?.id, type: 'NUMBER', name: 'age', label: 'Age' }
  const added = await client.request('POST', '/rest/metadata/fields', field)
  t.is(added.status, 400, added.text)
  t.regex(added.text, /already used by a function/)
})

test('functions that came with one another and ask for one name have none', async (t) => {
  const client = await enter()
  await importSql(
    server.gateway.pool,
    client.workspace.id,
    [TWICE_INT, TWICE_TEXT, GADGETS, GADGET].map((each) => each.replaceAll('$s.', '')).join(';\n'),
  )
  const now = await served(client)
  t.false(now.some((each) => each.startsWith('query')))
  t.true(now.includes('table gadget gadget gadgets'))
})
