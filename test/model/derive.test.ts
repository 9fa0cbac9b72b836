import { readFileSync } from 'node:fs'
import test from 'ava'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { Model, ModelField } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts'

const HOSTILE = readFileSync(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')
const SCHEMA = 'w_O\'Brien "x"'

let database: OpenTestDatabase
let model: Model

const load = async (schema: string): Promise<void> => {
  const client = await database.pool.connect()
  try {
    await client.query(`create schema ${quoteIdentifier(schema)}`)
    await client.query(`set search_path = ${quoteIdentifier(schema)}`)
    await client.query(HOSTILE)
  } finally {
    client.release(true)
  }
}

const modelOf = async (schema: string): Promise<Model> => {
  const catalog = await readCatalog(database.pool, schema)
  if (catalog === null) throw new Error(`no schema ${schema}`)
  return deriveModel(catalog, { standard: false })
}

test.before(async () => {
  database = await openTestDatabase()
  await load(SCHEMA)
  model = await modelOf(SCHEMA)
})
test.after.always(() => database.close())

const object = (table: string) => {
  const found = model.byTable.get(table)
  if (found === undefined) throw new Error(`no object for ${table}`)
  return found
}
const describe = (field: ModelField): string => {
  if (field.kind === 'scalar') return field.joinOf === null ? field.type : `${field.type} of ${field.joinOf}`
  if (field.kind === 'composite') return field.type
  return `${field.kind} ${field.target}`
}
const fields = (table: string) =>
  Object.fromEntries([...object(table).fields].map(([name, field]) => [name, describe(field)]))

test('gives every object a name of its own that GraphQL accepts', (t) => {
  const names = model.objects.flatMap((each) => [each.nameSingular, each.namePlural])
  t.deepEqual([...new Set(names)], names)
  for (const name of names) t.regex(name, /^[a-z][A-Za-z0-9]*$/)
  t.deepEqual(
    Object.fromEntries(model.objects.map((each) => [each.table, `${each.nameSingular} ${each.namePlural}`])),
    {
      'Order Line': 'orderLine orderLines',
      company: 'company companies',
      company_connection: 'companyConnectionRecord companyConnectionRecords',
      counted: 'counted counteds',
      headlines: 'headline headlines',
      keyless: 'keyless keylesses',
      line_note: 'lineNote lineNotes',
      moods: 'mood moods',
      news: 'newsItem news',
      parted: 'parted parteds',
      shop: 'shop shops',
      string: 'stringRecord stringRecords',
      totals: 'total totals',
    },
  )
})

test('reads types, domains, enums and composite keys off the catalog', (t) => {
  t.deepEqual(fields('Order Line'), {
    orderId: 'NUMBER',
    lineNo: 'NUMBER',
    dropTableX: 'TEXT',
    mood: 'SELECT',
    moods: 'MULTI_SELECT',
    stars: 'RATING',
    mail: 'TEXT',
    quantity: 'NUMBER',
    doubled: 'NUMBER',
    lineNotes: 'toMany line_note',
  })
  t.deepEqual(object('Order Line').key, ['Order Id', 'Line-No'])
  t.false(object('Order Line').columns.get('doubled')?.writable)
  t.true(object('Order Line').columns.get('quantity')?.notNull)
  t.is(object('Order Line').comment, 'O\'Brien\'s "lines"')
})

test('names relations after their columns and distinguishes two to the same table', (t) => {
  t.like(fields('news'), {
    stringId: 'NUMBER of string',
    string: 'toOne string',
    author: 'NUMBER of authorStringRecord',
    authorStringRecord: 'toOne string',
  })
  t.like(fields('string'), {
    parent: 'toOne string',
    stringRecordsByParent: 'toMany string',
    newsByString: 'toMany news',
    newsByAuthor: 'toMany news',
    andValue: 'TEXT',
  })
  t.like(fields('line_note'), { orderLine: 'toOne Order Line', orderId: 'NUMBER' })
})

test('recognises composites that were made by hand, but not columns that a key needs', (t) => {
  t.deepEqual(fields('shop'), { code: 'TEXT', hq: 'ADDRESS', turnover: 'CURRENCY' })
})

test('knows which columns can be written', (t) => {
  const writes = (table: string) => {
    const { insertable, updatable, deletable } = object(table)
    return { insertable, updatable, deletable }
  }
  const all = { insertable: true, updatable: true, deletable: true }
  const none = { insertable: false, updatable: false, deletable: false }
  t.deepEqual(writes('headlines'), all)
  t.deepEqual(writes('totals'), none)
  t.deepEqual(writes('moods'), none)
  t.deepEqual(writes('parted'), all)
  t.deepEqual(object('keyless').key, [])
  t.is(object('line_note').softDelete?.name, 'deleted_at')
  t.is(object('news').softDelete, null)
})

test('two schemas of the same shape have one fingerprint, and any change of shape another', async (t) => {
  const twin = 'w_twin'
  await load(twin)
  t.is((await modelOf(twin)).schemaHash, model.schemaHash)
  const changes = [
    'alter table "w_twin".company add column note text',
    `alter type "w_twin"."Mood ""x""" add value 'new'`,
    'alter table "w_twin".news alter column title drop not null',
    `comment on column "w_twin".news.title is 'x'`,
    'create function "w_twin".f() returns integer language sql as $$ select 1 $$',
    'alter table "w_twin".news drop constraint news_author_fkey',
  ]
  const seen = new Set([model.schemaHash])
  for (const change of changes) {
    await database.pool.query(change)
    const { schemaHash } = await modelOf(twin)
    t.false(seen.has(schemaHash), change)
    seen.add(schemaHash)
  }
})

test('a schema that is not there has no catalog', async (t) => {
  t.is(await readCatalog(database.pool, 'w_nowhere'), null)
})
