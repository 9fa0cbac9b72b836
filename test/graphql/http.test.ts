import test from 'ava'
import { serverAudits } from 'graphql-http'
import { addMember, signInMember } from '../support/console.ts'
import { type Answer, ask, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

const JSON_TYPE = 'application/json'
const RESPONSE = 'application/graphql-response+json'
const ENDPOINTS = ['/graphql', '/metadata'] as const

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway({ environment: { BODY_LIMIT_BYTES: '4096' } })
  client = await server.enter()
})
test.after.always(() => server?.close())

const typeOf = ({ headers }: Answer): string => headers.get('content-type') ?? ''

const post = (path: string, body: unknown, accept: string, headers: Record<string, string> = {}) =>
  client.request('POST', path, body, { accept, ...headers })

const get = (path: string, parameters: Record<string, unknown>, headers: Record<string, string> = {}) => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    search.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  return client.request('GET', `${path}?${search}`, undefined, headers)
}

for (const path of ENDPOINTS)
  test(`${path} passes every audit of GraphQL over HTTP`, async (t) => {
    const audits = serverAudits({
      url: server.url + path,
      fetchFn: (url: string, { headers = {}, ...init }: RequestInit = {}) =>
        fetch(url, { ...init, headers: { ...headers, authorization: `Bearer ${client.token}` } }),
    })
    t.true(audits.length > 50, `${audits.length} audits`)
    for (const { name, fn } of audits) {
      const result = await fn()
      t.is(result.status, 'ok', `${name}: ${'reason' in result ? result.reason : ''}`)
    }
  })

test('a well-formed request that cannot be executed is 200 in JSON and 400 in a GraphQL response', async (t) => {
  const failing: readonly Record<string, unknown>[] = [
    { query: '{' },
    { query: '{ nothingOfThatName }' },
    { query: 'query ($id: UUID!) { __typename }' },
    { query: 'query ($name: String!) { __type(name: $name) { name } }' },
    { query: 'query ($name: String!) { __type(name: $name) { name } }', variables: { name: 1 } },
    { query: 'query A { __typename } query B { __typename }' },
    { query: 'query A { __typename }', operationName: 'C' },
    { query: 'subscription { __typename }' },
    { query: `{ ${'a { '.repeat(100)}` },
  ]
  for (const path of ENDPOINTS)
    for (const request of failing) {
      const answers = [
        [await post(path, request, JSON_TYPE), 200, JSON_TYPE],
        [await post(path, request, RESPONSE), 400, RESPONSE],
        [await get(path, request, { accept: JSON_TYPE }), 200, JSON_TYPE],
        [await get(path, request, { accept: RESPONSE }), 400, RESPONSE],
      ] as const
      for (const [answer, status, type] of answers) {
        t.is(answer.status, status, `${path} ${JSON.stringify(request)} ${type}`)
        t.is(typeOf(answer), `${type}; charset=utf-8`)
        t.true(answer.body.errors.length > 0)
        t.false('data' in answer.body)
      }
    }
})

