// The check that other tests rely on finds what it is there to find.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { createContract, type Exchange, type Json } from './contract.ts'

let server: TestGateway
let client: Client
let document: Json
let exchange: Exchange

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  document = (await client.get('/rest/open-api/core')).body
  const body = { name: { firstName: 'Ada' } }
  const target = '/rest/people?depth=1'
  exchange = { method: 'POST', target, body, answer: await client.request('POST', target, body) }
})
test.after.always(() => server?.close())

/** Ways in which a document could be wrong about one exchange. */
const LIES: Readonly<Record<string, (document: Json) => void>> = {
  'a property that is answered but not documented': ({ components }) => {
    delete components.schemas.PersonForResponse.properties.jobTitle
  },
  'a sub-field that is answered but not documented': ({ components }) => {
    delete components.schemas.Emails.properties.primaryEmail
  },
  'a sub-field that is documented but not answered': ({ components }) => {
    components.schemas.Emails.required.push('tertiaryEmail')
    components.schemas.Emails.properties.tertiaryEmail = {}
  },
  'a type that is another one': ({ components }) => {
    components.schemas.PersonForResponse.properties.position = { type: 'string' }
  },
  'null where none is documented': ({ components }) => {
    components.schemas.PersonForResponse.properties.deletedAt = { type: 'string' }
  },
  'a format that does not fit': ({ components }) => {
    components.schemas.PersonForResponse.properties.createdAt.format = 'date'
  },
  'an envelope of another name': ({ paths }) => {
    const { schema } = paths['/people'].post.responses['201'].content['application/json']
    schema.properties.data.properties = { makePerson: {} }
  },
  'a status that is not documented': ({ paths }) => {
    delete paths['/people'].post.responses['201']
  },
  'a header that is not documented': ({ paths }) => {
    delete paths['/people'].post.responses['201'].headers.RateLimit
  },
  'a parameter that is accepted but not documented': ({ paths }) => {
    paths['/people'].post.parameters = []
  },
  'a body that is accepted but not documented': ({ components }) => {
    delete components.schemas.FullNameForCreate.properties.firstName
  },
  'an operation that is not documented': ({ paths }) => {
    delete paths['/people'].post
  },
}

test('an exchange that is as documented has no faults', (t) => {
  t.is(exchange.answer.status, 201)
  t.deepEqual(createContract(document).check(exchange), [])
})

for (const [name, lie] of Object.entries(LIES))
  test(`the check finds ${name}`, (t) => {
    const wrong = structuredClone(document)
    lie(wrong)
    t.true(createContract(wrong).check(exchange).length > 0)
  })
