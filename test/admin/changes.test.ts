// The changes of all workspaces for operators, over real sockets.

import test from 'ava'
import { inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { resetCapture } from '../../tenants/changes/capture.ts'
import { revokeKey } from '../../tenants/key.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { deleteMember } from '../../tenants/member/memberDelete.ts'
import { createOperatorKey, revokeOperatorKey } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { stopWebhook } from '../../tenants/webhook/webhook.ts'
import { resumeWorkspace, suspendWorkspace } from '../../tenants/workspace.ts'
import { openEventStream } from '../support/eventStream.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
const keyWith = async (...scopes: readonly string[]) => createOperatorKey(pool, `O'Brien "x"`, { scopes })
const { secret: reader } = await keyWith('events')
const { secret: seer } = await keyWith('events', 'events:values')
test.after.always(() => gateway.close())

const read = (query = '', token = reader) =>
  ask(`${gateway.url}/admin/changes${query}`, 'GET', undefined, { authorization: `Bearer ${token}` })

interface Entry {
  readonly [name: string]: unknown
  readonly position: string
}

const positionNow = async (): Promise<string> => (await read()).body.position

/** Everything after a position. */
const readAll = async (after: string, query = '', token = reader) => {
  const pages: (readonly Entry[])[] = []
  let position = after
  for (let hasMore = true; hasMore; ) {
    const { body } = await read(`?after=${position}${query}`, token)
    pages.push(body.data.changes)
    position = body.position
    hasMore = body.hasMore
  }
  return { pages, entries: pages.flat(), position }
}

const SECRET = 'Secret O\'Brien "x"'

const create = async (client: Client, name = SECRET): Promise<string> =>
  (await client.request('POST', '/rest/companies', { name })).body.data.createCompany.id

/** Rows of one statement. */
const insertMany = (client: Client, count: number): Promise<unknown> =>
  pool.query(
    `insert into ${quoteIdentifier(client.workspace.schemaName)}.company (name) select 'many ' || n from generate_series(1, $1) n`,
    [count],
  )

test.serial('an operator reads changes of all workspaces, as ids and names of fields', async (t) => {
  const [one, two] = [await gateway.enter('One'), await gateway.enter('Two')]
  const after = await positionNow()
  const first = await create(one)
  await one.request('PATCH', `/rest/companies/${first}`, { name: `${SECRET} again` })
  const second = await create(two)
  const { entries, position } = await readAll(after, '&kinds=records')
  t.deepEqual(
    entries.map(({ kind, workspaceId, subdomain, object, operation, id, changedFields }) => [
      ...[kind, workspaceId, subdomain, object, operation, id, changedFields],
    ]),
    [
      ['record', one.workspace.id, one.workspace.subdomain, 'company', 'created', first, undefined],
      [
        'record',
        one.workspace.id,
        one.workspace.subdomain,
        'company',
        'updated',
        first,
        ['name', 'updatedAt'],
      ],
      ['record', two.workspace.id, two.workspace.subdomain, 'company', 'created', second, undefined],
    ],
  )
  t.false(JSON.stringify(entries).includes('Secret'))
  // Behind any entry.
  for (const [at, entry] of entries.entries())
    t.is((await readAll(entry.position, '&kinds=records')).entries.length, entries.length - at - 1)
  t.deepEqual((await readAll(position)).entries, [])
  const ofTwo = await readAll(
    after,
    `&kinds=records&workspaces=${two.workspace.subdomain}&operations=created`,
  )
  t.deepEqual(
    ofTwo.entries.map(({ id }) => id),
    [second],
  )
})

test.serial('values need a scope of their own', async (t) => {
  const client = await gateway.enter('Valued')
  const after = await positionNow()
  const id = await create(client)
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'after' })
  const refused = await read(`?after=${after}&include=record`)
  t.is(refused.status, 403)
  t.regex(refused.text, /events:values/)
  t.false(refused.text.includes('Secret'))
  t.is((await read(`/stream?after=${after}&include=previous`)).status, 403)
  const { entries } = await readAll(after, '&kinds=records&include=record,previous', seer)
  t.deepEqual(
    entries.map(({ record, previous }) => [record, previous].map((each) => (each as Entry | null)?.name)),
    [
      ['after', undefined],
      ['after', SECRET],
    ],
  )
})

