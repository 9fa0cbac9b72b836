import test from 'ava'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { upsertFieldPermissions, upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { type Client, HOSTILE_NAME, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const SCRIPT = `
create table pay (id int primary key, name text, salary int);
create table closed (id int primary key, name text);
insert into pay values (1, 'Ada', 100);
insert into closed values (1, 'shut');
create function "An ""odd"" name"() returns int language sql stable return 1;
create function pay_label(pay) returns text language sql stable return ($1).name || ($1).salary;
create function all_pay() returns setof pay language sql stable security definer begin atomic select * from pay; end;
create function best_paid() returns pay language sql stable security definer begin atomic select * from pay limit 1; end;
create function raise_pay() returns pay language sql security definer
  begin atomic update pay set salary = salary + 1 where id = 1 returning *; end;
create function closed_records() returns setof closed language sql stable security definer begin atomic select * from closed; end;
create function open_closed() returns closed language sql security definer
  begin atomic update closed set name = 'opened' returning *; end;
create function count_closed() returns bigint language sql stable begin atomic select count(*) from closed; end;
create function salaries() returns bigint language sql stable begin atomic select sum(salary) from pay; end;
`

let server: TestGateway
let admin: Client
let seller: Client

const importWorkspace = async (name: string, script: string): Promise<Client> => {
  const entered = await server.enter(name, { standardObjects: false })
  await importSql(server.gateway.pool, entered.workspace.id, script)
  return entered
}

const sql = (asker: Client, text: string) =>
  server.gateway.pool.query(text.replaceAll('$schema', quoteIdentifier(asker.workspace.schemaName)))

const fieldsOf = async (asker: Client, type: string): Promise<readonly string[]> => {
  const { body } = await asker.graphql(`{ __type(name: "${type}") { fields { name } } }`)
  return body.data.__type.fields.map(({ name }: { name: string }) => name)
}

const isBlank = (data: unknown): boolean =>
  data === null || (typeof data === 'object' && Object.values(data ?? {}).every(isBlank))

const isForbidden = async (asker: Client, query: string): Promise<boolean> => {
  const { body } = await asker.graphql(query)
  return body.errors[0].extensions.code === 'FORBIDDEN' && isBlank(body.data)
}

test.before(async () => {
  server = await startTestGateway()
  admin = await importWorkspace(HOSTILE_NAME, SCRIPT)
  const { pool } = server.gateway
  const role = await createRole(pool, admin.workspace.id, {
    label: 'Seller\'s "role"; --',
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
  })
  await upsertFieldPermissions(pool, admin.workspace.id, role.id, [
    { table: 'pay', column: 'salary', canRead: false, canUpdate: false },
  ])
  await upsertObjectPermissions(pool, admin.workspace.id, role.id, [
    {
      table: 'closed',
      canRead: false,
      canCreate: false,
      canUpdate: false,
      canSoftDelete: false,
      canDestroy: false,
    },
  ])
  seller = await server.client(admin.workspace, role.label)
})
test.after.always(() => server?.close())

test('a record returned by a function shows what the role may read, not the function', async (t) => {
  const { body } = await seller.graphql(
    '{ allPay { totalCount edges { node { id name } } } bestPaid { name } }',
  )
  t.deepEqual(body.data, {
    allPay: { totalCount: 1, edges: [{ node: { id: 1, name: 'Ada' } }] },
    bestPaid: { name: 'Ada' },
  })
  const raised = await seller.graphql('mutation { raisePay { id name } }')
  t.deepEqual(raised.body.data, { raisePay: { id: 1, name: 'Ada' } })
})

for (const query of [
  '{ allPay { edges { node { salary } } } }',
  '{ allPay { sumSalary } }',
  '{ allPay(filter: { salary: { gt: 1 } }) { totalCount } }',
  '{ allPay(orderBy: { salary: AscNullsLast }) { edges { node { id } } } }',
  '{ bestPaid { salary } }',
  'query ($yes: Boolean = true) { bestPaid { salary @include(if: $yes) } }',
  'mutation { raisePay { salary } }',
  'mutation ($yes: Boolean = true) { raisePay { ... @include(if: $yes) { salary } } }',
  '{ bestPaid { label } }',
  '{ pays { edges { node { label } } } }',
  'query ($yes: Boolean = true) { pays { edges { node { label @include(if: $yes) } } } }',
  'mutation { updatePay(id: 1, data: { name: "Ada" }) { label } }',
  'mutation { raisePay { label } }',
  '{ closedRecords { totalCount } }',
  'mutation { openClosed { __typename } }',
  // Functions that run with the caller's rights meet the caller's grants.
  '{ countClosed }',
  '{ salaries }',
])
  test(`403 for a role that may not: ${query}`, async (t) => {
    t.true(await isForbidden(seller, query))
    const { body } = await admin.graphql(query)
    t.false(JSON.stringify(body).includes('FORBIDDEN'), JSON.stringify(body))
  })

test("execute is PUBLIC's until it is revoked, and no change of roles gives it back", async (t) => {
  const own = await importWorkspace(
    'Execute',
    'create function locked() returns int language sql stable return 1;',
  )
  const { pool } = server.gateway
  const open = await createRole(pool, own.workspace.id, { label: 'Open', canReadAllObjectRecords: true })
  const shut = await createRole(pool, own.workspace.id, { label: 'Shut', canReadAllObjectRecords: true })
  const [opened, shutOut] = [
    await server.client(own.workspace, 'Open'),
    await server.client(own.workspace, 'Shut'),
  ]
  t.is((await shutOut.graphql('{ locked }')).body.data.locked, 1)
  const { rows } = await pool.query('select pg_role from tenantry.roles where id = $1', [open.id])
  await sql(
    own,
    `revoke execute on function $schema.locked() from public; grant execute on function $schema.locked() to ${quoteIdentifier(rows[0].pg_role)}`,
  )
  t.true(await isForbidden(shutOut, '{ locked }'))
  t.is((await opened.graphql('{ locked }')).body.data.locked, 1)
  await upsertObjectPermissions(pool, own.workspace.id, shut.id, [])
  await createRole(pool, own.workspace.id, { label: 'Late', canReadAllObjectRecords: true })
  for (const late of [shutOut, await server.client(own.workspace, 'Late')])
    t.true(await isForbidden(late, '{ locked }'))
})

test('functions appear, change and go as they do in psql', async (t) => {
  const own = await importWorkspace('Live', 'create table thing (id int primary key);')
  const answers = (query: string, expected: unknown) =>
    until(`${query} answers ${JSON.stringify(expected)}`, async () => {
      const { body } = await own.graphql(query)
      return JSON.stringify(body.data) === JSON.stringify(expected)
    })
  const isGone = (name: string) =>
    until(`${name} is gone`, async () => !(await fieldsOf(own, 'Query')).includes(name))
  await sql(own, 'create function $schema."O\'Hara"() returns int language sql stable return 1')
  await answers('{ oHara }', { oHara: 1 })
  await sql(
    own,
    'create or replace function $schema."O\'Hara"(n int default 4) returns bigint language sql stable return n; drop function $schema."O\'Hara"()',
  )
  await answers('{ oHara(n: 5) }', { oHara: 5 })
  await sql(own, `comment on function $schema."O'Hara" is E'@name five\\nGives what it is given'`)
  await answers('{ five(n: 6) }', { five: 6 })
  await sql(own, 'alter function $schema."O\'Hara" volatile')
  await answers('mutation { five(n: 7) }', { five: 7 })
  await isGone('five')
  await sql(own, 'alter function $schema."O\'Hara" stable')
  await sql(
    own,
    `comment on function $schema."O'Hara" is null; alter function $schema."O'Hara" rename to plain`,
  )
  await answers('{ plain }', { plain: 4 })
  await sql(own, `comment on function $schema.plain is '@hidden'`)
  await isGone('plain')
  await sql(own, `comment on function $schema.plain is null`)
  await answers('{ plain }', { plain: 4 })
  await sql(own, 'drop function $schema.plain')
  await isGone('plain')
  t.deepEqual(
    (await fieldsOf(own, 'Query')).filter((name) => /five|plain|oHara/.test(name)),
    [],
  )
})

test('a workspace has the functions of its own schema, and one of like functions its shape', async (t) => {
  const script = `create table thing (id int primary key); create type mood as enum ('ok');
    create function mine(a mood default 'ok') returns setof thing language sql stable begin atomic select * from thing; end;`
  const [one, two] = [await importWorkspace('One', script), await importWorkspace('Two', script)]
  const other = await importWorkspace('Other', script.replace(`('ok')`, `('ok', 'fine')`))
  const none = await importWorkspace('None', 'create table thing (id int primary key);')
  await sql(one, 'insert into $schema.thing values (1)')
  await sql(two, 'insert into $schema.thing values (2)')
  for (const [asker, id] of [
    [one, 1],
    [two, 2],
  ] as const) {
    const { body: answer } = await asker.graphql('{ mine { edges { node { id } } } }')
    t.deepEqual(answer.data.mine.edges, [{ node: { id } }])
  }
  t.false((await fieldsOf(none, 'Query')).includes('mine'))
  const shapeOf = async ({ workspace }: Client) => {
    const catalog = await readCatalog(server.gateway.pool, workspace.schemaName)
    return catalog && deriveModel(catalog, { standard: false }).schemaHash
  }
  t.is(await shapeOf(one), await shapeOf(two))
  t.not(await shapeOf(one), await shapeOf(none))
  t.not(await shapeOf(one), await shapeOf(other))
})

test('computed fields count towards the complexity of a query', async (t) => {
  const aliases = Array.from({ length: 2001 }, (_, index) => `a${index}: label`).join(' ')
  const { body } = await admin.graphql(`{ pays { edges { node { ${aliases} } } } }`)
  t.is(body.errors[0].extensions.subCode, 'TOO_COMPLEX_QUERY')
})
