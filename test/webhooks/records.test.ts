// Which changes of records a webhook asks for, and what it sends of them.

import test from 'ava'
import { Webhook as Verifier } from 'standardwebhooks'
import { createRole, findRole } from '../../tenants/permission/role.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'
import { startReceiver } from './receiver.ts'

const receiver = await startReceiver()
const gateway = await startTestGateway({
  environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
  webhookWorld: { judgedWithinMs: 600_000 },
})
const { pool } = gateway.gateway
test.after.always(async () => {
  await gateway.close()
  await receiver.close()
})

/** A workspace whose companies have a number too. */
const enter = async (): Promise<Client> => {
  const client = await gateway.enter()
  await pool.query(`alter table "${client.workspace.schemaName}".company add column employees integer`)
  await until(
    'the model has it',
    async () => (await client.get('/rest/companies?filter=employees[gte]:1')).status === 200,
  )
  return client
}

let shared: Client
test.before(async () => {
  shared = await enter()
})

let paths = 0
const hook = async (client: Client, settings: Record<string, unknown>) => {
  paths += 1
  const path = `/hook/${paths}`
  const given = { targetUrl: receiver.url(path), operations: ['company.*'], ...settings }
  const { body, status } = await client.request('POST', '/rest/metadata/webhooks', given)
  return { id: String(body.id), path, status, body }
}

const create = async (client: Client, data: Record<string, unknown>): Promise<string> =>
  (await client.request('POST', '/rest/companies', data)).body.data.createCompany.id

const update = (client: Client, id: string, data: Record<string, unknown>) =>
  client.request('PATCH', `/rest/companies/${id}`, data)

/** Events of all deliveries that were stored. A change that was left out before has none. */
const stored = async (webhookId: string): Promise<readonly string[]> =>
  (
    await pool.query<{ event: string }>(
      'select event from tenantry_runtime.deliveries where webhook_id = $1 order by change_id',
      [webhookId],
    )
  ).rows.map(({ event }) => event)

test.serial('a filter is compared with the record as the change left it', async (t) => {
  const client = shared
  const filter = 'employees[gte]:100,name[neq]:"last, not least"'
  const { id, path, body } = await hook(client, { filter })
  t.is(body.filter, filter)
  const all = await hook(client, {})
  const company = await create(client, { name: 'a', employees: 5 })
  await update(client, company, { employees: 100 })
  await update(client, company, { employees: 101 })
  await update(client, company, { employees: 7 })
  await update(client, company, { employees: 200 })
  await client.request('DELETE', `/rest/companies/${company}`)
  await receiver.next(all.path, 6)
  const seen = (await receiver.next(path, 4)).map(({ body: { eventName, record } }) => [
    eventName,
    record.employees,
  ])
  t.deepEqual(
    [...seen].sort((a, b) => a[1] - b[1] || String(b[0]).localeCompare(a[0])),
    [
      ['company.updated', 100],
      ['company.updated', 101],
      ['company.updated', 200],
      ['company.destroyed', 200],
    ],
  )
  t.is((await stored(id)).length, 4)
})

test.serial('updates that change none of the wanted fields are left out', async (t) => {
  const client = shared
  const { id, path } = await hook(client, { changedFields: ['name', 'address'] })
  const all = await hook(client, {})
  const company = await create(client, { name: 'a' })
  await update(client, company, { employees: 1 })
  await update(client, company, { address: { addressCity: 'Rome' } })
  await update(client, company, { name: 'b', employees: 2 })
  await client.request('DELETE', `/rest/companies/${company}?soft_delete=true`)
  await receiver.next(all.path, 5)
  const received = await receiver.next(path, 4)
  t.deepEqual(received.map(({ body: { eventName, updatedFields } }) => [eventName, updatedFields]).sort(), [
    ['company.created', undefined],
    ['company.deleted', undefined],
    ['company.updated', ['address']],
    ['company.updated', ['name', 'employees']],
  ])
  t.is((await stored(id)).length, 4)
})

