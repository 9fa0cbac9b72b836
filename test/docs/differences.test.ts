// Every deliberate difference from Twenty: the request that shows it, and its row in
// docs/differences-from-twenty.md.

import { readFile } from 'node:fs/promises'
import test, { type ExecutionContext } from 'ava'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway
let client: Client
let page: string
let company: string

test.before(async () => {
  page = await readFile(new URL('../../docs/differences-from-twenty.md', import.meta.url), 'utf8')
  server = await startTestGateway()
  client = await server.enter()
  const made = await client.request('POST', '/rest/companies', {
    name: 'Shown',
    domainName: { primaryLinkUrl: 'https://shown.test' },
    address: { addressCity: 'Zürich', addressCountry: 'CH' },
  })
  company = made.body.data.createCompany.id
})
test.after.always(() => server?.close())

type Show = (t: ExecutionContext) => Promise<void>
const NONE = '00000000-0000-7000-8000-000000000000'

/** Asks, and compares the status. */
const status =
  (
    expected: number,
    ask: () => Promise<Answer>,
    also: (t: ExecutionContext, answer: Answer) => void = () => {},
  ): Show =>
  async (t) => {
    const answer = await ask()
    t.is(answer.status, expected, answer.text)
    also(t, answer)
  }
const get = (path: string) => () => client.get(path)
const send = (method: string, path: string, body?: unknown) => () => client.request(method, path, body)

