// GraphQL's answers that are more than yes or no: which part of a document is refused, and that nothing of it
// was executed.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { makeWorld, type World } from './fixture.ts'

let server: TestGateway
let world: World
let seller: Client
let boxed: Client
test.before(async () => {
  server = await startTestGateway()
  world = await makeWorld(server)
  seller = world.roles.seller ?? world.admin
  boxed = world.roles.boxed ?? world.admin
})
test.after.always(() => server?.close())

const DENIED = 'Entity performing the request does not have permission'

test.serial('refuses a root field that selects something hidden, and answers the others', async (t) => {
  const { status, body } = await seller.graphql(`{
    open: companies { edges { node { name } } }
    shut: people { edges { node { id jobTitle emails { primaryEmail additionalEmails } } } } }`)
  t.is(status, 200)
  t.deepEqual(body.data, { open: { edges: [{ node: { name: 'Acme' } }] }, shut: null })
  const named = 'fields "jobTitle", "emails.primaryEmail" of person'
  t.deepEqual(body.errors, [
    {
      message: `${DENIED} to read ${named}`,
      locations: [{ line: 3, column: 5 }],
      path: ['shut'],
      extensions: {
        code: 'FORBIDDEN',
        subCode: 'PERMISSION_DENIED',
        userFriendlyMessage: `Your role may not read ${named}.`,
        fields: ['jobTitle', 'emails.primaryEmail'],
      },
    },
  ])
})

test.serial('finds hidden fields in fragments, under aliases and behind relations', async (t) => {
  for (const query of [
    'query { ...all } fragment all on Query { x: people { ...page } } fragment page on PersonConnection { edges { node { y: jobTitle } } }',
    '{ x: companies { edges { node { z: people { edges { node { ... on Person { jobTitle } } } } } } } }',
    '{ x: noteTargets { edges { node { targetPerson { jobTitle } } } } }',
    '{ x: people { edges { node { jobTitle } } } }',
    '{ x: people { countNotEmptyJobTitle } }',
    '{ x: peopleGroupBy(groupBy: [{ id: true }]) { countUniqueValuesJobTitle } }',
    '{ x: personDuplicates(data: [{ name: { firstName: "Ada", lastName: "Byron" } }]) { edges { node { jobTitle } } } }',
  ]) {
    const { body } = await seller.graphql(query)
    t.deepEqual(body.data, { x: null }, query)
    t.is(body.errors.length, 1)
    t.regex(body.errors[0].message, /to read field "jobTitle" of person$/)
  }
})

test.serial('refuses only for the operation that is executed', async (t) => {
  const query = 'query good { people { totalCount } } query bad { people { edges { node { jobTitle } } } }'
  const ask = (operationName: string) => seller.request('POST', '/graphql', { query, operationName })
  t.deepEqual((await ask('good')).body, { data: { people: { totalCount: 1 } } })
  t.deepEqual((await ask('bad')).body.data, { people: null })
})

test.serial('a hidden field under a condition is refused when the condition holds', async (t) => {
  const query = `query ($wants: Boolean!) { people(first: 1) { edges { node {
    id jobTitle @include(if: $wants) emails { primaryEmail @include(if: $wants) additionalEmails } } } } }`
  const without = await seller.graphql(query, { wants: false })
  t.deepEqual(without.body, {
    data: { people: { edges: [{ node: { id: world.ids.person, emails: { additionalEmails: [] } } }] } },
  })
  const { body, text } = await seller.graphql(query, { wants: true })
  t.deepEqual(
    body.errors.map(({ extensions }: { extensions: { code: string; fields: string[] } }) => [
      extensions.code,
      ...extensions.fields,
    ]),
    [['FORBIDDEN', 'jobTitle', 'emails.primaryEmail']],
  )
  t.false(text.includes('Countess') || text.includes('ada@acme.test'))
  const counted = 'query ($wants: Boolean!) { people { totalCount countEmptyJobTitle @include(if: $wants) } }'
  t.is((await seller.graphql(counted, { wants: true })).body.errors[0].extensions.code, 'FORBIDDEN')
  t.deepEqual((await seller.graphql(counted, { wants: false })).body, { data: { people: { totalCount: 1 } } })
})

