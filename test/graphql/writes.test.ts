import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

// biome-ignore lint/suspicious/noExplicitAny: answers are what the tests look into.
type Found = any

const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<Found> => {
  const { body } = await client.graphql(query, variables)
  if (body.errors) throw new Error(JSON.stringify(body.errors))
  return Object.values(body.data)[0]
}
const errorOf = async (query: string, variables: Record<string, unknown> = {}): Promise<Found> =>
  (await client.graphql(query, variables)).body.errors?.[0]

const CREATE = `mutation ($data: [PersonCreateInput!]!, $upsert: Boolean) {
  createPeople(data: $data, upsert: $upsert) { id jobTitle emails { primaryEmail } createdBy { source } } }`
const create = (records: readonly unknown[], upsert = false): Promise<Found[]> =>
  ask(CREATE, { data: records, upsert })
const idsOf = (records: readonly Found[]): string[] => records.map(({ id }) => id)

test('updatePeople(data, filter) answers with the records it updated', async (t) => {
  const made = await create([{ jobTitle: 'a' }, { jobTitle: 'b' }])
  await create([{ jobTitle: 'c' }])
  const updated = await ask(
    'mutation ($ids: [UUID]) { updatePeople(data: { jobTitle: "same" }, filter: { id: { in: $ids } }) { id jobTitle } }',
    { ids: idsOf(made) },
  )
  t.deepEqual(
    updated,
    made.map(({ id }) => ({ id, jobTitle: 'same' })),
  )
  t.is((await ask('{ people(filter: { jobTitle: { eq: "c" } }) { totalCount } }')).totalCount, 1)
})

test('deletePeople, restorePeople and destroyPeople by one filter', async (t) => {
  const ids = idsOf(await create([{}, {}]))
  const where = 'filter: { id: { in: $ids } }'
  const run = (field: string): Promise<Found> =>
    ask(`mutation ($ids: [UUID]) { ${field}(${where}) { id deletedAt } }`, { ids })
  const seen = async (filter: string): Promise<number> =>
    (await ask(`query ($ids: [UUID]) { people(filter: ${filter}) { totalCount } }`, { ids })).totalCount
  const deleted = await run('deletePeople')
  t.deepEqual(idsOf(deleted), ids)
  t.true(deleted.every(({ deletedAt }: Found) => deletedAt !== null))
  t.is(await seen('{ id: { in: $ids } }'), 0)
  t.is(await seen('{ id: { in: $ids }, not: { deletedAt: { is: NULL } } }'), 2)
  t.deepEqual(await run('deletePeople'), [], 'they are in the trash already')
  t.deepEqual(
    await run('restorePeople'),
    ids.map((id) => ({ id, deletedAt: null })),
  )
  await run('deletePeople')
  t.deepEqual(idsOf(await run('destroyPeople')), ids, 'out of the trash')
  t.is(await seen('{ id: { in: $ids }, not: { deletedAt: { is: NULL } } }'), 0)
})

for (const [field, filter] of [
  ['updatePeople(data: { jobTitle: "x" }, ', '{}'],
  ['deletePeople(', '{}'],
  ['destroyPeople(', '{ and: [{}] }'],
  ['restorePeople(', '{ or: [] }'],
] as const) {
  test(`${field}filter: ${filter}) is refused: a filter must not be empty`, async (t) => {
    const error = await errorOf(`mutation { ${field}filter: ${filter}) { id } }`)
    t.is(error.message, 'A non-empty filter is required for a bulk mutation')
    t.is(error.extensions.code, 'BAD_USER_INPUT')
  })
}

test('a bulk mutation touches at most 60 records, or none', async (t) => {
  await create(Array.from({ length: 60 }, () => ({ jobTitle: 'many' })))
  await create([{ jobTitle: 'many' }])
  const error = await errorOf('mutation { deletePeople(filter: { jobTitle: { eq: "many" } }) { id } }')
  t.is(error.message, 'Cannot delete more than 60 records at once')
  t.is(error.extensions.subCode, 'TOO_MANY_RECORDS_TO_UPDATE')
  t.is((await ask('{ people(filter: { jobTitle: { eq: "many" } }) { totalCount } }')).totalCount, 61)
})

