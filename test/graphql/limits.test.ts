import test from 'ava'
import { getIntrospectionQuery } from 'graphql'
import { nestsDeeperThan } from '../../gateway/graphql/validation/nesting.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  await client.request('POST', '/rest/companies', { name: 'Acme' })
})
test.after.always(() => server?.close())

const refusal = async (query: string) => {
  const { status, body } = await client.graphql(query)
  return {
    status,
    message: body.errors?.[0].message,
    code: body.errors?.[0].extensions.code,
    data: body.data,
  }
}

test('counts brackets outside strings and comments', (t) => {
  t.false(nestsDeeperThan('{ a(b: [{ c: 1 }]) }', 4))
  t.true(nestsDeeperThan('{ a(b: [{ c: 1 }]) }', 3))
  t.false(nestsDeeperThan('{ a(b: "{{{{") }', 2))
  t.false(nestsDeeperThan('{ a(b: "\\"{{{{") }', 2))
  t.false(nestsDeeperThan('{ a(b: """ \\""" {{{{ """) }', 2))
  t.false(nestsDeeperThan('{ a # {{{{\n }', 1))
  t.true(nestsDeeperThan('{ a # {{{{\n { b } }', 1))
  t.false(nestsDeeperThan('{ a(b: "unclosed {{{{', 2))
})

