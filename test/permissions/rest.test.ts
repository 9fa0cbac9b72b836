// Effects of permissions that a table of yes and no does not show: search, record rules, repeated requests,
// tables without a key.

import test from 'ava'
import pg from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { upsertFieldPermissions } from '../../tenants/permission/object.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, findRole } from '../../tenants/permission/role.ts'
import { gatewayUrlAt } from '../support/citus.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { labelOf, makeWorld, type World } from './fixture.ts'

let server: TestGateway
let world: World
let seller: Client
test.before(async () => {
  server = await startTestGateway()
  world = await makeWorld(server)
  seller = world.roles.seller ?? world.admin
})
test.after.always(() => server?.close())

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}

test.serial('a search finds nothing by hidden text and nothing of closed objects', async (t) => {
  const found = async (client: Client, searchInput: string): Promise<readonly string[]> => {
    const { body, text } = await client.graphql(
      'query ($text: String!) { search(searchInput: $text, limit: 10) { edges { node { objectNameSingular label } } } }',
      { text: searchInput },
    )
    t.is(body.errors, undefined, text)
    return body.data.search.edges.map(
      ({ node }: { node: { objectNameSingular: string } }) => node.objectNameSingular,
    )
  }
  t.deepEqual(await found(world.admin, 'countess'), ['person'])
  t.deepEqual(await found(seller, 'countess'), [])
  t.deepEqual(await found(seller, 'ada@acme.test'), [])
  t.deepEqual(await found(seller, 'byr'), ['person'])
  t.deepEqual(await found(world.admin, 'met'), ['note'])
  t.deepEqual(await found(seller, 'met'), [])
})

test.serial('record rules hold on every way to a record, and psql sees the same rows', async (t) => {
  const { pool } = server.gateway
  const { workspace } = world.admin
  const role = await createRole(pool, workspace.id, { label: `O'Brien's "own"; --`, ...ALL })
  await upsertRowRules(pool, workspace.id, role.id, 'company', {
    rules: [{ column: 'name', operand: 'CONTAINS', value: 'Mine' }],
    groups: [],
  })
  const client = await server.client(workspace, role.label)
  const mine = (await world.admin.request('POST', '/rest/companies', { name: 'Mine' })).body.data
    .createCompany.id
  const list = await client.get('/rest/companies')
  t.deepEqual(
    list.body.data.companies.map(({ id }: { id: string }) => id),
    [mine],
  )
  t.is(list.body.totalCount, 1)
  t.is((await client.get(`/rest/companies/${world.ids.company}`)).status, 404)
  t.is(
    (await client.request('PATCH', `/rest/companies/${world.ids.company}`, { name: 'Mine too' })).status,
    404,
  )
  t.is((await client.request('DELETE', `/rest/companies/${world.ids.company}`)).status, 404)
  t.is((await client.request('POST', '/rest/companies', { name: 'Other' })).status, 403)
  t.is((await client.get(`/rest/people/${world.ids.person}?depth=1`)).body.data.person.company, null)
  const people = await client.graphql(
    '{ people { edges { node { company { name } } } } companies { totalCount countEmptyName } }',
  )
  t.is(people.body.data.people.edges[0].node.company, null)
  t.deepEqual(people.body.data.companies, { totalCount: 1, countEmptyName: 0 })

  const psql = new pg.Client({ connectionString: await gatewayUrlAt(server.database, workspace.schemaName) })
  await psql.connect()
  try {
    const { pgRole } = await findRole(pool, workspace.id, role.label)
    await psql.query(
      `begin; set local role ${quoteIdentifier(pgRole ?? '')}; set local tenantry.claims = '{}'`,
    )
    const { rows } = await psql.query(`select id from ${quoteIdentifier(workspace.schemaName)}.company`)
    t.deepEqual(rows, [{ id: mine }])
  } finally {
    await psql.end()
  }
})

test.serial('a merge that could lose records that the role does not see is refused', async (t) => {
  const { pool } = server.gateway
  const { workspace } = world.admin
  const role = await createRole(pool, workspace.id, { label: 'merger', ...ALL })
  await upsertRowRules(pool, workspace.id, role.id, 'opportunity', {
    rules: [{ column: 'name', operand: 'CONTAINS', value: 'Mine' }],
    groups: [],
  })
  const client = await server.client(workspace, role.label)
  const create = async () => (await world.admin.request('POST', '/rest/people', {})).body.data.createPerson.id
  const answer = await client.request('PATCH', '/rest/people/merge', {
    ids: [await create(), await create()],
    conflictPriorityIndex: 0,
  })
  t.is(answer.status, 403)
  t.regex(answer.text, /opportunity/)
})

test.serial('an answer under an Idempotency-Key is not repeated once the role sees less', async (t) => {
  const { pool } = server.gateway
  const { workspace } = world.admin
  const role = await createRole(pool, workspace.id, { label: 'shrinking', ...ALL })
  const client = await server.client(workspace, role.label)
  const ask = () =>
    client.request('POST', '/rest/people', { name: { firstName: 'Spy' } }, { 'idempotency-key': 'once' })
  const first = await ask()
  t.is(first.body.data.createPerson.jobTitle, '')
  t.is((await ask()).text, first.text)
  await upsertFieldPermissions(pool, workspace.id, role.id, [
    { table: 'person', column: 'job_title', canRead: false },
  ])
  let again = await ask()
  await until('the gateway is notified', async () => {
    if (again.status === 201) again = await ask()
    return again.status !== 201
  })
  t.is(again.status, 422)
  t.false(again.text.includes('jobTitle'))
})

test.serial('a batch that goes on reports for each record what the role may not write', async (t) => {
  const { status, body } = await seller.request('POST', '/rest/batch/people?on_error=continue', [
    { name: { firstName: 'One' } },
    { jobTitle: 'x' },
  ])
  t.is(status, 207)
  t.is(body.data.createPeople[0].name.firstName, 'One')
  t.false('jobTitle' in body.data.createPeople[0])
  t.is(body.data.createPeople[1], null)
  t.like(body.results[1], { statusCode: 403, fields: ['jobTitle'] })
})

test.serial(
  'a record that only a hidden field would name cannot be named, and no other one is meant',
  async (t) => {
    const { pool } = server.gateway
    const { workspace } = world.admin
    await importSql(
      pool,
      workspace.id,
      `create table badge (code text not null unique, owner text); insert into badge values ('a', 'x'), ('b', 'x');`,
    )
    const { id } = await findRole(pool, workspace.id, labelOf('all'))
    await upsertFieldPermissions(pool, workspace.id, id, [{ table: 'badge', column: 'code', canRead: false }])
    const all = world.roles.all ?? world.admin
    await all.get('/rest/badges')
    for (const method of ['PATCH', 'DELETE'])
      t.true(
        [400, 403].includes((await all.request(method, '/rest/badges/a', { owner: 'y' })).status),
        method,
      )
    const { body } = await all.graphql(
      'mutation { updateBadge(code: "a", data: { owner: "y" }) { owner } destroyBadge(code: "a") { owner } }',
    )
    t.deepEqual(
      body.errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code),
      ['FORBIDDEN', 'FORBIDDEN'],
    )
    const { rows } = await pool.query(`select owner from ${quoteIdentifier(workspace.schemaName)}.badge`)
    t.deepEqual(rows, [{ owner: 'x' }, { owner: 'x' }])
  },
)
