// A default value of a field passes the checks and has the normal form of the same value in a record, on every
// way to set it: create, update and the model document. What a new record then holds can be sent back.

import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { COLUMN_KINDS, TABLES } from './columnDefaults.ts'

type Parts = Readonly<Record<string, unknown>>

let server: TestGateway
let client: Client
let objectId: string

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter('Defaults', { standardObjects: false })
  const { body, text } = await client.request('POST', '/rest/metadata/objects', {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  })
  objectId = body.data.createOneObject?.id
  if (typeof objectId !== 'string') throw new Error(text)
})
test.after.always(() => server?.close())

const VALUES: Readonly<Record<string, readonly Parts[]>> = {
  LINKS: [
    { primaryLinkUrl: 'javascript:x' },
    { primaryLinkUrl: 'BB.test/' },
    { primaryLinkUrl: 'https://a.test', secondaryLinks: [{ url: 'nope nope', label: '' }] },
    { primaryLinkUrl: 'https://a.test', secondaryLinks: [{ url: 'CC.test/', label: 'c' }] },
  ],
  EMAILS: [
    { primaryEmail: 'not an email' },
    { primaryEmail: 'A@XN--bcher-kva.example.' },
    { primaryEmail: 'a@a.test', additionalEmails: ['nope'] },
    { primaryEmail: 'a@a.test', additionalEmails: ['B@B.test'] },
  ],
  PHONES: [
    { primaryPhoneNumber: 'nope' },
    { primaryPhoneNumber: '+33 6 12 34 56 78' },
    { primaryPhoneCountryCode: 'FR' },
    { primaryPhoneCountryCode: 'FR', primaryPhoneCallingCode: '+1' },
  ],
  CURRENCY: [{ amountMicros: 1, currencyCode: 'ZZZZ' }],
  RICH_TEXT: [{ markdown: '# x' }, { blocknote: '{' }],
}

const quoted = (parts: Parts): Parts =>
  Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, typeof part === 'string' ? `'${part}'` : part]),
  )

const recordOf = (answer: Answer): Parts | null =>
  answer.status === 201 ? answer.body.data.createRocket : null

const withoutNulls = (value: unknown): unknown =>
  value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null))
    : value

/** The value of the field in a new record that does not name it. */
const defaultInRecord = async (name: string): Promise<unknown> =>
  recordOf(await client.request('POST', '/rest/rockets', {}))?.[name]

const fieldId = (answer: Answer): string => answer.body.data.createOneField.id

for (const [type, values] of Object.entries(VALUES))
  for (const [at, value] of values.entries())
    test.serial(`${type} ${JSON.stringify(value)}: a default is what the value is in a record`, async (t) => {
      const name = `${type.toLowerCase().replace('_', '')}${at}`
      const input = { objectMetadataId: objectId, type, label: name, isLabelSyncedWithName: false }
      const written = await client.request('POST', '/rest/metadata/fields', { ...input, name })
      t.is(written.status, 201, written.text)
      const record = recordOf(await client.request('POST', '/rest/rockets', { [name]: value }))
      const created = await client.request('POST', '/rest/metadata/fields', {
        ...input,
        name: `${name}d`,
        label: `${name}d`,
        defaultValue: quoted(value),
      })
      const updated = await client.request('PATCH', `/rest/metadata/fields/${fieldId(written)}`, {
        defaultValue: quoted(value),
      })
      t.is(created.status, record === null ? 400 : 201, created.text)
      t.is(updated.status, record === null ? 400 : 200, updated.text)
      if (record === null) return
      t.deepEqual(await defaultInRecord(name), record[name])
      t.deepEqual(await defaultInRecord(`${name}d`), record[name])
      const sentBack = await client.request('POST', '/rest/rockets', { [name]: record[name] })
      t.is(sentBack.status, 201, sentBack.text)
    })

test.serial('a model document with a default is applied in its normal form, once', async (t) => {
  const { body: model } = await client.get('/rest/metadata/model')
  const withDefault = (defaultValue: Parts) => ({
    ...model,
    objects: model.objects.map((object: Parts & { readonly fields: readonly Parts[] }) => ({
      ...object,
      fields: object.fields.map((field) => (field.name === 'links0' ? { ...field, defaultValue } : field)),
    })),
  })
  const refused = await client.request(
    'POST',
    '/rest/metadata/model/apply',
    withDefault({ primaryLinkUrl: "'javascript:x'" }),
  )
  t.is(refused.status, 400, refused.text)
  const document = withDefault({ primaryLinkUrl: "'DD.test/'", primaryLinkLabel: null, secondaryLinks: null })
  const applied = await client.request('POST', '/rest/metadata/model/apply', document)
  t.is(applied.status, 200, applied.text)
  t.deepEqual(withoutNulls(await defaultInRecord('links0')), {
    primaryLinkLabel: '',
    primaryLinkUrl: 'https://dd.test',
    secondaryLinks: [],
  })
  const again = await client.request('POST', '/rest/metadata/model/diff', document)
  t.false(again.text.includes('links0'), again.text)
})

