import { randomUUID } from 'node:crypto'
import test from 'ava'
import { escapeLiteral as pgLiteral } from 'pg'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { runInSchema } from '../support/sqlByHand.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const create = async (plural: string, data: unknown[]): Promise<{ id: string }[]> => {
  const { status, body, text } = await client.request('POST', `/rest/batch/${plural}`, data)
  if (status !== 201) throw new Error(text)
  return Object.values<{ id: string }[]>(body.data)[0] ?? []
}
const createPair = async (plural: string, data: readonly [unknown, unknown]) => {
  const [a, b] = await create(plural, [...data])
  if (a === undefined || b === undefined) throw new Error('Two records were to be made.')
  return [a, b] as const
}
const merge = (plural: string, body: unknown, query = '') =>
  client.request('PATCH', `/rest/${plural}/merge${query}`, body)

test('the record of the conflict index stays, the others are gone', async (t) => {
  const [a, b] = await createPair('people', [
    { name: { firstName: 'Ada', lastName: '' }, jobTitle: '' },
    { name: { firstName: 'Augusta', lastName: 'King' }, jobTitle: 'Countess' },
  ])
  const { status, body } = await merge('people', {
    ids: [a.id, b.id],
    conflictPriorityIndex: 0,
    dryRun: false,
  })
  t.is(status, 200)
  t.like(body.data.mergePerson, {
    id: a.id,
    // Parts of a composite belong together.
    name: { firstName: 'Ada', lastName: '' },
    jobTitle: 'Countess',
    deletedAt: null,
  })
  t.is((await client.get(`/rest/people/${a.id}`)).status, 200)
  t.is((await client.get(`/rest/people/${b.id}`)).status, 404)
  const trashed = await client.get(`/rest/people?filter=id[eq]:${b.id},deletedAt[is]:NOT_NULL`)
  t.is(trashed.body.totalCount, 0)
})

test('e-mails, phones and links of all are gathered once each', async (t) => {
  const people = [
    {
      emails: { primaryEmail: 'first@m.test', additionalEmails: ['shared@m.test', 'one@m.test'] },
      linkedinLink: { primaryLinkUrl: '', secondaryLinks: [] },
    },
    {
      emails: { primaryEmail: 'second@m.test', additionalEmails: ['shared@m.test', 'two@m.test'] },
      phones: {
        primaryPhoneNumber: '612345678',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
      },
      linkedinLink: {
        primaryLinkUrl: 'https://linkedin.test/second',
        primaryLinkLabel: 'L',
        secondaryLinks: [{ url: 'https://x.test/s', label: 'x' }],
      },
    },
    {
      emails: { primaryEmail: 'third@m.test' },
      phones: {
        primaryPhoneNumber: '699999999',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
      },
      linkedinLink: { primaryLinkUrl: 'https://linkedin.test/third' },
    },
  ]
  const made = await create('people', people)
  const ids = made.map(({ id }) => id)
  const { body } = await merge('people', { ids, conflictPriorityIndex: 1 })
  const { emails, phones, linkedinLink, id } = body.data.mergePerson
  t.is(id, ids[1])
  t.deepEqual(emails, {
    primaryEmail: 'second@m.test',
    additionalEmails: ['shared@m.test', 'two@m.test', 'first@m.test', 'one@m.test', 'third@m.test'],
  })
  t.is(phones.primaryPhoneNumber, '612345678')
  t.deepEqual(phones.additionalPhones, [{ number: '699999999', countryCode: 'FR', callingCode: '+33' }])
  t.is(linkedinLink.primaryLinkUrl, 'https://linkedin.test/second')
  t.deepEqual(
    linkedinLink.secondaryLinks.map(({ url }: { url: string }) => url),
    ['https://x.test/s', 'https://linkedin.test/third'],
  )
})