test.serial('reading needs the scope, and what is asked has to exist', async (t) => {
  const client = await gateway.enter('Outside', { standardObjects: false })
  const { secret: other } = await keyWith('read', 'provision', 'limits', 'drop', 'keys', 'events:values')
  for (const path of ['', '/stream']) {
    t.is((await read(path, other)).status, 403)
    t.is((await read(path, client.token)).status, 401)
    t.is((await read(path, 'none')).status, 401)
  }
  const own = (await client.get('/changes')).body.position
  for (const query of [
    ...['after=1', `after=${own}`, 'limit=9', 'wait=61', 'kinds=x', 'operations=x', 'events=x', 'include=x'],
    ...['objects=company', 'after=now&after=now'],
  ])
    t.is((await read(`?${query}`)).status, 400, query)
  t.is((await read('?workspaces=none')).status, 404)
  t.is((await read('/stream?wait=1')).status, 400)
  const position = await positionNow()
  t.is((await read(`?after=${position.slice(0, -1)}${position.endsWith('A') ? 'B' : 'A'}`)).status, 400)
  // A position of operators means nothing to a workspace.
  t.is((await client.get(`/changes?after=${position}`)).status, 400)
})

test.serial(
  'the burst of one workspace delays no other, and everything comes once and in order',
  async (t) => {
    const [bursting, quiet, other] = [
      await gateway.enter('Burst'),
      await gateway.enter('Quiet'),
      await gateway.enter('Other'),
    ]
    const after = await positionNow()
    await insertMany(bursting, 300)
    await create(quiet)
    await insertMany(other, 45)
    const { body: first } = await read(`?after=${after}&kinds=records&limit=40`)
    const workspaces = new Set(first.data.changes.map(({ workspaceId }: Entry) => workspaceId))
    t.is(workspaces.size, 3)
    // A change that is made while the burst is read does not wait for its end.
    const late = await create(quiet, 'late')
    const { pages, entries } = await readAll(first.position, '&kinds=records&limit=40')
    const place = pages.findIndex((page) => page.some(({ id }) => id === late))
    t.true(place >= 0 && place <= 2, `page ${place} of ${pages.length}`)
    t.true(pages.length > 5)
    const all = [...first.data.changes, ...entries]
    t.is(new Set(all.map(({ id }) => id)).size, 300 + 45 + 2)
    t.is(all.length, 300 + 45 + 2)
    for (const page of pages) t.true(page.length <= 40)
    // Cut anywhere, it goes on without a gap.
    const some = all[Math.floor(all.length / 2)]
    const rest = (await readAll(some.position, '&kinds=records&limit=25')).entries.map(({ id }) => id)
    const before = all.slice(0, Math.floor(all.length / 2) + 1).map(({ id }) => id)
    t.is(new Set([...before, ...rest]).size, all.length)
    t.is(before.length + rest.length, all.length)
  },
)

test.serial('more bursts than can be put aside come whole, too', async (t) => {
  const schemas: string[] = []
  for (let count = 0; count < 9; count += 1)
    schemas.push((await gateway.enter('Many', { standardObjects: false })).workspace.schemaName)
  const tables = schemas.map((schema) => `${quoteIdentifier(schema)}.thing`)
  await pool.query(tables.map((table) => `create table ${table} (id integer primary key)`).join(';'))
  const after = await positionNow()
  await pool.query(tables.map((table) => `insert into ${table} select generate_series(1, 12)`).join(';'))
  const { entries } = await readAll(after, '&kinds=records&limit=10')
  t.is(entries.length, 108)
  t.is(new Set(entries.map(({ workspaceId, id }) => `${workspaceId} ${id}`)).size, 108)
})

test.serial(
  'a restart of a workspace’s feed is an entry, also while the workspace is put aside',
  async (t) => {
    const [one, two] = [await gateway.enter('Restarted'), await gateway.enter('Not restarted')]
    const after = await positionNow()
    await insertMany(one, 30)
    await create(two)
    const { body: first } = await read(`?after=${after}&limit=10`)
    await resetCapture(pool, one.workspace.id)
    await create(one, 'after')
    await create(two)
    const { entries } = await readAll(first.position, '&kinds=records&operations=created&limit=10')
    const all = [...first.data.changes, ...entries]
    const ofOne = all.filter(({ workspaceId }) => workspaceId === one.workspace.id)
    t.deepEqual(
      ofOne.map(({ kind }) => kind),
      [...Array.from({ length: 30 }, () => 'record'), 'reset', 'record'],
    )
    const { position: _, at: __, ...reset } = ofOne[30]
    t.deepEqual(reset, {
      kind: 'reset',
      workspaceId: one.workspace.id,
      subdomain: one.workspace.subdomain,
    })
    t.is(all.filter(({ workspaceId }) => workspaceId === two.workspace.id).length, 2)
    t.false((await readAll(after, '&kinds=events')).entries.some(({ kind }) => kind === 'reset'))
    // Readers of the workspace itself start over, and go on without an entry for it.
    const own = (await one.get('/changes')).body.position
    t.deepEqual((await one.get(`/changes?after=${own}`)).body.data.changes, [])
  },
)

