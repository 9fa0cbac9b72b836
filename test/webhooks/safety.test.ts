// Where webhooks may go, and what they may show: addresses, names that move, roles and their rights.

import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import test from 'ava'
import { createAddressRules } from '../../gateway/webhooks/addresses.ts'
import { createSender } from '../../gateway/webhooks/send.ts'
import { revokeKey } from '../../tenants/key.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, findRole } from '../../tenants/permission/role.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'
import { startReceiver } from './receiver.ts'

/** What names resolve to, one answer after the other; the last one stays. */
const names = new Map<string, string[][]>()
const resolve = async (name: string): Promise<readonly string[]> => {
  const answers = names.get(name)
  const [next] = answers ?? []
  if (answers === undefined || next === undefined) throw new Error(`${name} does not resolve`)
  if (answers.length > 1) answers.shift()
  return next
}

const receiver = await startReceiver()
const gateway = await startTestGateway({
  environment: { OUTBOUND_ALLOWED_HOSTS: 'inside.test' },
  webhookWorld: { resolve },
})
const { pool } = gateway.gateway
test.after.always(async () => {
  await gateway.close()
  await receiver.close()
})
names.set('inside.test', [['127.0.0.1']])
names.set('localhost', [['127.0.0.1', '::1']])
const inside = (path: string): string => `http://inside.test:${receiver.port}${path}`

let paths = 0
const hook = async (client: Client, url?: string, operations = ['*.*']) => {
  paths += 1
  const path = `/hook/${paths}`
  const given = { targetUrl: url ?? inside(path), operations }
  const { body, status } = await client.request('POST', '/rest/webhooks', given)
  return { id: String(body.id), path, status, body }
}

const attemptsOf = async (webhookId: string) =>
  (
    await pool.query<{ status: string; attempts: { error?: string }[] }>(
      'select status, attempts from tenantry_runtime.deliveries where webhook_id = $1 order by change_id',
      [webhookId],
    )
  ).rows

const errorOf = async (webhookId: string): Promise<string> => {
  await until('an attempt', async () =>
    (await attemptsOf(webhookId)).some(({ attempts }) => attempts.length > 0),
  )
  return (await attemptsOf(webhookId)).find(({ attempts }) => attempts.length > 0)?.attempts[0]?.error ?? ''
}

const REFUSED = [
  ...['http://127.0.0.1', 'http://127.1', 'http://2130706433', 'http://0x7f000001', 'http://0x7f.1'],
  ...['http://0177.0.0.1', 'http://127.0.0.1.', 'http://0', 'http://0.0.0.0', 'http://localhost'],
  ...['http://[::1]', 'http://[::]', 'http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]'],
  ...['http://[::127.0.0.1]', 'http://[64:ff9b::7f00:1]', 'http://[2002:7f00:1::]', 'http://[fe80::1]'],
  ...[
    'http://[fc00::1]',
    'http://[fec0::1]',
    'http://[fd00:ec2::254]',
    'http://10.0.0.1',
    'http://172.16.0.1',
  ],
  ...['http://192.168.0.1', 'http://169.254.169.254', 'http://100.64.0.1', 'http://198.18.0.1'],
  ...['http://192.0.0.192', 'http://224.0.0.1', 'http://255.255.255.255', 'http://①②⑦.⓪.⓪.①'],
  ...[
    'http://both.test',
    'http://compatible.test',
    'http://user:x@a.test',
    'http://a.test:25',
    'ftp://a.test',
    'file:///etc/passwd',
  ],
  ...['javascript:alert(1)', '//a.test', 'a.test', 'http://'],
]

test('addresses inside are refused in every notation', async (t) => {
  const client = await gateway.enter()
  names.set('both.test', [['93.184.216.34', '10.0.0.1']])
  // An IPv6 address of its own, which no network routes, and not the public IPv4 address in it.
  names.set('compatible.test', [['::8.8.8.8']])
  for (const url of REFUSED) {
    const { status, body } = await hook(client, url)
    t.is(status, 400, url)
    t.is(body.code, 'INVALID_TARGET_URL', url)
  }
  t.is((await client.get('/rest/webhooks')).body.length, 0)
})

test('a name that moves inside after it was checked is refused where it connects', async (t) => {
  const client = await gateway.enter()
  names.set('moving.test', [['93.184.216.34'], ['127.0.0.1']])
  const { id } = await hook(client, `http://moving.test:${receiver.port}/moved`)
  await client.request('POST', '/rest/companies', { name: 'a' })
  t.is(await errorOf(id), 'internal IP address 127.0.0.1 is not allowed')
  t.is(receiver.at('/moved').length, 0)
})

