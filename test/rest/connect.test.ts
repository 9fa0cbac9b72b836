import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client
let companyId: string

const MISSING = '018f0000-0000-7000-8000-000000000000'

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const answer = await client.request('POST', '/rest/companies', {
    name: 'Acme',
    domainName: { primaryLinkUrl: 'https://acme.test' },
  })
  companyId = answer.body.data.createCompany.id
})
test.after.always(() => server?.close())

test('connects by id and by a unique sub-field, in single writes and batches, and disconnects', async (t) => {
  const byUrl = { connect: { where: { domainName: { primaryLinkUrl: 'https://acme.test' } } } }
  const byId = { connect: { where: { id: companyId } } }
  const created = await client.request('POST', '/rest/people?depth=1', { company: byUrl })
  t.is(created.body.data.createPerson.company.id, companyId)
  const batch = await client.request('POST', '/rest/batch/people', [
    { company: byId },
    {},
    { company: byUrl },
  ])
  t.deepEqual(
    batch.body.data.createPeople.map((person: { companyId: string | null }) => person.companyId),
    [companyId, null, companyId],
  )
  const { id } = batch.body.data.createPeople[0]
  const off = await client.request('PATCH', `/rest/people/${id}`, { company: { disconnect: true } })
  t.is(off.body.data.updatePerson.companyId, null)
  const on = await client.request('PATCH', `/rest/people/${id}`, { company: byUrl })
  t.is(on.body.data.updatePerson.companyId, companyId)
  const upserted = await client.request('POST', '/rest/batch/people?upsert=true', [
    { id, company: { disconnect: true } },
    { jobTitle: 'new', company: byUrl },
  ])
  t.deepEqual(
    upserted.body.data.createPeople.map((person: { companyId: string | null }) => person.companyId),
    [null, companyId],
  )
})

const REFUSALS: readonly [what: string, company: unknown, code: string | undefined, message: RegExp][] = [
  [
    'an id that is not there',
    { connect: { where: { id: MISSING } } },
    'CONNECT_RECORD_NOT_FOUND',
    /"company" was not found/,
  ],
  [
    'a value that is not there',
    { connect: { where: { domainName: { primaryLinkUrl: 'https://no.test' } } } },
    'CONNECT_RECORD_NOT_FOUND',
    /not found/,
  ],
  [
    'a field that is not unique',
    { connect: { where: { name: 'Acme' } } },
    'CONNECT_UNIQUE_CONSTRAINT_ERROR',
    /unique constraint/,
  ],
  ['nothing to go by', { connect: { where: {} } }, 'CONNECT_UNIQUE_CONSTRAINT_ERROR', /unique constraint/],
  ['no id', { connect: { where: { id: 'x' } } }, 'INVALID_UUID', /'x' is not a valid UUID/],
  [
    'an unknown field',
    { connect: { where: { nope: 1 } } },
    'INVALID_ARGS_DATA',
    /doesn't have any "nope" field/,
  ],
  [
    'both at once',
    { connect: { where: { id: MISSING } }, disconnect: true },
    'CONNECT_NOT_ALLOWED',
    /at once/,
  ],
  [
    'neither',
    { id: MISSING },
    'INVALID_ARGS_DATA',
    /^Relation "company" requires connect or disconnect operation$/,
  ],
  ['a text', 'Acme', 'INVALID_ARGS_DATA', /^Relation "company" requires connect or disconnect operation$/],
]
for (const [what, company, code, message] of REFUSALS) {
  test(`refuses to connect ${what}, alone and in a batch`, async (t) => {
    const one = await client.request('POST', '/rest/people', { company })
    const many = await client.request('POST', '/rest/batch/people', [{ jobTitle: what }, { company }])
    for (const answer of [one, many]) {
      t.is(answer.status, 400, answer.text)
      t.is(answer.body.code, code)
      t.regex(answer.body.messages[0], message)
    }
    const left = await client.get(`/rest/people?filter=jobTitle[eq]:"${encodeURIComponent(what)}"`)
    t.is(left.body.totalCount, 0)
  })
}

test('an id and a connect for the same relation are refused', async (t) => {
  const both = { companyId, company: { connect: { where: { id: companyId } } } }
  const { status, body } = await client.request('POST', '/rest/people', both)
  t.is(status, 400)
  t.is(body.code, 'CONNECT_NOT_ALLOWED')
})

test('an answer of depth 1 holds null for a missing record, and can be sent back', async (t) => {
  const { body } = await client.request('POST', '/rest/people', { companyId })
  const { id } = body.data.createPerson
  const write = async (data: Record<string, unknown>) => {
    const patched = await client.request('PATCH', `/rest/people/${id}`, data)
    const upserted = await client.request('POST', '/rest/people?upsert=true', { ...data, id })
    const { body: answer } = await client.graphql(
      'mutation($id: UUID!, $data: PersonUpdateInput!) { updatePerson(id: $id, data: $data) { companyId } }',
      { id, data },
    )
    const records = [
      patched.body.data?.updatePerson,
      upserted.body.data?.createPerson,
      answer.data?.updatePerson,
    ]
    return records.map((person) => person.companyId)
  }
  t.deepEqual(await write({ company: null, companyId }), [companyId, companyId, companyId])
  t.deepEqual(await write({ companyId, company: null }), [companyId, companyId, companyId])
  t.deepEqual(await write({ company: null }), [null, null, null])
  const { person } = (await client.get(`/rest/people/${id}?depth=1`)).body.data
  t.like(person, { company: null, companyId: null })
  const { company, companyId: none } = person
  t.deepEqual(await write({ company, companyId: none }), [null, null, null])
  t.is((await client.request('POST', '/rest/people', { company: null })).status, 201)
})

test('an id names a record in the trash, over every way to write it, and a unique value does not', async (t) => {
  const primaryLinkUrl = 'https://gone.test'
  const made = await client.request('POST', '/rest/companies', { domainName: { primaryLinkUrl } })
  const { id } = made.body.data.createCompany
  await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  const byId = [{ companyId: id }, { company: { connect: { where: { id } } } }]
  const byValue = { company: { connect: { where: { domainName: { primaryLinkUrl } } } } }
  const write = async (data: Record<string, unknown>) => {
    const one = (await client.request('POST', '/rest/people', {})).body.data.createPerson.id
    const rest = [
      await client.request('POST', '/rest/people', data),
      await client.request('POST', '/rest/batch/people', [data]),
      await client.request('POST', '/rest/people?upsert=true', { ...data, id: one }),
      await client.request('PATCH', `/rest/people/${one}`, data),
    ]
    const graphql = await client.graphql(
      'mutation($data: PersonCreateInput!) { createPerson(data: $data) { companyId } }',
      { data },
    )
    return [
      ...rest.map(({ status, body }) => (status < 300 ? 'written' : body.code)),
      graphql.body.errors?.[0].extensions.subCode ?? 'written',
    ]
  }
  for (const data of byId) t.deepEqual([...new Set(await write(data))], ['written'])
  t.deepEqual([...new Set(await write(byValue))], ['CONNECT_RECORD_NOT_FOUND'])
  const count = async () =>
    (await client.get(`/rest/people?filter=${encodeURIComponent(`companyId[eq]:${id}`)}`)).body.totalCount
  t.is(await count(), 0, 'the links are not shown')
  await client.request('PATCH', `/rest/companies/${id}/restore`)
  t.is(await count(), 8, 'the links are shown')
})
