// Every type of field that the metadata API makes: what is answered is the same over both protocols, is taken
// back unchanged, and finds its record.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

type Row = Readonly<Record<string, unknown>>

let server: TestGateway
let client: Client
let ids: readonly string[]

const OPTIONS = ['A', 'B', 'C'].map((value, position) => ({ value, label: value, position, color: 'red' }))

interface Field {
  readonly name: string
  readonly type: string
  readonly more?: Row
  readonly values: readonly unknown[]
}

const FIELDS: readonly Field[] = [
  { name: 'text', type: 'TEXT', values: [' x ', 'ü "q" \\ ,[]{}', '🎉\n\t'] },
  {
    name: 'int',
    type: 'NUMBER',
    more: { settings: { dataType: 'int' } },
    values: [0, -2147483648, 2147483647],
  },
  { name: 'float', type: 'NUMBER', more: { settings: { dataType: 'float' } }, values: [0.1, -1e300, 5e-324] },
  {
    name: 'big',
    type: 'NUMBER',
    more: { settings: { dataType: 'bigint' } },
    values: [9007199254740992, '9223372036854775807', '-9223372036854775808'],
  },
  { name: 'flag', type: 'BOOLEAN', values: [true, false] },
  { name: 'day', type: 'DATE', values: ['2026-02-28', '0001-01-01', '9999-12-31'] },
  { name: 'at', type: 'DATE_TIME', values: ['2026-02-28T01:02:03.004Z', '1969-12-31T23:59:59.999Z'] },
  { name: 'choice', type: 'SELECT', more: { options: OPTIONS }, values: ['A', 'C'] },
  { name: 'many', type: 'MULTI_SELECT', more: { options: OPTIONS }, values: [['A', 'C'], [], ['B']] },
  { name: 'stars', type: 'RATING', values: ['RATING_1', 'RATING_5'] },
  { name: 'list', type: 'ARRAY', values: [['a', '', 'b,"\\{}'], [], ['NULL']] },
  { name: 'json', type: 'RAW_JSON', values: [{ a: [1, null, { b: 'x' }] }, [1, 2], {}, []] },
  { name: 'uid', type: 'UUID', values: ['0199cccc-0000-4000-8000-000000000000'] },
  { name: 'full', type: 'FULL_NAME', values: [{ firstName: 'Ada', lastName: "O'Neill" }] },
  {
    name: 'money',
    type: 'CURRENCY',
    values: [
      { amountMicros: 1500000, currencyCode: 'EUR' },
      { amountMicros: '9007199254740993', currencyCode: 'USD' },
      { amountMicros: -0.5, currencyCode: '' },
    ],
  },
  {
    name: 'place',
    type: 'ADDRESS',
    values: [
      {
        addressStreet1: '1 Road',
        addressStreet2: '',
        addressCity: 'Paris',
        addressPostcode: '75001',
        addressState: '',
        addressCountry: 'France',
        addressLat: 48.8566,
        addressLng: -2.3522,
      },
    ],
  },
  {
    name: 'mail',
    type: 'EMAILS',
    values: [{ primaryEmail: 'a@bücher.example', additionalEmails: ['b@c.test'] }],
  },
  {
    name: 'phone',
    type: 'PHONES',
    values: [
      {
        primaryPhoneNumber: '612345678',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
        additionalPhones: [{ number: '30123456', countryCode: 'DE', callingCode: '+49' }],
      },
    ],
  },
  {
    name: 'web',
    type: 'LINKS',
    values: [
      {
        primaryLinkLabel: 'A /',
        primaryLinkUrl: 'https://a.test/b/?c=/',
        secondaryLinks: [{ label: 'x', url: 'https://b.test' }],
      },
      { primaryLinkUrl: 'https://xn--bcher-kva.example/a//b', primaryLinkLabel: '' },
    ],
  },
  { name: 'doc', type: 'RICH_TEXT', values: [{ markdown: '# x\n\n**b**' }] },
  { name: 'maker', type: 'ACTOR', values: [{ source: 'IMPORT', context: { a: [1] } }, { source: 'EMAIL' }] },
]

const PARTS: Readonly<Record<string, string>> = {
  FULL_NAME: 'firstName lastName',
  CURRENCY: 'amountMicros currencyCode',
  ADDRESS:
    'addressStreet1 addressStreet2 addressCity addressPostcode addressState addressCountry addressLat addressLng',
  EMAILS: 'primaryEmail additionalEmails',
  PHONES: 'primaryPhoneNumber primaryPhoneCountryCode primaryPhoneCallingCode additionalPhones',
  LINKS: 'primaryLinkLabel primaryLinkUrl secondaryLinks',
  RICH_TEXT: 'blocknote markdown',
  ACTOR: 'source workspaceMemberId name context',
}

const SELECTION = [
  'id name createdAt updatedAt deletedAt position',
  `createdBy { ${PARTS.ACTOR} } updatedBy { ${PARTS.ACTOR} }`,
  ...FIELDS.map(({ name, type }) => (PARTS[type] === undefined ? name : `${name} { ${PARTS[type]} }`)),
].join(' ')

