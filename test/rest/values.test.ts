import { randomUUID } from 'node:crypto'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

// biome-ignore lint/suspicious/noExplicitAny: records are what the tests look into.
type Found = any

const create = async (plural: string, data: unknown): Promise<Found> => {
  const answer = await client.request('POST', `/rest/${plural}`, data)
  if (answer.status !== 201) throw new Error(answer.text)
  return Object.values(answer.body.data)[0]
}

const EMAILS: readonly [given: string, kept: string][] = [
  ['Ada@Example.COM', 'ada@example.com'],
  [' space@around.test ', 'space@around.test'],
  ['first.last+tag@sub.example.co.uk', 'first.last+tag@sub.example.co.uk'],
  ['Jörg@Bücher.example', 'jörg@bücher.example'],
  ['用户@例子.广告', '用户@例子.广告'],
  ["o'brien@x-y.test", "o'brien@x-y.test"],
  ['a@XN--bcher-kva.example.', 'a@bücher.example'],
]
for (const [given, kept] of EMAILS) {
  test(`keeps the e-mail address ${given} as ${kept}`, async (t) => {
    const { emails } = await create('people', {
      emails: { primaryEmail: given, additionalEmails: [given, 'B@C.test'] },
    })
    t.deepEqual(emails, { primaryEmail: kept, additionalEmails: [kept, 'b@c.test'] })
  })
}

const URLS: readonly [given: string, kept: string][] = [
  ['https://acme.test/', 'https://acme.test'],
  ['HTTPS://Acme.TEST/About/', 'https://acme.test/About'],
  ['https://acme.test/a/?b=C/', 'https://acme.test/a/?b=C/'],
  ['https://acme.test/a#b/', 'https://acme.test/a#b/'],
  ['https://acme.test.:8080/', 'https://acme.test:8080'],
  ['https://Bücher.test/ü', 'https://xn--bcher-kva.test/ü'],
  ['http://acme.test:80/x', 'http://acme.test/x'],
  ['acme.test/', 'https://acme.test'],
  ['Bücher.TEST.:443/x/', 'https://xn--bcher-kva.test/x'],
  ['http://10.0.0.1/', 'http://10.0.0.1'],
  ['http://[::1]:8080/', 'http://[::1]:8080'],
  ['https://intranet/', 'https://intranet'],
  ['https://a_b.test/', 'https://a_b.test'],
  ['https://me:secret@Acme.test/', 'https://me:secret@Acme.test/'],
]
for (const url of [
  'not a url',
  'nothing',
  'mailto:a@b.test',
  'javascript:alert(1)',
  'ftp://a.test',
  'a@b.test',
  'http://',
  '//a.test',
  '1.5',
  'a b.test',
  'https://a b.test',
  'https://a,b.test',
  'https://1',
  'https://10.1',
  `https://${'a'.repeat(64)}.test`,
  'https://-a.test',
])
  test(`refuses the link ${url}, first or further`, async (t) => {
    for (const linkedinLink of [{ primaryLinkUrl: url }, { secondaryLinks: [{ label: 'L', url }] }]) {
      const { status, body } = await client.request('POST', '/rest/people', { linkedinLink })
      t.is(status, 400)
      t.regex(
        body.messages[0],
        /^Invalid link '.*' for field "linkedinLink\..*" - It should be an http\(s\) URL or a domain$/,
      )
    }
  })

