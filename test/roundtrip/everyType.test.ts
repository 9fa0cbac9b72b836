// What is answered is what is stored: every type of column, its values at the edges, over both protocols and
// back.

import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { toCamelCase } from '../../tenants/model/name.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { ROWS, TABLE, TYPES } from './everyType.ts'
import { JSON_COLUMNS, JSON_ROWS, JSON_TABLE, NULLABLE } from './jsonNull.ts'

type Row = Readonly<Record<string, unknown>>

let server: TestGateway
let client: Client
let schema: string
const FIELDS = TYPES.map((each) => ({ ...each, field: toCamelCase(each.column) }))
const NAMES = ['id', ...FIELDS.map(({ field }) => field)]

const stored = async (): Promise<readonly Row[]> => {
  const columns = ['id', ...TYPES.map(({ column }) => `"${column}"`)].map(
    (name) => `${name}::text as ${name}`,
  )
  const { rows } = await server.gateway.pool.query<Row>(
    `select ${columns.join(', ')} from "${schema}".everything order by everything.id`,
  )
  return rows
}

const restRows = async (): Promise<readonly Row[]> =>
  (await client.get('/rest/everythings?limit=200')).body.data.everythings

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter('Types', { standardObjects: false })
  schema = client.workspace.schemaName
  await importSql(server.gateway.pool, client.workspace.id, TABLE + JSON_TABLE)
  const rows = [...ROWS, ...JSON_ROWS].join(';')
  await server.gateway.pool.query(`set search_path to "${schema}"; ${rows}; reset search_path`)
})
test.after.always(() => server?.close())

test.serial('both protocols answer the same of every value', async (t) => {
  const rest = await client.get('/rest/everythings?limit=200')
  t.is(rest.status, 200, rest.text)
  t.is(rest.body.data.everythings.length, ROWS.length)
  const graphql = await client.graphql(
    `{ everythings(first: 200) { edges { node { ${NAMES.join(' ')} } } } }`,
  )
  t.is(graphql.status, 200, graphql.text)
  t.is(graphql.body.errors, undefined)
  for (const [at, { node }] of graphql.body.data.everythings.edges.entries())
    for (const name of NAMES) t.deepEqual(node[name], rest.body.data.everythings[at][name], name)
  for (const [at, row] of rest.body.data.everythings.entries())
    for (const { field, values } of FIELDS) t.is(row[field] !== null, at < values.length, `${field} ${at}`)
})

test.serial(
  'a record that was read is written back unchanged: whole and field by field, over both protocols',
  async (t) => {
    const before = await stored()
    const records = await restRows()
    for (const record of records) {
      const { id, ...data } = record
      const whole = await client.request('PATCH', `/rest/everythings/${id}`, record)
      if (whole.status !== 200)
        for (const [name, value] of Object.entries(data)) {
          const answer = await client.request('PATCH', `/rest/everythings/${id}`, { [name]: value })
          t.is(answer.status, 200, `${name} ${JSON.stringify(value)} ${answer.text}`)
        }
      t.is(whole.status, 200)
      const mutation = `mutation($id: Int!, $data: EverythingUpdateInput!) { updateEverything(id: $id, data: $data) { id } }`
      const graphql = await client.graphql(mutation, { id, data: record })
      if (graphql.body.errors !== undefined)
        for (const [name, value] of Object.entries(data)) {
          const { body } = await client.graphql(mutation, { id, data: { [name]: value } })
          t.is(body.errors, undefined, `${name} ${JSON.stringify([value, body.errors])}`)
        }
      t.is(graphql.body.errors, undefined)
    }
    const after = await stored()
    for (const [at, row] of after.entries())
      for (const { column } of TYPES) t.is(row[column], before[at]?.[column], column)
  },
)

