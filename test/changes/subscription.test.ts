// GraphQL subscriptions to changes over server-sent events.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on', MAX_STREAMS_PER_KEY: '3' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const SELECTED =
  '{ operation id record { name address { addressCity } } changedFields previous { name } position }'

const subscribe = async (
  { token }: Pick<Client, 'token'>,
  query: string,
  variables: Record<string, unknown> = {},
  more: Record<string, string> = {},
) => {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...more }
  const stream = await openEventStream(`${gateway.url}/graphql`, headers, { query, variables }, true)
  return {
    ...stream,
    results: () => stream.events.flatMap(({ event, data }) => (event === 'next' ? [data] : [])),
    isComplete: () => stream.events.some(({ event }) => event === 'complete'),
  }
}

const closed = () => until('no stream is open', () => gateway.gateway.stats().streams === 0)

test.serial('a subscription receives the changes of its object, as they are made', async (t) => {
  const client = await gateway.enter()
  const received = await subscribe(client, `subscription { companyChanges ${SELECTED} }`)
  const { body } = await client.request('POST', '/rest/companies', { name: 'one' })
  const { id } = body.data.createCompany
  await client.request('POST', '/rest/people', { name: { firstName: 'Ada' } })
  await pool.query(
    `update ${quoteIdentifier(client.workspace.schemaName)}.company set name = 'two' where id = $1`,
    [id],
  )
  await until('two changes have arrived', () => received.results().length === 2)
  await client.request('DELETE', `/rest/companies/${id}`)
  await until('three changes have arrived', () => received.results().length === 3)
  const changes = received.results().map(({ data }) => data.companyChanges)
  t.deepEqual(
    changes.map(({ operation, id: of, previous }) => [operation, of, previous?.name ?? null]),
    [
      ['created', id, null],
      ['updated', id, 'one'],
      ['destroyed', id, 'two'],
    ],
  )
  t.deepEqual(changes[1].changedFields, ['name'])
  t.is(changes[2].record, null)
  received.close()
  await closed()
})

test.serial('a change of the id comes with the one before', async (t) => {
  const client = await gateway.enter()
  const table = `${quoteIdentifier(client.workspace.schemaName)}.door`
  await pool.query(`create table ${table} (id text primary key, name text)`)
  await until('the table is served', async () => (await client.get('/rest/doors')).status === 200)
  const received = await subscribe(client, 'subscription { doorChanges { id previousId record { id } } }')
  await pool.query(`insert into ${table} values ('a/b', 'x')`)
  await pool.query(`update ${table} set name = 'y'`)
  await pool.query(`update ${table} set id = 'c'`)
  await until('three changes have arrived', () => received.results().length === 3)
  t.deepEqual(
    received.results().map(({ data }) => [data.doorChanges.id, data.doorChanges.previousId]),
    [
      ['a%2Fb', null],
      ['a%2Fb', null],
      ['c', 'a%2Fb'],
    ],
  )
  received.close()
  await closed()
})

test.serial('filters, operations, variables, aliases and positions', async (t) => {
  const client = await gateway.enter()
  const received = await subscribe(
    client,
    `subscription ($city: String!, $operations: [String!]) {
      found: companyChanges(filter: { address: { addressCity: { eq: $city } } }, operations: $operations) {
        __typename now: record { name people { totalCount } } also: record { id } position actor { keyId }
      }
    }`,
    { city: 'Paris', operations: ['created', 'updated'] },
  )
  const create = (companyName: string, addressCity: string) =>
    client.request('POST', '/rest/companies', { name: companyName, address: { addressCity } })
  await create('elsewhere', 'Rome')
  const { body } = await create('here', 'Paris')
  const { id } = body.data.createCompany
  await until('the first change has arrived', () => received.results().length === 1)
  await client.request('PATCH', `/rest/companies/${id}`, { address: { addressCity: 'Rome' } })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'still elsewhere' })
  await client.request('DELETE', `/rest/companies/${id}`)
  await create('last', 'Paris')
  await until('three changes have arrived', () => received.results().length === 3)
  const found = received.results().map(({ data }) => data.found)
  t.is(found[0].__typename, 'CompanyChange')
  t.deepEqual(found[0].also, { id })
  t.is(found[0].now.people.totalCount, 0)
  t.is(found[2].now.name, 'last')
  t.truthy(found[2].actor.keyId)
  received.close()
  await closed()
  const again = await subscribe(
    client,
    `subscription ($after: String) { companyChanges(after: $after) { operation } }`,
    { after: found[0].position },
  )
  await until('the rest has arrived', () => again.results().length === 4)
  t.deepEqual(
    again.results().map(({ data }) => data.companyChanges.operation),
    ['updated', 'updated', 'destroyed', 'created'],
  )
  again.close()
  await closed()
})

