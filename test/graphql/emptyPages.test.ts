// An empty page correctly shows whether there are other records, over both protocols, in root lists and
// inside records, with and without an aggregate.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

const PEOPLE = 3

let server: TestGateway
let client: Client
let company = ''
/** Of the first and of the last person. */
const cursors = { first: '', last: '' }

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const made = await client.request('POST', '/rest/batch/companies', [{ name: 'full' }, { name: 'bare' }])
  company = made.body.data.createCompanies[0].id
  await client.request(
    'POST',
    '/rest/batch/people',
    Array.from({ length: PEOPLE }, (_, position) => ({ position, companyId: company })),
  )
  const { body } = await client.get('/rest/people')
  cursors.first = body.pageInfo.startCursor
  cursors.last = body.pageInfo.endCursor
})
test.after.always(() => server?.close())

interface Expected {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

const is = (hasNextPage: boolean, hasPreviousPage: boolean): Expected => ({ hasNextPage, hasPreviousPage })

const PAGES = (): readonly (readonly [args: string, expected: Expected])[] => [
  ['first: 0', is(true, false)],
  ['last: 0', is(false, true)],
  [`first: 0, after: "${cursors.first}"`, is(true, true)],
  [`first: 0, after: "${cursors.last}"`, is(false, true)],
  [`last: 0, before: "${cursors.last}"`, is(true, true)],
  [`last: 0, before: "${cursors.first}"`, is(true, false)],
  ['first: 0, offset: 2', is(true, true)],
  [`first: 0, offset: ${PEOPLE}`, is(false, true)],
  ['first: 0, filter: { position: { gt: 100 } }', is(false, false)],
]

const INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }'

for (const extra of ['', 'totalCount', 'maxPosition', 'totalCount maxPosition']) {
  test(`GraphQL with ${extra || 'nothing else'}: a page of nothing knows of others`, async (t) => {
    for (const [args, expected] of PAGES()) {
      const list = `people(${args}) { ${INFO} ${extra} }`
      const { body } = await client.graphql(
        `query ($id: UUID!) { root: ${list} nested: company(filter: { id: { eq: $id } }) { ${list} } }`,
        { id: company },
      )
      t.is(body.errors, undefined, args)
      for (const found of [body.data.root, body.data.nested.people]) {
        t.deepEqual(found.edges, [], args)
        t.deepEqual(found.pageInfo, { ...expected, startCursor: null, endCursor: null }, args)
      }
    }
    const { body } = await client.graphql(
      `{ companies(filter: { name: { eq: "bare" } }) { edges { node { people(first: 0) { ${INFO} ${extra} } } } } }`,
    )
    t.like(body.data.companies.edges[0].node.people.pageInfo, is(false, false))
  })
}

test('REST: limit=0 knows of others', async (t) => {
  for (const [search, expected] of [
    ['', is(true, false)],
    [`&starting_after=${encodeURIComponent(cursors.first)}`, is(true, true)],
    [`&starting_after=${encodeURIComponent(cursors.last)}`, is(false, true)],
    [`&ending_before=${encodeURIComponent(cursors.last)}`, is(true, true)],
    [`&ending_before=${encodeURIComponent(cursors.first)}`, is(true, false)],
    ['&filter=position[gt]:100', is(false, false)],
  ] as const) {
    const { body } = await client.get(`/rest/people?limit=0${search}`)
    t.deepEqual(body.data.people, [], search)
    t.deepEqual(body.pageInfo, { ...expected, startCursor: null, endCursor: null }, search)
  }
})

test('refusals of pages carry the contract’s codes', async (t) => {
  for (const [args, subCode] of [
    ['first: -1', 'INVALID_ARGS_FIRST'],
    ['first: 201', 'INVALID_ARGS_FIRST'],
    ['last: -1', 'INVALID_ARGS_LAST'],
    ['first: 1, last: 1', 'ARGS_CONFLICT'],
    ['before: "x", after: "x"', 'ARGS_CONFLICT'],
    ['before: "x", first: 1', 'ARGS_CONFLICT'],
    ['after: "x", last: 1', 'ARGS_CONFLICT'],
  ] as const)
    for (const extra of ['totalCount', 'maxPosition']) {
      const { body } = await client.graphql(`{ people(${args}) { ${extra} edges { node { id } } } }`)
      t.is(body.errors?.[0].extensions.subCode, subCode, `${args} ${extra}`)
    }
  const { status, body } = await client.get('/rest/people?starting_after=x&ending_before=x')
  t.is(status, 400)
  t.is(body.code, 'ARGS_CONFLICT')
})
