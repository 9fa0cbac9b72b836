// Attempts: when they are repeated, what ends them, and that one endpoint delays no other. The clock is the
// test's.

import type { ServerResponse } from 'node:http'
import test from 'ava'
import { delayMs, MAX_ATTEMPTS, retryAfterMs } from '../../gateway/webhooks/schedule.ts'
import { claimDeliveries } from '../../tenants/webhook/claim.ts'
import { markDelivered, markFailed } from '../../tenants/webhook/delivery.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'
import { startReceiver } from './receiver.ts'

/** Much longer than an answer takes on a busy machine. */
const TIMEOUT_MS = 5_000
let nowMs = Date.now()
const clock = (): number => nowMs
const receiver = await startReceiver()
const gateway = await startTestGateway({
  environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
  webhookWorld: { clock, timeoutMs: TIMEOUT_MS, judgedWithinMs: 0 },
})
const { pool } = gateway.gateway
test.after.always(async () => {
  await gateway.close()
  await receiver.close()
})

let paths = 0
const hook = async (client: Client, more: Record<string, unknown> = {}) => {
  paths += 1
  const path = `/hook/${paths}`
  const { body, text } = await client.request('POST', '/rest/webhooks', {
    targetUrl: receiver.url(path),
    ...more,
  })
  if (body.id === undefined) throw new Error(text)
  return { id: String(body.id), path }
}

/** The key that answers for a webhook has to outlive the test's clock. */
const enter = async (): Promise<Client> => {
  const client = await gateway.enter()
  await pool.query(`update tenantry.api_keys set expires_at = '2099-01-01'`)
  return client
}

const write = (client: Client, name = 'a') => client.request('POST', '/rest/companies', { name })

interface Stored {
  readonly status: string
  readonly due: Date
  readonly attempts: readonly { status?: number; error?: string; answer?: string }[]
}

const deliveries = async (webhookId: string): Promise<readonly Stored[]> =>
  (
    await pool.query<Stored>(
      `select status, due_at as due, attempts from tenantry_runtime.deliveries where webhook_id = $1 order by change_id`,
      [webhookId],
    )
  ).rows

/** Waits until the first delivery had so many attempts and none is running. */
const attempted = async (webhookId: string, count: number): Promise<Stored> => {
  let found: Stored | undefined
  await until(`${count} attempts`, async () => {
    gateway.gateway.deliver()
    found = (await deliveries(webhookId))[0]
    return found?.attempts.length === count
  })
  if (found === undefined) throw new Error('There is no delivery.')
  return found
}

const answering =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end('sorry')

test('ten attempts take about 75 hours, and a receiver may ask for more time', (t) => {
  const times = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => delayMs(index + 1, 0, 0.5) ?? 0)
  const hours = times.reduce((sum, each) => sum + each, 0) / 3_600_000
  t.true(Math.abs(hours - 75.6) < 0.1, String(hours))
  t.is(delayMs(MAX_ATTEMPTS, 0, 0.5), null)
  t.is(delayMs(1, 0, 0), 4_000)
  t.is(delayMs(1, 120_000, 1), 120_000)
  t.is(retryAfterMs('120', 0), 120_000)
  t.is(retryAfterMs('999999', 0), 86_400_000)
  t.is(retryAfterMs(new Date(60_000).toUTCString(), 0), 60_000)
  t.is(retryAfterMs('soon', 0), 0)
  for (const absurd of ['9'.repeat(9), '9'.repeat(11), '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])
    t.is(retryAfterMs(absurd, 0), 86_400_000, absurd)
  for (const absurd of [
    '',
    ' ',
    '-5',
    '-1e99',
    'Infinity',
    'NaN',
    '0',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '\u0660',
  ])
    t.is(retryAfterMs(absurd, 2e12), 0, absurd)
})

test.serial('a failed attempt is repeated with the same id and another signature', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client)
  receiver.answer(path, answering(500))
  await write(client)
  const failed = await attempted(id, 1)
  t.is(failed.status, 'waiting')
  const delay = failed.due.getTime() - nowMs
  t.true(delay >= 4_000 && delay <= 6_000, String(delay))
  receiver.answer(path, answering(204))
  nowMs += 10_000
  t.is((await attempted(id, 2)).status, 'delivered')
  const [first, second] = receiver.at(path)
  t.is(first?.headers['webhook-id'], second?.headers['webhook-id'])
  t.not(first?.headers['webhook-timestamp'], second?.headers['webhook-timestamp'])
  t.not(first?.headers['x-twenty-webhook-signature'], second?.headers['x-twenty-webhook-signature'])
  t.is(receiver.at(path).length, 2)
})