test('an e-mail address and a link are one value in all their spellings: in filters, unique values, upserts and connections', async (t) => {
  const email = { primaryEmail: 'Ada@spelt.BÜCHER.example.' }
  const made = await create('people', { emails: email })
  const twin = await client.request('POST', '/rest/people', {
    emails: { primaryEmail: 'ada@spelt.xn--bcher-kva.example' },
  })
  t.is(twin.status, 409, twin.text)
  const again = await client.request('POST', '/rest/people?upsert=true', {
    emails: { primaryEmail: 'ADA@spelt.xn--bcher-kva.example' },
  })
  t.is(again.body.data.createPerson.id, made.id)
  const found = async (path: string, filter: string): Promise<unknown> =>
    (await client.get(`/rest/${path}?filter=${encodeURIComponent(filter)}`)).body.totalCount
  for (const spelling of ['ada@spelt.bücher.example', 'ADA@spelt.xn--bcher-kva.example.'])
    for (const filter of [`[eq]:${spelling}`, `[in]:["${spelling}"]`])
      t.is(await found('people', `emails.primaryEmail${filter}`), 1, filter)

  const company = await create('companies', { domainName: { primaryLinkUrl: 'spelt.test' } })
  t.is(company.domainName.primaryLinkUrl, 'https://spelt.test')
  for (const primaryLinkUrl of ['https://Spelt.test/', 'spelt.test.', 'HTTPS://spelt.test:443']) {
    const { status } = await client.request('POST', '/rest/companies', { domainName: { primaryLinkUrl } })
    t.is(status, 409, primaryLinkUrl)
    t.is(await found('companies', `domainName.primaryLinkUrl[eq]:"${primaryLinkUrl}"`), 1, primaryLinkUrl)
    const person = await create('people', {
      company: { connect: { where: { domainName: { primaryLinkUrl } } } },
    })
    t.is(person.companyId, company.id)
    const duplicates = await client.request('POST', '/rest/companies/duplicates', {
      data: [{ domainName: { primaryLinkUrl } }],
    })
    t.is(duplicates.body.data[0].totalCount, 1)
  }
})

for (const [given, kept] of URLS) {
  test(`keeps the link ${given} as ${kept}, and its label`, async (t) => {
    const { linkedinLink } = await create('people', {
      linkedinLink: {
        primaryLinkLabel: 'Label /',
        primaryLinkUrl: given,
        secondaryLinks: [{ label: 'L', url: given }],
      },
    })
    t.deepEqual(linkedinLink, {
      primaryLinkLabel: 'Label /',
      primaryLinkUrl: kept,
      secondaryLinks: [{ label: 'L', url: kept }],
    })
  })
}

const PHONES: readonly [given: Record<string, string>, number: string, country: string, calling: string][] = [
  [{ primaryPhoneNumber: '+33 6 12 34 56 78' }, '612345678', 'FR', '+33'],
  [{ primaryPhoneNumber: '0612345678', primaryPhoneCountryCode: 'FR' }, '612345678', 'FR', '+33'],
  [{ primaryPhoneNumber: '0612345678', primaryPhoneCallingCode: '+33' }, '612345678', 'FR', '+33'],
  [{ primaryPhoneNumber: '(201) 555-0123', primaryPhoneCountryCode: 'US' }, '2015550123', 'US', '+1'],
  [{ primaryPhoneNumber: '5551234' }, '5551234', '', ''],
  [{ primaryPhoneCountryCode: 'DE' }, '', 'DE', '+49'],
  [{ primaryPhoneCallingCode: '+49' }, '', 'DE', '+49'],
]
for (const [given, number, country, calling] of PHONES) {
  test(`reads the phone ${JSON.stringify(given)}`, async (t) => {
    const { phones } = await create('people', { phones: given })
    t.deepEqual(phones, {
      primaryPhoneNumber: number,
      primaryPhoneCountryCode: country,
      primaryPhoneCallingCode: calling,
      additionalPhones: [],
    })
  })
}

test('reads additional phones too', async (t) => {
  const { phones } = await create('people', {
    phones: { additionalPhones: [{ number: '+4930123456', countryCode: '', callingCode: '' }] },
  })
  t.deepEqual(phones.additionalPhones, [{ number: '30123456', countryCode: 'DE', callingCode: '+49' }])
})