test.serial('record rules and hidden fields hold', async (t) => {
  const client = await gateway.enter()
  const role = await createRole(pool, client.workspace.id, {
    label: 'Paris',
    canReadAllObjectRecords: true,
  })
  const reader = await gateway.client(client.workspace, 'Paris')
  const rules = [{ column: 'address_city', operand: 'IS', value: 'Paris' }]
  await upsertRowRules(pool, client.workspace.id, role.id, 'company', { rules, groups: [] })
  const received = await subscribe(reader, `subscription { companyChanges ${SELECTED} }`)
  await client.request('POST', '/rest/companies', { name: 'hidden', address: { addressCity: 'Rome' } })
  const { body } = await client.request('POST', '/rest/companies', {
    name: 'seen',
    address: { addressCity: 'Paris' },
  })
  await until('one has arrived', () => received.results().length === 1)
  await client.request('PATCH', `/rest/companies/${body.data.createCompany.id}`, {
    name: 'secret',
    address: { addressCity: 'Rome' },
  })
  await until('the removal has arrived', () => received.results().length === 2)
  const [created, removed] = received.results().map(({ data }) => data.companyChanges)
  t.is(created.record.name, 'seen')
  t.like(removed, { operation: 'removed', id: body.data.createCompany.id, record: null, previous: null })
  t.false(JSON.stringify(received.results()).includes('secret'))
  received.close()
  await closed()
})

test.serial('a subscription ends with its key and with the model that it selects from', async (t) => {
  const admin = await gateway.enter()
  const client = await gateway.client(admin.workspace)
  const schema = quoteIdentifier(admin.workspace.schemaName)
  await pool.query(`alter table ${schema}.company add column extra text`)
  const byKey = await subscribe(client, 'subscription { companyChanges { id } }')
  const byModel = await subscribe(admin, 'subscription { companyChanges { record { extra } } }')
  await admin.request('POST', '/rest/companies', { name: 'one' })
  await until('both have received it', () => byKey.results().length + byModel.results().length === 2)
  await pool.query(
    `update tenantry.api_keys set revoked_at = now() where id =
       (select id from tenantry.api_keys where workspace_id = $1 order by created_at desc limit 1)`,
    [admin.workspace.id],
  )
  await until('the subscription of the key has ended', () => byKey.isEnded())
  await pool.query(`alter table ${schema}.company drop column extra`)
  await admin.request('POST', '/rest/companies', { name: 'two' })
  await until('the other has ended', () => byModel.isEnded())
  t.regex(JSON.stringify(byModel.results()), /data model has changed/)
  await closed()
})

test.serial('a wrong argument is refused, with the valid ones in the message', async (t) => {
  const client = await gateway.enter()
  const refusal = async (query: string): Promise<string> => {
    const stream = await subscribe(client, query)
    t.is(stream.status(), 400)
    return stream.rest()
  }
  t.regex(
    await refusal('subscription { companyChanges(operations: ["changed"]) { id } }'),
    /created, updated/,
  )
  t.regex(await refusal('subscription { companyChanges(after: "1.1-x") { id } }'), /position/)
  t.regex(await refusal('subscription { rocketChanges { id } }'), /rocketChanges/)
  t.regex(await refusal('subscription { companyChanges { id } personChanges { id } }'), /only one/)
  t.regex(await refusal('{ companies { totalCount } }'), /Only subscriptions/)
  t.is(gateway.gateway.stats().streams, 0)
})

test.serial('over JSON a subscription is a 400 that names the ways to subscribe', async (t) => {
  const client = await gateway.enter()
  const { status, body } = await client.graphql('subscription { companyChanges { id } }')
  t.is(status, 400)
  t.regex(body.errors[0].message, /cannot be returned as JSON/)
  t.regex((await subscribe(client, '{ companies { totalCount } }')).rest(), /Only subscriptions/)
})

test.serial('the feed and subscriptions share one limit of streams', async (t) => {
  const client = await gateway.enter()
  const authorization = `Bearer ${client.token}`
  const first = await openEventStream(`${gateway.url}/changes/stream`, { authorization })
  const others = [
    await subscribe(client, 'subscription { companyChanges { id } }'),
    await subscribe(client, 'subscription { personChanges { id } }'),
  ]
  const refused = await subscribe(client, 'subscription { companyChanges { id } }')
  t.is(refused.status(), 429)
  t.regex(refused.rest(), /TOO_MANY_STREAMS/)
  t.is((await client.get('/changes/stream')).status, 429)
  first.close()
  for (const other of others) other.close()
  await closed()
})