test.serial('after ten failures in a row a delivery fails, and its webhook is probed', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client)
  receiver.answer(path, answering(503))
  await write(client)
  for (let count = 1; count < MAX_ATTEMPTS; count += 1) {
    nowMs = Math.max(nowMs, (await attempted(id, count)).due.getTime())
  }
  t.is((await attempted(id, MAX_ATTEMPTS)).status, 'failed')
  receiver.answer(path, answering(200))
  await write(client, 'b')
  await write(client, 'c')
  await until('both wait', async () => (await deliveries(id)).length === 3)
  const probe = async () =>
    (await pool.query('select probe_at as at from tenantry.webhooks where id = $1', [id])).rows[0].at
  t.is((await probe()).getTime(), nowMs + 60_000)
  t.is(receiver.at(path).length, MAX_ATTEMPTS)
  const health = async () => {
    const { failures, failingSince, nextAttemptAt } = (await client.get(`/rest/webhooks/${id}`)).body
    return [failures, failingSince !== null, nextAttemptAt]
  }
  t.deepEqual(await health(), [MAX_ATTEMPTS, true, new Date(nowMs + 60_000).toISOString()])
  nowMs += 61_000
  gateway.gateway.deliver()
  await receiver.next(path, MAX_ATTEMPTS + 2)
  await until('the outcomes are stored', async () => (await health())[0] === 0)
  t.deepEqual(await health(), [0, false, null])
})

test.serial('a webhook whose attempts fail for five days is disabled', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client)
  receiver.answer(path, answering(500))
  await write(client)
  await attempted(id, 1)
  nowMs += 5 * 86_400_000 + 1
  await attempted(id, 2)
  await until(
    'it is disabled',
    async () => (await client.get(`/rest/webhooks/${id}`)).body.status === 'DISABLED',
  )
  t.regex((await client.get(`/rest/webhooks/${id}`)).body.statusReason, /five days/)
})

test.serial('410 disables, a redirect is not followed, and Retry-After is obeyed', async (t) => {
  const client = await enter()
  const [gone, moved, busy] = [await hook(client), await hook(client), await hook(client)]
  receiver.answer(gone.path, answering(410))
  receiver.answer(moved.path, answering(301, { location: receiver.url('/elsewhere') }))
  receiver.answer(busy.path, answering(429, { 'retry-after': '120' }))
  await write(client)
  t.is((await attempted(gone.id, 1)).status, 'failed')
  await until(
    'it is disabled',
    async () => (await client.get(`/rest/webhooks/${gone.id}`)).body.status === 'DISABLED',
  )
  t.is((await attempted(moved.id, 1)).attempts[0]?.status, 301)
  t.is(receiver.at('/elsewhere').length, 0)
  t.true((await attempted(busy.id, 1)).due.getTime() >= nowMs + 120_000)
})

test.serial('an endpoint that hangs delays no other, and ends as a failure', async (t) => {
  const client = await enter()
  const [slow, quick, large, endless, dripping, flooding] = [
    await hook(client),
    await hook(client),
    await hook(client),
    await hook(client),
    await hook(client),
    await hook(client),
  ]
  let [open, most] = [0, 0]
  receiver.answer(slow.path, (response) => {
    open += 1
    most = Math.max(most, open)
    response.once('close', () => {
      open -= 1
    })
  })
  receiver.answer(large.path, (response) => response.end('x'.repeat(1_000_000)))
  receiver.answer(endless.path, (response) => response.write('x'))
  const repeating = (text: string, everyMs: number) => (response: ServerResponse) => {
    const timer = setInterval(() => response.write(text), everyMs)
    response.once('close', () => clearInterval(timer))
  }
  receiver.answer(dripping.path, repeating('x', 100))
  receiver.answer(flooding.path, repeating('x'.repeat(10_000), 1))
  for (let count = 0; count < 8; count += 1) await write(client)
  await receiver.next(quick.path, 8)
  t.true(most <= 5)
  t.regex((await attempted(large.id, 1)).attempts[0]?.error ?? '', /larger than 65536 bytes/)
  t.regex((await attempted(endless.id, 1)).attempts[0]?.error ?? '', /no response within 5000 ms/)
  t.regex((await attempted(dripping.id, 1)).attempts[0]?.error ?? '', /no response within 5000 ms/)
  t.regex((await attempted(flooding.id, 1)).attempts[0]?.error ?? '', /larger than 65536 bytes/)
  t.regex((await attempted(slow.id, 1)).attempts[0]?.error ?? '', /no response within 5000 ms/)
  // The first kilobyte of an answer is kept for public hosts only.
  t.is((await deliveries(quick.id))[0]?.attempts[0]?.answer, undefined)
})