test.serial(
  'a webhook sends the fields that it asks for, and old values where it asks for them',
  async (t) => {
    const client = shared
    const { path } = await hook(client, { fields: ['name', 'address', 'name'], includePrevious: true })
    const plain = await hook(client, { includePrevious: true, operations: ['company.updated'] })
    const id = await create(client, { name: 'a', employees: 1 })
    await update(client, id, { name: 'b', employees: 2 })
    const [created, updated] = await Promise.all(
      ['created', 'updated'].map(async (action) => {
        const received = await receiver.next(path, 2)
        return received.find(({ body }) => body.eventName === `company.${action}`)?.body
      }),
    )
    t.deepEqual(Object.keys(created.record), ['id', 'name', 'address'])
    t.false('previous' in created)
    t.like(updated, {
      record: { id, name: 'b' },
      previous: { name: 'a' },
      updatedFields: ['name', 'employees'],
    })
    t.deepEqual(Object.keys(updated.previous), ['name'])
    t.deepEqual((await receiver.next(plain.path, 1))[0]?.body.previous, { name: 'a', employees: 1 })
  },
)

test.serial('settings that do not fit the model are refused', async (t) => {
  const client = shared
  for (const [settings, pattern] of [
    [{ filter: 'name' }, /'filter' invalid/],
    [{ filter: 'name[is]:x' }, /"is" operator. Expected "NULL"/],
    [{ filter: 'name', operations: [] }, /'filter' invalid/],
    [{ filter: 'nme[eq]:x' }, /nme/],
    [{ filter: 'employees[gt]:many' }, /many/],
    [{ filter: 'name[eq]:\0' }, /U\+0000/],
    [{ filter: `name[eq]:${'x'.repeat(10_001)}` }, /at most 10000 characters/],
    [{ fields: ['nme'] }, /'fields' .*nme/],
    [{ changedFields: ['nme'] }, /'changedFields' .*nme/],
    [{ changedFields: ['people'] }, /'people' is a relation/],
    [{ fields: ['name'], operations: ['*.created'] }, /operations that name their objects/],
    [{ filter: 'employees[gt]:1', operations: ['company.*', 'person.*'] }, /employees/],
  ] as const) {
    const { status, body } = await hook(client, settings)
    t.is(status, 400, JSON.stringify(settings))
    t.regex(body.messages.join(' '), pattern)
  }
  const { id, body } = await hook(client, { filter: 'name[eq]:x', operations: ['company.*', 'metadata.*.*'] })
  t.is(body.filter, 'name[eq]:x')
  const patch = (given: Record<string, unknown>) =>
    client.request('PATCH', `/rest/metadata/webhooks/${id}`, given)
  t.is((await patch({ filter: 'nme[eq]:x' })).status, 400)
  t.is((await patch({ operations: ['*.*'] })).status, 400)
  t.is((await patch({ filter: 'employees[is]:NULL' })).body.filter, 'employees[is]:NULL')
  const removed = await metadataOf(client).ask(
    `mutation { updateWebhook(input: { id: "${id}", update: { filter: null, fields: [], operations: ["*.*"] } }) { filter fields } }`,
  )
  t.deepEqual(removed.updateWebhook, { filter: null, fields: null })
})

test.serial('in order, a replay ends before changes that have not become deliveries', async (t) => {
  const client = shared
  const { id, path } = await hook(client, { ordered: true })
  const replayed = async () =>
    (await client.request('POST', `/rest/metadata/webhooks/${id}/replay`, {})).body.deliveries
  const other = await pool.connect()
  try {
    // As long as another gateway reads.
    await other.query('begin')
    await other.query('select from tenantry_runtime.webhook_feed for update')
    await create(client, { name: 'not yet' })
    t.is(await replayed(), 0)
  } finally {
    await other.query('rollback')
    other.release()
  }
  await receiver.next(path, 1)
  await until('it can be replayed', async () => (await replayed()) === 1)
  await receiver.next(path, 2)
})

