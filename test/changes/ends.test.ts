// What ends an open stream: everything after which the same request would be refused. No record changes
// meanwhile, so no change wakes the stream.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { revokeKey } from '../../tenants/key.ts'
import { assignRoleToKey, updateKey } from '../../tenants/keyChange.ts'
import { deleteWorkspace } from '../../tenants/life/deletion.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { createRole, updateRole } from '../../tenants/permission/role.ts'
import { suspendWorkspace } from '../../tenants/workspace.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { openGraphQLSocket } from '../support/graphqlSocket.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
const enter = () => gateway.enter(undefined, { standardObjects: false })
const shared = await enter()
test.after.always(() => gateway.close())

/** `reason` is why it ended; null while it is open. */
interface Opened {
  readonly reason: () => string | null
  readonly close: () => void
}
/** Reads the changes of an object. */
type Open = (client: Client, object: string) => Promise<Opened>

const subscriptionTo = (object: string): string =>
  `subscription { ${object}Changes { operation record { name } } }`
const textOf = (found: readonly unknown[]): string | null =>
  found.length === 0 ? null : JSON.stringify(found)

const openStream = async (path: string, { token }: Client): Promise<Opened> => {
  const stream = await openEventStream(gateway.url + path, { authorization: `Bearer ${token}` })
  const ends = () => stream.events.flatMap(({ event, data }) => (event === 'end' ? [data] : []))
  return { reason: () => (stream.isEnded() ? textOf(ends()) : null), close: stream.close }
}

const byStream: Open = (client, object) => openStream(`/changes/stream?objects=${object}`, client)

const byTicket: Open = async (client, object) => {
  const { body } = await client.request('POST', '/changes/tickets', { objects: [object] })
  return openStream(`/changes/stream?ticket=${body.data.ticket}`, { ...client, token: 'none' })
}

const byEvents: Open = async ({ token }, object) => {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
  const query = subscriptionTo(object)
  const stream = await openEventStream(`${gateway.url}/graphql`, headers, { query }, true)
  const errors = () =>
    stream.events.flatMap(({ event, data }) => (event === 'next' ? (data.errors ?? []) : []))
  return { reason: () => (stream.isEnded() ? textOf(errors()) : null), close: stream.close }
}

const bySocket: Open = async ({ token }, object) => {
  const socket = await openGraphQLSocket(`${gateway.url}/graphql`)
  await socket.init({ authorization: `Bearer ${token}` })
  socket.subscribe('a', subscriptionTo(object))
  return { reason: () => textOf(socket.received('a', 'error').flat()), close: socket.close }
}

const byWaiting: Open = async (client, object) => {
  let reason: string | null = null
  void client.get(`/changes?objects=${object}&wait=60`).then(({ status, text }) => {
    reason = status === 200 ? null : text
  })
  return { reason: () => reason, close: () => {} }
}

const WAYS = {
  'a stream': byStream,
  'a stream by a ticket': byTicket,
  'a subscription over server-sent events': byEvents,
  'a subscription over WebSocket': bySocket,
  'a request that waits': byWaiting,
}

interface Place {
  readonly admin: Client
  readonly object: string
  readonly roleId: string
  readonly keyId: string
}

const changeObject = async ({ admin, object }: Place, change: object): Promise<void> => {
  const { body } = await admin.get(`/rest/metadata/objects/${object}`)
  const { status, text } = await admin.request(
    'PATCH',
    `/rest/metadata/objects/${body.data.object.id}`,
    change,
  )
  if (status !== 200) throw new Error(text)
}

const createReader = async ({ workspace }: Client, label: string, reads: boolean) =>
  createRole(pool, workspace.id, { label, canReadAllObjectRecords: reads })