/** Row or sentence of the page → what shows it. */
const DIFFERENCES: Readonly<Record<string, Show>> = {
  '| No or bad token |': status(
    401,
    () => client.request('GET', '/rest/companies', undefined, { authorization: 'Bearer x' }),
    (t, { headers }) => t.is(headers.get('www-authenticate'), 'Bearer'),
  ),
  '| Unknown record, object or path |': status(404, get(`/rest/companies/${NONE}`)),
  '| Unknown field |': async (t) => {
    for (const query of ['filter=nope[eq]:1', 'order_by=nope', 'fields=nope'])
      t.is((await client.get(`/rest/companies?${query}`)).status, 400, query)
    t.is((await client.request('POST', '/rest/companies', { nope: 1 })).status, 400)
  },
  '| Faults of a body |': status(
    400,
    send('POST', '/rest/people', { jobTitle: 1, nope: 2 }),
    (t, { body }) => {
      t.is(body.faults.length, 2)
      t.true(body.messages.length >= 2)
    },
  ),
  '| Unique value taken |': status(
    409,
    send('POST', '/rest/companies', { domainName: { primaryLinkUrl: 'shown.test' } }),
  ),
  '| Foreign keys |': status(409, send('POST', '/rest/people', { companyId: NONE })),
  '| `POST /rest/{objects}/{id}` |': status(
    405,
    send('POST', `/rest/companies/${NONE}`, {}),
    (t, { headers }) => t.truthy(headers.get('allow')),
  ),
  '| Inactive objects |': async (t) => {
    const metadata = metadataOf(client)
    const id = await metadata.createObject('sleeper')
    t.is((await client.get('/rest/sleepers')).status, 200)
    await metadata.ask(
      'mutation ($id: UUID!) { updateOneObject(input: { id: $id, update: { isActive: false } }) { id } }',
      { id },
    )
    t.is((await client.get('/rest/sleepers')).status, 404)
  },
  '| Reserved names |': async (t) => {
    const input = {
      object: {
        nameSingular: 'searchRecord',
        namePlural: 'searchRecords',
        labelSingular: 'A',
        labelPlural: 'B',
      },
    }
    const { body } = await metadataOf(client).raw(
      'mutation ($input: CreateOneObjectInput!) { createOneObject(input: $input) { id } }',
      { input },
    )
    t.truthy(body.errors)
  },
  '| Rate limit |': status(200, get('/rest/companies?limit=1'), (t, { headers }) =>
    t.truthy(headers.get('x-ratelimit-limit')),
  ),
  '| GraphQL over HTTP |': status(200, get('/graphql?query={__typename}')),
  '| Quotes in filters |': status(200, get('/rest/companies?filter=name[eq]:"a, (b) \\"c\\""')),
  '| Repeated `filter` |': status(400, get('/rest/companies?filter=name[eq]:Shown&filter=name[eq]:Other')),
  '| Filters over relations |': status(200, get('/rest/people?filter=company.name[eq]:Shown')),
  '| Cursors |': status(200, get('/rest/people?order_by=company.name&limit=1')),
  '| GraphQL pages |': async (t) => {
    const { body } = await client.graphql('{ companies(first: 201) { totalCount } }')
    t.truthy(body.errors)
  },
  '| Total counts |': async (t) => {
    t.is((await client.get('/rest/companies?count=none')).body.totalCount, null)
  },
  '| Numbers |': async (t) => {
    const { body } = await client.request('POST', '/rest/opportunities', {
      name: 'n',
      amount: { amountMicros: '1000000', currencyCode: 'EUR' },
    })
    t.is(body.data.createOpportunity.amount.amountMicros, 1_000_000)
  },
  '| Tables made in SQL |': async (t) => {
    await server.gateway.pool.query(
      `create table "${client.workspace.schemaName}".handmade (id int primary key)`,
    )
    t.is((await client.get('/rest/handmades')).status, 200)
  },
  '| Bulk writes |': status(400, send('DELETE', '/rest/companies')),
  '| Records in a batch |': status(
    400,
    send(
      'POST',
      '/rest/batch/people',
      Array.from({ length: 61 }, () => ({})),
    ),
  ),
  '| Empty batches |': async (t) => {
    t.is((await client.request('POST', '/rest/batch/people', [])).status, 201)
    t.is((await client.request('POST', '/rest/people/duplicates', { ids: [] })).status, 200)
  },
  '| Duplicates in an upsert |': async (t) => {
    const entry = (jobTitle: string) => ({ emails: { primaryEmail: 'twice@shown.test' }, jobTitle })
    const answer = await client.request('POST', '/rest/batch/people?upsert=true', [
      entry('first'),
      entry('last'),
    ])
    t.is(answer.status, 201, answer.text)
    const { body } = await client.get('/rest/people?filter=emails.primaryEmail[eq]:twice@shown.test')
    t.like(body, { totalCount: 1, data: { people: [{ jobTitle: 'last' }] } })
  },
  '| Unique values and the trash |': async (t) => {
    const domainName = { primaryLinkUrl: 'trash.test' }
    const { body } = await client.request('POST', '/rest/companies', { domainName })
    await client.request('DELETE', `/rest/companies/${body.data.createCompany.id}?soft_delete=true`)
    t.is((await client.request('POST', '/rest/companies', { domainName })).status, 201)
    t.is((await client.request('PATCH', `/rest/companies/${body.data.createCompany.id}/restore`)).status, 409)
  },
  '| Names and the trash |': async (t) => {
    const metadata = metadataOf(client)
    const id = await metadata.createObject('phoenix')
    await metadata.ask('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', { id })
    t.truthy(await metadata.createObject('phoenix'))
  },
  '| Partial composites |': async (t) => {
    const { body } = await client.request('PATCH', `/rest/companies/${company}`, {
      address: { addressCity: 'Bern' },
    })
    t.like(body.data.updateCompany.address, { addressCity: 'Bern', addressCountry: 'CH' })
  },
  '| Ids |': status(201, send('POST', '/rest/companies', { id: '01890a5d-ac96-774b-bcce-b302099a8057' })),
  '| `connect` beside other entries |': status(
    201,
    send('POST', '/rest/batch/people', [
      { company: { connect: { where: { domainName: { primaryLinkUrl: 'shown.test' } } } } },
      {},
    ]),
  ),
  '| `connect` by the id of a record in the trash |': async (t) => {
    const { body } = await client.request('POST', '/rest/companies', {})
    const { id } = body.data.createCompany
    await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
    for (const data of [{ companyId: id }, { company: { connect: { where: { id } } } }]) {
      const answer = await client.request('POST', '/rest/people', data)
      t.is(answer.status, 201, answer.text)
      t.is(answer.body.data.createPerson.companyId, null)
    }
  },
  '| Values of links |': async (t) => {
    const write = (primaryLinkUrl: string) =>
      client.request('POST', '/rest/companies', { domainName: { primaryLinkUrl } })
    t.is((await write('not a url')).status, 400)
    const { body } = await write('bücher.example/path//')
    t.is(body.data.createCompany.domainName.primaryLinkUrl, 'https://xn--bcher-kva.example/path')
  },
  '| Domains of e-mail addresses |': status(
    201,
    send('POST', '/rest/people', { emails: { primaryEmail: 'a@xn--bcher-kva.example' } }),
    (t, { body }) => t.is(body.data.createPerson.emails.primaryEmail, 'a@bücher.example'),
  ),
  '| Half a surrogate pair, U+0000 |': status(400, send('POST', '/rest/companies', '{"name": "\\ud800"}')),
  '| `[]` for a field that is not a list |': status(400, send('POST', '/rest/companies', { name: [] })),
  '| Idempotent writes |': async (t) => {
    const twice = () =>
      client.request('POST', '/rest/companies', { name: 'Once' }, { 'idempotency-key': 'shown' })
    t.is((await twice()).status, 201)
    t.is((await twice()).headers.get('idempotent-replayed'), 'true')
  },
  '| Members |': async (t) => {
    const answer = await client.request('POST', '/rest/workspaceMembers', { userId: NONE })
    t.true(answer.status >= 400 && answer.status < 500, answer.text)
  },
  '| Networks |': async (t) => {
    const { body: roles } = await client.get('/rest/metadata/roles')
    const input = { name: 'Bound', expiresAt: '2099-12-31', roleId: roles[0].id, networks: ['192.0.2.0/24'] }
    const { body: key } = await client.request('POST', '/rest/metadata/apiKeys', input)
    const authorization = `Bearer ${key.token}`
    const answer = await client.request('GET', '/rest/companies', undefined, { authorization })
    t.is(answer.status, 403, answer.text)
  },
  '| `generatePlaygroundToken` |': async (t) => {
    t.regex(
      (await metadataOf(client).refused('mutation { generatePlaygroundToken { token } }')).message,
      /generatePlaygroundToken/,
    )
  },
  '| Flat metadata over REST |': async (t) => {
    await metadataOf(client).ask('mutation { updateWorkspace(data: { restMetadataFormat: "flat" }) { id } }')
    const { body } = await client.get('/rest/metadata/apiKeys')
    t.true(Array.isArray(body.data))
    t.truthy(body.pageInfo)
    await metadataOf(client).ask('mutation { updateWorkspace(data: { restMetadataFormat: null }) { id } }')
  },
  '| Pages of other origins |': status(
    200,
    () => client.request('GET', '/rest/companies?limit=1', undefined, { origin: 'https://x.test' }),
    (t, { headers }) => t.is(headers.get('access-control-allow-credentials'), null),
  ),
  'views and page layouts, `onEventSubscription`': status(404, get('/rest/workflows')),
}