test.serial('waiting deliveries go to a changed URL, and end with their webhook', async (t) => {
  const client = await enter()
  const [edited, deleted] = [await hook(client), await hook(client)]
  receiver.answer(edited.path, answering(500))
  receiver.answer(deleted.path, answering(500))
  await write(client)
  await attempted(edited.id, 1)
  await attempted(deleted.id, 1)
  await client.request('PATCH', `/rest/webhooks/${edited.id}`, { targetUrl: receiver.url('/edited') })
  await client.request('DELETE', `/rest/webhooks/${deleted.id}`)
  nowMs += 10_000
  t.is((await attempted(edited.id, 2)).status, 'delivered')
  const [sent] = receiver.at('/edited')
  t.is(sent?.body.targetUrl, receiver.url('/edited'))
  t.is(receiver.at(deleted.path).length, 1)
})

test.serial('a delivery whose change has left the log fails with that reason', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client)
  receiver.answer(path, answering(500))
  await write(client)
  await attempted(id, 1)
  await pool.query('delete from tenantry_runtime.changes where workspace_id = $1', [client.workspace.id])
  nowMs += 10_000
  const { status, attempts } = await attempted(id, 2)
  t.is(status, 'failed')
  t.is(attempts[1]?.error, 'The change is no longer in the log.')
  t.is(receiver.at(path).length, 1)
  // The receiver has no part in it.
  const { rows } = await pool.query('select failures from tenantry.webhooks where id = $1', [id])
  t.is(rows[0].failures, 1)
})

test.serial('a paused webhook gets what waited when it is resumed', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client)
  const set = (status: string) => client.request('PATCH', `/rest/webhooks/${id}`, { status })
  t.like((await set('PAUSED')).body, { status: 'PAUSED', statusReason: 'Paused by Key of Admin.' })
  await write(client, 'while paused')
  await until('it waits', async () => (await deliveries(id)).length === 1)
  t.is(receiver.at(path).length, 0)
  t.like((await set('ACTIVE')).body, { status: 'ACTIVE', statusReason: null })
  t.is((await receiver.next(path, 1))[0]?.body.record.name, 'while paused')
})

test.serial(
  'in order, later changes of a record wait for the earlier one, and those of others do not',
  async (t) => {
    const client = await enter()
    const { id, path } = await hook(client, { ordered: true, operations: ['company.*'] })
    t.true((await client.get(`/rest/webhooks/${id}`)).body.ordered)
    let isBroken = true
    receiver.answerBy(path, ({ record }) => (isBroken && record.name === 'first' ? 500 : 200))
    const first = (await write(client, 'first')).body.data.createCompany.id
    await attempted(id, 1)
    for (const name of ['second', 'third'])
      await client.request('PATCH', `/rest/companies/${first}`, { name })
    await write(client, 'other')
    await receiver.next(path, 2)
    const names = () => receiver.at(path).map(({ body }) => body.record.name)
    t.deepEqual(names(), ['first', 'other'])
    const waiting = async () => (await deliveries(id)).filter(({ status }) => status === 'waiting')
    await until('the others are delivered', async () => (await waiting()).length === 3)
    const [waits, ...later] = await waiting()
    if (waits === undefined) return t.fail('None waits.')
    // They are due with it, so they are not looked at before.
    t.deepEqual(
      later.map(({ due }) => due.getTime()),
      [waits.due.getTime(), waits.due.getTime()],
    )
    nowMs = waits.due.getTime() + 1
    await attempted(id, 2)
    t.deepEqual(names(), ['first', 'other', 'first'])
    const [retried, second] = await deliveries(id)
    t.deepEqual(second?.due, retried?.due)
    isBroken = false
    nowMs = (retried?.due.getTime() ?? 0) + 1
    gateway.gateway.deliver()
    await receiver.next(path, 6)
    t.deepEqual(names(), ['first', 'other', 'first', 'first', 'second', 'third'])
  },
)