test('a host that was opened is reached by its name, but not at the ports of the gateway and its database', async (t) => {
  const client = await gateway.enter()
  const { path } = await hook(client)
  await client.request('POST', '/rest/companies', { name: 'a' })
  t.is((await receiver.next(path, 1))[0]?.headers.host, `inside.test:${receiver.port}`)
  for (const port of [new URL(gateway.url).port, new URL(gateway.database.ownerUrl).port]) {
    const { status, body } = await hook(client, `http://inside.test:${port}/`)
    t.is(status, 400)
    t.regex(body.messages.join(' '), /belongs to the gateway/)
  }
})

test('link-local addresses stay closed even in a range that is opened', async (t) => {
  const rules = createAddressRules({
    allowedHosts: ['0.0.0.0/0', '::/0', 'x.test'],
    closed: () => [],
    resolve,
  })
  t.deepEqual(await rules.addressesOf('10.0.0.1', 80), ['10.0.0.1'])
  names.set('x.test', [['169.254.169.254']])
  for (const host of ['169.254.169.254', 'fe80::1', '::ffff:169.254.169.254', 'fd00:ec2::254', 'x.test'])
    await t.throwsAsync(rules.addressesOf(host, 80), { message: /link-local/ }, host)
  const sender = createSender({ rules })
  t.teardown(sender.close)
  const outcome = await sender.send({ url: 'http://x.test/', headers: {}, body: '{}' })
  t.deepEqual(outcome, { error: 'link-local address 169.254.169.254 is not allowed' })
})

test('requests through a proxy go to addresses that were checked', async (t) => {
  const asked: [string | undefined, string | undefined][] = []
  const proxy = createServer()
  proxy.on('connect', ({ url = '', headers }, socket) => {
    asked.push([url, headers['proxy-authorization']])
    if (url.startsWith('10.')) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const [host = '', port] = url.split(':')
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const each of [onward, socket]) each.on('error', () => socket.destroy())
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const { port } = proxy.address() as AddressInfo
  const rules = createAddressRules({ allowedHosts: ['0.0.0.0/0'], closed: () => [], resolve })
  const sender = createSender({ rules, proxy: `http://user:p%40ss@127.0.0.1:${port}` })
  t.teardown(async () => {
    await sender.close()
    proxy.close()
  })
  const send = (url: string) => sender.send({ url, headers: {}, body: '{"a":1}' })
  const name = 'two.test'
  names.set(name, [['10.9.9.9', '127.0.0.1']])
  t.deepEqual(await send(`http://${name}:${receiver.port}/proxied`), { status: 200 })
  t.like(receiver.at('/proxied')[0], { body: { a: 1 }, headers: { host: `${name}:${receiver.port}` } })
  const credentials = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
  t.deepEqual(asked, [
    [`10.9.9.9:${receiver.port}`, credentials],
    [`127.0.0.1:${receiver.port}`, credentials],
  ])
  // The receiver does not speak TLS.
  t.regex(JSON.stringify(await send(`https://127.0.0.1:${receiver.port}/`)), /SSL|TLS|wrong version/)
  t.is(asked.length, 3)
  const refused = { error: 'link-local address 169.254.169.254 is not allowed' }
  t.deepEqual(await send('http://169.254.169.254/'), refused)
  t.deepEqual(await send('http://10.9.9.9/'), { error: 'the outbound proxy returned 502' })
  t.is(asked.length, 4)
})

test('a proxy that is down is no fault of the receiver, and its address stays with the operator', async (t) => {
  const refusing = createServer()
  refusing.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))
  await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', done))
  const { port } = refusing.address() as AddressInfo
  const rules = createAddressRules({ allowedHosts: ['inside.test'], closed: () => [], resolve })
  const sender = createSender({ rules, proxy: `http://127.0.0.1:${port}` })
  t.teardown(sender.close)
  const outgoing = { url: inside('/proxied'), headers: {}, body: '{}' }
  t.like(await sender.send(outgoing), { error: 'the outbound proxy returned 407' })
  await new Promise((done) => refusing.close(done))
  const outcome = await sender.send(outgoing)
  t.like(outcome, { error: 'the outbound proxy does not respond' })
  t.true('unsent' in outcome)

  const proxied = await startTestGateway({
    environment: { OUTBOUND_ALLOWED_HOSTS: 'inside.test', OUTBOUND_PROXY: `http://127.0.0.1:${port}` },
    webhookWorld: { resolve },
  })
  t.teardown(proxied.close)
  const client = await proxied.enter()
  const { id } = await hook(client)
  await client.request('POST', '/rest/companies', { name: 'a' })
  await until('it is postponed', async () => {
    const { rows } = await proxied.gateway.pool.query(
      `select attempts, w.failures from tenantry_runtime.deliveries d join tenantry.webhooks w on w.id = d.webhook_id
       where w.id = $1 and lease is null and due_at > d.created_at + interval '30 s'`,
      [id],
    )
    if (rows.length === 0) return false
    t.deepEqual(rows, [{ attempts: [], failures: 0 }])
    return true
  })
})

