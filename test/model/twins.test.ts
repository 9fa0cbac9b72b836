// Tables that ask for one name: in either number, with suffixes of the generator, in several spellings. They
// come one after another, by SQL and through the metadata API; every address that answered goes on answering
// with the records of its own table, also of a dump.

import test from 'ava'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { nameNoteOf } from '../../tenants/model/model.ts'
import { toCamelCase, toSnakeCase } from '../../tenants/model/name.ts'
import { derivedObjectNames } from '../../tenants/model/naturalNames.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import { createRandom, type Random } from '../schemas/random.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]
const TABLES = 8
const STEMS = ['zz_order', 'person', 'news', 'box', 'invoice_line', 'actor']
const ENDINGS = ['', '', 's', 's', 'es', '_record', '_records', '_connection', '_item']

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const tableNames = (random: Random): readonly string[] => {
  const stems = random.sample(STEMS, 2)
  const names = stems.flatMap((stem) => [
    ...ENDINGS.map((ending) => stem + ending),
    stem === 'person' ? 'people' : stem,
    capitalised(stem),
    toCamelCase(stem),
    stem.toUpperCase(),
  ])
  return random.sample([...new Set(names)], TABLES)
}

const singularOf = (table: string): string => derivedObjectNames(table).names.nameSingular

/** Another spelling of a table's name may take it over, and so may its plural. */
const isSpelledOnce = (table: string, tables: readonly string[]): boolean =>
  tables.every((other) => other === table || singularOf(other) !== singularOf(table))

const createBySql = async (client: Client, table: string): Promise<void> => {
  const name = `${quoteIdentifier(client.workspace.schemaName)}.${quoteIdentifier(table)}`
  await server.gateway.pool.query(
    `create table ${name} (id uuid primary key default gen_random_uuid(), name text);
     insert into ${name} (name) values ('${table}')`,
  )
}

/** @returns whether the metadata API took the names */
const createByApi = async (client: Client, nameSingular: string): Promise<boolean> => {
  const namePlural = `${nameSingular}s`
  const { status } = await client.request('POST', '/rest/metadata/objects', {
    nameSingular,
    namePlural,
    labelSingular: nameSingular,
    labelPlural: namePlural,
  })
  if (status === 201) await client.request('POST', `/rest/${namePlural}`, { name: `made as ${nameSingular}` })
  return status === 201
}

/** What each address answers with: the name of the one record of its table. */
const readAddresses = async (client: Client): Promise<ReadonlyMap<string, string>> => {
  const { body } = await client.get('/rest/metadata/objects?limit=1000')
  const found = new Map<string, string>()
  for (const { namePlural, nameSingular } of body.data.objects) {
    const { body: list } = await client.get(`/rest/${namePlural}`)
    const name: string = list.data[namePlural][0].name
    found.set(`/rest/${namePlural}`, name)
    const { body: answer } = await client.graphql(
      `{ ${nameSingular}(filter: { name: { is: NOT_NULL } }) { name } }`,
    )
    found.set(nameSingular, answer.data[nameSingular].name)
  }
  return found
}

const modelOf = async (client: Client) => {
  const { catalog, registry } = await readSources(server.gateway.pool, client.workspace.id)
  return deriveModel(catalog, { standard: false, registry })
}

const namesOf = ({ objects }: ReturnType<typeof deriveModel>) =>
  new Map(objects.map(({ table, nameSingular, namePlural }) => [table, [nameSingular, namePlural]]))

/** As pg_dump writes tables: in alphabetical order, each with its comment. */
const restoreDumpOf = async (client: Client, into: Client): Promise<void> => {
  const { pool } = server.gateway
  const catalog = await readCatalog(pool, client.workspace.schemaName)
  const tables = catalog?.relations.toSorted((a, b) => (a.name < b.name ? -1 : 1)) ?? []
  for (const { name, comment } of tables) {
    const table = `${quoteIdentifier(into.workspace.schemaName)}.${quoteIdentifier(name)}`
    await pool.query(
      `create table ${table} (like ${quoteIdentifier(client.workspace.schemaName)}.${quoteIdentifier(name)})`,
    )
    if (comment !== null) await pool.query(`comment on table ${table} is '${comment}'`)
  }
}