test('createPeople with upsert updates existing people, in the given order', async (t) => {
  const [kept, known] = await create([
    { emails: { primaryEmail: 'kept@graphql.test' }, createdBy: { source: 'EMAIL' } },
    { jobTitle: 'known' },
  ])
  const answer = await create(
    [
      { jobTitle: 'new' },
      { emails: { primaryEmail: 'kept@graphql.test' }, jobTitle: 'first' },
      { id: known.id },
      { emails: { primaryEmail: 'kept@graphql.test' }, jobTitle: 'last' },
    ],
    true,
  )
  t.deepEqual(
    answer.map(({ jobTitle }) => jobTitle),
    ['new', 'last', 'known', 'last'],
  )
  t.deepEqual(idsOf(answer).slice(1), [kept.id, known.id, kept.id])
  t.is(answer[1].createdBy.source, 'EMAIL')
  const one = await ask(
    'mutation { createPerson(data: { emails: { primaryEmail: "kept@graphql.test" }, jobTitle: "one" }, upsert: true) { id jobTitle } }',
  )
  t.deepEqual(one, { id: kept.id, jobTitle: 'one' })
})

test('upserts of one value at once make one record', async (t) => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      create([{ emails: { primaryEmail: 'race@graphql.test' }, jobTitle: String(index) }], true),
    ),
  )
  t.is(new Set(answers.flatMap(idsOf)).size, 1)
})

const CONNECT = `mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id companyId company { name } } }`

test('connects a record by a unique sub-field or by id, and disconnects it', async (t) => {
  const company = await ask(
    'mutation { createCompany(data: { name: "Acme", domainName: { primaryLinkUrl: "https://acme.test" } }) { id } }',
  )
  for (const where of [{ domainName: { primaryLinkUrl: 'https://acme.test' } }, { id: company.id }]) {
    const person = await ask(CONNECT, { data: { company: { connect: { where } } } })
    t.is(person.companyId, company.id)
    const updated = await ask(
      'mutation ($id: UUID!) { updatePerson(id: $id, data: { company: { disconnect: true } }) { companyId company { name } } }',
      { id: person.id },
    )
    t.deepEqual(updated, { companyId: null, company: null })
  }
})

test('a record to connect that is not there fails the mutation', async (t) => {
  const where = { domainName: { primaryLinkUrl: 'https://nowhere.test' } }
  const error = await errorOf(CONNECT, { data: { jobTitle: 'unconnected', company: { connect: { where } } } })
  t.is(error.extensions.code, 'BAD_USER_INPUT')
  t.is(error.extensions.subCode, 'CONNECT_RECORD_NOT_FOUND')
  t.is((await ask('{ people(filter: { jobTitle: { eq: "unconnected" } }) { totalCount } }')).totalCount, 0)
})

test('a field that is not unique names no record', async (t) => {
  const error = await errorOf(CONNECT, { data: { company: { connect: { where: { name: 'Acme' } } } } })
  t.is(error.extensions.code, 'BAD_USER_INPUT')
  t.regex(error.message, /"name" is not defined by type "CompanyWhereUniqueInput"/)
})

test('the types of relation inputs are called as clients know them', async (t) => {
  const fieldsOf = async (name: string): Promise<Found> => {
    const type = await ask(
      `{ __type(name: "${name}") { inputFields { name type { name ofType { name } } } } }`,
    )
    return Object.fromEntries(type.inputFields.map((field: Found) => [field.name, field.type.name]))
  }
  t.like(await fieldsOf('PersonCreateInput'), { companyId: 'ID', company: 'CompanyRelationInput' })
  t.deepEqual(await fieldsOf('CompanyRelationInput'), {
    connect: 'CompanyConnectInput',
    disconnect: 'Boolean',
  })
  t.deepEqual(await fieldsOf('CompanyConnectInput'), { where: 'CompanyWhereUniqueInput' })
  t.deepEqual(await fieldsOf('CompanyWhereUniqueInput'), {
    id: 'ID',
    domainName: 'CompanyDomainNameWhereInput',
  })
  t.deepEqual(await fieldsOf('CompanyDomainNameWhereInput'), { primaryLinkUrl: 'String' })
})

test('onError: CONTINUE writes what it can and reports each failure at its place', async (t) => {
  const [{ id }] = await create([{ jobTitle: 'taken' }])
  const { status, body } = await client.graphql(
    `mutation ($data: [PersonCreateInput!]!) { made: createPeople(data: $data, onError: CONTINUE) { jobTitle company { name } } }`,
    {
      data: [
        { jobTitle: 'one' },
        { id, jobTitle: 'two' },
        { emails: { primaryEmail: 'x' } },
        { jobTitle: 'four' },
      ],
    },
  )
  t.is(status, 200)
  t.deepEqual(body.data.made, [
    { jobTitle: 'one', company: null },
    null,
    null,
    { jobTitle: 'four', company: null },
  ])
  t.deepEqual(
    body.errors.map(({ path, extensions }: Found) => [path, extensions.code]),
    [
      [['made', 1], 'CONFLICT'],
      [['made', 2], 'BAD_USER_INPUT'],
    ],
  )
})