test('refuses too large documents, also where fragments double at every link', async (t) => {
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: name`).join(' ')
  const operations = (count: number, selections: (at: number) => string, variables = '') =>
    Array.from({ length: count }, (_, at) => `query q${at}${variables} { ${selections(at)}\n }`).join(' ')
  const doubling = Array.from(
    { length: 60 },
    (_, index) => `fragment f${index} on Company { ...f${index + 1} ...f${index + 1} }`,
  ).join(' ')
  const lists = Array.from({ length: 101 }, (_, index) => `a${index}: people { totalCount }`).join(' ')
  const documents: readonly [string, RegExp][] = [
    [`{ ${'a { '.repeat(10_000)}`, /Brackets nest deeper than 64 levels/],
    [`{ companies(filter: ${'{ not: '.repeat(10_000)}`, /Brackets nest deeper than 64 levels/],
    [
      `{ companies { edges { node { ${fields(2001)} } } } }`,
      /Too many fields requested: 2004 - Maximum allowed fields: 2000/,
    ],
    [
      `{ companies { edges { node { ...f0 } } } } ${doubling} fragment f60 on Company { id }`,
      /Too many fields requested/,
    ],
    [`{ companies { edges { node { ${lists} } } } }`, /One-to-Many relations requested: at most 100/],
    [
      `${operations(100, (at) => `companies { edges { node { ...f } } } # ${at}`)} fragment f on Company { ${fields(250)} }`,
      /Too many fields, fragments and variables in all operations - Maximum allowed: 20000/,
    ],
    [
      `${operations(100, () => '...f', '($v: String)')} fragment f on Query { companies(filter: { name: { in: [${'$v '.repeat(210)}] } }) { totalCount } }`,
      /Too many fields, fragments and variables in all operations - Maximum allowed: 20000/,
    ],
    [`# ${'x'.repeat(200_001)}`, /at most 200000 characters/],
    [
      `{ ${'a '.repeat(20_001)} }`,
      /(Document contains more that|Document contains more than|too many).*tokens/i,
    ],
    [
      `{ ${Array.from({ length: 21 }, (_, index) => `f${index} { id }`).join(' ')} }`,
      /Too many root resolvers requested: 21 - Maximum allowed root resolvers: 20/,
    ],
    ['{ a: companies { totalCount } b: companies { totalCount } }', /^Duplicate root resolver: "companies"$/],
    [
      'query { companies { totalCount } ...F } fragment F on Query { companies { totalCount } }',
      /^Duplicate root resolver: "companies"$/,
    ],
    [
      '{ companies { edges { node { people { edges { node { noteTargets { totalCount } } } } } } } }',
      /One-to-Many relation cannot be nested in another One-to-Many relation/,
    ],
    [
      '{ companies { edges { node { people { edges { node { company { people { totalCount } } } } } } } } }',
      /One-to-Many relation cannot be nested/,
    ],
  ]
  for (const [query, message] of documents) {
    const answer = await refusal(query)
    t.is(answer.status, 400, query.slice(0, 60))
    t.regex(answer.message, message)
  }
})

test('a value that is selected under many keys is one column of the statement', async (t) => {
  const aliases = Array.from({ length: 1_900 }, (_, at) => `a${at}: name`).join(' ')
  const { status, body } = await client.graphql(`{ companies(first: 1) { edges { node { ${aliases} } } } }`)
  t.is(status, 200)
  t.is(Object.keys(body.data.companies.edges[0].node).length, 1_900)
})

test('the same field may be selected many times, directly and by fragments', async (t) => {
  const { status, body } = await client.graphql(
    `{ companies(first: 1) { edges { node { ${'name '.repeat(600)} ${'...a '.repeat(600)} } } } } fragment a on Company { id name }`,
  )
  t.is(status, 200)
  t.deepEqual(Object.keys(body.data.companies.edges[0].node), ['name', 'id'])
})

test('a selection of more columns than Postgres takes is refused by its cost', async (t) => {
  const nodes = Array.from({ length: 97 }, (_, at) => `a${at}: node { ...All }`).join(' ')
  const all =
    'id name createdAt updatedAt deletedAt position domainName { primaryLinkLabel primaryLinkUrl secondaryLinks } address { addressStreet1 addressStreet2 addressCity addressPostcode addressState addressCountry addressLat addressLng }'
  const answer = await refusal(`{ companies { edges { ${nodes} } } } fragment All on Company { ${all} }`)
  t.is(answer.code, 'BAD_USER_INPUT')
  t.regex(answer.message, /Too many fields requested: 1650 - Maximum allowed fields: 1600/)
})

test('reports what is wrong with a document and where', async (t) => {
  t.like(await refusal('{ companies {'), { status: 400, code: 'GRAPHQL_PARSE_FAILED' })
  t.like(await refusal('{ companies { edges { node { nmae } } } }'), {
    status: 400,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: 'Cannot query field "nmae" on type "Company". Did you mean "name"?',
  })
  t.like(await refusal('{ companies(filter: { id: { eq: "x" } }) { totalCount } }'), {
    status: 400,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: "Invalid UUID: 'x'",
  })
  t.like(await refusal('query A { __typename } query B { __typename }'), {
    status: 400,
    code: 'BAD_USER_INPUT',
  })
  t.is((await refusal('subscription { companies }')).status, 400)
  t.is((await refusal('{ companies { ...A } } fragment A on CompanyConnection { ...A }')).status, 400)
})

test('wrong variables are a bad request that names them', async (t) => {
  const { status, body } = await client.graphql(
    'query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id } }',
    { id: 'x' },
  )
  t.is(status, 400)
  t.is(body.data, undefined)
  t.regex(body.errors[0].message, /^Variable "\$id" got invalid value "x"; .*Invalid UUID: 'x'/)
  t.is(body.errors[0].extensions.code, 'BAD_USER_INPUT')
})

test('a POST needs a JSON object that holds a query', async (t) => {
  const post = async (body: unknown) => (await client.request('POST', '/graphql', body)).status
  t.is(await post([{ query: '{ __typename }' }]), 400)
  t.is(await post({ query: 1 }), 400)
  t.is(await post({ query: ' ' }), 400)
  t.is(await post({ query: '{ __typename }', variables: [] }), 400)
  t.is(await post({ query: '{ __typename }', operationName: 1 }), 400)
  t.is(await post('{'), 400)
  t.is(await post({ query: '{ __typename }', operationName: '', variables: null, extensions: {} }), 200)
  const form = await client.request('POST', '/graphql', 'query={__typename}', {
    'content-type': 'text/plain',
  })
  t.is(form.status, 415)
  t.is(form.body.errors[0].extensions.code, 'BAD_USER_INPUT')
})

test('introspection returns the schema, and nothing about its location in Postgres', async (t) => {
  const { status, text, body } = await client.graphql(getIntrospectionQuery())
  t.is(status, 200)
  t.is(body.errors, undefined)
  t.false(text.includes(client.workspace.schemaName))
  t.false(text.includes('__WS__'))
  t.is((await client.graphql('{ __typename }')).body.data.__typename, 'Query')
})

test('an error of the database reveals nothing of the database', async (t) => {
  const { pool } = server.gateway
  const schema = `"${client.workspace.schemaName.replaceAll('"', '""')}"`
  await pool.query(
    `create function ${schema}.fail() returns trigger language plpgsql as $$ begin execute 'select 1/0'; end $$`,
  )
  await pool.query(
    `create trigger fail before insert on ${schema}.note for each row execute function ${schema}.fail()`,
  )
  const { text, status } = await client.graphql('mutation { createNote(data: { title: "x" }) { id } }')
  t.is(status, 200)
  for (const secret of ['select', client.workspace.schemaName, 'plpgsql', 'at '])
    t.false(text.includes(secret), secret)
})
