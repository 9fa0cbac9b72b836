// Webhooks as the contract has them: their operations over both protocols, and what their receivers get.

import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { Webhook as Verifier } from 'standardwebhooks'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { startReceiver } from './receiver.ts'

const receiver = await startReceiver()
const gateway = await startTestGateway({
  environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1', MAX_WEBHOOKS: '4' },
})
const { pool } = gateway.gateway
test.after.always(async () => {
  await gateway.close()
  await receiver.close()
})

const ALL = 'id targetUrl operations description secret applicationId createdAt updatedAt deletedAt'
let paths = 0
const newPath = (): string => {
  paths += 1
  return `/hook/${paths}`
}

const create = async (client: Client, input: Record<string, unknown>) =>
  (
    await metadataOf(client).ask(
      `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { ${ALL} status roleId } }`,
      { input },
    )
  ).createWebhook

const refused = (client: Client, input: Record<string, unknown>) =>
  metadataOf(client).refused(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }',
    { input },
  )

const company = async (client: Client, data: Record<string, unknown> = { name: 'a' }): Promise<string> =>
  (await client.request('POST', '/rest/companies', data)).body.data.createCompany.id

test('a created webhook receives the contract’s body and headers', async (t) => {
  const client = await gateway.enter()
  const metadata = metadataOf(client)
  const path = newPath()
  const made = await create(client, { targetUrl: receiver.url(path), operations: ['company.*'] })
  t.regex(made.secret, /^[0-9a-f]{64}$/)
  const id = await company(client, { name: 'a', position: 1 })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'b' })
  const received = await receiver.next(path, 2)
  const [created, updated] = ['company.created', 'company.updated'].map((name) =>
    received.find(({ body }) => body.eventName === name),
  )
  const read = (await client.get(`/rest/companies/${id}`)).body.data.company
  t.deepEqual(Object.keys(updated?.body), [
    ...['targetUrl', 'eventName', 'objectMetadata', 'workspaceId', 'webhookId', 'eventDate'],
    ...['record', 'updatedFields'],
  ])
  t.like(updated?.body, {
    targetUrl: receiver.url(path),
    eventName: 'company.updated',
    objectMetadata: { id: await metadata.objectId('company'), nameSingular: 'company' },
    workspaceId: client.workspace.id,
    webhookId: made.id,
    updatedFields: ['name'],
  })
  t.deepEqual(updated?.body.record, read)
  t.like(created?.body, { eventName: 'company.created', record: { id, name: 'a', position: 1 } })
  t.is(created?.body.updatedFields, undefined)
  for (const { headers, text } of [created, updated].flatMap((each) => each ?? [])) {
    t.is(headers['content-type'], 'application/json')
    const at = String(headers['x-twenty-webhook-timestamp'])
    t.true(Math.abs(Date.now() - Number(at)) < 600_000)
    const signature = createHmac('sha256', made.secret).update(`${at}:${text}`).digest('hex')
    t.is(headers['x-twenty-webhook-signature'], signature)
    t.regex(String(headers['x-twenty-webhook-nonce']), /^[0-9a-f]{32}$/)
    const verifier = new Verifier(Buffer.from(made.secret).toString('base64'))
    t.notThrows(() => verifier.verify(text, headers as Record<string, string>))
  }
  t.not(created?.headers['webhook-id'], updated?.headers['webhook-id'])
})

test('each kind of change has its event, over the API and by SQL', async (t) => {
  const client = await gateway.enter()
  const path = newPath()
  await create(client, { targetUrl: receiver.url(path), operations: ['*.*'], secret: '' })
  const id = await company(client)
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'b' })
  await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  await client.request('PATCH', `/rest/companies/${id}/restore`)
  await pool.query(`delete from "${client.workspace.schemaName}".company where id = $1`, [id])
  const events = (await receiver.next(path, 5)).map(({ body }) => body.eventName)
  t.deepEqual(
    [...events].sort(),
    ['created', 'deleted', 'destroyed', 'restored', 'updated'].map((each) => `company.${each}`),
  )
  const destroyed = receiver.at(path).find(({ body }) => body.eventName === 'company.destroyed')
  t.like(destroyed?.body.record, { id, name: 'b' })
  t.is(destroyed?.headers['x-twenty-webhook-signature'], undefined)
  t.is(destroyed?.headers['x-twenty-webhook-nonce'], undefined)
})

