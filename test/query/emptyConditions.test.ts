// An empty condition anywhere in the filter of a bulk write would widen it to every record, so it is refused.
// The test draws a non-empty filter and empties one of its conditions; a read with the same filter answers,
// or names the missing part.

import test from 'ava'
import fc from 'fast-check'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

const RUNS = 80
const PEOPLE = 5

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const { body } = await client.request('POST', '/rest/companies', { name: 'Acme' })
  const companyId = body.data.createCompany.id
  await client.request(
    'POST',
    '/rest/batch/people',
    Array.from({ length: PEOPLE }, (_, index) => ({ jobTitle: `p${index}`, companyId })),
  )
})
test.after.always(() => server?.close())

type Tree = Readonly<Record<string, unknown>>

const full = (): fc.Arbitrary<Tree> =>
  fc.constantFrom<Tree>(
    { jobTitle: { eq: 'p1' } },
    { jobTitle: { gte: 'p0', lt: 'p3' } },
    { name: { firstName: { is: 'NULL' } } },
    { company: { name: { eq: 'Acme' } } },
    { position: { in: [1, 2] } },
  )

const EMPTY: readonly unknown[] = [
  {},
  { and: [] },
  { or: [] },
  { not: {} },
  { and: [{}] },
  { jobTitle: {} },
  { jobTitle: { in: [] } },
  { name: {} },
  { name: { firstName: {} } },
  { company: {} },
  { company: { name: {} } },
  { company: { people: {} } },
  { company: { people: { some: {} } } },
  { company: { people: { every: {} } } },
  { company: { people: { none: {} } } },
  { company: { people: { none: { or: [] } } } },
  { noteTargets: { some: {} } },
  { noteTargets: { none: { note: {} } } },
]

/** A filter that is complete except for one empty condition. */
const withEmpty = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 2, arbitrary: fc.constantFrom(...(EMPTY as readonly Tree[])) },
    {
      weight: 1,
      arbitrary: fc.record({
        or: fc.tuple(tie('tree'), full()).chain((items) => fc.shuffledSubarray(items, { minLength: 2 })),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        and: fc.tuple(full(), tie('tree')).chain((items) => fc.shuffledSubarray(items, { minLength: 2 })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ not: tie('tree') }) },
    {
      weight: 1,
      arbitrary: fc.tuple(full(), tie('tree')).map(([given, tree]) => ({ ...given, or: [tree] })),
    },
  ),
})).tree

const MUTATIONS = [
  'updatePeople(data: { jobTitle: "widened" }, filter: $filter)',
  'deletePeople(filter: $filter)',
  'destroyPeople(filter: $filter)',
  'restorePeople(filter: $filter)',
]

const refusal = async (call: string, filter: unknown) => {
  const { body } = await client.graphql(`mutation ($filter: PersonFilterInput!) { ${call} { id } }`, {
    filter,
  })
  return body.errors?.[0]
}

test('a bulk write is refused wherever the empty condition stands, and changes nothing', async (t) => {
  t.timeout(120_000)
  const check = async (filter: Tree): Promise<void> => {
    for (const call of MUTATIONS) {
      const error = await refusal(call, filter)
      if (error?.extensions.subCode !== 'INVALID_QUERY_INPUT')
        throw new Error(`${call} ${JSON.stringify(filter)}: ${JSON.stringify(error)}`)
    }
  }
  for (const empty of EMPTY) await check(empty as Tree)
  await fc.assert(fc.asyncProperty(withEmpty, check), { numRuns: RUNS, includeErrorInReport: true })
  const { body } = await client.get('/rest/people?filter=jobTitle[startsWith]:p')
  t.is(body.totalCount, PEOPLE)
})

test('the message is the contract’s, with a hint', async (t) => {
  const error = await refusal('deletePeople(filter: $filter)', { or: [{}, { jobTitle: { eq: 'z' } }] })
  t.is(error.message, 'A non-empty filter is required for a bulk mutation')
  t.is(error.extensions.code, 'BAD_USER_INPUT')
  t.regex(error.extensions.hint, /remove it/)
})