test('every other status is the same in both media types', async (t) => {
  const cases = [
    [400, { query: 1 }, {}],
    [400, [{ query: '{ __typename }' }], {}],
    [400, '{', {}],
    [401, { query: '{ __typename }' }, { authorization: 'Bearer nobody' }],
    [413, { query: `# ${'x'.repeat(5000)}` }, {}],
    [415, 'query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }],
    [415, '{ __typename }', { 'content-type': 'application/graphql' }],
    [415, { query: '{ __typename }' }, { 'content-type': 'application/json; charset=utf-16' }],
    [200, { query: '{ __typename }' }, {}],
  ] as const
  for (const path of ENDPOINTS)
    for (const accept of [JSON_TYPE, RESPONSE])
      for (const [status, body, headers] of cases) {
        const answer = await post(path, body, accept, headers)
        t.is(answer.status, status, `${path} ${accept} ${JSON.stringify(body).slice(0, 60)}`)
        t.is(typeOf(answer), `${accept}; charset=utf-8`)
      }
  const key = await post('/graphql', { query: '{ __typename }' }, JSON_TYPE, { 'idempotency-key': '""' })
  t.is(key.status, 400)
})

test('403 and 429 keep their status in both media types', async (t) => {
  const { pool } = server.gateway
  const suspended = await server.enter('Suspended')
  const limited = await server.enter('Limited')
  await pool.query(`update tenantry.workspaces set status = 'suspended' where id = $1`, [
    suspended.workspace.id,
  ])
  await pool.query('update tenantry.api_keys set rate_limit_per_minute = 1 where workspace_id = $1', [
    limited.workspace.id,
  ])
  await limited.get('/rest/companies')
  for (const [asking, status] of [
    [suspended, 403],
    [limited, 429],
  ] as const)
    for (const path of ENDPOINTS)
      for (const accept of [JSON_TYPE, RESPONSE])
        for (const answer of [
          await asking.request('POST', path, { query: '{ __typename }' }, { accept }),
          await asking.request('GET', `${path}?query={__typename}`, undefined, { accept }),
        ]) {
          t.is(answer.status, status, `${path} ${accept}`)
          t.is(typeOf(answer), `${accept}; charset=utf-8`)
        }
})

test('negotiates the media type by quality, specificity and wildcards', async (t) => {
  const cases = [
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', JSON_TYPE],
    [`${RESPONSE}, ${JSON_TYPE};q=0.9`, RESPONSE],
    [`${JSON_TYPE};q=0.9, ${RESPONSE}`, RESPONSE],
    [`${RESPONSE};q=0.5, ${JSON_TYPE};q=0.9`, JSON_TYPE],
    [`${RESPONSE}, */*;q=0.1`, RESPONSE],
    [`*/*, ${RESPONSE};q=0`, JSON_TYPE],
    [`${JSON_TYPE};q=0, */*`, RESPONSE],
    [`${RESPONSE.toUpperCase()}; charset=UTF-8`, RESPONSE],
    [`${RESPONSE};charset=utf-8, ${JSON_TYPE};charset=utf-8`, RESPONSE],
    [`${JSON_TYPE}; charset=utf-8`, JSON_TYPE],
    ['text/html', null],
    [`${JSON_TYPE};q=0`, null],
    ['application/graphql+json', null],
    [`${JSON_TYPE}; charset=utf-16`, null],
  ] as const
  for (const path of ENDPOINTS)
    for (const [accept, type] of cases) {
      const answer = await get(path, { query: '{ __typename }' }, { accept })
      t.is(answer.status, type === null ? 406 : 200, `${path} ${accept}`)
      t.is(typeOf(answer), `${type ?? JSON_TYPE}; charset=utf-8`, accept)
      if (type === null) t.is(answer.body.errors[0].extensions.code, 'BAD_USER_INPUT')
      else t.regex(answer.headers.get('vary') ?? '', /Accept/)
    }
})

test('queries by GET take their parameters from the query string', async (t) => {
  await client.graphql('mutation { createCompany(data: { name: "Größe & + 🏃 = 100%" }) { id } }')
  const query = `query Other { __typename } query Named($name: String!) {
    companies(filter: { name: { eq: $name } }) { totalCount edges { node { name } } } }`
  const variables = { name: 'Größe & + 🏃 = 100%' }
  const named = await get('/graphql', { query, variables, operationName: 'Named', extensions: { a: 1 } })
  t.is(named.status, 200)
  t.like(named.body.data.companies, { totalCount: 1, edges: [{ node: variables }] })
  const posted = await client.request('POST', '/graphql', { query, variables, operationName: 'Named' })
  t.is(named.text, posted.text)
  const exact = { query: '{ companies(first: $first) { totalCount } }'.replace('{', 'query ($first: Int) {') }
  const long = '{"first": 1.00000000000000001}'
  const posts = await client.request(
    'POST',
    '/graphql',
    `{"query": ${JSON.stringify(exact.query)}, "variables": ${long}}`,
  )
  t.is((await get('/graphql', { ...exact, variables: long })).text, posts.text)
  const model = await get('/metadata', {
    query: 'query ($first: Int!) { objects(paging: { first: $first }) { edges { node { id } } } }',
    variables: { first: 2 },
  })
  t.is(model.body.data.objects.edges.length, 2)
  const none = { operationName: '', variables: '', extensions: '' }
  t.is((await get('/graphql', { query: '{ __typename }', ...none })).status, 200)
  const head = await client.request('HEAD', '/graphql?query={__typename}')
  t.is(head.status, 200)
  t.is(head.text, '')
  t.is(head.headers.get('content-length'), '31')
})

test('a GET with parameters that mean nothing is a 400 in both media types', async (t) => {
  const searches = [
    '',
    'query=',
    'query=%20',
    'qeury={__typename}',
    'query={__typename}&query={__typename}',
    'query={__typename}&variables={}&variables={}',
    'query={__typename}&variables=x',
    'query={__typename}&variables=[]',
    'query={__typename}&variables=1',
    'query={__typename}&variables={"__proto__":{}}',
    `query={__typename}&variables={"a":${'['.repeat(101)}${']'.repeat(101)}}`,
    'query={__typename}&extensions="x"',
    'query={__typename}&extensions=[]',
  ]
  for (const path of ENDPOINTS)
    for (const search of searches)
      for (const accept of [JSON_TYPE, RESPONSE]) {
        const answer = await client.request('GET', `${path}?${search}`, undefined, { accept })
        t.is(answer.status, 400, `${path}?${search.slice(0, 60)}`)
        t.is(answer.body.errors[0].extensions.code, 'BAD_USER_INPUT')
      }
})

test('a GET never changes anything', async (t) => {
  const field = 'mutation Change { createCompany(data: { name: "By GET" }) { id } }'
  const model = `mutation Change { createOneObject(input: { object: { nameSingular: "byGet", namePlural: "byGets",
    labelSingular: "By get", labelPlural: "By gets" } }) { id } }`
  for (const accept of [JSON_TYPE, RESPONSE])
    for (const method of ['GET', 'HEAD'])
      for (const [path, query, operationName] of [
        ['/graphql', field, ''],
        ['/graphql', `query Read { __typename } ${field}`, 'Change'],
        ['/metadata', model, ''],
        ['/metadata', `query Read { __typename } ${model}`, 'Change'],
      ] as const) {
        const search = new URLSearchParams({ query, operationName })
        const answer = await client.request(method, `${path}?${search}`, undefined, { accept })
        t.is(answer.status, 405, `${method} ${path} ${operationName}`)
        t.is(answer.headers.get('allow'), 'POST')
      }
  const read = await get('/graphql', { query: `query Read { __typename } ${field}`, operationName: 'Read' })
  t.is(read.status, 200)
  const companies = await client.graphql('{ companies(filter: { name: { eq: "By GET" } }) { totalCount } }')
  t.is(companies.body.data.companies.totalCount, 0)
  t.is((await client.get('/rest/byGets')).status, 404)
})

test('a session answers queries by GET to its own pages alone, and mutations to none', async (t) => {
  const { pool } = server.gateway
  const memberId = await addMember(pool, client.workspace.schemaName)
  const person = await signInMember(server.url, pool, client.workspace.id, memberId)
  const { cookie } = person
  const query = `?query=${encodeURIComponent('{ __typename }')}`
  const mutation = `?query=${encodeURIComponent('mutation { deleteCompanies(filter: {}) { id } }')}`
  t.is((await ask(`${server.url}/graphql${query}`, 'GET', undefined, { cookie })).status, 200)
  t.is((await ask(`${server.url}/graphql${mutation}`, 'GET', undefined, { cookie })).status, 405)
  const foreign: readonly Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const path of ENDPOINTS)
    for (const headers of foreign) {
      const answer = await ask(server.url + path + query, 'GET', undefined, { cookie, ...headers })
      t.is(answer.status, 403, JSON.stringify(headers))
    }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await person.request('POST', '/graphql', '{"query":"{__typename}"}', {
      'content-type': type,
    })
    t.is(answer.status, 415, type)
  }
})