const RIGHTS = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}

/** A key with a role that may manage webhooks and reads what the test then takes from it. */
const keeper = async (client: Client, label: string): Promise<{ keeper: Client; roleId: string }> => {
  const role = await createRole(pool, client.workspace.id, { label, ...RIGHTS })
  await metadataOf(client).ask(
    `mutation ($input: UpsertPermissionFlagsInput!) { upsertPermissionFlags(upsertPermissionFlagsInput: $input) { id } }`,
    { input: { roleId: role.id, permissionFlagKeys: ['API_KEYS_AND_WEBHOOKS'] } },
  )
  return { keeper: await gateway.client(client.workspace, label), roleId: role.id }
}

test('a webhook shows what its role may read at the attempt, and nothing of records that it may not', async (t) => {
  const client = await gateway.enter()
  const { keeper: seller, roleId } = await keeper(client, 'Seller')
  const { id, path } = await hook(seller, undefined, ['company.*', 'person.*'])
  const asking = (settings: Record<string, unknown>) => {
    const given = { targetUrl: inside('/cut'), operations: ['company.created'], ...settings }
    return seller.request('POST', '/rest/webhooks', given)
  }
  t.is((await asking({ fields: ['name', 'position'] })).status, 201)
  const metadata = metadataOf(client)
  const objects = (
    await metadata.ask(
      `{ objects(paging: { first: 1000 }) { edges { node { id nameSingular fields(paging: { first: 1000 }) { edges { node { id name } } } } } } }`,
    )
  ).objects.edges
  const object = objects.find(
    ({ node }: { node: { nameSingular: string } }) => node.nameSingular === 'company',
  ).node
  const field = object.fields.edges.find(
    ({ node }: { node: { name: string } }) => node.name === 'position',
  ).node
  await metadata.ask(
    `mutation ($input: UpsertFieldPermissionsInput!) { upsertFieldPermissions(upsertFieldPermissionsInput: $input) { id } }`,
    {
      input: {
        roleId,
        fieldPermissions: [
          { objectMetadataId: object.id, fieldMetadataId: field.id, canReadFieldValue: false },
        ],
      },
    },
  )
  for (const settings of [{ filter: 'position[gt]:1' }, { changedFields: ['position'] }])
    t.is((await asking(settings)).status, 403)
  await upsertRowRules(pool, client.workspace.id, roleId, 'company', {
    rules: [{ column: 'address_city', operand: 'IS', value: 'Paris' }],
    groups: [],
  })
  // Both are stored and cancelled: what is stored would show which hidden records match.
  const probes = await Promise.all(
    ['hidden', 'other'].map((name) => asking({ filter: `name[eq]:${name}`, targetUrl: inside('/probe') })),
  )
  await client.request('POST', '/rest/companies', { name: 'hidden', address: { addressCity: 'London' } })
  await client.request('POST', '/rest/companies', {
    name: 'seen',
    position: 7,
    address: { addressCity: 'Paris' },
  })
  const [seen] = await receiver.next(path, 1)
  t.is(seen?.body.record.name, 'seen')
  t.false('position' in (seen?.body.record ?? {}))
  t.deepEqual(Object.keys((await receiver.next('/cut', 1))[0]?.body.record), ['id', 'name'])
  await until('the other is cancelled', async () =>
    (await attemptsOf(id)).some(({ status }) => status === 'cancelled'),
  )
  t.is(receiver.at(path).length, 1)
  const logs = await Promise.all(
    probes.map(async ({ body }) => {
      const logged = async () =>
        (await attemptsOf(body.id)).map(({ status, attempts }) => [status, attempts[0]?.error])
      await until('both have ended', async () => {
        const all = await logged()
        return all.length === 2 && all.every(([status]) => status === 'cancelled')
      })
      return logged()
    }),
  )
  t.deepEqual(logs[0], logs[1])
  t.regex(logs[0]?.[0]?.[1] ?? '', /may not read/)
})

test('a webhook whose role exceeds the caller’s cannot be changed or deleted by that caller', async (t) => {
  const client = await gateway.enter()
  const { keeper: weak } = await keeper(client, 'Weak')
  const { id } = await hook(client)
  for (const [method, body] of [
    ['PATCH', { description: 'mine' }],
    ['PATCH', { targetUrl: 'https://else.test' }],
    ['DELETE', undefined],
  ] as const) {
    const { status, body: answer } = await weak.request(method, `/rest/webhooks/${id}`, body)
    t.is(status, 403, JSON.stringify(answer))
    t.is(answer.code, 'ROLE_STRONGER_THAN_CALLER')
  }
  const guest = await gateway.client(client.workspace, 'Guest')
  for (const [method, path] of [
    ['GET', '/rest/webhooks'],
    ['GET', `/rest/webhooks/${id}`],
    ['POST', '/rest/webhooks'],
  ] as const)
    t.is(
      (await guest.request(method, path, method === 'POST' ? { targetUrl: 'https://a.test' } : undefined))
        .status,
      403,
    )
})