test.serial("a record created from another one's answer equals it", async (t) => {
  const before = await stored()
  const records = await restRows()
  const copies = records.map((record) => ({ ...record, id: Number(record.id) + 1000 }))
  const rest = await client.request('POST', '/rest/batch/everythings', copies)
  t.is(rest.status, 201, rest.text)
  const upsert = await client.request('POST', '/rest/batch/everythings?upsert=true', copies)
  t.is(upsert.status, 201, upsert.text)
  const graphql = await client.graphql(
    'mutation($data: [EverythingCreateInput!]!) { createEverythings(data: $data) { id } }',
    { data: records.map((record) => ({ ...record, id: Number(record.id) + 2000 })) },
  )
  t.is(graphql.body.errors, undefined, graphql.text)
  const after = await stored()
  t.is(after.length, 3 * ROWS.length)
  for (const [at, row] of after.entries())
    for (const { column } of TYPES) t.is(row[column], before[at % ROWS.length]?.[column], column)
  await server.gateway.pool.query(`delete from "${schema}".everything where id > 1000`)
})

test.serial('a value that was read finds its record, over both protocols', async (t) => {
  const records = await restRows()
  for (const { field, isComparable } of FIELDS) {
    if (!isComparable) continue
    for (const record of records) {
      const value = record[field]
      if (value === null) continue
      const quoted = typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)
      const rest = await client.get(
        `/rest/everythings?fields=id&filter=${encodeURIComponent(`${field}[eq]:${quoted}`)}`,
      )
      const ids = rest.body?.data?.everythings?.map(({ id }: Row) => id) ?? []
      t.true(ids.includes(record.id), `${field} ${quoted} ${rest.text}`)
      const graphql = await client.graphql(
        `query($filter: EverythingFilterInput) { everythings(filter: $filter) { edges { node { id } } } }`,
        { filter: { [field]: { eq: value } } },
      )
      t.deepEqual(
        graphql.body.data?.everythings.edges.map(({ node }: { node: Row }) => node.id),
        ids,
        `${field} ${quoted} ${graphql.text}`,
      )
    }
  }
})

const flat = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.flatMap(flat) : value === null ? [] : [value]

