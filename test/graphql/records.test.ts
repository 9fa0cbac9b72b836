import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const MISSING = '018f0000-0000-7000-8000-000000000000'

const create = async (data: Record<string, unknown>): Promise<string> => {
  const { body } = await client.graphql(
    'mutation ($data: CompanyCreateInput!) { createCompany(data: $data) { id } }',
    { data },
  )
  return body.data.createCompany.id
}

test('creates a record and returns the selected fields, including relations', async (t) => {
  const companyId = await create({ name: 'Acme' })
  const { status, body } = await client.graphql(
    `mutation ($data: PersonCreateInput!) { createPerson(data: $data) {
      __typename name { firstName lastName } emails { primaryEmail additionalEmails } companyId company { name people { totalCount } }
      createdBy { source name } deletedAt
    } }`,
    { data: { name: { firstName: 'Ada' }, emails: { additionalEmails: ['a@b.test'] }, companyId } },
  )
  t.is(status, 200)
  t.deepEqual(body.data.createPerson, {
    __typename: 'Person',
    name: { firstName: 'Ada', lastName: '' },
    emails: { primaryEmail: '', additionalEmails: ['a@b.test'] },
    companyId,
    company: { name: 'Acme', people: { totalCount: 1 } },
    createdBy: { source: 'API', name: 'Key of Admin' },
    deletedAt: null,
  })
})

test('creates many in the order given, all or none', async (t) => {
  const many = 'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { name id } }'
  const names = ['zz', 'aa', 'mm']
  const { body } = await client.graphql(many, { data: names.map((name) => ({ name })) })
  t.deepEqual(
    body.data.createCompanies.map(({ name }: { name: string }) => name),
    names,
  )
  const id = body.data.createCompanies[0].id
  const half = await client.graphql(many, { data: [{ name: 'half' }, { id, name: 'taken' }] })
  t.is(half.body.errors[0].extensions.code, 'CONFLICT')
  const found = await client.graphql('{ companies(filter: { name: { eq: "half" } }) { totalCount } }')
  t.is(found.body.data.companies.totalCount, 0)

  const none = await client.graphql(many, { data: [] })
  t.deepEqual(none.body, { data: { createCompanies: [] } })
  const tooMany = await client.graphql(many, { data: Array.from({ length: 61 }, () => ({ name: 'x' })) })
  t.is(tooMany.body.errors[0].message, 'Maximum number of records to upsert is 60.')
})

test('updates the given parts and leaves the rest of a composite as it was', async (t) => {
  const id = await create({ name: 'Before', address: { addressCity: 'Oslo', addressCountry: 'Norway' } })
  const { body } = await client.graphql(
    `mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) {
      name address { addressCity addressCountry } updatedBy { source }
    } }`,
    { id, data: { name: 'After', address: { addressCity: null } } },
  )
  t.deepEqual(body.data.updateCompany, {
    name: 'After',
    address: { addressCity: '', addressCountry: 'Norway' },
    updatedBy: { source: 'API' },
  })
})

test('deletes softly, restores, and destroys for good', async (t) => {
  const id = await create({ name: 'Short lived' })
  const write = (field: string) =>
    client.graphql(`mutation ($id: UUID!) { ${field}(id: $id) { id deletedAt } }`, { id })
  const read = async () =>
    (await client.graphql('query ($id: UUID!) { company(filter: { id: { eq: $id } }) { id } }', { id })).body
  t.not((await write('deleteCompany')).body.data.deleteCompany.deletedAt, null)
  t.is((await read()).errors[0].extensions.code, 'NOT_FOUND')
  t.is((await write('updateCompany(data: {}, ').catch(() => null))?.status, 400)
  t.deepEqual((await write('restoreCompany')).body.data.restoreCompany, { id, deletedAt: null })
  t.is((await read()).data.company.id, id)
  t.is((await write('destroyCompany')).body.data.destroyCompany.id, id)
  t.is((await read()).data.company, null)
})

test('a record that is not there is NOT_FOUND, by every field that names one', async (t) => {
  const fields = [
    'updateCompany(id: $id, data: { name: "x" })',
    'deleteCompany(id: $id)',
    'destroyCompany(id: $id)',
    'restoreCompany(id: $id)',
  ]
  for (const field of fields) {
    const { status, body } = await client.graphql(`mutation ($id: UUID!) { it: ${field} { id } }`, {
      id: MISSING,
    })
    t.is(status, 200)
    t.deepEqual(body.data, { it: null })
    t.like(body.errors[0], {
      message: 'Record not found',
      path: ['it'],
      extensions: { code: 'NOT_FOUND', subCode: 'RECORD_NOT_FOUND' },
    })
  }
})

test('mutations run one after the other, each in a transaction of its own', async (t) => {
  const { body } = await client.graphql(`mutation {
    createCompany(data: { name: "kept" }) { name }
    createPerson(data: { companyId: "${MISSING}" }) { id }
    createNote(data: { title: "kept too" }) { title }
  }`)
  t.deepEqual(body.data, {
    createCompany: { name: 'kept' },
    createPerson: null,
    createNote: { title: 'kept too' },
  })
  t.is(body.errors.length, 1)
  t.like(body.errors[0], {
    path: ['createPerson'],
    extensions: { code: 'CONFLICT', subCode: 'FOREIGN_KEY_VIOLATION' },
  })
})

test('refuses data in the words of the contract', async (t) => {
  const refuse = async (data: Record<string, unknown>) =>
    (
      await client.graphql(
        'mutation ($data: OpportunityCreateInput!) { createOpportunity(data: $data) { id } }',
        { data },
      )
    ).body.errors?.[0]
  const byValue: readonly [Record<string, unknown>, RegExp][] = [
    [{ companyId: 'non-uuid' }, /^Invalid UUID value 'non-uuid' for field "companyId"$/],
    [{ closeDate: 'x' }, /^Invalid value 'x' for date-time field "closeDate"/],
    [{ position: null }, /^Invalid position value null for field "position"$/],
    [{ position: 'middle' }, /^Invalid number value 'middle' for field "position"$/],
    [{ amount: { amountMicros: 'x' } }, /^Invalid number value 'x' for field "amount.amountMicros"$/],
    [{ stage: 'NOPE' }, /^Invalid value "NOPE" for field "stage"\. Valid values are: NEW, /],
    [{ name: 1 }, /^Invalid string value 1 for text field "name"$/],
    [{ nope: 1 }, /^Object opportunity doesn't have any "nope" field\./],
    [{ name: 'a\0b' }, /cannot be stored/],
  ]
  for (const [data, message] of byValue) {
    const error = await refuse(data)
    t.regex(error.message, message)
    t.is(error.extensions.code, 'BAD_USER_INPUT')
  }
})

test('text that looks like SQL is text', async (t) => {
  const hostile = `'; drop table company; -- $1 "__WS__". \u2028 \\`
  const id = await create({ name: hostile })
  const { body } = await client.graphql(
    'query ($name: String) { companies(filter: { name: { eq: $name } }) { edges { node { id name } } } }',
    { name: hostile },
  )
  t.deepEqual(body.data.companies.edges, [{ node: { id, name: hostile } }])
})