/**
 * Rows whose behaviour other tests hold: roles, rate limits of workspaces, headers of raw requests, changes
 * of the model, webhooks.
 */
const TESTED_ELSEWHERE = [
  '| Missing permission over REST |',
  '| Two `Host` headers |',
  '| Groups over REST |',
  '| Timestamps of tables made in SQL |',
  '| Fields that the database fills |',
  '| Timeline of a record |',
  '| API keys |',
  '| Role without create permission |',
  '| Hidden fields |',
  '| System objects |',
  '| Record rules |',
  '| Change of the model |',
  '| OpenAPI document |',
  '| Operations |',
  '| Secrets |',
  '| Failed deliveries |',
  '| Changes by SQL |',
  '| What a webhook sees |',
  '| Headers |',
]

test('every row of the page is known to this test', (t) => {
  const rows = page.match(/^\| [^|]*[^|\s-][^|]*\|/gm) ?? []
  const known = [...Object.keys(DIFFERENCES), ...TESTED_ELSEWHERE]
  t.deepEqual(
    rows.filter((row) => !known.includes(row)),
    [],
  )
  t.deepEqual(
    TESTED_ELSEWHERE.filter((row) => !page.includes(row)),
    [],
  )
})

for (const [row, show] of Object.entries(DIFFERENCES))
  test.serial(`a deliberate difference is shown and documented: ${row}`, async (t) => {
    t.true(page.includes(row), 'the page lacks it')
    await show(t)
  })
