// Values that a write cannot change: what the database or the server fills is taken where it is what is
// stored, and refused by name where it differs. Both protocols, every kind of write.

import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

type Data = Readonly<Record<string, unknown>>

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  await importSql(
    server.gateway.pool,
    client.workspace.id,
    `create table line (id int primary key generated always as identity, quantity int, code text unique,
       doubled int generated always as (quantity * 2) stored, doc jsonb generated always as (('{"q":' || quantity::text || '}')::jsonb) stored,
       words tsvector generated always as (to_tsvector('simple', coalesce(code, ''))) stored);`,
  )
})
test.after.always(() => server?.close())

/** The same write over REST and GraphQL, as status and message. */
interface Outcome {
  readonly isWritten: boolean
  readonly text: string
}

const outcome = ({ status, body, text }: Answer): Outcome => ({
  isWritten: status < 300 && body.errors === undefined,
  text,
})

interface Kind {
  readonly plural: string
  readonly type: string
  readonly pluralType: string
  readonly idType: string
}
const LINE: Kind = { plural: 'lines', type: 'Line', pluralType: 'Lines', idType: 'Int' }
const COMPANY: Kind = { plural: 'companies', type: 'Company', pluralType: 'Companies', idType: 'UUID' }

const writes = (
  kind: Kind,
  id: unknown,
  data: Data,
): readonly (readonly [name: string, run: () => Promise<Answer>])[] => [
  ['REST PATCH', () => client.request('PATCH', `/rest/${kind.plural}/${id}`, data)],
  ['REST PUT', () => client.request('PUT', `/rest/${kind.plural}/${id}`, data)],
  ['REST bulk', () => client.request('PATCH', `/rest/${kind.plural}?filter=id[eq]:${id}`, data)],
  [
    'GraphQL one',
    () =>
      client.graphql(
        `mutation($id: ${kind.idType}!, $data: ${kind.type}UpdateInput!) { update${kind.type}(id: $id, data: $data) { id } }`,
        { id, data },
      ),
  ],
  [
    'GraphQL bulk',
    () =>
      client.graphql(
        `mutation($filter: ${kind.type}FilterInput!, $data: ${kind.type}UpdateInput!) { update${kind.pluralType}(filter: $filter, data: $data) { id } }`,
        { filter: { id: { eq: id } }, data },
      ),
  ],
]

const make = async (plural: string, data: Data): Promise<Data & { readonly id: unknown }> => {
  const { status, body, text } = await client.request('POST', `/rest/${plural}`, data)
  if (status !== 201) throw new Error(text)
  const [record] = Object.values(body.data) as (Data & { readonly id: unknown })[]
  if (record === undefined) throw new Error(text)
  return record
}

test('the id of a record is accepted in its own update and refused in another', async (t) => {
  const company = await make('companies', { name: 'A' })
  const other = await make('companies', { name: 'B' })
  for (const [name, run] of writes(COMPANY, company.id, { id: company.id, name: 'C' }))
    t.true(outcome(await run()).isWritten, name)
  for (const [name, run] of writes(COMPANY, company.id, { id: other.id, name: 'D' })) {
    const { isWritten, text } = outcome(await run())
    t.false(isWritten, name)
    t.regex(text, /Field \\"id\\" of a company cannot be changed/, name)
  }
  t.is((await client.get(`/rest/companies/${company.id}`)).body.data.company.name, 'C')
})

test('a whole record of an object of ours is sent back: system fields, search vector and author', async (t) => {
  const company = await make('companies', {
    name: 'Whole',
    createdBy: { source: 'IMPORT', context: { a: 1 } },
  })
  const { body } = await client.graphql(
    `{ company(filter: { id: { eq: "${company.id}" } }) { searchVector createdBy { source workspaceMemberId name context } } }`,
  )
  const record = { ...company, ...body.data.company }
  for (const [name, run] of writes(COMPANY, company.id, record)) {
    const { isWritten, text } = outcome(await run())
    t.true(isWritten, `${name} ${text}`)
  }
  for (const [changed, path] of [
    [{ searchVector: "'other':1" }, 'searchVector'],
    [{ createdBy: { name: 'Somebody else' } }, 'createdBy.name'],
    [{ createdBy: { workspaceMemberId: company.id } }, 'createdBy.workspaceMemberId'],
  ] as const)
    for (const [name, run] of writes(COMPANY, company.id, changed)) {
      const { isWritten, text } = outcome(await run())
      t.false(isWritten, name)
      t.true(text.includes(path), `${name} ${text}`)
    }
})