test.serial('a filter that is not compared in time is left to the attempts', async (t) => {
  const client = await enter()
  const { id, path } = await hook(client, { filter: 'name[eq]:b', operations: ['company.*'] })
  await write(client, 'a')
  await write(client, 'b')
  await receiver.next(path, 1)
  await until('both have ended', async () => {
    const statuses = (await deliveries(id)).map(({ status }) => status)
    return statuses.join() === 'cancelled,delivered'
  })
  t.regex((await deliveries(id))[0]?.attempts[0]?.error ?? '', /does not match the filter/)
  t.is(receiver.at(path)[0]?.body.record.name, 'b')
})

test.serial('two gateways deliver each change once', async (t) => {
  const other = await startTestGateway({
    database: gateway.database,
    environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
    webhookWorld: { clock },
  })
  t.teardown(() => other.close())
  const client = await enter()
  const { id, path } = await hook(client)
  await Promise.all(Array.from({ length: 20 }, (_, index) => write(client, String(index))))
  const received = await receiver.next(path, 20)
  t.is(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 20)
  await until('all are delivered', async () =>
    (await deliveries(id)).every(({ status }) => status === 'delivered'),
  )
  t.is(receiver.at(path).length, 20)
})

test('in order, a long queue of one record delays no other, and a failure moves the next change alone', async (t) => {
  const { pool: own } = await createTestDatabase(t)
  const { id: workspaceId } = await createWorkspace(own, { name: 'Ordered', standardObjects: false })
  // 1,500 changes of one record are due before one each of two others, on both sides of it in the index.
  await own.query(
    `with w as (
       insert into tenantry.webhooks (workspace_id, target_url, host, owner_name, is_ordered)
       values ($1, 'https://a.test/', 'a.test', 'x', true) returning id
     ), d (record_key, change_id, due) as (
       select 'long', n, 1000 from generate_series(1, 1500) n union all values ('a', 1501, 1001), ('z', 1502, 1001)
     )
     insert into tenantry_runtime.deliveries (webhook_id, workspace_id, change_id, event, at, due_at, record_key)
     select w.id, $1, d.change_id, 'company.updated', to_timestamp(1000), to_timestamp(d.due), d.record_key from w, d`,
    [workspaceId],
  )
  const claim = async (seconds: number) => {
    const { deliveries } = await claimDeliveries(own, {
      ...{ now: new Date(seconds * 1_000), limit: 10, leaseMs: 60_000, perWebhook: 5, breakAfter: 10 },
      ...{ busyHosts: [], busyWorkspaces: [], maxBytes: 1_000_000 },
    })
    return [...deliveries].sort((a, b) => Number(a.changeId) - Number(b.changeId))
  }
  const [first, ...others] = await claim(1_002)
  t.is(first?.changeId, '1')
  t.deepEqual(
    others.map(({ changeId }) => changeId),
    ['1501', '1502'],
  )
  if (first === undefined) return
  const retryAt = new Date(2_000_000)
  await markFailed(own, first, {
    ...{ attempt: { at: '', ms: 0, status: 500 }, retryAt, now: new Date(1_002_000), probeDelaysMs: [1_000] },
  })
  const { rows } = await own.query(
    'select change_id as id from tenantry_runtime.deliveries where due_at = $1 order by change_id',
    [retryAt],
  )
  t.deepEqual(
    rows.map(({ id }) => id),
    ['1', '2'],
  )
  t.deepEqual(await claim(1_003), [])
})