test.serial('a mutation whose answer is refused does not write; the others of its document do', async (t) => {
  const { body } = await seller.graphql(`mutation {
    kept: createNoteTarget(data: {}) { id }
    createPerson(data: { name: { firstName: "Never" } }) { id company { annualRevenue { amountMicros } } }
    deletePerson(id: "${world.ids.person}") { jobTitle } }`)
  t.is(typeof body.data.kept.id, 'string')
  t.is(body.data.createPerson, null)
  t.is(body.data.deletePerson, null)
  t.deepEqual(
    body.errors.map(({ path }: { path: string[] }) => path),
    [['createPerson'], ['deletePerson']],
  )
  const { totalCount } = (
    await world.admin.get('/rest/people?filter=or(name.firstName[eq]:Never,deletedAt[is]:NOT_NULL)')
  ).body
  t.is(totalCount, 0)
})

test.serial('the answer to a write contains the relations that the role may read', async (t) => {
  const { body } = await seller.graphql(
    `mutation ($data: PersonCreateInput!) { createPerson(data: $data) { name { firstName } companyId company { name annualRevenue { currencyCode } } } }`,
    { data: { name: { firstName: 'Grace' }, companyId: world.ids.company } },
  )
  t.deepEqual(body.data.createPerson, {
    name: { firstName: 'Grace' },
    companyId: world.ids.company,
    company: { name: 'Acme', annualRevenue: { currencyCode: 'EUR' } },
  })
  await world.admin.request('DELETE', '/rest/people?filter=name.firstName[eq]:Grace')
})

test.serial(
  'onError: CONTINUE reports for each record what the role may not write, and writes the others',
  async (t) => {
    const { body } = await seller.graphql(
      `mutation ($data: [PersonCreateInput!]!) { createPeople(data: $data, onError: CONTINUE) { name { firstName } } }`,
      { data: [{ name: { firstName: 'One' } }, { jobTitle: 'x' }, { name: { firstName: 'Three' } }] },
    )
    t.deepEqual(body.data.createPeople, [
      { name: { firstName: 'One' } },
      null,
      { name: { firstName: 'Three' } },
    ])
    t.deepEqual(body.errors[0].path, ['createPeople', 1])
    t.like(body.errors[0].extensions, { code: 'FORBIDDEN', fields: ['jobTitle'] })
    await world.admin.request('DELETE', '/rest/people?filter=name.firstName[in]:[One,Three]')
  },
)

test.serial('the id of a record of a closed object is hidden, in every query', async (t) => {
  t.false('companyId' in (await boxed.get(`/rest/people/${world.ids.person}`)).body.data.person)
  const plain = await boxed.graphql('{ people { edges { node { companyId } } } }')
  const counted = await boxed.graphql('{ people { countEmptyJobTitle edges { node { companyId } } } }')
  const conditional = await boxed.graphql(
    'query ($is: Boolean!) { people { edges { node { id companyId @include(if: $is) } } } }',
    { is: true },
  )
  for (const { body, text } of [plain, counted, conditional]) {
    t.regex(body.errors[0].message, /"companyId" of person$/)
    t.is(body.errors[0].extensions.code, 'FORBIDDEN')
    t.false(text.includes(world.ids.company))
  }
})

test.serial('plans of one role do not serve another that sees less', async (t) => {
  const query = '{ people { totalCount countEmptyJobTitle edges { node { jobTitle company { name } } } } }'
  const admin = await world.admin.graphql(query)
  t.is(admin.body.data.people.edges[0].node.jobTitle, 'Countess')
  t.regex((await seller.graphql(query)).body.errors[0].message, /"jobTitle" of person$/)
  t.regex((await boxed.graphql(query)).body.errors[0].message, /"company" of person$/)
  t.deepEqual((await world.admin.graphql(query)).body, admin.body)
})

test.serial('introspection shows a role what it may read and do', async (t) => {
  /** All occurrences of people: fields, filters, orders, aggregates and inputs. */
  const personTypes = async (client: Client): Promise<string> => {
    const { body } = await client.graphql(
      '{ __schema { types { name fields { name } inputFields { name } } } }',
    )
    t.is(body.errors, undefined)
    const types: readonly { readonly name: string }[] = body.data.__schema.types
    return JSON.stringify(types.filter(({ name }) => name.startsWith('Person')))
  }
  const whole = await personTypes(world.admin)
  const visible = await personTypes(seller)
  t.true(whole.includes('"jobTitle"'))
  t.false(/jobTitle/i.test(visible))
  t.true(visible.includes('"PersonConnection"'))
  for (const client of Object.values(world.roles)) await personTypes(client)
  t.is(await personTypes(world.admin), whole)
})
