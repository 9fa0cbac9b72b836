// Changes of the data model, as webhooks report them: over the API and by SQL, for roles that may see them.

import test from 'ava'
import { createRole } from '../../tenants/permission/role.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'
import { type Received, startReceiver } from './receiver.ts'

const receiver = await startReceiver()
const gateway = await startTestGateway({ environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' } })
const { pool } = gateway.gateway
test.after.always(async () => {
  await gateway.close()
  await receiver.close()
})

let paths = 0
const hook = async (client: Client, operations?: readonly string[]) => {
  paths += 1
  const path = `/hook/${paths}`
  const { body, text } = await client.request('POST', '/rest/metadata/webhooks', {
    targetUrl: receiver.url(path),
    ...(operations === undefined ? {} : { operations }),
  })
  if (body.id === undefined) throw new Error(text)
  return { id: String(body.id), path }
}

const enter = (): Promise<Client> => gateway.enter(undefined, { standardObjects: false })

const sql = (client: Client, statement: string) =>
  pool.query(statement.replaceAll('%', `"${client.workspace.schemaName}"`))

/** The event of this name about the object or field of this name, as soon as it came. */
const event = async (path: string, eventName: string, name: string): Promise<Received> => {
  let found: Received | undefined
  await until(`${eventName} of ${name}`, () => {
    found = receiver.at(path).find(({ body }) => {
      if (body.eventName !== eventName) return false
      const { before, after } = body.event.properties
      const shown = after ?? before
      return (shown.nameSingular ?? shown.name) === name
    })
    return found !== undefined
  })
  if (found === undefined) throw new Error('It did not come.')
  return found
}

test('objects and fields that are made, changed and deleted over the API are reported', async (t) => {
  const client = await enter()
  const metadata = metadataOf(client)
  const { id: webhookId, path } = await hook(client, ['metadata.*.*'])
  const id = await metadata.createObject('rocket')
  const { body, headers } = await event(path, 'metadata.objectMetadata.created', 'rocket')
  t.deepEqual(Object.keys(body), [
    ...['targetUrl', 'eventName', 'workspaceId', 'webhookId', 'eventDate', 'event'],
  ])
  t.like(body, { targetUrl: receiver.url(path), workspaceId: client.workspace.id, webhookId })
  t.like(body.event, { type: 'created', metadataName: 'objectMetadata', recordId: id })
  t.like(body.event.properties.after, { id, nameSingular: 'rocket', labelPlural: 'Rockets', isCustom: true })
  t.regex(String(headers['x-twenty-webhook-signature']), /^[0-9a-f]{64}$/)
  await event(path, 'metadata.fieldMetadata.created', 'createdAt')

  const fieldId = await metadata.createField({
    objectMetadataId: id,
    type: 'TEXT',
    name: 'motto',
    label: 'Motto',
  })
  const made = await event(path, 'metadata.fieldMetadata.created', 'motto')
  t.like(made.body.event.properties.after, { id: fieldId, type: 'TEXT', objectMetadataId: id })

  await metadata.ask(
    `mutation { updateOneField(input: { id: "${fieldId}", update: { label: "Slogan" } }) { id } }`,
  )
  const updated = (await event(path, 'metadata.fieldMetadata.updated', 'motto')).body.event
  t.deepEqual(updated.properties.diff.label, { before: 'Motto', after: 'Slogan' })
  t.true(updated.properties.updatedFields.includes('label'))
  t.is(updated.properties.before.label, 'Motto')
  t.is(updated.properties.after.label, 'Slogan')

  await metadata.ask(`mutation { deleteOneObject(input: { id: "${id}" }) { id } }`)
  const deleted = (await event(path, 'metadata.objectMetadata.deleted', 'rocket')).body.event
  t.is(deleted.recordId, id)
  t.is(deleted.properties.after, undefined)
  await event(path, 'metadata.fieldMetadata.deleted', 'motto')
})

// By itself: the second gateway takes deliveries of all tests, and those it leaves at its end wait for their lease.
test.serial('changes of tables by SQL are reported, each once with two gateways', async (t) => {
  const other = await startTestGateway({
    database: gateway.database,
    environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
  })
  t.teardown(() => other.close())
  const client = await enter()
  await sql(client, 'create table %.pump (id uuid primary key, pressure int)')
  const { path } = await hook(client, ['metadata.*.*'])
  await sql(client, 'create table %.valve (id uuid primary key, width int)')
  await event(path, 'metadata.objectMetadata.created', 'valve')
  await sql(client, 'alter table %.valve alter column width type text')
  const { diff } = (await event(path, 'metadata.fieldMetadata.updated', 'width')).body.event.properties
  t.deepEqual(diff.type, { before: 'NUMBER', after: 'TEXT' })
  await sql(client, 'alter table %.valve drop column width')
  await event(path, 'metadata.fieldMetadata.deleted', 'width')
  // An object is changed when its label identifier is.
  const once = receiver
    .at(path)
    .flatMap(({ body: { eventName, event: of } }) =>
      of.type === 'updated' ? [] : [`${eventName} ${of.recordId}`],
    )
  t.is(new Set(once).size, once.length)
  // It was there before the webhook.
  t.false(receiver.at(path).some(({ text }) => text.includes('pressure')))
})

test('operations decide which changes of the model are reported', async (t) => {
  const client = await enter()
  const metadata = metadataOf(client)
  const [all, exact, made, fields, records] = [
    await hook(client),
    await hook(client, ['metadata.objectMetadata.created']),
    await hook(client, ['metadata.*.created']),
    await hook(client, ['metadata.fieldMetadata.*']),
    await hook(client, ['*.created']),
  ]
  const id = await metadata.createObject('gauge')
  await event(all.path, 'metadata.objectMetadata.created', 'gauge')
  await metadata.ask(
    `mutation { updateOneObject(input: { id: "${id}", update: { description: "x" } }) { id } }`,
  )
  await event(all.path, 'metadata.objectMetadata.updated', 'gauge')
  await client.request('POST', '/rest/gauges', { name: 'a' })
  await receiver.next(records.path, 1)
  const fieldCount = receiver
    .at(all.path)
    .filter(({ body }) => body.eventName === 'metadata.fieldMetadata.created').length
  await receiver.next(made.path, fieldCount + 1)
  await receiver.next(fields.path, fieldCount)
  const eventsOf = (path: string) => new Set(receiver.at(path).map(({ body }) => body.eventName))
  t.deepEqual([...eventsOf(exact.path)], ['metadata.objectMetadata.created'])
  t.deepEqual([...eventsOf(fields.path)], ['metadata.fieldMetadata.created'])
  t.deepEqual([...eventsOf(records.path)], ['gauge.created'])
  t.is(eventsOf(made.path).size, 2)
})

test('a role that may not change the model gets what it may read', async (t) => {
  const client = await enter()
  const role = await createRole(pool, client.workspace.id, {
    label: 'Watcher',
    canReadAllObjectRecords: false,
    canUpdateAllObjectRecords: false,
    canSoftDeleteAllObjectRecords: false,
    canDestroyAllObjectRecords: false,
  })
  await metadataOf(client).ask(
    `mutation ($input: UpsertPermissionFlagsInput!) { upsertPermissionFlags(upsertPermissionFlagsInput: $input) { id } }`,
    { input: { roleId: role.id, permissionFlagKeys: ['API_KEYS_AND_WEBHOOKS'] } },
  )
  const { id, path } = await hook(await gateway.client(client.workspace, 'Watcher'))
  await sql(client, 'create table %.secret (id uuid primary key, word text)')
  const statuses = async (): Promise<readonly string[]> =>
    (
      await pool.query<{ status: string }>(
        'select distinct status from tenantry_runtime.deliveries where webhook_id = $1',
        [id],
      )
    ).rows.map(({ status }) => status)
  await until('all are cancelled', async () => (await statuses()).join() === 'cancelled')
  t.is(receiver.at(path).length, 0)
})