test('an upsert comes as upserted, beside created or updated', async (t) => {
  const client = await gateway.enter()
  const path = newPath()
  await create(client, { targetUrl: receiver.url(path), operations: ['*.*'] })
  const upsert = (name: string) =>
    client.request('POST', '/rest/companies?upsert=true', {
      name,
      domainName: { primaryLinkUrl: 'https://upsert.test' },
    })
  await upsert('first')
  await receiver.next(path, 2)
  await upsert('second')
  const events = (await receiver.next(path, 4)).map(({ body: { eventName, record } }) => [
    eventName,
    record.name,
  ])
  t.deepEqual([...events].sort(), [
    ['company.created', 'first'],
    ['company.updated', 'second'],
    ['company.upserted', 'first'],
    ['company.upserted', 'second'],
  ])
})

test('operations decide what is delivered; an empty list delivers nothing', async (t) => {
  const client = await gateway.enter()
  const [none, people, updates, last] = [newPath(), newPath(), newPath(), newPath()]
  await create(client, { targetUrl: receiver.url(none), operations: [] })
  await create(client, { targetUrl: receiver.url(people), operations: ['person.created'] })
  await create(client, { targetUrl: receiver.url(updates), operations: ['*.updated', 'company.updated'] })
  await create(client, { targetUrl: receiver.url(last) })
  const id = await company(client)
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'b' })
  await client.request('POST', '/rest/people', { name: { firstName: 'Ada' } })
  t.is((await receiver.next(last, 3)).length, 3)
  t.is((await receiver.next(people, 1))[0]?.body.eventName, 'person.created')
  t.is((await receiver.next(updates, 1)).length, 1)
  t.is(receiver.at(none).length, 0)
  const { extensions, message } = await refused(client, { targetUrl: receiver.url(), operations: [] })
  t.regex(message, /has 4 webhooks, and 4 are allowed/)
  t.is(extensions.code, 'CONFLICT')
})

test('unknown objects and actions are refused with the ones that exist', async (t) => {
  const client = await gateway.enter()
  for (const [operation, pattern] of [
    ['compny.created', /There are: \*, .*company/],
    ['company.exploded', /There are: \*, created, updated, deleted, destroyed, restored, upserted/],
    ['company', /must be <object>\.<action>/],
    ['a.b.c', /must be <object>\.<action>/],
    ['metadata.view.created', /There are: \*, objectMetadata, fieldMetadata/],
    ['metadata.fieldMetadata.restored', /There are: \*, created, updated, deleted\./],
    ['metadata.fieldMetadata.created.x', /must be <object>\.<action> or metadata/],
  ] as const)
    t.regex((await refused(client, { targetUrl: receiver.url(), operations: [operation] })).message, pattern)
  t.regex((await refused(client, { targetUrl: ' ', operations: [] })).message, /^Target URL is required$/)
  const { message, extensions } = await refused(client, { targetUrl: 'ftp://a.test', operations: [] })
  t.is(message, 'Invalid target URL provided')
  t.like(extensions, { code: 'METADATA_VALIDATION_FAILED', subCode: 'INVALID_TARGET_URL' })
})

test('a secret is shown by the mutation that sets it, and masked afterwards', async (t) => {
  const client = await gateway.enter()
  const metadata = metadataOf(client)
  const update = async (id: string, changes: Record<string, unknown>) =>
    (
      await metadata.ask(
        `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { ${ALL} } }`,
        { input: { id, update: changes } },
      )
    ).updateWebhook
  const { id, secret } = await create(client, { targetUrl: 'https://hooks.acme.test', secret: 'own secret' })
  t.is(secret, 'own secret')
  const [read] = (await metadata.ask(`{ webhooks { ${ALL} } }`)).webhooks
  t.like(read, {
    id,
    targetUrl: 'https://hooks.acme.test/',
    operations: ['*.*'],
    secret: '********',
    deletedAt: null,
  })
  const encrypted = async () =>
    (await pool.query('select secret from tenantry.webhooks where id = $1', [id])).rows[0].secret
  const before: Buffer = await encrypted()
  t.false(before.includes('own secret'))
  t.like(await update(id, { secret: '********', description: 'x' }), { secret: '********', description: 'x' })
  t.deepEqual(await encrypted(), before)
  t.is((await update(id, { secret: 'new' })).secret, 'new')
  t.is((await update(id, { secret: '' })).secret, '')
  t.is(await encrypted(), null)
  t.is((await metadata.ask(`{ webhook(id: "${id}") { secret } }`)).webhook.secret, '')
  t.is((await metadata.ask(`mutation { deleteWebhook(id: "${id}") { id } }`)).deleteWebhook.id, id)
  t.is((await metadata.ask(`{ webhook(id: "${id}") { id } }`)).webhook, null)
  const gone = await metadata.refused(`mutation { deleteWebhook(id: "${id}") { id } }`)
  t.like(gone, { message: 'Webhook not found', extensions: { subCode: 'WEBHOOK_NOT_FOUND' } })
})