const BAD_PHONES: readonly [given: Record<string, string>, message: string][] = [
  [{ primaryPhoneNumber: 'nope' }, 'Provided phone number is invalid nope'],
  [{ primaryPhoneCountryCode: 'XX' }, 'Invalid country code XX'],
  [{ primaryPhoneCallingCode: '+999' }, 'Invalid calling code +999'],
  [
    { primaryPhoneCountryCode: 'FR', primaryPhoneCallingCode: '+1' },
    'Provided country code and calling code are conflicting',
  ],
  [
    { primaryPhoneNumber: '+33612345678', primaryPhoneCountryCode: 'DE' },
    'Provided and inferred country code are conflicting',
  ],
  [
    { primaryPhoneNumber: '+33612345678', primaryPhoneCallingCode: '+1' },
    'Provided and inferred calling code are conflicting',
  ],
]
for (const [phones, message] of BAD_PHONES) {
  test(`refuses the phone ${JSON.stringify(phones)}`, async (t) => {
    const { status, body } = await client.request('POST', '/rest/people', { phones })
    t.is(status, 400)
    t.deepEqual(body.messages, [message])
  })
}

test('rich text given as Markdown fills the editor document, and the other way round', async (t) => {
  const markdown = '# Title\n\nSome **bold** and [a link](https://x.test)\n\n- one\n- two\n\n1. first'
  const { bodyV2 } = await create('notes', { bodyV2: { markdown } })
  t.is(bodyV2.markdown, markdown)
  const blocks = JSON.parse(bodyV2.blocknote)
  t.deepEqual(
    blocks.map(({ type }: Found) => type),
    ['heading', 'paragraph', 'bulletListItem', 'bulletListItem', 'numberedListItem'],
  )
  const back = await create('notes', { bodyV2: { blocknote: bodyV2.blocknote } })
  t.deepEqual(back.bodyV2, bodyV2)
  const updated = await client.request('PATCH', `/rest/notes/${back.id}`, { bodyV2: { markdown: 'new' } })
  t.is(JSON.parse(updated.body.data.updateNote.bodyV2.blocknote)[0].content[0].text, 'new')
  const emptied = await client.request('PATCH', `/rest/notes/${back.id}`, { bodyV2: { markdown: '' } })
  t.deepEqual(emptied.body.data.updateNote.bodyV2, { blocknote: '', markdown: '' })
})

test('numbers keep their digits, however many they have', async (t) => {
  for (const sent of ['12345678901234567890123', '"12345678901234567890123"']) {
    const answer = await client.request(
      'POST',
      '/rest/companies',
      `{"annualRevenue":{"amountMicros":${sent}}}`,
    )
    t.is(answer.body.data.createCompany.annualRevenue.amountMicros, '12345678901234567890123')
  }
  const exact = await client.request(
    'POST',
    '/rest/companies',
    '{"address":{"addressLat":0.12345678901234567890,"addressLng":-1.5}}',
  )
  t.is(exact.body.data.createCompany.address.addressLat, '0.12345678901234567890')
  t.is(exact.body.data.createCompany.address.addressLng, -1.5)
  const context = await client.request(
    'POST',
    '/rest/companies',
    '{"createdBy":{"context":{"id":12345678901234567890}}}',
  )
  t.regex(context.text, /"context":\{"id": ?12345678901234567890\}/)
})

test('position is first, last or a number, also several times in a batch', async (t) => {
  const batch = await client.request('POST', '/rest/batch/tasks', [
    { position: 5 },
    { position: 'last' },
    { position: 'last' },
    { position: 'first' },
    { position: 'first' },
  ])
  t.deepEqual(
    batch.body.data.createTasks.map(({ position }: Found) => position),
    [5, 2, 3, -3, -4],
  )
  const last = await create('tasks', { position: 'last' })
  const first = await create('tasks', { position: 'first' })
  t.deepEqual([last.position, first.position], [6, -5])
})

test('createdBy takes a source and a context, and nothing else', async (t) => {
  const { createdBy } = await create('people', {
    createdBy: { source: 'IMPORT', context: { file: 'a.csv' } },
  })
  t.like(createdBy, { source: 'IMPORT', context: { file: 'a.csv' }, name: 'Key of Admin' })
  const refused = await client.request('POST', '/rest/people', { createdBy: { name: 'Somebody' } })
  t.deepEqual(refused.body.messages, ['Invalid subfield name for actor field "createdBy"'])
})