test('a webhook of a key that ended is paused, and the caller who resumes it answers for it', async (t) => {
  const client = await gateway.enter()
  const second = await gateway.client(client.workspace)
  const { id, path } = await hook(second)
  const role = await findRole(pool, client.workspace.id, 'Admin')
  const { rows } = await pool.query<{ id: string }>(
    'select api_key_id as id from tenantry.webhooks where id = $1',
    [id],
  )
  await revokeKey(pool, rows[0]?.id ?? '')
  await client.request('POST', '/rest/companies', { name: 'kept' })
  await until('it is paused', async () => (await client.get(`/rest/webhooks/${id}`)).body.status === 'PAUSED')
  t.is(
    (await client.get(`/rest/webhooks/${id}`)).body.statusReason,
    'The API key "Key of Admin" is no longer active.',
  )
  t.is(receiver.at(path).length, 0)
  const { body } = await client.request('PATCH', `/rest/webhooks/${id}`, { status: 'ACTIVE' })
  t.like(body, { status: 'ACTIVE', roleId: role.id })
  t.is((await receiver.next(path, 1))[0]?.body.record.name, 'kept')
})

test.serial('where capture is off by default, the first webhook turns it on', async (t) => {
  await pool.query('update tenantry_runtime.feed set captures = false')
  t.teardown(() => pool.query('update tenantry_runtime.feed set captures = true'))
  const client = await gateway.enter('Demand')
  // A writer's transaction keeps the triggers out.
  const writer = await pool.connect()
  t.teardown(() => writer.release(true))
  await writer.query(`begin; lock table "${client.workspace.schemaName}".company in row exclusive mode`)
  const refused = await client.request('POST', '/rest/webhooks', { targetUrl: inside('/busy') })
  t.like(refused, { status: 503, body: { code: 'CAPTURE_BUSY' } })
  t.is(refused.headers.get('retry-after'), '5')
  const query = 'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }'
  const variables = { input: { targetUrl: inside('/busy') } }
  const failed = await client.request('POST', '/metadata', { query, variables })
  t.like(failed.body.errors[0].extensions, { code: 'SERVICE_UNAVAILABLE', subCode: 'CAPTURE_BUSY' })
  t.is(failed.headers.get('retry-after'), '5')
  await writer.query('rollback')
  t.deepEqual((await client.get('/rest/webhooks')).body, [])
  const { path, status } = await hook(client)
  t.is(status, 201)
  await client.request('POST', '/rest/companies', { name: 'captured' })
  t.is((await receiver.next(path, 1))[0]?.body.record.name, 'captured')
})

test('a webhook can be given a role, but none above that of the caller', async (t) => {
  const client = await gateway.enter()
  const { keeper: seller, roleId: sellerId } = await keeper(client, 'Seller')
  const blind = await createRole(pool, client.workspace.id, { label: 'Blind' })
  const admin = await findRole(pool, client.workspace.id, 'Admin')
  const given = (roleId: string, more = {}) => ({
    targetUrl: inside('/role'),
    operations: ['company.*'],
    roleId,
    ...more,
  })
  const refused = await seller.request('POST', '/rest/webhooks', given(admin.id))
  t.is(refused.status, 403)
  t.is((await seller.request('POST', '/rest/webhooks', given(crypto.randomUUID()))).status, 404)
  // Its role reads no companies, so it can name no fields of them.
  const { status, body } = await seller.request('POST', '/rest/webhooks', given(blind.id))
  t.is(status, 201)
  t.is(body.roleId, blind.id)
  const patch = (by: Client, roleId: string) => by.request('PATCH', `/rest/webhooks/${body.id}`, { roleId })
  await client.request('POST', '/rest/companies', { name: 'a' })
  t.regex(await errorOf(body.id), /The role "Blind" may not read the record/)
  t.is((await patch(seller, admin.id)).status, 403)
  t.is((await patch(seller, sellerId)).body.roleId, sellerId)
  await client.request('POST', '/rest/companies', { name: 'b' })
  t.is((await receiver.next('/role', 1))[0]?.body.record.name, 'b')
  t.is((await patch(client, admin.id)).body.roleId, admin.id)
  t.is((await patch(seller, sellerId)).status, 403)
})