for (const seed of SEEDS)
  test(`tables that are added take over no address, and a dump keeps the names (seed ${seed})`, async (t) => {
    const random = createRandom(seed)
    const client = await server.enter(`Twins ${seed}`, { standardObjects: false })
    const tables = tableNames(random)
    // Names of the metadata API stand in the registry, which a dump of one schema lacks.
    const isDumped = seed % 2 === 0
    const byApi = new Set(
      tables.filter((table) => !isDumped && toSnakeCase(table) === table && random.chance(0.5)),
    )
    let before: ReadonlyMap<string, string> = new Map()
    for (const table of tables) {
      const isMade = byApi.has(table) && (await createByApi(client, toCamelCase(table)))
      if (!isMade) await createBySql(client, table)
      const marker = isMade ? `made as ${toCamelCase(table)}` : table
      await until(`${table} is shown or listed as omitted`, async () => {
        const { body } = await client.get('/rest/metadata/objects?limit=1000')
        return body.data.objects.length + (body.omitted ?? []).length === tables.indexOf(table) + 1
      })
      const now = await readAddresses(client)
      for (const [address, name] of before)
        if (isSpelledOnce(name, tables)) t.is(now.get(address), name, `${address} after ${marker} came`)
      before = now
    }
    await until('contested names are kept', async () => (await modelOf(client)).unpinned.length === 0)
    t.deepEqual(await readAddresses(client), before, 'comments change no name')
    if (!isDumped) return
    const restored = await server.enter(`Restored ${seed}`, { standardObjects: false })
    const names = namesOf(await modelOf(client))
    await restoreDumpOf(client, restored)
    t.deepEqual(namesOf(await modelOf(restored)), names)
  })

test('of a singular and a plural table the singular has the name, in both orders', async (t) => {
  for (const [first, second] of [
    ['zz_order', 'zz_orders'],
    ['zz_orders', 'zz_order'],
  ] as const) {
    const client = await server.enter('Twins', { standardObjects: false })
    await createBySql(client, first)
    await createBySql(client, second)
    await until('both are shown', async () => (await readAddresses(client)).size === 4)
    const addresses = await readAddresses(client)
    t.is(addresses.get('/rest/zzOrders'), 'zz_order')
    t.is(addresses.get('/rest/zzOrderNamesakes'), 'zz_orders')
    // The singular one is dropped: its address answers with nothing, not with another table.
    await until('contested names are kept', async () => (await modelOf(client)).unpinned.length === 0)
    const noted = (await modelOf(client)).bySingular.get('zzOrderNamesake')
    const note = noted === undefined ? null : nameNoteOf(noted)
    t.is(
      note,
      `The table "zz_orders" is called zzOrderNamesake and zzOrderNamesakes in the API, because the table "zz_order" has its name.`,
    )
    await server.gateway.pool.query(`drop table ${quoteIdentifier(client.workspace.schemaName)}.zz_order`)
    await until('the table is gone', async () => (await client.get('/rest/zzOrders')).status === 404)
    t.is((await client.get('/rest/zzOrderNamesakes')).status, 200)
  }
})

test('a rename through the metadata API renames the name in the comment', async (t) => {
  const client = await server.enter('Renamed', { standardObjects: false })
  await createBySql(client, 'zz_order')
  await createBySql(client, 'zz_orders')
  await until('contested names are kept', async () => {
    await client.get('/rest/zzOrders')
    const { unpinned, objects } = await modelOf(client)
    return unpinned.length === 0 && objects.every(({ comment }) => comment !== null)
  })
  const { body } = await client.get('/rest/metadata/objects?limit=1000')
  const newer = body.data.objects.find(
    ({ nameSingular }: { readonly nameSingular: string }) => nameSingular === 'zzOrderNamesake',
  )
  const names = { nameSingular: 'parcel', namePlural: 'parcels' }
  const { status } = await client.request('PATCH', `/rest/metadata/objects/${newer.id}`, names)
  t.is(status, 200)
  const { objects } = await modelOf(client)
  t.like(
    objects.find(({ table }) => table === 'parcel'),
    { comment: '@name parcel parcels' },
  )
  t.is((await client.get('/rest/parcels')).body.data.parcels[0].name, 'zz_orders')
})

test('a key that is added later takes no name from a column, and a column none from a relation', async (t) => {
  const { pool } = server.gateway
  for (const isKeyFirst of [false, true]) {
    const client = await server.enter('Keys', { standardObjects: false })
    const schema = quoteIdentifier(client.workspace.schemaName)
    const key = `alter table ${schema}.book add foreign key (author_id) references ${schema}.person`
    const column = `alter table ${schema}.book add author text`
    await pool.query(`create table ${schema}.person (id int primary key)`)
    await pool.query(
      `create table ${schema}.book (id int primary key, author_id int${isKeyFirst ? '' : ', author text'})`,
    )
    await pool.query(key)
    if (isKeyFirst) await pool.query(column)
    const { byTable } = await modelOf(client)
    t.is(byTable.get('book')?.fields.get('author')?.kind, isKeyFirst ? 'toOne' : 'scalar')
  }
})