test('REST has the same operations, at both addresses', async (t) => {
  const client = await gateway.enter()
  for (const root of ['/rest/metadata/webhooks', '/rest/webhooks']) {
    const made = await client.request('POST', root, { targetUrl: 'https://hooks.acme.test/a' })
    t.is(made.status, 201)
    t.like(made.body, { operations: ['*.*'], status: 'ACTIVE' })
    const { id } = made.body
    t.deepEqual((await client.get(root)).body, [{ ...made.body, secret: '********' }])
    const patched = await client.request('PATCH', `${root}/${id}`, { id, operations: ['company.created'] })
    t.deepEqual(patched.body.operations, ['company.created'])
    t.like((await client.get(`${root}/${id}`)).body, { id, operations: ['company.created'] })
    t.is((await client.request('DELETE', `${root}/${id}`)).text, 'true')
    t.is((await client.get(`${root}/${id}`)).status, 404)
  }
  t.is(
    (await client.request('POST', '/rest/webhooks', { targetUrl: 'https://a.test', operations: ['x.y'] }))
      .status,
    400,
  )
})

test('changes from before a webhook existed are not delivered', async (t) => {
  const client = await gateway.enter()
  const path = newPath()
  await Promise.all(Array.from({ length: 5 }, () => company(client, { name: 'before' })))
  await create(client, { targetUrl: receiver.url(path), operations: ['*.*'] })
  await company(client, { name: 'after' })
  const [first] = await receiver.next(path, 1)
  t.is(first?.body.record.name, 'after')
  t.is(receiver.at(path).length, 1)
})

test('a test event is signed and answers how it went, for callers who may manage the webhook', async (t) => {
  const client = await gateway.enter()
  const path = newPath()
  const { id, secret } = await create(client, { targetUrl: receiver.url(path), operations: [] })
  await client.request('PATCH', `/rest/webhooks/${id}`, { status: 'PAUSED' })
  const { status, body } = await client.request('POST', `/rest/metadata/webhooks/${id}/test`)
  t.is(status, 200)
  t.is(body.status, 200)
  const [received] = receiver.at(path)
  t.like(received?.body, { eventName: 'webhook.test', webhookId: id, workspaceId: client.workspace.id })
  const at = String(received?.headers['x-twenty-webhook-timestamp'])
  const signature = createHmac('sha256', secret).update(`${at}:${received?.text}`).digest('hex')
  t.is(received?.headers['x-twenty-webhook-signature'], signature)
  receiver.answer(path, (response) => response.writeHead(500).end('sorry'))
  const ask = `mutation { testWebhook(id: "${id}") { at ms status error answer } }`
  t.like((await metadataOf(client).ask(ask)).testWebhook, { status: 500, error: null, answer: null })
  const { rows } = await pool.query('select failures, status from tenantry.webhooks where id = $1', [id])
  t.deepEqual(rows, [{ failures: 0, status: 'paused' }])
  const guest = await gateway.client(client.workspace, 'Guest')
  t.is((await guest.request('POST', `/rest/metadata/webhooks/${id}/test`)).status, 403)
})

test('while a secret is rotated, requests are signed with both', async (t) => {
  const client = await gateway.enter()
  const path = newPath()
  const { id } = await create(client, { targetUrl: receiver.url(path), operations: [], secret: 'old' })
  const rotate = (input: Record<string, unknown>) =>
    client.request('POST', `/rest/metadata/webhooks/${id}/secret`, input)
  const sent = async () => {
    await client.request('POST', `/rest/webhooks/${id}/test`)
    const received = receiver.at(path).at(-1)
    if (received === undefined) throw new Error('Nothing came.')
    const { headers, text } = received
    const at = String(headers['x-twenty-webhook-timestamp'])
    const isSignedWith = (secret: string): boolean =>
      createHmac('sha256', secret).update(`${at}:${text}`).digest('hex') ===
      headers['x-twenty-webhook-signature']
    const verifies = (secret: string): boolean => {
      try {
        new Verifier(Buffer.from(secret).toString('base64')).verify(text, headers as Record<string, string>)
        return true
      } catch {
        return false
      }
    }
    return ['old', 'new'].map((secret) => [isSignedWith(secret), verifies(secret)])
  }
  const later = new Date(Date.now() + 3_600_000)
  const { status, body } = await rotate({ secret: 'new', activateAt: later.toISOString() })
  t.is(status, 200)
  t.is(body.secret, 'new')
  t.is(Date.parse(body.previousSecretUntil), later.getTime() + 86_400_000)
  t.deepEqual(await sent(), [
    [true, true],
    [false, true],
  ])
  await pool.query('update tenantry.webhooks set secret_activates_at = now() where id = $1', [id])
  t.deepEqual(await sent(), [
    [false, true],
    [true, true],
  ])
  await pool.query('update tenantry.webhooks set previous_secret_until = now() where id = $1', [id])
  t.deepEqual(await sent(), [
    [false, false],
    [true, true],
  ])
  t.is((await rotate({ secret: '' })).status, 400)
  t.is((await rotate({ activateAt: '2999-01-01T00:00:00Z' })).status, 400)
  const guest = await gateway.client(client.workspace, 'Guest')
  t.is((await guest.request('POST', `/rest/metadata/webhooks/${id}/secret`, {})).status, 403)
})