test('a filter that the model no longer fits pauses the webhook, and loses nothing', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client, { filter: 'employees[gte]:100' })
  const column = (from: string, to: string) =>
    pool.query(`alter table "${client.workspace.schemaName}".company rename column ${from} to ${to}`)
  await column('employees', 'headcount')
  await until(
    'the model has it',
    async () => (await client.get('/rest/companies?filter=headcount[gte]:1')).status === 200,
  )
  const read = async () => (await client.get(`/rest/metadata/webhooks/${id}`)).body
  await create(client, { name: 'small', headcount: 1 })
  await create(client, { name: 'large', headcount: 100 })
  await until('it is paused', async () => (await read()).status === 'PAUSED')
  t.regex((await read()).statusReason, /^Its settings no longer fit the data model\. company: .*employees/)
  const patch = (given: Record<string, unknown>) =>
    client.request('PATCH', `/rest/metadata/webhooks/${id}`, given)
  t.is((await patch({ status: 'ACTIVE' })).status, 400)
  t.is(receiver.at(path).length, 0)
  t.is((await patch({ status: 'ACTIVE', filter: 'headcount[gte]:100' })).status, 200)
  t.is((await receiver.next(path, 1))[0]?.body.record.name, 'large')
  await until('the other one is cancelled', async () => {
    const { rows } = await pool.query(
      `select status, attempts from tenantry_runtime.deliveries where webhook_id = $1 and status = 'cancelled'`,
      [id],
    )
    return /does not match the filter/.test(rows[0]?.attempts[0]?.error ?? '')
  })
})

test('a replay sends changes again to the webhook as it is now, and answers how far it reaches', async (t) => {
  const client = await gateway.enter()
  const names = (path: string) => receiver.at(path).map(({ body }) => body.record.name)
  await create(client, { name: 'before the webhook' })
  const { id, path } = await hook(client, { filter: 'name[eq]:a' })
  const all = await hook(client, {})
  for (const name of ['a', 'b', 'c']) await create(client, { name })
  // None waits to be compared with a filter.
  await receiver.next(all.path, 3)
  await receiver.next(path, 1)
  const replay = (given: Record<string, unknown>) =>
    client.request('POST', `/rest/metadata/webhooks/${id}/replay`, given)
  await until('it has ended', async () => {
    const { rows } = await pool.query(
      'select status from tenantry_runtime.deliveries where webhook_id = $1',
      [id],
    )
    return rows[0]?.status === 'delivered'
  })
  const { body: changed } = await client.request('PATCH', `/rest/metadata/webhooks/${id}`, { filter: null })
  const { status, body } = await replay({ from: '2020-01-01T00:00:00Z' })
  t.is(status, 200, JSON.stringify(body))
  t.like(body, { deliveries: 3, hasMore: false, from: changed.createdAt })
  t.deepEqual([...(await receiver.next(path, 4))].map(({ body: { record } }) => record.name).sort(), [
    ...['a', 'a', 'b', 'c'],
  ])
  const ids = receiver.at(path).filter(({ body: { record } }) => record.name === 'a')
  t.is(new Set(ids.map(({ headers }) => headers['webhook-id'])).size, 1)
  // A position goes on where the replay ended, and what was committed after `to` is not part of it.
  t.is((await replay({ after: body.position })).body.deliveries, 0)
  const inTheMiddle = new Date().toISOString()
  t.is((await replay({ to: '2020-01-01T00:00:00Z' })).body.deliveries, 0)
  t.is((await replay({ from: inTheMiddle, to: '2020-01-01T00:00:00Z' })).status, 400)
  t.is((await replay({ from: inTheMiddle })).body.deliveries, 0)
  await create(client, { name: 'd' })
  await receiver.next(path, 5)
  t.true(names(path).includes('d'))
  t.is((await replay({ after: 'x' })).status, 400)
  // Of changes that were logged with their key alone, the records as they are now are compared.
  await pool.query(
    `update tenantry_runtime.changes set is_complete = false, after = json_build_object('id', after -> 'id')
     where workspace_id = $1 and operation = 'i'`,
    [client.workspace.id],
  )
  await client.request('PATCH', `/rest/metadata/webhooks/${id}`, { filter: 'name[eq]:b' })
  t.is((await replay({})).body.deliveries, 1)
  t.is((await receiver.next(path, 6)).at(-1)?.body.record.name, 'b')
  const guest = await gateway.client(client.workspace, 'Guest')
  t.is((await guest.request('POST', `/rest/metadata/webhooks/${id}/replay`, {})).status, 403)
})

