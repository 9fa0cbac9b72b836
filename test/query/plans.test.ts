// How often Postgres plans what the protocols send: once, where values do not matter.

import test from 'ava'
import pg from 'pg'
import { compileLikenesses } from '../../gateway/records/duplicates/likeness.ts'
import { createParams } from '../../gateway/records/params.ts'
import { compileInsertMany } from '../../gateway/records/write/insert.ts'
import { compileFindMany } from '../../gateway/rest/reads.ts'
import { readCatalog } from '../../sql/catalog.ts'
import { bindSchema, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Model } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts'
import { parsedRequest } from '../support/restRequest.ts'

let database: OpenTestDatabase
let schema: string
let model: Model

test.before(async () => {
  database = await openTestDatabase()
  const workspace = await createWorkspace(database.pool, { name: 'Plans' })
  schema = workspace.schemaName
  const catalog = await readCatalog(database.pool, schema)
  if (catalog === null) throw new Error('The workspace has no schema.')
  model = deriveModel(catalog, { standard: true })
  const table = `${quoteIdentifier(schema)}.person`
  await database.pool.query(
    `insert into ${table} (job_title) select 'x' from generate_series(1, 5000); analyze ${table}`,
  )
})
test.after.always(() => database?.close())

const objectOf = (plural: string) => {
  const object = model.byPlural.get(plural)
  if (object === undefined) throw new Error(`There are no ${plural}.`)
  return object
}

const EXECUTIONS = 8
/** Postgres compares costs from the sixth execution on. */
const PLANNED_ANYWAY = 5

const listOf = (search: string) => {
  const request = parsedRequest('GET', '/people', search)
  if (request.kind !== 'findMany') throw new Error('It is no list.')
  return compileFindMany(model, objectOf('people'), request)
}

/** Number of executions that planned again. */
const plansOf = async (search: string): Promise<number> => {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    const { text, values } = listOf(search)
    for (let turn = 0; turn < EXECUTIONS; turn += 1)
      await client.query({ name: 'list', text: bindSchema(text, schema), values: [...values] })
    const { rows } = await client.query(
      `select custom_plans::int as plans from pg_prepared_statements where name = 'list'`,
    )
    return rows[0]?.plans
  } finally {
    await client.end()
  }
}

for (const search of ['limit=20', 'limit=200&depth=1', 'limit=60&order_by=jobTitle,createdAt[DescNullsLast]'])
  test(`a list of ${search} keeps its plan`, async (t) => {
    t.is(await plansOf(search), PLANNED_ANYWAY)
  })

test('the key of records whose duplicates are asked for is found by its index', async (t) => {
  const e = createParams()
  const id = '0198c0de-0000-7000-8000-000000000001'
  const text = compileLikenesses(e, objectOf('people'), [{ id, values: new Map() }])
  const { rows } = await database.pool.query(`explain ${bindSchema(text, schema)}`, [...e.values])
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  t.regex(plan, /Index Scan using \S+ on person source/)
  t.notRegex(plan, /Seq Scan/)
})

test('one statement serves pages of all sizes, and batches of all sizes', (t) => {
  t.is(listOf('limit=1').text, listOf('limit=200').text)
  const insert = (records: readonly unknown[]) => {
    const author = { source: 'API', name: 'test', workspaceMemberId: null } as const
    return compileInsertMany(createParams(), model, objectOf('companies'), records, author)
  }
  const records = Array.from({ length: 60 }, (_, index) => ({ name: `Company ${index}` }))
  t.is(insert(records), insert(records.slice(0, 1)))
})
