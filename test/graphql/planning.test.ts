import test from 'ava'
import { GRAPHQL_ACCEPT, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway

test.before(async () => {
  // Less than the planning of any document takes.
  server = await startTestGateway({ planningTimeoutMs: 0 })
})
test.after.always(() => server?.close())

test('a document that takes too long to plan is too complex when it is large', async (t) => {
  const client = await server.enter()
  const large = `{ search(searchInput: "x", limit: 3) { edges { node { ${Array.from({ length: 300 }, (_, at) => `f${at}: label`).join(' ')} } } } }`
  for (const [accept, status] of [
    [GRAPHQL_ACCEPT.accept, 400],
    ['application/json', 200],
  ] as const) {
    const answer = await client.request('POST', '/graphql', { query: large }, { accept })
    t.is(answer.status, status)
    t.like(answer.body.errors[0].extensions, { code: 'BAD_USER_INPUT', subCode: 'TOO_COMPLEX_QUERY' })
    t.is(answer.body.data, undefined)
  }
})

test('a small document that takes too long to plan is a 503 that may be tried again, every time', async (t) => {
  const client = await server.enter()
  const query = '{ search(searchInput: "x", limit: 3) { edges { node { label } } } }'
  for (const accept of [GRAPHQL_ACCEPT.accept, 'application/json', 'application/json']) {
    const answer = await client.request('POST', '/graphql', { query }, { accept })
    t.is(answer.status, 503)
    t.is(answer.headers.get('retry-after'), '1')
    t.like(answer.body.errors[0].extensions, { code: 'SERVICE_UNAVAILABLE', subCode: 'PLANNING_TIMEOUT' })
  }
})