test('variables that are absent leave empty conditions behind', async (t) => {
  for (const [variables, filter] of [
    ['$x: String', '{ jobTitle: { eq: $x } }'],
    ['$x: StringFilter', '{ jobTitle: $x }'],
    ['$x: [PersonFilterInput]', '{ or: $x }'],
    ['$x: PersonFilterInput', '{ not: $x }'],
    ['$x: CompanyFilterInput', '{ company: $x }'],
    ['$x: String', '{ company: { name: { eq: $x } } }'],
    ['$x: [String]', '{ or: [{ jobTitle: { in: $x } }, { jobTitle: { eq: "p1" } }] }'],
  ] as const) {
    const { body } = await client.graphql(
      `mutation (${variables}) { deletePeople(filter: ${filter}) { id } }`,
    )
    t.is(body.errors?.[0].extensions.subCode, 'INVALID_QUERY_INPUT', filter)
  }
  for (const filter of ['null', '{ jobTitle: null }', '{ and: null }', '{ or: [null] }', '{ not: null }']) {
    const { body } = await client.graphql(`mutation { deletePeople(filter: ${filter}) { id } }`)
    t.truthy(body.errors, filter)
  }
  t.is((await client.get('/rest/people')).body.totalCount, PEOPLE)
})

test('REST has no way around it', async (t) => {
  for (const [method, path] of [
    ['PATCH', '/rest/people'],
    ['PUT', '/rest/people'],
    ['DELETE', '/rest/people'],
    ['DELETE', '/rest/people?soft_delete=true'],
    ['PATCH', '/rest/people/restore'],
    ['PATCH', '/rest/restore/people'],
  ] as const)
    for (const filter of [
      '',
      ' ',
      'and()',
      'or()',
      'not()',
      'or(,jobTitle[eq]:z)',
      'or(jobTitle[in]:[],jobTitle[eq]:z)',
      'not(jobTitle[in]:[])',
      '{}',
    ]) {
      const separator = path.includes('?') ? '&' : '?'
      const url = `${path}${separator}filter=${encodeURIComponent(filter)}`
      const { status, text } = await client.request(
        method,
        url,
        method === 'DELETE' ? undefined : { jobTitle: 'x' },
      )
      t.is(status, 400, `${method} ${url}: ${text}`)
    }
  t.is((await client.get('/rest/people?filter=jobTitle[startsWith]:p')).body.totalCount, PEOPLE)
})

test('in a read an empty condition matches every record, and one without an operator is refused', async (t) => {
  const read = async (filter: unknown) => {
    const { body } = await client.graphql(
      'query ($filter: PersonFilterInput) { people(filter: $filter) { totalCount } }',
      { filter },
    )
    return body.errors?.[0].message ?? body.data.people.totalCount
  }
  for (const filter of [
    null,
    {},
    { and: [] },
    { or: [] },
    { or: [{}] },
    { or: [{}, { jobTitle: { eq: 'z' } }] },
    { and: {} },
  ])
    t.is(await read(filter), PEOPLE, JSON.stringify(filter))
  for (const filter of [
    { not: {} },
    { not: { or: [] } },
    { jobTitle: { in: [] } },
    { noteTargets: { some: {} } },
  ])
    t.is(await read(filter), 0, JSON.stringify(filter))
  t.is(await read({ company: {} }), PEOPLE)
  t.is(await read({ noteTargets: { none: {} } }), PEOPLE)
  t.is(await read({ jobTitle: {} }), 'Filter for field "jobTitle" must have at least one operator')
  t.is(await read({ name: {} }), 'Filter for field "name" must have at least one sub-field')
  t.is(await read({ noteTargets: {} }), 'Filter for field "noteTargets" must have at least one quantifier')
})