test('a replay over many pages ends at its time, and goes on from an entry of the change log', async (t) => {
  const client = await gateway.enter()
  const filter = 'name[in]:["kept 1","kept 2","moment after","kept 3"]'
  const { id, path } = await hook(client, { filter, ordered: true })
  const received = (): readonly string[] => receiver.at(path).map(({ body }) => body.record.name)
  const keep = async (name: string): Promise<void> => {
    const sent = received().length
    await create(client, { name })
    await receiver.next(path, sent + 1)
  }
  const ended = () =>
    until('all have ended', async () => {
      const { rows } = await pool.query(
        `select from tenantry_runtime.deliveries where webhook_id = $1 and status = 'waiting'`,
        [id],
      )
      return rows.length === 0
    })
  /** Names that come again. */
  const replay = async (given: Record<string, unknown>): Promise<readonly string[]> => {
    await ended()
    const before = received().length
    const { body } = await client.request('POST', `/rest/metadata/webhooks/${id}/replay`, given)
    t.false(body.hasMore, JSON.stringify(body))
    await ended()
    t.is(received().length, before + body.deliveries)
    return received().slice(before).sort()
  }
  await keep('kept 1')
  // More than a page.
  await pool.query(
    `insert into "${client.workspace.schemaName}".company (name) select 'bulk' from generate_series(1, 1100)`,
  )
  await keep('kept 2')
  const { body: log } = await client.get('/changes?after=oldest&limit=1')
  const after = log.data.changes[0].position
  const to = new Date().toISOString()
  // Its window may be the last one of a replay up to that time.
  await keep('moment after')
  await keep('kept 3')
  const withoutMoment = (names: readonly string[]) => names.filter((name) => name !== 'moment after')
  t.deepEqual(withoutMoment(await replay({ to })), ['kept 1', 'kept 2'])
  // Behind the entry, past the window that its reader saw last.
  t.deepEqual(await replay({ after }), ['kept 2', 'kept 3', 'moment after'])
  t.deepEqual(withoutMoment(await replay({ after, to })), ['kept 2'])
  // Of one record, changes come in order again.
  const record = await create(client, { name: 'kept 2' })
  await update(client, record, { name: 'kept 3' })
  await receiver.next(path, received().length + 2)
  t.is((await replay({ after })).length, 5)
  const events = receiver.at(path).filter(({ body }) => body.record.id === record)
  t.deepEqual(
    events.map(({ body }) => body.eventName),
    ['company.created', 'company.updated', 'company.created', 'company.updated'],
  )
})

test('a sample has the bytes of the newest record that matches, signed, and sends nothing', async (t) => {
  const client = await enter()
  const { id, path, body } = await hook(client, { filter: 'employees[gte]:10', includePrevious: true })
  const sample = async (input: Record<string, unknown>) =>
    (await client.request('POST', `/rest/metadata/webhooks/${id}/sample`, input)).body
  // Without a record it is made from the model.
  const made = await sample({})
  t.like(made, { event: 'company.created', source: 'MODEL', reason: null, secret: null })
  t.like(JSON.parse(made.body), { webhookId: id, record: { employees: 42 } })
  const company = await create(client, { name: 'old "name"', employees: 12 })
  await update(client, company, { name: 'b "c"' })
  await create(client, { name: 'too small', employees: 3 })
  await create(client, { name: 'other', employees: 11, createdAt: '2020-01-01T00:00:00Z' })
  const sent = (await receiver.next(path, 3)).find(
    ({ body: { eventName } }) => eventName === 'company.updated',
  )
  const { body: text, headers, source } = await sample({ operation: 'company.updated' })
  t.is(source, 'RECORD')
  const withoutTime = (json: string): string => json.replace(/"eventDate":"[^"]+"/, '')
  // The old values of an update that did not happen are the present ones.
  t.is(withoutTime(text), withoutTime(sent?.text ?? '').replace('old \\"name\\"', 'b \\"c\\"'))
  t.deepEqual(
    Object.keys(headers).map((name) => name.toLowerCase()),
    Object.keys(sent?.headers ?? {}).filter((name) =>
      /^(content-type|user-agent|x-twenty.*|webhook.*)$/.test(name),
    ),
  )
  const verifier = new Verifier(Buffer.from(body.secret).toString('base64'))
  t.notThrows(() => verifier.verify(text, headers))
  t.regex((await sample({ operation: 'person.created' })).reason, /does not subscribe to person.created/)
  t.is((await sample({ operation: 'company.exploded' })).code, 'INVALID_WEBHOOK_OPERATION')
  const cut = await sample({
    operation: 'company.updated',
    fields: ['employees'],
    changedFields: ['employees'],
  })
  t.like(JSON.parse(cut.body), {
    record: { id: company, employees: 12 },
    updatedFields: ['employees'],
    previous: { employees: 12 },
  })
  t.is(receiver.at(path).length, 3)
})