test('absent values read as the contract has them', async (t) => {
  const person = await create('people', {
    jobTitle: null,
    emails: null,
    linkedinLink: { primaryLinkUrl: '' },
  })
  t.like(person, {
    jobTitle: '',
    emails: { primaryEmail: '', additionalEmails: [] },
    linkedinLink: { primaryLinkLabel: '', primaryLinkUrl: '', secondaryLinks: [] },
  })
})

const PERSON = 'mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id } }'
const OPPORTUNITY = 'mutation ($data: OpportunityCreateInput!) { createOpportunity(data: $data) { id } }'
const NOTE = 'mutation ($data: NoteCreateInput!) { createNote(data: $data) { id } }'

const REFUSALS: readonly [
  plural: string,
  mutation: string,
  data: Record<string, unknown>,
  message: string,
][] = [
  ['people', PERSON, { jobTitle: 1 }, 'Invalid string value 1 for text field "jobTitle"'],
  ['people', PERSON, { position: 'string' }, `Invalid number value 'string' for field "position"`],
  ['people', PERSON, { position: null }, 'Invalid position value null for field "position"'],
  ['people', PERSON, { companyId: 'non-uuid' }, `Invalid UUID value 'non-uuid' for field "companyId"`],
  ['people', PERSON, { emails: 'text' }, `Invalid object value 'text' for field "emails"`],
  ['people', PERSON, { emails: { x: 1 } }, 'Invalid subfield x for emails field "emails"'],
  [
    'people',
    PERSON,
    { emails: { primaryEmail: 'not-an-email' } },
    `Invalid string value 'not-an-email' for email field "emails.primaryEmail"`,
  ],
  [
    'people',
    PERSON,
    { emails: { additionalEmails: ['not-an-email'] } },
    `Invalid string value 'not-an-email' for email field "emails.additionalEmails"`,
  ],
  [
    'opportunities',
    OPPORTUNITY,
    { closeDate: 'x' },
    `Invalid value 'x' for date-time field "closeDate". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'`,
  ],
  [
    'opportunities',
    OPPORTUNITY,
    { stage: 'nope' },
    'Invalid value "nope" for field "stage". Valid values are: NEW, SCREENING, MEETING, PROPOSAL, CUSTOMER',
  ],
  [
    'opportunities',
    OPPORTUNITY,
    { amount: { amountMicros: 'string' } },
    `Invalid number value 'string' for field "amount.amountMicros"`,
  ],
  [
    'people',
    PERSON,
    { createdBy: { context: 'text' } },
    `Invalid object value 'text' for field "createdBy.context"`,
  ],
  [
    'notes',
    NOTE,
    { bodyV2: { blocknote: '{' } },
    'Invalid blocknote value for field "bodyV2.blocknote" - must contain valid JSON',
  ],
  ['people', PERSON, { foo: 1 }, `Object person doesn't have any "foo" field.`],
]
for (const [plural, mutation, data, message] of REFUSALS) {
  test(`${JSON.stringify(data)} is refused in the same words on both protocols`, async (t) => {
    const rest = await client.request('POST', `/rest/${plural}`, data)
    t.is(rest.status, 400)
    t.is(rest.body.messages[0], message)
    const graphql = await client.graphql(mutation, { data })
    t.is(graphql.body.errors[0].message, message)
    t.is(graphql.body.errors[0].extensions.code, 'BAD_USER_INPUT')
  })
}

test('a required field is reported by its name', async (t) => {
  const made = await create('opportunities', {})
  t.is(made.stage, 'NEW')
  const { status, body } = await client.request('PATCH', `/rest/opportunities/${made.id}`, { stage: null })
  t.is(status, 400)
  t.is(body.messages[0], 'Field stage is not nullable and has no default value.')
})

