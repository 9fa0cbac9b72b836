// Webhooks of operators, for all workspaces: what they send, who may see values, and turns of workspaces.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { Webhook as Verifier } from 'standardwebhooks'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { createOperatorKey, revokeOperatorKey } from '../../tenants/operator.ts'
import { claimHostDeliveries } from '../../tenants/webhook/host/claim.ts'
import { suspendWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { type Received, startReceiver } from './receiver.ts'

const receiver = await startReceiver()
const gateway = await startTestGateway({
  environment: { CAPTURE: 'on', OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
})
const { pool } = gateway.gateway
const keyWith = async (...scopes: readonly string[]) => createOperatorKey(pool, `O'Brien "x"`, { scopes })
const { secret: plain } = await keyWith('events')
const { secret: seer } = await keyWith('events', 'events:values')
const [one, two] = [await gateway.enter('One'), await gateway.enter('Two')]
test.after.always(async () => {
  await gateway.close()
  await receiver.close()
})

const admin = (method: string, path: string, body?: unknown, token = plain) =>
  ask(`${gateway.url}/admin/${path}`, method, body, { authorization: `Bearer ${token}` })

let paths = 0
const hook = async (more: Record<string, unknown> = {}, token = plain) => {
  paths += 1
  const path = `/host/${paths}`
  const { body, status, text } = await admin(
    'POST',
    'webhooks',
    { targetUrl: receiver.url(path), ...more },
    token,
  )
  if (status !== 201) throw new Error(text)
  return { id: String(body.id), path, secret: String(body.secret) }
}

const SECRET = 'Secret "x"'
const create = async (client: Client, name = SECRET): Promise<string> =>
  (await client.request('POST', '/rest/companies', { name })).body.data.createCompany.id

const statusOf = async (id: string): Promise<readonly [string, string]> => {
  const { body } = await admin('GET', `webhooks/${id}`)
  return [body.status, body.statusReason]
}

test.serial('records and events of all workspaces arrive signed, without values', async (t) => {
  const { path, secret, id } = await hook({ operations: ['company.*'] })
  const [first, second] = [await create(one), await create(two)]
  await one.request('PATCH', `/rest/companies/${first}`, { name: `${SECRET} again` })
  const { workspace } = await gateway.enter('Third', { standardObjects: false })
  const received = await receiver.next(path, 5)
  const of = (name: string) => received.filter(({ body }) => body.eventName === name)
  t.deepEqual(
    of('company.created')
      .map(({ body }) => [body.workspaceId, body.subdomain, body.id])
      .sort(),
    [
      [one.workspace.id, one.workspace.subdomain, first],
      [two.workspace.id, two.workspace.subdomain, second],
    ].sort(),
  )
  t.deepEqual(of('company.updated')[0]?.body.changedFields, ['name', 'updatedAt'])
  t.like(of('workspace.created')[0]?.body, {
    kind: 'event',
    webhookId: id,
    workspaceId: workspace.id,
    subdomain: workspace.subdomain,
    details: { name: 'Third' },
  })
  t.is(of('apiKey.created').length, 1)
  const verifier = new Verifier(Buffer.from(secret).toString('base64'))
  for (const { text, headers } of received) {
    t.notThrows(() => verifier.verify(text, headers as Record<string, string>))
    t.false(text.includes('Secret'))
  }
  const ids = new Set(received.map(({ headers }) => headers['webhook-id']))
  t.is(ids.size, received.length)
  t.is((await admin('GET', `webhooks/${id}`)).body.secret, '********')
  t.is((await admin('DELETE', `webhooks/${id}`)).status, 200)
})

test.serial('values are sent while the key that answers may see them', async (t) => {
  t.is((await admin('POST', 'webhooks', { targetUrl: receiver.url('/x'), includeValues: true })).status, 403)
  const { key, secret } = await keyWith('events', 'events:values')
  const { id, path } = await hook({ includeValues: true, events: [], operations: ['company.*'] }, secret)
  const company = await create(one)
  const [first] = await receiver.next(path, 1)
  t.is(first?.body.record.name, SECRET)
  // A key without the scope neither changes it, nor sees what it was answered.
  for (const [method, part, body] of [
    ['PATCH', '', { targetUrl: receiver.url('/mine') }],
    ['DELETE', '', undefined],
    ['POST', '/test', {}],
    ['POST', '/secret', {}],
    ['GET', '/deliveries', undefined],
    ['POST', `/deliveries/${first?.headers['webhook-id']}/redeliver`, {}],
  ] as const) {
    const { status, text } = await admin(method, `webhooks/${id}${part}`, body)
    t.is(status, 403, `${method} ${part}`)
    t.false(text.includes('Secret'))
  }
  t.is((await admin('PATCH', `webhooks/${id}`, { includeValues: false }, seer)).status, 400)
  await pool.query(`update tenantry.operator_keys set scopes = '{events}' where id = $1`, [key.id])
  await one.request('PATCH', `/rest/companies/${company}`, { name: 'more' })
  await until('it is paused', async () => (await statusOf(id))[0] === 'paused')
  t.regex((await statusOf(id))[1], /does not have the scope events:values/)
  t.is(receiver.at(path).length, 1)
  await admin('PATCH', `webhooks/${id}`, { status: 'active' }, seer)
  const [, second] = await receiver.next(path, 2)
  t.deepEqual([second?.body.record.name, second?.body.previous.name], ['more', SECRET])
  const log = async () => (await admin('GET', `webhooks/${id}/deliveries`, undefined, seer)).body.deliveries
  await until('both outcomes are stored', async () =>
    (await log()).every(({ status }: Record<string, string>) => status === 'delivered'),
  )
  t.deepEqual(
    (await log()).map(({ status, workspaceId }: Record<string, string>) => [status, workspaceId]),
    [
      ['delivered', one.workspace.id],
      ['delivered', one.workspace.id],
    ],
  )
  t.is((await admin('DELETE', `webhooks/${id}`, undefined, seer)).status, 200)
})

test.serial('a webhook stops with its key, and keys without the scope have no access', async (t) => {
  const { key, secret } = await keyWith('events')
  const { id, path } = await hook({ events: [], operations: ['company.created'] }, secret)
  await revokeOperatorKey(pool, key.id)
  await create(one)
  await until('it is paused', async () => (await statusOf(id))[0] === 'paused')
  t.is(receiver.at(path).length, 0)
  const { secret: other } = await keyWith('read', 'provision', 'drop', 'events:values')
  for (const [method, path_] of [
    ['GET', 'webhooks'],
    ['POST', 'webhooks'],
    ['GET', `webhooks/${id}`],
    ['PATCH', `webhooks/${id}`],
    ['DELETE', `webhooks/${id}`],
    ['POST', `webhooks/${id}/test`],
    ['GET', `webhooks/${id}/deliveries`],
  ] as const) {
    const body = method === 'POST' || method === 'PATCH' ? { targetUrl: receiver.url('/x') } : undefined
    t.is((await admin(method, path_, body, other)).status, 403, `${method} ${path_}`)
    t.is((await admin(method, path_, body, one.token)).status, 401, `${method} ${path_}`)
  }
  // Nothing of a workspace finds it.
  t.is((await one.get(`/rest/metadata/webhooks/${id}`)).status, 404)
  t.deepEqual((await one.get('/rest/metadata/webhooks')).body, [])
  t.is((await admin('DELETE', `webhooks/${id}`)).status, 200)
})

test.serial('a burst of one workspace does not hold up the deliveries of another', async (t) => {
  const { id, path } = await hook({ events: [], operations: ['company.created'] })
  await admin('PATCH', `webhooks/${id}`, { status: 'paused' })
  await one.request(
    'POST',
    '/rest/batch/companies',
    Array.from({ length: 60 }, (_, index) => ({ name: `many ${index}` })),
  )
  await create(two)
  await until('all wait', async () => {
    const { body } = await admin('GET', `webhooks/${id}/deliveries?status=waiting&limit=100`)
    return body.deliveries.length === 61
  })
  const answers: (() => void)[] = []
  receiver.answer(path, (response) => void answers.push(() => response.end()))
  await admin('PATCH', `webhooks/${id}`, { status: 'active' })
  const first = await receiver.next(path, 20)
  t.true(first.some(({ body }: Received) => body.workspaceId === two.workspace.id))
  receiver.answer(path, (response) => response.end())
  for (const answer of answers) answer()
  await receiver.next(path, 61)
  t.is((await admin('DELETE', `webhooks/${id}`)).status, 200)
})

test.serial(
  'a disabled webhook is reported to the others, and a delivery is sent again under its id',
  async (t) => {
    const watching = await hook({ operations: [], events: ['webhook.disabled'] })
    const { id, path } = await hook({ events: [], operations: ['company.created'] })
    receiver.answer(path, (response) => response.writeHead(410).end())
    await create(one)
    await until('it is disabled', async () => (await statusOf(id))[0] === 'disabled')
    const [reported] = await receiver.next(watching.path, 1)
    t.like(reported?.body, { eventName: 'webhook.disabled', details: { webhookId: id }, workspaceId: null })
    receiver.answer(path, (response) => response.end())
    await admin('PATCH', `webhooks/${id}`, { status: 'active' })
    const [sent] = (await admin('GET', `webhooks/${id}/deliveries?status=failed`)).body.deliveries
    t.is((await admin('POST', `webhooks/${id}/deliveries/${sent.id}/redeliver`, {})).status, 200)
    const [before, again] = await receiver.next(path, 2)
    t.is(again?.headers['webhook-id'], before?.headers['webhook-id'])
    const tested = await admin('POST', `webhooks/${id}/test`, {})
    t.is(tested.body.status, 200)
    const { rows } = await pool.query(
      'select distinct action from tenantry.audit where action ~ $1 order by 1',
      ['^operatorWebhook'],
    )
    t.deepEqual(
      rows.map(({ action }) => action),
      ['create', 'delete', 'redeliver', 'test', 'update'].map((verb) => `operatorWebhook.${verb}`),
    )
  },
)

test.serial(
  'in order, changes of a record follow each other, and a long queue of one delays no other',
  async (t) => {
    const { id, path } = await hook({ ordered: true, operations: ['company.*'], events: [] })
    t.is((await admin('GET', `webhooks/${id}`)).body.ordered, true)
    t.is((await admin('POST', 'webhooks', { targetUrl: receiver.url('/x'), ordered: 'yes' })).status, 400)
    const company = await create(one)
    for (const name of ['b', 'c', 'd']) await one.request('PATCH', `/rest/companies/${company}`, { name })
    await one.request('DELETE', `/rest/companies/${company}`)
    const received = await receiver.next(path, 5)
    const names = ['created', 'updated', 'updated', 'updated', 'destroyed']
    t.deepEqual(
      received.map(({ body }) => body.operation),
      names,
    )
    t.deepEqual(
      received,
      received.toSorted((a, b) => a.body.eventDate.localeCompare(b.body.eventDate)),
    )
    t.is((await admin('PATCH', `webhooks/${id}`, { ordered: false })).body.ordered, false)
    await admin('DELETE', `webhooks/${id}`)

    const { pool: own } = await createTestDatabase(t)
    const [first, second] = [randomUUID(), randomUUID()]
    await own.query(
      `with w as (
       insert into tenantry.operator_webhooks (target_url, host, owner_name, operator_key_id, is_ordered)
       values ('https://a.test/', 'a.test', 'x', gen_random_uuid(), true) returning id
     ), d (workspace, record_key, change_id, due) as (
       select $1::uuid, 'long', n, 1000 from generate_series(1, 1500) n
       union all values ($1::uuid, 'a', 1501, 1001), ($2::uuid, 'z', 1502, 1001), ($2::uuid, 'z', 1503, 1001), ($2::uuid, null, 1504, 1001)
     )
     insert into tenantry_runtime.operator_deliveries (webhook_id, workspace_id, change_id, event, at, due_at, record_key)
     select w.id, d.workspace, d.change_id, 'company.updated', to_timestamp(1000), to_timestamp(d.due), d.record_key from w, d`,
      [first, second],
    )
    const claim = async () =>
      (
        await own.query<{ id: string; changeId: string }>(
          `select id, change_id as "changeId" from tenantry_runtime.operator_deliveries where id = any ($1) order by change_id`,
          [
            (
              await claimHostDeliveries(own, {
                ...{ now: new Date(1_002_000), limit: 10, leaseMs: 60_000, perWebhook: 9, breakAfter: 10 },
                ...{ busyHosts: [], busyWorkspaces: [], maxBytes: 1_000_000 },
              })
            ).deliveries.map(({ id: claimed }) => claimed),
          ],
        )
      ).rows
    const claimed = await claim()
    t.deepEqual(
      claimed.map(({ changeId }) => changeId),
      ['1', '1501', '1502', '1504'],
    )
    t.deepEqual(await claim(), [])
    await own.query(
      `update tenantry_runtime.operator_deliveries set status = 'delivered' where change_id in (1, 1502)`,
    )
    t.deepEqual(
      (await claim()).map(({ changeId }) => changeId),
      ['2', '1503'],
    )
  },
)

test.serial('a webhook needs valid settings and a public address', async (t) => {
  const { id } = await hook()
  const { body: keyed } = await admin('POST', 'webhooks', { targetUrl: receiver.url('/x?token=s3cret') })
  await admin('PATCH', `webhooks/${keyed.id}`, { targetUrl: receiver.url('/x?token=s3cret-again') })
  await admin('DELETE', `webhooks/${keyed.id}`)
  const { rows: audited } = await pool.query(
    `select distinct details ->> 'targetUrl' as url from tenantry.audit where details ->> 'webhookId' = $1`,
    [keyed.id],
  )
  t.deepEqual(audited, [{ url: receiver.url('/***?token=***') }])
  for (const body of [
    {},
    { targetUrl: 'http://169.254.169.254/' },
    { targetUrl: 'http://[::ffff:10.0.0.1]/' },
    { targetUrl: receiver.url(), operations: ['x'] },
    { targetUrl: receiver.url(), operations: ['company.exploded'] },
    { targetUrl: receiver.url(), operations: ['company.upserted'] },
    { targetUrl: receiver.url(), events: ['workspace.exploded'] },
    { targetUrl: receiver.url(), roleId: id },
    { targetUrl: receiver.url(), operations: 'company.*' },
  ])
    t.is((await admin('POST', 'webhooks', body)).status, 400, JSON.stringify(body))
  t.is((await admin('POST', 'webhooks', { targetUrl: receiver.url(), workspaces: ['none'] })).status, 404)
  t.is((await admin('GET', 'webhooks/none')).status, 404)
  t.is((await admin('GET', `webhooks/${id}/deliveries?frob=1`)).status, 400)
  const { body } = await admin('POST', `webhooks/${id}/secret`, {})
  t.regex(body.secret, /^[0-9a-f]{64}$/)
  t.false(JSON.stringify(await admin('GET', 'webhooks')).includes(body.secret))
})

test.serial(
  'the changes of a period are sent again under their ids, of the workspaces that are asked for',
  async (t) => {
    const { id, path } = await hook({ operations: ['company.created'], events: ['workspace.created'] })
    const [first, second] = [await create(one), await create(two)]
    const { workspace } = await gateway.enter('Replayed', { standardObjects: false })
    const received = await receiver.next(path, 3)
    const ids = received.map(({ headers }) => headers['webhook-id']).sort()
    await until('all are stored', async () => {
      const { body } = await admin('GET', `webhooks/${id}/deliveries?status=delivered`)
      return body.deliveries.length === 3
    })
    const replayed = await admin('POST', `webhooks/${id}/replay`, {})
    t.like(replayed.body, { deliveries: 3, position: null })
    const again = (await receiver.next(path, 6)).slice(3)
    t.deepEqual(again.map(({ headers }) => headers['webhook-id']).sort(), ids)
    t.deepEqual(
      again.map(({ body }) => body.id ?? body.workspaceId).sort(),
      [first, second, workspace.id].sort(),
    )
    await until('all are stored again', async () => {
      const { body } = await admin('GET', `webhooks/${id}/deliveries?status=waiting`)
      return body.deliveries.length === 0
    })
    await admin('PATCH', `webhooks/${id}`, { workspaces: [two.workspace.id], events: [] })
    t.like((await admin('POST', `webhooks/${id}/replay`, {})).body, { deliveries: 1 })
    t.is((await receiver.next(path, 7))[6]?.body.id, second)
    const later = { from: new Date(Date.now() + 60_000).toISOString() }
    t.like((await admin('POST', `webhooks/${id}/replay`, later)).body, { deliveries: 0, position: null })
    for (const body of [{ from: 'yesterday' }, { after: 'x' }, { frob: 1 }])
      t.is((await admin('POST', `webhooks/${id}/replay`, body)).status, 400, JSON.stringify(body))
    await admin('DELETE', `webhooks/${id}`)
    t.is((await admin('POST', `webhooks/${id}/replay`, {})).status, 404)
  },
)

test.serial('a burst of one workspace is replayed in pages with the changes of another', async (t) => {
  const { id, path } = await hook({ operations: ['company.created'], events: [] })
  await admin('PATCH', `webhooks/${id}`, { status: 'paused' })
  await pool.query(
    `insert into "${one.workspace.schemaName}".company (name) select 'burst' from generate_series(1, 1200)`,
  )
  await create(two)
  await until('all wait', async () => {
    const { rows } = await pool.query(
      'select count(*)::int as count from tenantry_runtime.operator_deliveries where webhook_id = $1',
      [id],
    )
    return rows[0].count === 1_201
  })
  await pool.query(
    `update tenantry_runtime.operator_deliveries set status = 'delivered' where webhook_id = $1`,
    [id],
  )
  const { body } = await admin('POST', `webhooks/${id}/replay`, {})
  t.like(body, { deliveries: 1_201, position: null })
  t.is(receiver.at(path).length, 0)
  await admin('DELETE', `webhooks/${id}`)
})

test.serial(
  'a sample has the shape of the request, of every action and for both kinds of keys',
  async (t) => {
    const { id, path, secret } = await hook({ operations: ['company.*'], includeValues: true }, seer)
    const company = await create(two)
    const url = `/rest/companies/${company}`
    for (const [count, ask] of [
      () => two.request('PATCH', url, { name: 'more' }),
      () => two.request('DELETE', `${url}?soft_delete=true`),
      () => two.request('PATCH', `/rest/restore/companies/${company}`),
      () => two.request('DELETE', url),
    ].entries()) {
      // Records are sent as they are at the attempt.
      await receiver.next(path, count + 1)
      await ask()
    }
    const received = await receiver.next(path, 5)
    const sample = async (body: object, token = seer, at = `webhooks/${id}/sample`) =>
      (await admin('POST', at, body, token)).body
    const shapeOf = ({ record, previous, ...body }: Received['body']) =>
      [body, record, previous].map((each) => (each === undefined ? null : Object.keys(each)))
    const withoutValues = await hook({ operations: ['*.updated'], events: ['member.*'] })
    for (const [source, workspace] of [
      ['MODEL', (await gateway.enter('Empty')).workspace.subdomain],
      ['RECORD', two.workspace.subdomain],
    ] as const) {
      if (source === 'RECORD') await create(two, 'Newest')
      for (const { body } of received) {
        const made = await sample({ operation: body.eventName, workspace })
        const shown = JSON.parse(made.body)
        t.deepEqual([made.event, made.source, made.secret], [body.eventName, source, null])
        t.deepEqual(shapeOf(shown), shapeOf(body), body.eventName)
        t.deepEqual(shown.changedFields, body.changedFields)
        t.deepEqual([shown.subdomain, shown.operation, shown.webhookId], [workspace, body.operation, id])
        if (source === 'RECORD') t.is((shown.record ?? shown.previous).name, 'Newest')
        const verifier = new Verifier(Buffer.from(secret).toString('base64'))
        t.notThrows(() => verifier.verify(made.body, made.headers))
      }
      const hidden = await sample({ workspace }, plain, `webhooks/${withoutValues.id}/sample`)
      t.deepEqual(shapeOf(JSON.parse(hidden.body)), [shapeOf(received[1]?.body)[0], null, null])
    }
    t.deepEqual(
      JSON.parse((await sample({ event: 'workspace.*', workspace: two.workspace.id })).body).details,
      {
        name: 'Two',
      },
    )
    const unmade = await sample({ operation: 'company.created' }, plain, 'webhooks/sample')
    t.notThrows(() =>
      new Verifier(Buffer.from(unmade.secret).toString('base64')).verify(unmade.body, unmade.headers),
    )
    // Nothing would be sent, or nothing may be asked for.
    const none = (await gateway.enter('None', { standardObjects: false })).workspace
    await suspendWorkspace(pool, none.id)
    for (const [body, reason] of [
      [{ operation: 'person.created' }, /does not subscribe to person.created/],
      [{ operation: 'ghost.created' }, /no object for ghost.created/],
      [{ workspace: none.subdomain }, /is suspended/],
    ] as const) {
      const made = await sample(body)
      t.is(made.body, null)
      t.regex(made.reason, reason)
    }
    t.regex(
      (await sample({ event: 'apiKey.created' }, plain, `webhooks/${withoutValues.id}/sample`)).reason,
      /not sub/,
    )
    for (const [status, body, token, at] of [
      [403, {}, plain, `webhooks/${id}/sample`],
      [403, { includeValues: true }, plain, 'webhooks/sample'],
      [400, { operation: 'company.upserted' }, seer, 'webhooks/sample'],
      [400, { operation: 'company.created', event: 'member.*' }, seer, 'webhooks/sample'],
      [400, { event: 'member.exploded' }, seer, 'webhooks/sample'],
      [400, { targetUrl: 'http://169.254.169.254/' }, seer, 'webhooks/sample'],
      [400, { frob: 1 }, seer, `webhooks/${id}/sample`],
      [404, { workspace: 'nowhere' }, seer, 'webhooks/sample'],
      [404, {}, seer, 'webhooks/none/sample'],
    ] as const)
      t.is((await admin('POST', at, body, token)).status, status, JSON.stringify(body))
    await admin('PATCH', `webhooks/${withoutValues.id}`, { workspaces: [one.workspace.id] })
    const other = await sample({ workspace: two.workspace.id }, plain, `webhooks/${withoutValues.id}/sample`)
    t.regex(other.reason, /does not receive changes/)
    for (const hook of [id, withoutValues.id]) await admin('DELETE', `webhooks/${hook}`, undefined, seer)
  },
)

test.serial('the command line manages webhooks, and follows changes until its key ends', async (t) => {
  const { key, secret } = await keyWith('events')
  const lines: string[] = []
  const faults: string[] = []
  const environment = { OPERATOR_KEY: secret }
  const tenantry = async (...words: readonly string[]): Promise<unknown> => {
    const printed: string[] = []
    const complain = (line: string): void => void faults.push(line)
    const print = (line: string): void => void printed.push(line)
    await runCommand(environment, [...words, '--url', gateway.url, '--json'], { print, complain })
    return printed.length === 0 ? null : JSON.parse(printed.join('\n'))
  }
  const made = await tenantry('webhook', 'create', receiver.url('/cli'), '--operations', 'company.created')
  const { id } = made as { id: string }
  t.like(made, { operations: ['company.created'], events: ['*.*'], status: 'active' })
  t.like(await tenantry('webhook', 'update', id, '--events', 'member.*', '--workspaces', one.workspace.id), {
    operations: ['company.created'],
    events: ['member.*'],
    workspaces: [one.workspace.id],
  })
  t.like(await tenantry('webhook', 'update', id, '--all-workspaces', '--ordered'), {
    workspaces: null,
    ordered: true,
  })
  t.like(await tenantry('webhook', 'update', id, '--unordered'), { ordered: false })
  t.like(await tenantry('webhook', 'replay', id, '--from', '2026-01-01T00:00:00Z'), { deliveries: 0 })
  t.like(await tenantry('webhook', 'pause', id), { status: 'paused' })
  t.like(await tenantry('webhook', 'resume', id), { status: 'active' })
  const rotated = (await tenantry('webhook', 'rotate', id)) as { secret: string; previousSecretUntil: string }
  t.regex(rotated.secret, /^[0-9a-f]{64}$/)
  t.true(new Date(rotated.previousSecretUntil) > new Date())
  t.like(await tenantry('webhook', 'test', id), { status: 200 })
  const sample = ['webhook', 'sample', id, '--operation', 'company.created', '--workspace', one.workspace.id]
  t.like(await tenantry(...sample), { event: 'company.created', secret: null })
  t.like(await tenantry('webhook', 'sample', '--event', 'member.*'), { event: 'member.created' })
  const following = runCommand(
    environment,
    ['changes', '--follow', '--kinds', 'records', '--url', gateway.url],
    { print: (line) => void lines.push(line), complain: (line) => void faults.push(line) },
  )
  await until('the change is printed', async () => {
    await create(one)
    return lines.length > 0
  })
  t.regex(lines[0] ?? '', new RegExp(`${one.workspace.subdomain} +company.created`))
  await until('it is sent', async () => {
    const found = await tenantry('webhook', 'deliveries', id, '--status', 'delivered')
    return Array.isArray(found) && found.length > 0
  })
  const [{ id: delivery }] = (await tenantry('webhook', 'deliveries', id, '--limit', '1')) as [{ id: string }]
  await until('it has ended', async () => (await tenantry('webhook', 'redeliver', id, delivery)) !== null)
  t.true(JSON.stringify(await tenantry('webhook', 'list')).includes(id))
  const page = (await tenantry('changes', '--kinds', 'records', '--limit', '10')) as { data: object }
  t.true(JSON.stringify(page.data).includes('company'))
  t.deepEqual(await tenantry('webhook', 'delete', id), { id })
  await revokeOperatorKey(pool, key.id)
  await create(one)
  t.is(await following, 1)
  t.regex(faults.join(), /401/)
})
