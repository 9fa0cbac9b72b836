// Tables and columns made in SQL, called by words of SQL, GraphQL and the API itself, by digits and in other
// letters: each is served over REST and GraphQL as any other, under a name that the metadata API lists.

import test, { type ExecutionContext } from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { toTypeName } from '../../tenants/model/name.ts'
import { derivedObjectNames } from '../../tenants/model/naturalNames.ts'
import type { ObjectNames } from '../../tenants/model/reserved.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

/** Names and what fields are called after them. */
const COLUMNS: Readonly<Record<string, string>> = {
  and: 'andValue',
  or: 'orValue',
  not: 'notValue',
  aggregate: 'aggregateValue',
  '1st': 'n1st',
  ä: 'a',
  日本: 'riBen',
  select: 'select',
  __typename: 'typename',
  __proto__: 'proto',
  constructor: 'constructor',
  to_string: 'toString',
  id: 'id',
  filter: 'filter',
  'a b': 'aB',
  '"': 'unnamed',
}

const TABLES = [
  ...[
    'and',
    'or',
    'not',
    'aggregate',
    '1st',
    'ä',
    '日本',
    'select',
    '__typename',
    '__proto__',
    'constructor',
    'id',
  ],
  ...[
    'filter',
    'a b',
    '"',
    'query',
    'search',
    'batch',
    'metadata',
    'string',
    'searchRecord',
    'on_error',
    'uUIDFilter',
  ],
  ...['invoice_filter', 'group_by', 'api_keys', 'graphql', 'create_and', 'null', 'true'],
]

/** The tables hold every odd column; their key is called otherwise, so that "id" is a column like others. */
const create = (table: string): string =>
  `create table ${quoteIdentifier(table)} (key int primary key, ${Object.keys(COLUMNS)
    .map((column) => `${quoteIdentifier(column)} text`)
    .join(', ')})`

const FIELDS = Object.values(COLUMNS)

const valuesOf = (stem: string): Readonly<Record<string, string>> =>
  Object.fromEntries(FIELDS.map((field, place) => [field, `${stem}${place}`]))

const worksOverRest = async (
  t: ExecutionContext,
  client: Client,
  { nameSingular, namePlural }: ObjectNames,
) => {
  const path = `/rest/${namePlural}`
  const type = toTypeName(nameSingular)
  const made = await client.request('POST', path, { key: 1, ...valuesOf('x') })
  t.is(made.status, 201, `${namePlural}: ${made.text}`)
  t.deepEqual(made.body.data[`create${type}`], { key: 1, ...valuesOf('x') })
  await client.request('POST', path, { key: 2, ...valuesOf('w') })
  const ordered = await client.get(`${path}?order_by=${FIELDS.join()}&fields=key,${FIELDS.join()}`)
  t.deepEqual(
    ordered.body.data?.[namePlural],
    [
      { key: 2, ...valuesOf('w') },
      { key: 1, ...valuesOf('x') },
    ],
    ordered.text,
  )
  for (const field of FIELDS) {
    const found = await client.get(`${path}?filter=${field}[eq]:${valuesOf('x')[field]}`)
    t.is(found.body.totalCount, 1, `${namePlural}.${field}: ${found.text}`)
  }
  const empty = await client.request('POST', path, { key: 9 })
  t.deepEqual(
    empty.body.data?.[`create${type}`],
    { key: 9, ...Object.fromEntries(FIELDS.map((field) => [field, null])) },
    empty.text,
  )
  t.is((await client.request('DELETE', `${path}/9`)).status, 200)
  const written = await client.request('PATCH', `${path}/1`, valuesOf('y'))
  t.deepEqual(written.body.data?.[`update${type}`], { key: 1, ...valuesOf('y') }, written.text)
}

const worksOverGraphql = async (
  t: ExecutionContext,
  client: Client,
  { nameSingular, namePlural }: ObjectNames,
) => {
  const type = toTypeName(nameSingular)
  const fields = `key ${FIELDS.join(' ')}`
  const { body, text } = await client.graphql(
    `mutation ($made: ${type}CreateInput!, $written: ${type}UpdateInput!, $filter: ${type}FilterInput!) {
      create${type}(data: $made) { ${fields} }
      update${toTypeName(namePlural)}(filter: $filter, data: $written) { ${fields} }
    }`,
    {
      made: { key: 3, ...valuesOf('x') },
      written: valuesOf('z'),
      filter: { and: FIELDS.map((field) => ({ [field]: { eq: valuesOf('x')[field] } })) },
    },
  )
  t.deepEqual(body.data?.[`create${type}`], { key: 3, ...valuesOf('x') }, `${namePlural}: ${text}`)
  t.deepEqual(body.data?.[`update${toTypeName(namePlural)}`], [{ key: 3, ...valuesOf('z') }], text)
  const ordered = await client.graphql(
    `query ($order: [${type}OrderByInput!]) { ${namePlural}(orderBy: $order) { edges { node { ${fields} } } } }`,
    { order: FIELDS.map((field) => ({ [field]: 'DescNullsLast' })) },
  )
  t.deepEqual(
    ordered.body.data?.[namePlural]?.edges.map(({ node }: { node: unknown }) => node),
    [
      { key: 3, ...valuesOf('z') },
      { key: 1, ...valuesOf('y') },
      { key: 2, ...valuesOf('w') },
    ],
    `${namePlural}: ${ordered.text}`,
  )
}

test('tables and columns of odd names are read, filtered, ordered, written and listed', async (t) => {
  t.timeout(300_000)
  const client = await server.enter('Odd', { standardObjects: false })
  await importSql(server.gateway.pool, client.workspace.id, TABLES.map(create).join(';\n'))
  const { body, text } = await client.get('/rest/metadata/objects?limit=1000')
  const listed = new Map<string, readonly string[]>(
    body.data.objects.map((object: ObjectNames & { fields: readonly { name: string }[] }) => [
      `${object.nameSingular} ${object.namePlural}`,
      object.fields.map(({ name }) => name),
    ]),
  )
  t.deepEqual(body.omitted ?? [], [], text.slice(0, 200))
  t.is(listed.size, TABLES.length)
  for (const table of TABLES) {
    const { names } = derivedObjectNames(table)
    t.deepEqual(
      listed.get(`${names.nameSingular} ${names.namePlural}`)?.toSorted(),
      ['key', ...FIELDS].toSorted(),
      table,
    )
    await worksOverRest(t, client, names)
    await worksOverGraphql(t, client, names)
  }
})