test("a relation to a missing record and a number beyond its column are refused with the field's name", async (t) => {
  const nobody = randomUUID()
  const rest = await client.request('POST', '/rest/people', { companyId: nobody })
  t.is(rest.status, 409)
  t.like(rest.body, { code: 'FOREIGN_KEY_VIOLATION', fields: ['companyId'] })
  t.is(rest.body.messages[1], 'It is the value of companyId.')
  const graphql = await client.graphql(`mutation { createPerson(data: { companyId: "${nobody}" }) { id } }`)
  t.like(graphql.body.errors[0].extensions, { code: 'CONFLICT', fields: ['companyId'] })

  const objectMetadataId = await metadataOf(client).createObject('crate')
  for (const [name, dataType] of Object.entries({ small: 'int', big: 'bigint' }))
    await metadataOf(client).createField({
      objectMetadataId,
      type: 'NUMBER',
      name,
      label: name,
      settings: { dataType },
    })
  const extremes = { small: -2_147_483_648, big: '-9223372036854775808' }
  t.like((await client.request('POST', '/rest/crates', extremes)).body.data.createCrate, extremes)
  for (const beyond of [{ small: 2_147_483_648 }, { big: '9223372036854775808' }]) {
    const [[name, value] = []] = Object.entries(beyond)
    const { status, body } = await client.request('POST', '/rest/crates', beyond)
    t.is(status, 400)
    t.is(body.code, 'OUT_OF_RANGE')
    t.deepEqual(body.messages, [`Number ${value} is out of the range of field "${name}"`])
  }
})

test('an empty list or object is a value of lists and JSON alone: nothing else is wiped by it', async (t) => {
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('vessel')
  const options = [{ value: 'A', label: 'A', position: 0, color: 'red' }]
  const scalars: Readonly<Record<string, unknown>> = {
    text: 'x',
    number: 1,
    float: 1.5,
    big: 5,
    flag: true,
    day: '2026-01-02',
    at: '2026-01-02T03:04:05.000Z',
    choice: 'A',
    stars: 'RATING_2',
    uid: randomUUID(),
    money: { amountMicros: 5, currencyCode: 'EUR' },
    full: { firstName: 'A', lastName: 'B' },
    place: { addressCity: 'Oslo', addressLat: 1.5 },
    mail: { primaryEmail: 'a@b.test' },
    web: { primaryLinkUrl: 'https://a.test', primaryLinkLabel: 'A' },
    phone: { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR' },
    doc: { markdown: 'x' },
  }
  const types: Readonly<Record<string, string>> = {
    text: 'TEXT',
    number: 'NUMBER',
    float: 'NUMBER',
    big: 'NUMBER',
    flag: 'BOOLEAN',
    day: 'DATE',
    at: 'DATE_TIME',
    choice: 'SELECT',
    stars: 'RATING',
    uid: 'UUID',
    money: 'CURRENCY',
    full: 'FULL_NAME',
    place: 'ADDRESS',
    mail: 'EMAILS',
    web: 'LINKS',
    phone: 'PHONES',
    doc: 'RICH_TEXT',
  }
  for (const [name, type] of Object.entries(types)) {
    const dataType = { float: 'float', big: 'bigint' }[name]
    const more = {
      ...(type === 'SELECT' ? { options } : {}),
      ...(dataType ? { settings: { dataType } } : {}),
    }
    await metadata.createField({ objectMetadataId, type, name, label: name, ...more })
  }
  const made = await create('vessels', scalars)
  const leaves = Object.entries(scalars).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.keys(value).map((part) => (nothing: unknown) => ({ [name]: { [part]: nothing } }))
      : [(nothing: unknown) => ({ [name]: nothing })],
  )
  for (const data of leaves)
    for (const nothing of [[], {}, [[]]]) {
      const given = data(nothing)
      const { status, text } = await client.request('PATCH', `/rest/vessels/${made.id}`, given)
      t.is(status, 400, `${JSON.stringify(given)} ${text}`)
      const graphql = await client.graphql(
        'mutation($id: UUID!, $data: VesselUpdateInput!) { updateVessel(id: $id, data: $data) { id } }',
        { id: made.id, data: given },
      )
      t.truthy(graphql.body.errors, JSON.stringify(given))
    }
  const { updatedAt: _, ...left } = (await client.get(`/rest/vessels/${made.id}`)).body.data.vessel
  const { updatedAt: __, ...before } = made
  t.deepEqual(left, before)
  const person = await create('people', {})
  for (const nothing of [[], {}])
    t.is((await client.request('PATCH', `/rest/people/${person.id}`, { companyId: nothing })).status, 400)
})