test('references to the others point to the survivor', async (t) => {
  const [a, b] = await createPair('companies', [
    { name: 'Stays', domainName: { primaryLinkUrl: 'https://stays.test' } },
    {
      name: 'Goes',
      domainName: { primaryLinkUrl: 'https://goes.test' },
      annualRevenue: { amountMicros: '5', currencyCode: 'EUR' },
    },
  ])
  const [person] = await create('people', [{ companyId: b.id }])
  const [opportunity] = await create('opportunities', [{ name: 'o', companyId: b.id }])
  const [note] = await create('notes', [{ title: 'n' }])
  await create('noteTargets', [{ noteId: note?.id, targetCompanyId: b.id }])
  const { body } = await merge('companies', { ids: [a.id, b.id], conflictPriorityIndex: 0 }, '?depth=1')
  const merged = body.data.mergeCompany
  t.is(merged.domainName.primaryLinkUrl, 'https://stays.test')
  t.deepEqual(merged.annualRevenue, { amountMicros: 5, currencyCode: 'EUR' })
  t.is((await client.get(`/rest/people/${person?.id}`)).body.data.person.companyId, a.id)
  t.is((await client.get(`/rest/opportunities/${opportunity?.id}`)).body.data.opportunity.companyId, a.id)
  const targets = await client.get(`/rest/noteTargets?filter=targetCompanyId[eq]:${a.id}`)
  t.is(targets.body.totalCount, 1)
})

test('the survivor may take over a unique value of one that goes', async (t) => {
  const [a, b] = await createPair('companies', [
    { name: 'Without' },
    { name: 'With', domainName: { primaryLinkUrl: 'https://taken-over.test' } },
  ])
  const { status, body } = await merge('companies', { ids: [a.id, b.id], conflictPriorityIndex: 0 })
  t.is(status, 200)
  t.is(body.data.mergeCompany.domainName.primaryLinkUrl, 'https://taken-over.test')
})

test('a dry run shows the result and changes nothing', async (t) => {
  const [a, b] = await createPair('companies', [
    { name: 'Dry' },
    { name: 'Run', address: { addressCity: 'Oslo' } },
  ])
  const { body } = await merge('companies', { ids: [a.id, b.id], conflictPriorityIndex: 0, dryRun: true })
  const preview = body.data.mergeCompany
  t.is(preview.name, 'Dry')
  t.is(preview.address.addressCity, 'Oslo')
  t.false([a.id, b.id].includes(preview.id))
  t.truthy(preview.deletedAt)
  t.is((await client.get(`/rest/companies/${preview.id}`)).status, 404)
  t.is((await client.get(`/rest/companies/${b.id}`)).body.data.company.name, 'Run')
  t.is((await client.get(`/rest/companies/${a.id}`)).body.data.company.address.addressCity, '')
})

test('GraphQL merges alike', async (t) => {
  const [a, b] = await createPair('people', [
    { name: { firstName: 'G', lastName: 'Q' } },
    { emails: { primaryEmail: 'gq@m.test' } },
  ])
  const mutation = `mutation ($ids: [UUID!]!) { mergePeople(ids: $ids, conflictPriorityIndex: 0) { id name { firstName } emails { primaryEmail } } }`
  const { body } = await client.graphql(mutation, { ids: [a.id, b.id] })
  t.deepEqual(body.data?.mergePeople, {
    id: a.id,
    name: { firstName: 'G' },
    emails: { primaryEmail: 'gq@m.test' },
  })
  const again = await client.graphql(mutation, { ids: [a.id, b.id] })
  t.is(again.body.errors[0].extensions.code, 'NOT_FOUND')
})

test('a missing record leaves everything as it was', async (t) => {
  const [a, b] = await createPair('companies', [{ name: 'x' }, { name: 'y' }])
  const { status, body } = await merge('companies', {
    ids: [a.id, b.id, randomUUID()],
    conflictPriorityIndex: 0,
  })
  t.is(status, 404)
  t.is(body.messages[0], 'Record not found')
  t.is((await client.get(`/rest/companies/${b.id}`)).status, 200)
})