test('before a webhook exists, a sample shows what its role would see, signed with a secret of its own', async (t) => {
  const client = await gateway.enter()
  const metadata = metadataOf(client)
  const query = `query ($input: WebhookSampleInput!) { webhookSample(input: $input) { event source body headers reason secret } }`
  const sample = async (input: Record<string, unknown>, as = metadata) =>
    (await as.ask(query, { input })).webhookSample
  const company = await create(client, { name: 'visible' })
  const updated = await sample({ operation: 'company.updated' })
  t.is(updated.source, 'RECORD')
  t.like(JSON.parse(updated.body), {
    eventName: 'company.updated',
    objectMetadata: { id: await metadata.objectId('company'), nameSingular: 'company' },
    record: { id: company, name: 'visible' },
    updatedFields: ['name'],
  })
  new Verifier(Buffer.from(updated.secret).toString('base64')).verify(updated.body, updated.headers)
  await client.request('DELETE', `/rest/companies/${company}?soft_delete=true`)
  const { body: deleted } = await sample({ operation: 'company.deleted' })
  t.is(JSON.parse(deleted).record.id, company)
  t.truthy(JSON.parse(deleted).record.deletedAt)
  t.is((await sample({ operation: 'company.created' })).source, 'MODEL')
  for (const [operation, type] of [
    ['metadata.*.*', 'created'],
    ['metadata.fieldMetadata.updated', 'updated'],
    ['metadata.objectMetadata.deleted', 'deleted'],
  ])
    t.is(JSON.parse((await sample({ operation })).body).event.type, type)
  t.regex((await sample({})).event, /\.created$/)

  const blind = await createRole(pool, client.workspace.id, {
    label: 'Blind',
    canReadAllObjectRecords: false,
  })
  const flags =
    'mutation ($input: UpsertPermissionFlagsInput!) { upsertPermissionFlags(upsertPermissionFlagsInput: $input) { id } }'
  const permissionFlagKeys = ['API_KEYS_AND_WEBHOOKS']
  await metadata.ask(flags, { input: { roleId: blind.id, permissionFlagKeys } })
  const hidden = await sample({ operation: 'company.created', roleId: blind.id })
  t.deepEqual([hidden.body, hidden.reason], [null, 'The role "Blind" may not read the record.'])
  const watcher = metadataOf(await gateway.client(client.workspace, 'Blind'))
  t.is((await sample({ operation: 'metadata.*.deleted' }, watcher)).body, null)
  const { id } = await hook(client, {})
  const admin = await findRole(pool, client.workspace.id, 'Admin')
  for (const input of [{ id }, { operation: 'company.created', roleId: admin.id }])
    t.is((await watcher.refused(query, { input })).extensions.code, 'FORBIDDEN')
  const guest = metadataOf(await gateway.client(client.workspace, 'Guest'))
  t.is((await guest.refused(query, { input: {} })).extensions.code, 'FORBIDDEN')
  for (const input of [
    { operation: 'x' },
    { filter: 'a' },
    { targetUrl: 'http://10.0.0.1' },
    { id: admin.id },
  ])
    t.truthy((await metadata.refused(query, { input })).message, JSON.stringify(input))
})