test.serial(
  'a list that was read finds its record by its items, or by being empty, over both protocols',
  async (t) => {
    const records = await restRows()
    for (const { field, type } of FIELDS) {
      if (!/(\[\]|int_list)$/.test(type)) continue
      for (const record of records) {
        const value = record[field]
        if (!Array.isArray(value)) continue
        const items = flat(value).map(String)
        if (items.length === 0 && value.length > 0) continue
        const [operator, wanted] = items.length === 0 ? ['isEmptyArray', true] : ['containsAny', items]
        const graphql = await client.graphql(
          `query($filter: EverythingFilterInput) { everythings(filter: $filter) { edges { node { id } } } }`,
          { filter: { [field]: { [String(operator)]: wanted } } },
        )
        const ids = graphql.body.data?.everythings.edges.map(({ node }: { node: Row }) => node.id) ?? []
        t.true(ids.includes(record.id), `${field} ${JSON.stringify(wanted)} ${graphql.text}`)
        const quoted = items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`)
        const rest = await client.get(
          `/rest/everythings?fields=id&filter=${encodeURIComponent(`${field}[${operator}]:${items.length === 0 ? 'true' : `[${quoted.join(',')}]`}`)}`,
        )
        t.deepEqual(
          rest.body?.data?.everythings?.map(({ id }: Row) => id),
          ids,
          `${field} ${rest.text}`,
        )
      }
    }
  },
)

test.serial(
  'pages in the order of any field visit every record once, and cursors of both protocols are one',
  async (t) => {
    t.timeout(120_000)
    const all = (await restRows()).map(({ id }) => id)
    for (const { field, type } of FIELDS) {
      if (/^(jsonb?|tsvector)$/.test(type)) continue
      for (const direction of ['AscNullsFirst', 'DescNullsLast']) {
        const seen: unknown[] = []
        let after = ''
        for (let page = 0; page < all.length; page += 1) {
          const { body, status, text } = await client.get(
            `/rest/everythings?fields=id&limit=3&order_by=${field}[${direction}]${after === '' ? '' : `&starting_after=${encodeURIComponent(after)}`}`,
          )
          t.is(status, 200, `${field} ${text}`)
          if (status !== 200) break
          seen.push(...body.data.everythings.map(({ id }: Row) => id))
          after = body.pageInfo.endCursor
          if (body.pageInfo.hasNextPage !== true) break
        }
        t.deepEqual(
          [...seen].sort((a, b) => Number(a) - Number(b)),
          all,
          `${field} ${direction}`,
        )
      }
    }
  },
)

const JSON_FIELDS = [...JSON_COLUMNS, 'computed'].map(toCamelCase)

const jottings = async (): Promise<readonly Row[]> => {
  const columns = [...JSON_COLUMNS, 'computed'].map((name) => `${name}::text as "${toCamelCase(name)}"`)
  const { rows } = await server.gateway.pool.query<Row>(
    `select id, note, ${columns.join(', ')} from "${schema}".jotting order by id`,
  )
  return rows
}

test.serial('a null of JSON and one of SQL are answered alike, found alike and counted alike', async (t) => {
  const { body } = await client.get('/rest/jottings')
  const graphql = await client.graphql(`{ jottings { edges { node { id note ${JSON_FIELDS.join(' ')} } } } }`)
  t.deepEqual(
    graphql.body.data.jottings.edges.map(({ node }: { readonly node: Row }) => node),
    body.data.jottings,
  )
  for (const field of JSON_FIELDS) {
    const values = body.data.jottings.map((record: Row) => record[field])
    t.deepEqual(values, [null, null, { a: 2 }], field)
    for (const [filter, ids] of [
      [`${field}[is]:NULL`, [1, 2]],
      [`${field}[is]:NOT_NULL`, [3]],
      [`not(${field}[is]:NULL)`, [3]],
      [`${field}[like]:"%"`, [3]],
    ] as const) {
      const found = await client.get(`/rest/jottings?fields=id&filter=${encodeURIComponent(filter)}`)
      t.deepEqual(
        found.body.data?.jottings.map(({ id }: Row) => id),
        ids,
        `${filter} ${found.text}`,
      )
    }
    const Field = field.charAt(0).toUpperCase() + field.slice(1)
    const counted = await client.graphql(`{ jottings { countEmpty${Field} countUniqueValues${Field} } }`)
    t.deepEqual(counted.body.data?.jottings, {
      [`countEmpty${Field}`]: 2,
      [`countUniqueValues${Field}`]: 1,
    })
  }
})

test.serial('a null of JSON that was read changes nothing, in every kind of write', async (t) => {
  const before = await jottings()
  const { body } = await client.get('/rest/jottings')
  for (const record of body.data.jottings) {
    const { id } = record
    const update =
      'mutation($id: Int!, $data: JottingUpdateInput!) { updateJotting(id: $id, data: $data) { id } }'
    const upsert = 'mutation($data: JottingCreateInput!) { createJotting(data: $data, upsert: true) { id } }'
    for (const answer of [
      await client.request('PATCH', `/rest/jottings/${id}`, record),
      await client.request('PATCH', `/rest/jottings?filter=id[eq]:${id}`, record),
      await client.request('POST', '/rest/jottings?upsert=true', record),
      await client.request('POST', '/rest/batch/jottings?upsert=true', [record]),
      await client.graphql(update, { id, data: record }),
      await client.graphql(upsert, { data: record }),
    ]) {
      t.true(answer.status < 300 && answer.body.errors === undefined, answer.text)
      t.deepEqual(await jottings(), before)
    }
  }
})

test.serial('null is the null of SQL, or of JSON where a column takes no other', async (t) => {
  const nulls = Object.fromEntries(JSON_COLUMNS.map((name) => [toCamelCase(name), null]))
  const made = await client.request('POST', '/rest/jottings', { id: 4, ...nulls })
  t.is(made.status, 201, made.text)
  t.deepEqual(made.body.data.createJotting, {
    id: 4,
    note: null,
    ...nulls,
    withDefault: { a: 1 },
    computed: null,
  })
  const changed = await client.request('PATCH', '/rest/jottings/3', nulls)
  t.is(changed.status, 200, changed.text)
  const rows = await jottings()
  for (const [at, row] of [rows[3], rows[2]].entries())
    for (const name of JSON_COLUMNS) {
      const kept = name === 'with_default' && at === 0 ? '{"a": 1}' : 'null'
      t.is(row?.[toCamelCase(name)], NULLABLE.includes(name) ? null : kept, name)
    }
  await server.gateway.pool.query(`delete from "${schema}".jotting where id = 4`)
})