const stored = async (): Promise<readonly Row[]> => {
  const { rows } = await server.gateway.pool.query<{ row: Row }>(
    `select (select json_object_agg(key, value) from json_each_text(row_to_json(r))) as row from "${client.workspace.schemaName}".vessel r order by position`,
  )
  // Who wrote last and when is meant to change.
  return rows.map(({ row }) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('updated_'))),
  )
}

const restRows = async (): Promise<readonly Row[]> =>
  (await client.get('/rest/vessels?order_by=position')).body.data.vessels

const graphqlRows = async (): Promise<readonly Row[]> => {
  const { body, text } = await client.graphql(
    `{ vessels(orderBy: [{ position: AscNullsFirst }]) { edges { node { ${SELECTION} } } } }`,
  )
  if (body.errors !== undefined) throw new Error(text)
  return body.data.vessels.edges.map(({ node }: { node: Row }) => node)
}

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('vessel')
  for (const { name, type, more } of FIELDS)
    await metadata.createField({ objectMetadataId, type, name, label: name, ...more })
  const rows = Array.from({ length: Math.max(...FIELDS.map(({ values }) => values.length)) + 1 }, (_, row) =>
    Object.fromEntries(
      FIELDS.flatMap(({ name, values }) => (values[row] === undefined ? [] : [[name, values[row]]])),
    ),
  )
  const { body, text, status } = await client.request('POST', '/rest/batch/vessels', rows)
  if (status !== 201) throw new Error(text)
  ids = body.data.createVessels.map(({ id }: Row) => id)
})
test.after.always(() => server?.close())

test.serial('written values read back unchanged, the same over both protocols', async (t) => {
  const rest = await restRows()
  t.deepEqual(await graphqlRows(), rest)
  for (const { name, values } of FIELDS)
    for (const [row, value] of values.entries()) {
      const answered = rest[row]?.[name]
      if (PARTS[FIELDS.find((field) => field.name === name)?.type ?? ''] === undefined)
        t.deepEqual(answered, value)
      else t.like(answered as Row, value as Row, name)
    }
})

test.serial('an ACTOR field has the default of the contract', async (t) => {
  const last = (await restRows()).at(-1)
  t.deepEqual(last?.maker, { source: 'MANUAL', workspaceMemberId: null, name: '', context: {} })
})

test.serial('a whole record is taken back unchanged, over both protocols', async (t) => {
  const before = await stored()
  for (const [at, record] of (await restRows()).entries()) {
    for (const [method, path, body] of [
      ['PATCH', `/rest/vessels/${record.id}`, record],
      ['PUT', `/rest/vessels/${record.id}`, record],
      ['PATCH', `/rest/vessels?filter=id[eq]:${record.id}`, record],
      ['POST', '/rest/vessels?upsert=true', { ...record, createdBy: {}, updatedBy: {}, maker: {} }],
    ] as const) {
      const answer = await client.request(method, path, body)
      t.true(answer.status === 200 || answer.status === 201, `${method} ${path} ${at} ${answer.text}`)
    }
  }
  for (const record of await graphqlRows()) {
    const { body, text } = await client.graphql(
      'mutation($id: UUID!, $data: VesselUpdateInput!) { updateVessel(id: $id, data: $data) { id } }',
      { id: record.id, data: record },
    )
    t.is(body.errors, undefined, text)
  }
  t.deepEqual(await stored(), before)
})

test.serial('a value that was read finds its record, parts of composites too', async (t) => {
  const isComparable = ({ type }: Field): boolean =>
    !['MULTI_SELECT', 'ARRAY', 'RAW_JSON', 'RICH_TEXT'].includes(type)
  const leaves = (record: Row): readonly (readonly [path: string, filter: Row, value: unknown])[] =>
    FIELDS.filter(isComparable).flatMap(({ name, type }): (readonly [string, Row, unknown])[] => {
      const value = record[name]
      if (PARTS[type] === undefined) return [[name, { [name]: { eq: value } }, value]]
      return Object.entries(value as Row)
        .filter(([, inner]) => typeof inner !== 'object')
        .map(([part, inner]) => [`${name}.${part}`, { [name]: { [part]: { eq: inner } } }, inner])
    })
  for (const record of await restRows())
    for (const [path, filter, value] of leaves(record)) {
      if (value === null || value === '') continue
      const quoted = typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)
      const rest = await client.get(`/rest/vessels?filter=${encodeURIComponent(`${path}[eq]:${quoted}`)}`)
      const found = rest.body.data?.vessels.map(({ id }: Row) => id) ?? []
      t.true(found.includes(record.id), `${path} ${quoted} ${rest.text}`)
      const graphql = await client.graphql(
        'query($filter: VesselFilterInput) { vessels(filter: $filter) { edges { node { id } } } }',
        { filter },
      )
      t.deepEqual(
        graphql.body.data?.vessels.edges.map(({ node }: { node: Row }) => node.id),
        found,
        `${path} ${graphql.text}`,
      )
    }
  t.is(ids.length, (await restRows()).length)
})