test('a webhook that skips own changes gets those of others', async (t) => {
  const client = await gateway.enter()
  const other = await gateway.client(client.workspace)
  const path = newPath()
  const made = { targetUrl: receiver.url(path), operations: ['company.*'], skipOwnChanges: true }
  const { id } = await create(client, made)
  await company(client, { name: 'own' })
  await company(other, { name: 'of another key' })
  t.is((await receiver.next(path, 1))[0]?.body.record.name, 'of another key')
  const { body } = await client.request('PATCH', `/rest/webhooks/${id}`, { skipOwnChanges: false })
  t.false(body.skipOwnChanges)
  await company(client, { name: 'own again' })
  const names = (await receiver.next(path, 2)).map(({ body: { record } }) => record.name)
  t.deepEqual(names, ['of another key', 'own again'])
})

test('the audit keeps the URL of a webhook without its path and the values of its query', async (t) => {
  const client = await gateway.enter()
  const url = (word: string): string => `https://hooks.example.com/${word}/a?token=${word}&plain-${word}&b=`
  const { id } = await create(client, { targetUrl: url('s3cret'), operations: [] })
  await client.request('PATCH', `/rest/webhooks/${id}`, { targetUrl: url('s3cret-again') })
  await client.request('DELETE', `/rest/webhooks/${id}`)
  const { rows } = await pool.query<{ action: string; url: string }>(
    `select action, details ->> 'targetUrl' as url from tenantry.audit
     where details ->> 'webhookId' = $1 order by action`,
    [id],
  )
  const masked = 'https://hooks.example.com/***?token=***&***&b=***'
  t.deepEqual(
    rows.map(({ action, url: stored }) => [action, stored]),
    ['create', 'delete', 'update'].map((verb) => [`webhook.${verb}`, masked]),
  )
})

const PAGE = readFileSync(new URL('../../docs/how-to/receive-webhooks.md', import.meta.url), 'utf8')
const codeOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(PAGE)?.[1] ?? ''

/** Programs that print whether a request verifies, by their interpreter; the request is in REQUEST. */
const VERIFIERS: readonly (readonly [string, readonly string[], string])[] = [
  [
    process.execPath,
    ['--input-type=module', '-'],
    `${codeOf('js').split('createServer(async')[0]}
     const { secret, headers, body } = JSON.parse(process.env.REQUEST)
     const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
     console.log(verify(secret, lower, Buffer.from(body)))`,
  ],
  [
    'python3',
    ['-'],
    `${codeOf('python')}
import json, os
given = json.loads(os.environ["REQUEST"])
print(str(verify(given["secret"], given["headers"], given["body"].encode())).lower())`,
  ],
  [
    'php',
    [],
    `${codeOf('php')}
$given = json_decode(getenv('REQUEST'), true);
echo verify($given['secret'], $given['headers'], $given['body']) ? 'true' : 'false';`,
  ],
]

test('the receivers of the documentation verify requests, where their languages are installed', async (t) => {
  const client = await gateway.enter()
  const sample = await client.request('POST', '/rest/metadata/webhooks/sample', {
    operation: 'company.created',
  })
  const { secret, headers, body } = sample.body
  for (const [program, words, code] of VERIFIERS)
    for (const [request, expected] of [
      [{ secret, headers, body }, 'true'],
      [{ secret, headers, body: `${body} ` }, 'false'],
    ] as const) {
      const options = {
        input: code,
        encoding: 'utf8',
        env: { ...process.env, REQUEST: JSON.stringify(request) },
      } as const
      const { error, stdout, stderr } = spawnSync(program, words, options)
      if (error !== undefined) t.log(`${program} is not installed`)
      else t.is(stdout.trim(), expected, `${program}: ${stderr}`)
    }
})
