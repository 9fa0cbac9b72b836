// Characters that Postgres cannot store, at every place where a request can hold text.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client
let id: string

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  id = (await client.request('POST', '/rest/companies', { name: 'kept' })).body.data.createCompany.id
})
test.after.always(() => server?.close())

/** JSON escapes, as they stand inside a string of a body. */
const ESCAPES = ['\\ud800', '\\uDFFF', 'a\\udc00\\ud800b', '\\u0000', 'x\\u0000y', '\\ud83dx']
const MUTATION =
  'mutation($data: CompanyUpdateInput!, $id: UUID!) { updateCompany(id: $id, data: $data) { id } }'

const bodies = (text: string): readonly (readonly [method: string, path: string, body: string])[] => [
  ['PATCH', `/rest/companies/${id}`, `{"name":"${text}"}`],
  ['PATCH', `/rest/companies/${id}`, `{"${text}":"name"}`],
  ['PATCH', `/rest/companies/${id}`, `{"address":{"addressCity":"${text}"}}`],
  [
    'PATCH',
    `/rest/companies/${id}`,
    `{"domainName":{"secondaryLinks":[{"label":"${text}","url":"https://a.test"}]}}`,
  ],
  ['POST', '/rest/people', `{"createdBy":{"context":{"a":[{"${text}":1}]}}}`],
  ['POST', '/rest/people', `{"createdBy":{"context":{"a":["${text}"]}}}`],
  ['POST', '/rest/batch/companies', `[{"name":"ok"},{"name":"${text}"}]`],
  ['POST', '/rest/companies/duplicates', `{"data":[{"name":"${text}"}]}`],
  [
    'POST',
    '/rest/metadata/objects',
    `{"nameSingular":"thing","namePlural":"things","labelSingular":"${text}","labelPlural":"Things"}`,
  ],
  [
    'POST',
    '/graphql',
    `{"query":${JSON.stringify(MUTATION)},"variables":{"id":"${id}","data":{"name":"${text}"}}}`,
  ],
  ['POST', '/graphql', `{"query":"{ companies(filter: {name: {eq: \\"${text}\\"}}) { totalCount } }"}`],
  // The escape reaches GraphQL's own parser.
  [
    'POST',
    '/graphql',
    `{"query":"{ companies(filter: {name: {eq: \\"${text.replaceAll('\\', '\\\\')}\\"}}) { totalCount } }"}`,
  ],
  [
    'POST',
    '/metadata',
    `{"query":"mutation { createOneRole(createRoleInput: {label: \\"${text}\\"}) { id } }"}`,
  ],
]

test('half of a surrogate pair and U+0000 are refused wherever a body holds them', async (t) => {
  for (const escaped of ESCAPES)
    for (const [method, path, body] of bodies(escaped)) {
      const answer = await client.request(method, path, body)
      // GraphQL's own refusals answer 200 to `application/json`.
      const isRefused = answer.status === 400 || (path === '/graphql' && answer.body.data === undefined)
      t.true(isRefused, `${path} ${body} ${answer.text}`)
    }
  t.is((await client.get(`/rest/companies/${id}`)).body.data.company.name, 'kept')
})

test('U+0000 is refused in every part of a URL, and half of a surrogate pair has no encoding there', async (t) => {
  for (const target of [
    '/rest/companies?filter=name[eq]:%00',
    '/rest/companies?filter=name[in]:["a","%00"]',
    '/rest/companies?order_by=%00',
    '/rest/companies?fields=%00',
    '/rest/companies?starting_after=%00',
    '/rest/companies/%00',
    '/rest/companies/groupBy?group_by=[{"name":true,"\\u0000":true}]',
    '/rest/companies/groupBy?group_by=[{"name":true}]&filter=name[eq]:"%00"',
  ]) {
    const { status, text } = await client.get(target)
    t.is(status, 400, `${target} ${text}`)
  }
  const { status } = await client.get('/rest/%00')
  t.true(status === 400 || status === 404)
  // Bytes that are not UTF-8 are taken literally.
  const literal = await client.get('/rest/companies?filter=name[eq]:%ED%A0%80')
  t.is(literal.status, 200)
  t.is(literal.body.totalCount, 0)
})

test('whole pairs, their escapes and text that only looks like an escape are stored as they are', async (t) => {
  for (const [json, name] of [
    ['\\ud83d\\ude00', '\u{1f600}'],
    ['\u{1f600}', '\u{1f600}'],
    ['\\\\ud800', '\\ud800'],
    ['\\\\u0000', '\\u0000'],
    ['\\ufffd', '\ufffd'],
  ]) {
    const { body } = await client.request('POST', '/rest/companies?fields=name', `{"name":"${json}"}`)
    t.is(body.data.createCompany.name, name)
  }
})
