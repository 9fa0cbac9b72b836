import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const acme = { name: 'Acme', domainName: { primaryLinkUrl: 'https://acme.test' } }
  const made = await client.request('POST', '/rest/batch/companies', [acme, { name: 'Beta, Inc. (UK)' }, {}])
  const [first, second] = made.body.data.createCompanies
  await client.request('POST', '/rest/batch/people', [
    { jobTitle: 'Ada', name: { firstName: 'Ada', lastName: 'Byron' }, companyId: first.id, position: 1 },
    { jobTitle: 'Bob', name: { firstName: 'Bob', lastName: 'Čapek' }, companyId: second.id, position: 2 },
    { jobTitle: '100%', name: { firstName: 'Cyd' }, position: 3.5 },
    { jobTitle: '', position: -1 },
  ])
  await client.request('POST', '/rest/batch/opportunities', [
    { name: 'small', amount: { amountMicros: '9007199254740993' }, closeDate: '2026-03-01T10:00:00.123Z' },
    { name: 'large', amount: { amountMicros: '9007199254740994' }, stage: 'MEETING', companyId: first.id },
  ])
  // Postgres keeps microseconds, clients see milliseconds.
  await server.gateway.pool.query(
    `update ${quote(client.workspace.schemaName)}.opportunity set close_date = '2026-03-01T10:00:00.123456Z' where name = 'small'`,
  )
})
test.after.always(() => server?.close())

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const found = async (plural: string, name: (record: Record<string, string>) => unknown, filter: string) => {
  const answer = await client.get(`/rest/${plural}?order_by=position&filter=${encodeURIComponent(filter)}`)
  if (answer.status !== 200) throw new Error(answer.text)
  if (answer.body.totalCount !== answer.body.data[plural].length) throw new Error('the count is another')
  return answer.body.data[plural].map(name)
}

const PEOPLE: readonly [filter: string, jobTitles: readonly string[]][] = [
  ['jobTitle[eq]:Ada', ['Ada']],
  ['jobTitle[eq]:""', ['']],
  ['jobTitle[neq]:Ada', ['', 'Bob', '100%']],
  ['jobTitle[neq]:""', ['Ada', 'Bob', '100%']],
  ['jobTitle[is]:NULL', ['']],
  ['jobTitle[is]:NOT_NULL', ['Ada', 'Bob', '100%']],
  ['jobTitle[in]:["Ada","Bob","nobody"]', ['Ada', 'Bob']],
  ['jobTitle[in]:["",Bob]', ['', 'Bob']],
  ['jobTitle[in]:[]', []],
  ['jobTitle[like]:"%o%"', ['Bob']],
  ['jobTitle[ilike]:"A%"', ['Ada']],
  ['jobTitle[like]:"%"', ['', 'Ada', 'Bob', '100%']],
  ['jobTitle[like]:"100\\%"', ['100%']],
  ['jobTitle[startsWith]:"1"', ['100%']],
  ['jobTitle[endsWith]:"%"', ['100%']],
  ['jobTitle[gt]:Ada', ['Bob']],
  ['jobTitle[lte]:Ada', ['', 'Ada', '100%']],
  ['name.lastName[eq]:"Čapek"', ['Bob']],
  ['position[gte]:2', ['Bob', '100%']],
  ['position[in]:[1,3.5]', ['Ada', '100%']],
  ['position[lt]:0', ['']],
  ['companyId[is]:NULL', ['', '100%']],
  ['company.name[eq]:"Beta, Inc. (UK)"', ['Bob']],
  ['company.domainName.primaryLinkUrl[eq]:"https://acme.test"', ['Ada']],
  ['company.people.some.jobTitle[eq]:Ada', ['Ada']],
  ['or(jobTitle[eq]:Ada,jobTitle[eq]:Bob),not(position[eq]:1)', ['Bob']],
  ['or(jobTitle[eq]:Ada),or(position[eq]:1,position[eq]:2)', ['Ada']],
  ['not(company.name[eq]:Acme)', ['', 'Bob', '100%']],
  ['and(position[gt]:0,or(name.firstName[eq]:Cyd,name.firstName[eq]:Bob))', ['Bob', '100%']],
]

for (const [filter, jobTitles] of PEOPLE) {
  test(`people with ${filter}`, async (t) => {
    t.deepEqual(await found('people', ({ jobTitle }) => jobTitle, filter), jobTitles)
  })
}

const OPPORTUNITIES: readonly [filter: string, names: readonly string[]][] = [
  ['closeDate[eq]:"2026-03-01T10:00:00.123Z"', ['small']],
  ['closeDate[eq]:"2026-03-01T11:00:00.123+01:00"', ['small']],
  ['closeDate[gt]:"2026-03-01T10:00:00.123Z"', []],
  ['closeDate[gt]:"2026-03-01T10:00:00.122Z"', ['small']],
  ['closeDate[lte]:"2026-03-01T10:00:00.123Z"', ['small']],
  ['closeDate[lt]:"2026-03-01T10:00:00.123Z"', []],
  ['closeDate[in]:["2026-03-01T10:00:00.123Z"]', ['small']],
  ['closeDate[gte]:"2026-03-01"', ['small']],
  ['amount.amountMicros[eq]:9007199254740993', ['small']],
  ['amount.amountMicros[gt]:9007199254740993', ['large']],
  ['stage[eq]:MEETING', ['large']],
  ['stage[in]:[NEW,MEETING]', ['small', 'large']],
  ['stage[gt]:NEW', ['large']],
  ['stage[containsAny]:[MEETING]', ['large']],
  ['createdBy.source[eq]:API', ['small', 'large']],
  ['company.name[ilike]:"acme"', ['large']],
  ['createdAt[gte]:"2020-01-01",deletedAt[is]:NULL', ['small', 'large']],
]

for (const [filter, names] of OPPORTUNITIES) {
  test(`opportunities with ${filter}`, async (t) => {
    t.deepEqual(await found('opportunities', ({ name }) => name, filter), names)
  })
}

test('a badly encoded filter is taken literally', async (t) => {
  const answer = await client.get(
    '/rest/companies?filter=name[ilike]:"%ac%"&order_by=createdAt[DescNullsLast]&limit=2',
  )
  t.is(answer.status, 200)
  t.is(answer.body.totalCount, 1)
  t.is(answer.body.data.companies[0].name, 'Acme')
})

test('parameters that do not exist are ignored', async (t) => {
  t.is((await client.get('/rest/companies?limit:3&view=1')).body.totalCount, 3)
})

test('a wrong operator is refused with the allowed ones, in the order of the contract', async (t) => {
  const ordered = 'eq, neq, gt, gte, lt, lte, in'
  for (const [plural, path, type, operators] of [
    ['opportunities', 'stage[like]:NEW', 'SELECT', `${ordered}, containsAny, is, isEmptyArray`],
    ['companies', 'name[containsAny]:[x]', 'TEXT', `${ordered}, is, like, ilike, startsWith, endsWith`],
    ['companies', 'createdAt[like]:x', 'DATE_TIME', `${ordered}, is`],
    ['timelineActivities', 'properties[eq]:x', 'RAW_JSON', 'is, like'],
  ] as const) {
    const { status, body } = await client.get(`/rest/${plural}?filter=${path}`)
    t.is(status, 400)
    const field = path.slice(0, path.indexOf('['))
    t.true(body.messages[0].includes(`field "${field}" of type ${type} - Allowed operators: ${operators}`))
    t.true(body.messages[0].endsWith(operators))
  }
})
