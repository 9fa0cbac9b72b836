// SECRET_KEY is replaced while two gateways answer requests. On a server of its own, because the login roles
// belong to a server; with the owner of `setup-sql`, who is not a superuser.

import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { createWebhookSecrets } from '../../gateway/webhooks/secret.ts'
import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import { type GatewayLogin, gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { setupStatements } from '../../sql/setup.ts'
import { urlOfDatabase } from '../support/database.ts'
import { type Client, clientAt, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { makeScratch } from '../support/scratch.ts'

const [K1, K2, K3, WRONG] = ['1', '2', '3', '9'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
]

interface World {
  readonly ownerUrl: string
  readonly pool: pg.Pool
  readonly start: (secretKey: string, previous?: string) => Promise<TestGateway>
  readonly command: (
    keys: readonly [string, string?],
    ...words: string[]
  ) => Promise<{ readonly code: number; readonly text: string }>
  /** SQLSTATE of a refused login; null: it is open. */
  readonly login: (role: GatewayLogin, secretKey: string) => Promise<string | null>
  /** All that a wrong key may not change. */
  readonly state: () => Promise<unknown>
}

const open = async (t: ExecutionContext): Promise<World> => {
  const dataDir = await makeScratch('tenantry-rotation-')
  const server = await startEmbeddedPostgres({ dataDir, log: createTestLog(), settings: { fsync: 'off' } })
  const admin = new pg.Client({ connectionString: server.ownerUrl })
  await admin.connect()
  for (const sql of setupStatements({ role: 'host', database: 'rotated' })) await admin.query(sql)
  await admin.query(`alter role host password 'pw'`)
  const url = new URL(urlOfDatabase(server.ownerUrl, 'rotated'))
  url.username = 'host'
  url.password = 'pw'
  const ownerUrl = url.href
  const pool = createOwnerPool(ownerUrl)
  const started: TestGateway[] = []
  t.teardown(async () => {
    for (const gateway of started) await gateway.close()
    await pool.end()
    await admin.end()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const environment = (secretKey: string, previous?: string): Record<string, string> => ({
    SECRET_KEY: secretKey,
    ...(previous === undefined ? {} : { SECRET_KEY_PREVIOUS: previous }),
  })
  return {
    ownerUrl,
    pool,
    start: async (secretKey, previous) => {
      const gateway = await startTestGateway({
        environment: environment(secretKey, previous),
        database: {
          ...{ name: 'rotated', ownerUrl, gatewayUrl: gatewayUrl(ownerUrl, secretKey) },
          ...{ secretKey, pool, close: async () => {} },
        },
      })
      started.push(gateway)
      return gateway
    },
    command: async (keys, ...words) => {
      const lines: string[] = []
      const add = (line: string) => void lines.push(line)
      const code = await runCommand({ DATABASE_URL: ownerUrl, ...environment(...keys) }, words, {
        print: add,
        complain: add,
      })
      return { code, text: lines.join('\n') }
    },
    login: async (role, secretKey) => {
      const client = new pg.Client({ connectionString: gatewayUrl(ownerUrl, secretKey, role) })
      try {
        await client.connect()
        return null
      } catch (error) {
        return String(Object(error).code)
      } finally {
        await client.end().catch(() => {})
      }
    },
    state: async () => {
      const { rows } = await admin.query(
        `select rolname, rolpassword, shobj_description(oid, 'pg_authid') as comment from pg_authid
         where rolname like 'tenantry%' order by rolname`,
      )
      const { rows: kept } = await pool.query(
        `select (select jsonb_agg(k order by kid) from tenantry.signing_keys k) as keys,
           (select jsonb_agg(m order by m) from tenantry.migrations m) as migrations,
           (select jsonb_agg(f order by name) from tenantry.functions f) as functions,
           (select jsonb_agg(jsonb_build_array(id, secret, previous_secret) order by id) from tenantry.webhooks) as webhooks,
           (select jsonb_agg(r) from tenantry.secret_key_rotation r) as rotation`,
      )
      return { rows, kept }
    },
  }
}

/** Leaves the processors to the commands. */
const PAUSE_MS = 20

/** Two clients send requests, alternately to all gateways that are in turn. */
const sendRequests = (client: Client, first: readonly string[]) => {
  const statuses = new Map<number, number>()
  let urls = first
  let isOver = false
  const running = new Set<Promise<void>>()
  const send = async (at: number): Promise<void> => {
    const answer = await clientAt(urls[at % urls.length] ?? '', client).request('POST', '/rest/companies', {
      name: `c${at}`,
    })
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  }
  const sendOn = async (): Promise<void> => {
    for (let at = 0; !isOver; at += 1) {
      const request = send(at)
      running.add(request)
      await request.finally(() => running.delete(request))
      await sleep(PAUSE_MS)
    }
  }
  const sending = Promise.all([sendOn(), sendOn()])
  return {
    /** Waits for the requests that the gateways of before have. */
    turnTo: async (...next: string[]): Promise<void> => {
      urls = next
      await Promise.all(running)
    },
    finish: async (): Promise<ReadonlyMap<number, number>> => {
      isOver = true
      await sending
      return statuses
    },
  }
}

const newWebhook = async (client: Client): Promise<string> => {
  const input = {
    targetUrl: 'https://hooks.example.com/x',
    operations: ['*.*'],
    secret: 'a secret of sixteen',
  }
  const made = await client.request('POST', '/rest/metadata/webhooks', input)
  return made.body.id ?? made.text
}

const secretsOpenUnder = async ({ pool }: World, ...keys: [string, string?]): Promise<readonly boolean[]> => {
  const secrets = createWebhookSecrets(createKeyring(...keys))
  const { rows } = await pool.query<{ id: string; secret: Buffer }>(
    'select id, secret from tenantry.webhooks',
  )
  const encrypted = { previousSecret: null, previousSecretUntil: null, secretActivatesAt: null }
  return rows.map(({ id, secret }) => {
    try {
      return secrets.signingAt(id, { secret, ...encrypted }, 0)?.single === 'a secret of sixteen'
    } catch {
      return false
    }
  })
}

test('SECRET_KEY is replaced by two gateways in turn, and no request fails', async (t) => {
  const world = await open(t)
  const old = await world.start(K1)
  const client = await old.enter()
  await newWebhook(client)
  const { position } = (await client.get('/changes')).body
  t.is(typeof position, 'string')

  const before = await world.state()
  await t.throwsAsync(world.start(WRONG), { message: /SECRET_KEY cannot decrypt .* Nothing was changed/ })
  await t.throwsAsync(world.start(WRONG, K3), { message: /SECRET_KEY cannot decrypt/ })
  for (const words of [['workspace', 'list'], ['upgrade'], ['migrate'], ['secret-key', 'rotate']]) {
    const { code, text } = await world.command([WRONG], ...words)
    t.is(code, 1, text)
    t.regex(text, /SECRET_KEY cannot decrypt/)
  }
  t.deepEqual(await world.state(), before)
  t.is(await world.login('tenantry_gateway', K1), null)

  const { turnTo, finish } = sendRequests(client, [old.url])
  const next = await world.start(K2, K1)
  await turnTo(old.url, next.url)
  t.is(await world.login('tenantry_gateway', K1), null)
  t.is(await world.login('tenantry_gateway_2', K2), null)
  const atNext = clientAt(next.url, client)
  await newWebhook(atNext)
  t.deepEqual(await secretsOpenUnder(world, K1), [true, true], 'the gateway before delivers both')
  const signedByNext = (await atNext.get('/changes')).body.position
  t.is((await client.get(`/changes?after=${signedByNext}`)).status, 200)
  t.is((await atNext.get(`/changes?after=${position}`)).status, 200)
  // A gateway of before that restarts, and takes nothing away.
  const again = await world.start(K1)
  await again.close()
  t.is(await world.login('tenantry_gateway_2', K2), null)

  const tooEarly = await world.command([K2, K1], 'secret-key', 'rotate')
  t.is(tooEarly.code, 1)
  t.regex(tooEarly.text, /connections of requests use the previous SECRET_KEY/)
  t.regex((await world.command([K2, K1], 'upgrade')).text, /left {2}SECRET_KEY/)

  await turnTo(next.url)
  await old.close()
  const rotated = await world.command([K2, K1], 'upgrade')
  t.is(rotated.code, 0, rotated.text)
  t.regex(rotated.text, /1 signing keys, secrets of 2 webhooks/)
  t.is(await world.login('tenantry_gateway', K1), '28P01')
  await t.throwsAsync(world.start(K1), { message: /SECRET_KEY cannot decrypt/ })
  t.deepEqual(await secretsOpenUnder(world, K2), [true, true])
  t.is(
    (await atNext.get(`/changes?after=${position}`)).status,
    200,
    'positions stay valid with the key before',
  )

  const last = await world.start(K2)
  await turnTo(last.url)
  await next.close()
  await newWebhook(clientAt(last.url, client))
  const statuses = await finish()
  t.deepEqual([...statuses.keys()], [201])
  t.log(`${statuses.get(201)} requests`)

  // The next rotation takes the first role again.
  const third = await world.start(K3, K2)
  t.is(await world.login('tenantry_gateway', K3), null)
  t.is((await clientAt(third.url, client).get('/rest/companies?limit=1')).status, 200)
  await last.close()
  await breakOff(t, world)
  await third.close()
})

/** A rotation that ended after the signing keys: nothing starts without the key before until it is continued. */
const breakOff = async (t: ExecutionContext, world: World): Promise<void> => {
  const { rows } = await world.pool.query('select id, secret from tenantry.webhooks')
  t.is((await world.command([K3, K2], 'secret-key', 'rotate')).code, 0)
  for (const { id, secret } of rows)
    await world.pool.query('update tenantry.webhooks set secret = $2 where id = $1', [id, secret])
  await world.pool.query('update tenantry.secret_key_rotation set completed_at = null')
  const before = await world.state()
  await t.throwsAsync(world.start(K3), { message: /A rotation of SECRET_KEY is unfinished/ })
  t.is((await world.command([K3], 'workspace', 'list')).code, 1)
  t.deepEqual(await world.state(), before)
  t.regex((await world.command([K3, K2], 'secret-key', 'rotate')).text, /secrets of 3 webhooks/)
  t.deepEqual(await secretsOpenUnder(world, K3), [true, true, true])

  // A database of a newer version: a start takes its login as it is.
  await world.pool.query(`insert into tenantry.migrations (name) values ('9999_from_the_future.sql')`)
  const newer = await world.state()
  await (await world.start(K3)).close()
  t.deepEqual(await world.state(), newer)
}