test.serial('a page waits for a change, and an unknown position is reset', async (t) => {
  const client = await gateway.enter('Waiting')
  const after = await positionNow()
  const waiting = read(`?after=${after}&kinds=records&wait=60`)
  const id = await create(client)
  t.deepEqual(
    (await waiting).body.data.changes.map((entry: Entry) => entry.id),
    [id],
  )
  await pool.query('update tenantry_runtime.windows set token = token + 1')
  const { body } = await read(`?after=${after}`)
  t.true(body.reset)
  t.deepEqual((await readAll(body.position)).entries, [])
})

test.serial('a stream goes on where it was, and ends with the key', async (t) => {
  const client = await gateway.enter('Streamed')
  const { key, secret } = await keyWith('events')
  const listen = (headers: Record<string, string> = {}) =>
    openEventStream(`${gateway.url}/admin/changes/stream?kinds=records`, {
      authorization: `Bearer ${secret}`,
      ...headers,
    })
  const stream = await listen()
  const first = await create(client)
  await until('the change has arrived', () => stream.changes().length === 1)
  const [{ data, id: lastId } = { data: null, id: '' }] = stream.changes()
  t.is(data.id, first)
  t.is(data.workspaceId, client.workspace.id)
  stream.close()
  const second = await create(client)
  const again = await listen({ 'last-event-id': lastId })
  await until('the next change has arrived', () => again.changes().length === 1)
  t.is(again.changes()[0]?.data.id, second)
  await revokeOperatorKey(pool, key.id)
  await until('the stream has ended', again.isEnded)
  await until('the gateway has let them go', () => gateway.gateway.stats().streams === 0)
})

test.serial('operator events come with the commit of what they report, and not without it', async (t) => {
  const after = await positionNow()
  const client = await gateway.enter('Reported')
  const { id: workspaceId, subdomain, schemaName } = client.workspace
  const { id: keyId } = (
    await pool.query('select id from tenantry.api_keys where workspace_id = $1', [workspaceId])
  ).rows[0]
  const roleOf = async (label: string) => (await findRole(pool, workspaceId, label)).id
  const member = await createMember(pool, workspaceId, {
    firstName: SECRET,
    lastName: '',
    roleId: await roleOf('Admin'),
  })
  const members = `${quoteIdentifier(schemaName)}.workspace_member`
  const change = (sets: string) => pool.query(`update ${members} set ${sets} where id = $1`, [member.id])
  await change("name_last_name = 'Byron'")
  await change('updated_at = now()')
  await pool.query('update tenantry.member_roles set role_id = $2 where workspace_member_id = $1', [
    member.id,
    await roleOf('Member'),
  ])
  await change('deleted_at = now()')
  await deleteMember(pool, workspaceId, member.id)
  await t.throwsAsync(
    inTransaction(pool, async (connection) => {
      await suspendWorkspace(connection, workspaceId)
      throw new Error('no')
    }),
  )
  await suspendWorkspace(pool, workspaceId)
  await resumeWorkspace(pool, workspaceId)
  const { rows: hooks } = await pool.query(
    `insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ($1, 'https://a.test/', 'a.test', 'x') returning id`,
    [workspaceId],
  )
  await stopWebhook(pool, hooks[0].id, 'disabled', 'Gone.')
  await revokeKey(pool, keyId)
  await dropWorkspace(pool, workspaceId)
  const { entries } = await readAll(after, '&kinds=events')
  t.deepEqual(
    entries.map(({ event, details }) => [event, details]),
    [
      ['workspace.created', { name: 'Reported' }],
      ['apiKey.created', entries[1]?.details],
      ['member.created', { workspaceMemberId: member.id }],
      ['member.updated', { workspaceMemberId: member.id }],
      ['member.updated', entries[4]?.details],
      ['member.removed', { workspaceMemberId: member.id }],
      ['workspace.suspended', { name: 'Reported' }],
      ['workspace.resumed', { name: 'Reported' }],
      ['webhook.disabled', { webhookId: hooks[0].id, reason: 'Gone.' }],
      ['apiKey.revoked', entries[9]?.details],
      ['workspace.dropped', { name: 'Reported' }],
    ],
  )
  for (const entry of entries) t.like(entry, { kind: 'event', workspaceId, subdomain })
  // A sample of each has no details that the event lacks.
  for (const { event, details } of entries) {
    const authorization = `Bearer ${reader}`
    const sample = await ask(`${gateway.url}/admin/webhooks/sample`, 'POST', { event }, { authorization })
    const shown = Object.keys(JSON.parse(sample.body.body).details)
    const known = Object.keys(details ?? {})
    t.deepEqual(
      shown.filter((name) => !known.includes(name)),
      [],
      String(event),
    )
    t.true(shown.length > 0)
  }
  t.like(entries[1]?.details, { keyId })
  t.false(JSON.stringify(entries).includes('Secret'))
  const some = await readAll(after, '&kinds=events&events=apiKey.*,workspace.dropped')
  t.deepEqual(
    some.entries.map(({ event }) => event),
    ['apiKey.created', 'apiKey.revoked', 'workspace.dropped'],
  )
})