const BIG = '9007199254740993'
const NUMBERS: readonly (readonly [type: string, dataType: string | null, digits: string])[] = [
  ['NUMBER', 'int', '-7'],
  ['NUMBER', 'float', '-1.5'],
  ['NUMBER', 'bigint', BIG],
  ['NUMBER', 'bigint', `-${BIG}`],
  ['NUMBER', 'bigint', '9223372036854775807'],
  ['NUMBER', 'bigint', '9223372036854775808'],
  ['NUMBER', 'int', '2147483648'],
  ['CURRENCY', null, BIG],
  ['CURRENCY', null, '0.12345678901234567890123'],
]
const numberIn = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && 'amountMicros' in value ? value.amountMicros : value

for (const [at, [type, dataType, digits]] of NUMBERS.entries())
  for (const [way, form] of [digits, `"${digits}"`].entries())
    test.serial(`the default ${form} of ${dataType ?? type} keeps every digit or is refused`, async (t) => {
      const name = `number${at}${way === 0 ? 'a' : 'b'}`
      const encoded = type === 'CURRENCY' ? `{"amountMicros":${form},"currencyCode":null}` : form
      const settings = dataType === null ? '' : `,"settings":{"dataType":"${dataType}"}`
      const field = `{"objectMetadataId":"${objectId}","name":"${name}","label":"${name}","type":"${type}"${settings}`
      const isInRange = !['9223372036854775808', '2147483648'].includes(digits)
      const created = await client.request(
        'POST',
        '/rest/metadata/fields',
        `${field},"defaultValue":${encoded}}`,
      )
      t.is(created.status, isInRange ? 201 : 400, created.text)
      if (!isInRange) return
      const shown = numberIn(created.body.data.createOneField.defaultValue)
      t.is(String(shown), digits)
      t.is(typeof shown, Number.isSafeInteger(Number(digits)) || digits === '-1.5' ? 'number' : 'string')
      t.is(String(numberIn(await defaultInRecord(name))), digits)
      const id = fieldId(created)
      const literal = encoded.replaceAll(/"(\w+)":/g, '$1:')
      const updated = await client.request('POST', '/metadata', {
        query: `mutation { updateOneField(input: { id: "${id}", update: { defaultValue: ${literal} } }) { defaultValue } }`,
      })
      t.is(String(numberIn(updated.body.data?.updateOneField.defaultValue)), digits, updated.text)
      const sentBack = await client.request(
        'POST',
        '/metadata',
        `{"query":"mutation ($value: JSON) { updateOneField(input: { id: \\"${id}\\", update: { defaultValue: $value } }) { defaultValue } }","variables":{"value":${encoded}}}`,
      )
      t.is(String(numberIn(sentBack.body.data?.updateOneField.defaultValue)), digits, sentBack.text)
    })

test.serial(
  'REST documents, metadata and Postgres agree on the fields that a new record must have',
  async (t) => {
    const own = await server.enter('By hand', { standardObjects: false })
    await importSql(server.gateway.pool, own.workspace.id, TABLES)
    const { schemas } = (await own.get('/rest/open-api/core')).body.components
    const { objects } = (await own.get('/rest/metadata/objects?limit=1000')).body.data
    for (const [at, { ddl, shown }] of COLUMN_KINDS.entries()) {
      const object = objects.find(({ nameSingular }: Parts) => nameSingular === `probe${at}`)
      const field = object.fields.find(({ name }: Parts) => name === 'c')
      t.deepEqual(field.defaultValue, shown, ddl)
      const rest = await own.request('POST', `/rest/${object.namePlural}`, { note: 'n' })
      const graphql = await own.graphql(`mutation { createProbe${at}(data: { note: "n" }) { note } }`)
      const isNeeded = rest.status === 400
      t.is(rest.status, isNeeded ? 400 : 201, `${ddl} ${rest.text}`)
      t.is(graphql.body.errors !== undefined, isNeeded, `${ddl} ${graphql.text}`)
      t.is(!field.isNullable && field.defaultValue === null, isNeeded, ddl)
      t.deepEqual(schemas[`Probe${at}`].required ?? [], isNeeded ? ['c'] : [], ddl)
      // A view has neither its table's defaults nor its constraints, apart from those of a domain.
      if (!ddl.startsWith('needed')) t.is(schemas[`Seen${at}`]?.required, undefined, ddl)
    }
  },
)

test.serial('a default that the database computes can be sent back', async (t) => {
  const own = await server.enter('Computed', { standardObjects: false })
  await importSql(
    server.gateway.pool,
    own.workspace.id,
    'create table probe (id serial primary key, note text not null default upper($$a$$))',
  )
  const { objects } = (await own.get('/rest/metadata/objects')).body.data
  for (const { id, name, defaultValue } of objects[0].fields) {
    const path = `/rest/metadata/fields/${id}`
    const same = await own.request('PATCH', path, { defaultValue, description: name })
    t.is(same.status, 200, same.text)
    const foreign = await own.request('PATCH', path, { defaultValue: 'generated' })
    t.is(foreign.status, 400, foreign.text)
  }
  const made = await own.request('POST', '/rest/probes', {})
  t.deepEqual(made.body.data.createProbe, { id: 1, note: 'A' })
})