/** What ends the streams of one object: a change of the caller's rights or of the model. */
const OF_OBJECT: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  'its role loses the object': ({ admin, roleId, object }) =>
    upsertObjectPermissions(pool, admin.workspace.id, roleId, [{ table: object, canRead: false }]),
  'the object is deactivated': (place) => changeObject(place, { isActive: false }),
  'the object is renamed': (place) =>
    changeObject(place, {
      nameSingular: 'offer',
      namePlural: 'offers',
      labelSingular: 'Offer',
      labelPlural: 'O',
    }),
  'the object is deleted': ({ admin, object }) =>
    pool.query(`drop table ${quoteIdentifier(admin.workspace.schemaName)}.${object}`),
}

/** What ends all streams of a caller. */
const OF_CALLER: typeof OF_OBJECT = {
  'its role loses all objects': ({ admin, roleId }) =>
    updateRole(pool, admin.workspace.id, roleId, { canReadAllObjectRecords: false }),
  'its key gets another role': async ({ admin, keyId }) => {
    const { id } = await createReader(admin, 'Reads nothing', false)
    await assignRoleToKey(pool, admin.workspace.id, keyId, id)
  },
  'its key is revoked': ({ keyId }) => revokeKey(pool, keyId),
  'its key is bound to other networks': ({ admin, keyId }) =>
    updateKey(pool, admin.workspace.id, keyId, { networks: ['192.0.2.0/24', '2001:db8::/32'] }),
  'its role is bound to other networks': ({ admin, roleId }) =>
    updateRole(pool, admin.workspace.id, roleId, { networks: ['192.0.2.0/24', '2001:db8::/32'] }),
  'its key gets a role that is bound to other networks': async ({ admin, keyId }) => {
    const rights = { canReadAllObjectRecords: true, networks: ['192.0.2.0/24'] }
    const { id } = await createRole(pool, admin.workspace.id, { label: 'Elsewhere', ...rights })
    await assignRoleToKey(pool, admin.workspace.id, keyId, id)
  },
}

const OF_WORKSPACE: typeof OF_OBJECT = {
  'the workspace is suspended': ({ admin }) => suspendWorkspace(pool, admin.workspace.id),
  'the workspace is deleted': ({ admin }) => deleteWorkspace(pool, admin.workspace.id, 30),
  'the workspace is dropped': ({ admin }) => dropWorkspace(pool, admin.workspace.id),
}

let made = 0

const prepare = async (
  admin: Client,
): Promise<Place & { readonly reader: Client; readonly other: string }> => {
  made += 1
  const [object, other] = [`deal${made}`, `note${made}`]
  const schema = quoteIdentifier(admin.workspace.schemaName)
  const columns = '(id uuid primary key default gen_random_uuid(), name text)'
  await pool.query(`create table ${schema}.${object} ${columns}; create table ${schema}.${other} ${columns}`)
  const { id: roleId } = await createReader(admin, `Reader ${made}`, true)
  const reader = await gateway.client(admin.workspace, `Reader ${made}`)
  const { rows } = await pool.query('select id from tenantry.api_keys where role_id = $1', [roleId])
  return { admin, object, other, roleId, keyId: rows[0].id, reader }
}

for (const [ends, isOfWorkspace] of [
  [OF_OBJECT, false],
  [OF_CALLER, false],
  [OF_WORKSPACE, true],
] as const)
  for (const [end, act] of Object.entries(ends))
    test.serial(`every stream ends with its reason when ${end}`, async (t) => {
      const place = await prepare(isOfWorkspace ? await enter() : shared)
      const { reader, object, other } = place
      const opened = await Promise.all(
        Object.entries(WAYS).map(async ([way, open]) => ({ way, ...(await open(reader, object)) })),
      )
      const unaffected = await byStream(reader, other)
      const reasons = () => opened.map(({ reason }) => reason())
      t.deepEqual(new Set(reasons()), new Set([null]))
      await act(place)
      for (const { way, reason } of opened) await until(`${way} has ended`, () => reason() !== null)
      t.regex(reasons().join(' '), /code/)
      if (ends === OF_OBJECT) t.is(unaffected.reason(), null)
      else await until('the stream of another object has ended', () => unaffected.reason() !== null)
      for (const { close } of [...opened, unaffected]) close()
    })