test('an attempt that lost its lease stores nothing', async (t) => {
  const { pool: own } = await createTestDatabase(t)
  const { id: workspaceId } = await createWorkspace(own, { name: 'Leased', standardObjects: false })
  await own.query(
    `with w as (
       insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ($1, 'https://a.test/', 'a.test', 'x') returning id
     )
     insert into tenantry_runtime.deliveries (webhook_id, workspace_id, change_id, event, at, due_at)
     select id, $1, 1, 'company.created', to_timestamp(1000), to_timestamp(1000) from w`,
    [workspaceId],
  )
  const claim = async (seconds: number) => {
    const { deliveries } = await claimDeliveries(own, {
      ...{ now: new Date(seconds * 1_000), limit: 10, leaseMs: 60_000, perWebhook: 5, breakAfter: 10 },
      ...{ busyHosts: [], busyWorkspaces: [], maxBytes: 1_000_000 },
    })
    return deliveries
  }
  const [first] = await claim(1_000)
  t.deepEqual(await claim(1_001), [])
  const [second] = await claim(1_061)
  if (first === undefined || second === undefined) return t.fail('It was not claimed.')
  t.not(second.lease, first.lease)
  const statusNow = async () =>
    (await own.query('select status from tenantry_runtime.deliveries')).rows[0].status
  await markDelivered(own, [{ ...first, attempt: { at: '', ms: 0, status: 200 } }])
  t.is(await statusNow(), 'waiting')
  await markDelivered(own, [{ ...second, attempt: { at: '', ms: 0, status: 200 } }])
  t.is(await statusNow(), 'delivered')
})

test.serial(
  'the log shows attempts to callers who may manage the webhook, and sends a delivery again',
  async (t) => {
    const client = await enter()
    const { id, path } = await hook(client)
    receiver.answer(path, answering(500))
    await write(client)
    await write(client)
    await receiver.next(path, 2)
    await attempted(id, 1)
    receiver.answer(path, answering(200))
    const metadata = metadataOf(client)
    const log = async (more = '') =>
      (
        await metadata.ask(
          `{ webhookDeliveries(webhookId: "${id}"${more}) { id event status nextAttemptAt attempts } }`,
        )
      ).webhookDeliveries
    const [newest, oldest] = await log()
    t.like(oldest, { event: 'company.created', status: 'WAITING' })
    t.like(oldest.attempts[0], { status: 500 })
    t.deepEqual((await log(', first: 1')).length, 1)
    t.deepEqual((await log(`, after: "${newest.id}"`))[0].id, oldest.id)
    t.deepEqual(await log(', status: DELIVERED'), [])
    nowMs += 10_000
    await until('both are delivered', async () => {
      gateway.gateway.deliver()
      return (await log(', status: DELIVERED')).length === 2
    })
    const again = 'mutation ($id: UUID!) { redeliverWebhook(deliveryId: $id) { id status } }'
    t.deepEqual((await metadata.ask(again, { id: oldest.id })).redeliverWebhook, {
      id: oldest.id,
      status: 'WAITING',
    })
    nowMs = Math.max(nowMs, Date.now()) + 1_000
    await until('it came again', () => {
      gateway.gateway.deliver()
      return receiver.at(path).length === 5
    })
    t.is(receiver.at(path).filter(({ headers }) => headers['webhook-id'] === oldest.id).length, 3)
    const guest = metadataOf(await gateway.client(client.workspace, 'Guest'))
    const body = 'query ($id: UUID!) { webhookDeliveryBody(deliveryId: $id) { body reason } }'
    const [sent] = receiver.at(path).filter(({ headers }) => headers['webhook-id'] === oldest.id)
    t.deepEqual((await metadata.ask(body, { id: oldest.id })).webhookDeliveryBody, {
      body: sent?.text,
      reason: null,
    })
    t.is((await guest.refused(body, { id: oldest.id })).extensions.code, 'FORBIDDEN')
    const otherWorkspace = metadataOf(await enter())
    t.regex((await otherWorkspace.refused(body, { id: oldest.id })).message, /Delivery not found/)
    t.is((await guest.refused(again, { id: oldest.id })).extensions.code, 'FORBIDDEN')
    t.regex((await metadata.refused(again, { id: client.workspace.id })).message, /Delivery not found/)
  },
)