test('refuses in the words of the contract', async (t) => {
  const ids = (count: number) => Array.from({ length: count }, () => randomUUID())
  const refusals: readonly [string, unknown, string][] = [
    [
      'tasks',
      { ids: ids(2), conflictPriorityIndex: 0 },
      "Merge is only available for objects with duplicate criteria. Object 'task' does not have duplicate criteria defined.",
    ],
    ['people', { ids: ids(1), conflictPriorityIndex: 0 }, 'At least 2 record IDs are required for merge'],
    ['people', {}, 'At least 2 record IDs are required for merge'],
    ['people', { ids: ids(10), conflictPriorityIndex: 0 }, 'Maximum 9 records can be merged at once'],
    [
      'people',
      { ids: ids(2), conflictPriorityIndex: 5 },
      "Invalid conflict priority '5'. Valid options for 2 records: 0-1",
    ],
  ]
  for (const [plural, body, message] of refusals) {
    const answer = await merge(plural, body)
    t.is(answer.status, 400, message)
    t.is(answer.body.messages[0], message)
  }
})

test('lists of every kind are united or kept whole, and none is flattened', async (t) => {
  const { schemaName } = client.workspace
  const lists: readonly (readonly [type: string, values: readonly [string, string], merged: string])[] = [
    ['text[]', ['{a,b,NULL}', '{b,c,NULL}'], '{a,b,NULL,c}'],
    ['text[][]', ['{{a,b},{c,d}}', '{{e,f}}'], '{{a,b},{c,d}}'],
    ['text[]', ['{}', '{{e,f}}'], '{{e,f}}'],
    ['int[]', ['{{1,2}}', '{3}'], '{{1,2}}'],
    ['int[]', ['[5:6]={1,2}', '{2,3}'], '{1,2,3}'],
    ['json[]', ['{"{\\"a\\":1}","[]"}', '{"[]","null"}'], '{"{\\"a\\":1}",[],"null"}'],
    ['point[]', ['{"(1,2)"}', '{"(1,2)","(3,4)"}'], '{"(1,2)","(3,4)"}'],
    ['xml[]', ['{<a/>}', '{<a/>,<b/>}'], '{<a/>,<b/>}'],
    ['pair[]', ['{"(1,a)"}', '{"(2,b)","(1,a)"}'], '{"(1,a)","(2,b)"}'],
    ['numrange[]', ['{"[1,2)"}', '{"[1,2)",empty}'], '{"[1,2)",empty}'],
    ['numeric[]', ['{1.0}', '{1.00,2}'], '{1.0,2}'],
    ['int[]', ['{}', '{}'], '{}'],
  ]
  const columns = lists.map(
    ([type], at) => `add column l${at} ${type} ${at === 11 ? "not null default '{}'" : ''}`,
  )
  const { pool } = server.gateway
  await runInSchema(
    pool,
    schemaName,
    `create type pair as (a int, b text); alter table person ${columns.join(', ')}`,
  )
  const [a, b] = await createPair('people', [{ jobTitle: 'A' }, { jobTitle: 'B' }])
  for (const [at, { id }] of [a, b].entries())
    for (const [column, [type, values]] of lists.entries())
      await runInSchema(
        pool,
        schemaName,
        `update person set l${column} = ${pgLiteral(values[at] ?? '')}::${type} where id = '${id}'`,
      )
  const { status, text } = await merge('people', { ids: [a.id, b.id], conflictPriorityIndex: 0 })
  t.is(status, 200, text)
  const texts = lists.map((_, at) => `l${at}::text`)
  const { rows } = await pool.query({
    text: `select ${texts.join(', ')} from "${schemaName}".person where id = $1`,
    values: [a.id],
    rowMode: 'array',
  })
  for (const [at, [type, values, merged]] of lists.entries()) t.is(rows[0]?.[at], merged, `${type} ${values}`)
})