test('generated columns and identities of a table made in SQL are accepted as they are stored', async (t) => {
  const line = await make('lines', { quantity: 4, code: 'four' })
  t.like(line, { doubled: 8, doc: { q: 4 } })
  // What is computed of the fields that change is compared with what was stored before.
  for (const data of [line, { ...line, quantity: 4 }])
    for (const [name, run] of writes(LINE, line.id, data)) {
      const { isWritten, text } = outcome(await run())
      t.true(isWritten, `${name} ${text}`)
    }
  let quantity = 4
  for (const [name, run] of writes(LINE, line.id, {}).map(([kind], at) => {
    const data = { ...line, quantity: quantity + 1, doubled: quantity * 2, doc: { q: quantity } }
    quantity += 1
    return [kind, () => (writes(LINE, line.id, data)[at]?.[1] ?? Promise.reject)()] as const
  })) {
    const { isWritten, text } = outcome(await run())
    t.true(isWritten, `${name} ${text}`)
  }
  for (const [field, value] of [
    ['id', Number(line.id) + 1],
    ['doubled', 7],
    ['doubled', null],
    ['doc', { q: 1 }],
    ['words', "'x':1"],
  ] as const)
    for (const [name, run] of writes(LINE, line.id, { [field]: value })) {
      const { isWritten, text } = outcome(await run())
      t.false(isWritten, `${name} ${field}`)
      t.true(text.includes(`Field \\"${field}\\" is computed by the database and cannot be written`), text)
    }
})

test('a new record with a value for a computed column is refused', async (t) => {
  for (const data of [{ id: 7 }, { doubled: 1 }, { quantity: 1, doubled: 2 }])
    for (const answer of [
      await client.request('POST', '/rest/lines', data),
      await client.request('POST', '/rest/batch/lines', [data]),
      await client.graphql('mutation($data: LineCreateInput!) { createLine(data: $data) { id } }', { data }),
    ]) {
      const { isWritten, text } = outcome(answer)
      t.false(isWritten, text)
      t.regex(text, /is computed by the database and cannot be written/)
    }
})

test('an upsert accepts a computed value of an existing record, and refuses it elsewhere', async (t) => {
  const line = await make('lines', { quantity: 3, code: 'three' })
  const upserts = (data: Data): readonly (readonly [name: string, run: () => Promise<Answer>])[] => [
    ['REST one', () => client.request('POST', '/rest/lines?upsert=true', data)],
    ['REST batch', () => client.request('POST', '/rest/batch/lines?upsert=true', [data])],
    [
      'GraphQL one',
      () =>
        client.graphql('mutation($data: LineCreateInput!) { createLine(data: $data, upsert: true) { id } }', {
          data,
        }),
    ],
    [
      'GraphQL many',
      () =>
        client.graphql(
          'mutation($data: [LineCreateInput!]!) { createLines(data: $data, upsert: true) { id } }',
          {
            data: [data],
          },
        ),
    ],
  ]
  const { id, code, doubled } = line
  for (const data of [line, { id }, { id, doubled }, { code, doubled }, { id, code, quantity: 3 }])
    for (const [name, run] of upserts(data)) {
      const { isWritten, text } = outcome(await run())
      t.true(isWritten, `${name} ${JSON.stringify(data)} ${text}`)
    }
  for (const data of [
    { id, doubled: 7 },
    { id: 9999, code: 'new' },
    { code: 'newer', doubled: 0 },
    { id: 9999 },
  ])
    for (const [name, run] of upserts(data)) {
      const { isWritten, text } = outcome(await run())
      t.false(isWritten, `${name} ${JSON.stringify(data)} ${text}`)
      t.regex(text, /is computed by the database and cannot be written/)
    }
  t.is((await client.get('/rest/lines?filter=code[in]:[new,newer]')).body.totalCount, 0)
  const company = await make('companies', { name: 'Upserted' })
  const again = await client.request('POST', '/rest/companies?upsert=true', company)
  t.is(again.status, 201, again.text)
})
