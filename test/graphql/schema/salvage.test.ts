import test from 'ava'
import { compileSchema } from '../../../gateway/graphql/schema/compile.ts'
import { salvage } from '../../../gateway/graphql/schema/salvage.ts'
import { readCatalog } from '../../../sql/catalog/catalog.ts'
import { importSql } from '../../../tenants/importSql.ts'
import { indexObjects, type Model, type ObjectModel } from '../../../tenants/model/model.ts'
import { deriveModel } from '../../../tenants/model/read/derive.ts'
import { createWorkspace } from '../../../tenants/workspace.ts'
import { createTestDatabase } from '../../support/database.ts'
import { startTestGateway } from '../../support/gateway.ts'
import { schemaFaults } from '../../support/schemaFaults.ts'

const SCRIPT = `
  create table port (id int primary key, name text);
  create table ship (id int primary key, port_id int references port, sister_id int references ship);
  create table crew (id int primary key, ship_id int references ship);
  create function tonnage() returns int language sql stable return 1;
  create function length() returns int language sql stable return 2;`

const modelOf = async (t: Parameters<typeof createTestDatabase>[0]): Promise<Model> => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Fleet', standardObjects: false })
  await importSql(pool, id, SCRIPT)
  const catalog = await readCatalog(pool, schemaName)
  if (catalog === null) throw new Error('The workspace has no schema.')
  return deriveModel(catalog, { standard: false })
}

const renamed = (model: Model, typeNames: Readonly<Record<string, string>>): Model => ({
  ...model,
  ...indexObjects(
    model.objects.map(
      (object): ObjectModel => ({ ...object, typeName: typeNames[object.table] ?? object.typeName }),
    ),
  ),
})

test('an object that GraphQL cannot be built with is left out alone, with the reason', async (t) => {
  const model = await modelOf(t)
  for (const typeName of ['', '1st', 'not a name', 'Port', 'String', 'Query', '__Ship']) {
    const { schema, dropped } = await compileSchema(renamed(model, { ship: typeName }))
    t.deepEqual(schemaFaults(schema), [])
    t.deepEqual(
      dropped.map(({ table, names }) => [table, names]),
      [['ship', ['ship', 'ships']]],
      typeName,
    )
    t.not(dropped[0]?.reason, '')
    t.truthy(schema.getQueryType()?.getFields().ports)
    t.truthy(schema.getQueryType()?.getFields().crews)
  }
})

test('several of them, and functions too', async (t) => {
  const model = await modelOf(t)
  const broken = renamed(model, { ship: '', crew: '!' })
  const { schema, dropped, unserved } = await compileSchema({
    ...broken,
    functions: broken.functions.map((fn) => (fn.name === 'length' ? { ...fn, fieldName: 'a b' } : fn)),
  })
  t.deepEqual(schemaFaults(schema), [])
  t.deepEqual(dropped.map(({ table }) => table).toSorted(), ['crew', 'ship'])
  t.deepEqual(
    unserved.map((each) => each.function),
    ['length'],
  )
  t.deepEqual(Object.keys(schema.getQueryType()?.getFields() ?? {}).toSorted(), [
    'port',
    'portHistory',
    'ports',
    'portsGroupBy',
    'tonnage',
  ])
})

test('fields of the past and of changes whose type’s name is taken are left out, and listed', async (t) => {
  const model = await modelOf(t)
  const listed = async (crew: string) => {
    const { schema, hidden } = await compileSchema(renamed(model, { crew }))
    const fields = [schema.getQueryType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    )
    for (const { field, reason } of hidden) t.false(fields.includes(field) || reason === '', field)
    return hidden.map(({ table, field }) => [table, field])
  }
  t.deepEqual(await listed('Crew'), [])
  t.deepEqual(await listed('PortChange'), [['port', 'portChanges']])
  t.deepEqual(await listed('PortHistoryEntry'), [['port', 'portHistory']])
})

test('an error without a culprit in the model is thrown, after few attempts', async (t) => {
  const model = await modelOf(t)
  let attempts = 0
  const build = async () => {
    attempts += 1
    throw new Error('no memory')
  }
  await t.throwsAsync(salvage(model, build), { message: 'no memory' })
  t.is(attempts, 2)
})

test('a culprit is found in few attempts', async (t) => {
  const model = await modelOf(t)
  const [ship] = model.objects.filter(({ table }) => table === 'ship')
  if (ship === undefined) return t.fail()
  const objects = Array.from({ length: 500 }, (_, index) => ({ ...ship, table: `ship ${index}` }))
  let attempts = 0
  const { built, unbuildable } = await salvage(
    { ...model, ...indexObjects(objects) },
    async ({ byTable }) => {
      attempts += 1
      if (byTable.has('ship 77') || (byTable.has('ship 3') && byTable.has('ship 400'))) throw new Error('no')
      return byTable.size
    },
  )
  t.is(built, 498)
  t.deepEqual(
    unbuildable.map(({ part }) => (part.kind === 'object' ? part.object.table : '')),
    ['ship 77', 'ship 400'],
  )
  t.true(attempts < 30, `${attempts}`)
})

test('a workspace that holds nothing, or nothing that can be served, has a schema', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  for (const script of ['', 'create table nothing ()']) {
    const client = await server.enter('Empty', { standardObjects: false })
    if (script !== '') await importSql(server.gateway.pool, client.workspace.id, script)
    const { status, body } = await client.graphql('{ __schema { queryType { name } } }')
    t.is(status, 200)
    t.deepEqual(body, { data: { __schema: { queryType: { name: 'Query' } } } })
    t.is((await client.get('/rest/open-api/core')).status, 200)
  }
})
