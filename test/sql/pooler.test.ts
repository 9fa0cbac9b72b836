// Gateways behind PgBouncer: the one of the system, where there is one, and the one of TEST_PGBOUNCER.

import test, { type ExecutionContext } from 'ava'
import { readConfig } from '../../gateway/config.ts'
import { diagnose } from '../../gateway/doctor/doctor.ts'
import { GATEWAY_LOGINS, gatewayPassword } from '../../sql/gatewayRole.ts'
import { createTestDatabase, openTestDatabase } from '../support/database.ts'
import { adminUrl, pgbouncers, SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { type PgBouncer, pgbouncerVersion, startPgBouncer } from '../support/pgbouncer.ts'
import { openProxy } from '../support/proxy.ts'

const LOGINS = {
  [decodeURIComponent(new URL(adminUrl()).username)]: decodeURIComponent(new URL(adminUrl()).password),
  ...Object.fromEntries(GATEWAY_LOGINS.map((login) => [login, gatewayPassword(SECRET_KEY)])),
}

const isNewer = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 1 || minor >= 21
}

/** The same database through the pooler. */
const through = (url: string, port: number): string =>
  Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href

const open = async (
  t: { teardown(work: () => Promise<unknown>): void },
  program: string,
  options: Pick<PgBouncer, 'mode' | 'connections'>,
  isMigrated = true,
) => {
  const pooler = await startPgBouncer(program, { ...options, serverUrl: adminUrl(), logins: LOGINS })
  const database = await openTestDatabase({ isMigrated })
  t.teardown(async () => {
    await pooler.stop()
    await database.close()
  })
  return { database, pooledUrl: through(database.ownerUrl, pooler.port) }
}

const skip = (t: ExecutionContext, program: string): void => {
  t.log(`skipped: ${program} is not installed`)
  t.pass()
}

const poolerFinding = async (DATABASE_URL: string, DIRECT_DATABASE_URL = '') => {
  const findings = await diagnose(readConfig({ DATABASE_URL, DIRECT_DATABASE_URL, SECRET_KEY }))
  return findings.find(({ check }) => check === 'pooler')
}

for (const program of pgbouncers()) {
  const version = pgbouncerVersion(program)
  const name = program === 'pgbouncer' ? 'PgBouncer of the system' : 'PgBouncer of TEST_PGBOUNCER'

  test(`${name}: sessions are kept, so one URL is enough`, async (t) => {
    if (version === null) return skip(t, program)
    const { database, pooledUrl } = await open(t, program, { mode: 'session', connections: 40 })
    const server = await startTestGateway({ database: { ...database, ownerUrl: pooledUrl } })
    t.teardown(server.close)
    const client = await server.enter()
    await metadataOf(client).createObject('rocket')
    t.is((await client.request('POST', '/rest/rockets', { name: 'Ariane' })).status, 201)
    t.is((await client.get('/rest/rockets')).body.data.rockets[0].name, 'Ariane')
    t.like(await poolerFinding(pooledUrl), {
      status: 'ok',
      message: 'a pooler in session mode',
    })
    t.like(await poolerFinding(database.ownerUrl), { status: 'ok', message: 'no pooler' })
  })

  test(`${name}: shared sessions are refused without a direct URL, and nothing is changed`, async (t) => {
    if (version === null) return skip(t, program)
    const { database, pooledUrl } = await open(t, program, { mode: 'transaction', connections: 3 }, false)
    for (const environment of [{}, { DATABASE_URL: pooledUrl, DIRECT_DATABASE_URL: pooledUrl }])
      await t.throwsAsync(startTestGateway({ database: { ...database, ownerUrl: pooledUrl }, environment }), {
        message:
          /DATABASE_URL goes through a connection pooler in transaction mode.* Set DIRECT_DATABASE_URL/,
      })
    const { rows } = await database.pool.query(`select from pg_namespace where nspname like 'tenantry%'`)
    t.is(rows.length, 0)
    t.like(await poolerFinding(pooledUrl), { status: 'fault' })
  })

  test(`${name}: with a direct URL requests share connections where statements are kept`, async (t) => {
    if (version === null) return skip(t, program)
    const { database, pooledUrl } = await open(t, program, { mode: 'transaction', connections: 2 })
    const environment = { DATABASE_URL: pooledUrl, DIRECT_DATABASE_URL: database.ownerUrl }
    const starting = startTestGateway({ database, environment })
    if (!isNewer(version)) {
      const error = await t.throwsAsync(starting)
      t.regex(
        error?.message ?? '',
        /does not keep prepared statements .* PgBouncer does from version 1\.21 on/,
      )
      const finding = await poolerFinding(pooledUrl, database.ownerUrl)
      t.is(finding?.status, 'fault')
      t.regex(finding?.message ?? '', /prepared statements/)
      return
    }
    const server = await starting
    t.teardown(server.close)
    t.like(await poolerFinding(pooledUrl, database.ownerUrl), { status: 'ok' })
    const clients = await Promise.all(['one', 'two', 'three'].map((each) => server.enter(each)))
    // A type whose text depends on the settings of a session.
    for (const client of clients) {
      const metadata = metadataOf(client)
      const objectMetadataId = await metadata.createObject('rocket')
      await metadata.createField({ objectMetadataId, type: 'DATE_TIME', name: 'start', label: 'Start' })
    }
    const start = '2026-01-02T03:04:05.678Z'
    const writes = clients.flatMap((client, at) =>
      Array.from({ length: 20 }, (_, row) =>
        client.request('POST', '/rest/rockets', { name: `${at} ${row}`, start }),
      ),
    )
    for (const { status, text } of await Promise.all(writes)) t.is(status, 201, text)
    const reads = Array.from({ length: 60 }, (_, turn) => {
      const at = turn % clients.length
      return clients[at]?.get('/rest/rockets?limit=60').then((answer) => ({ at, answer }))
    })
    for (const read of await Promise.all(reads)) {
      const rockets: readonly { readonly name: string; readonly start: string }[] =
        read?.answer.body.data.rockets ?? []
      t.is(rockets.length, 20)
      t.true(rockets.every((rocket) => rocket.name.startsWith(`${read?.at} `) && rocket.start === start))
    }
    const { rows } = await database.pool.query<{ login: string; residue: boolean }>(
      `select usename as login from pg_stat_activity where datname = current_database() and usename = any($1)`,
      [GATEWAY_LOGINS],
    )
    t.true(rows.length >= 1 && rows.length <= 2, `${rows.length} server connections`)
    // A failed statement leaves nothing to the next one, and neither does one that is cancelled.
    const refused = await Promise.all(
      clients.map((client) => client.request('POST', '/rest/rockets', { name: 'x', start: 'never' })),
    )
    for (const { status } of refused) t.is(status, 400)
    for (const [at, client] of clients.entries())
      t.is(
        (await client.get(`/rest/rockets?filter=${encodeURIComponent(`name[like]:"${at} %"`)}`)).body
          .totalCount ?? 20,
        20,
      )
  })
}

/** Settings of a transaction, and the same ones of a session; null counts as false. */
const [LOCAL, LASTING] = [', true)', ', null)'].map((text) => Buffer.from(text)) as [Buffer, Buffer]
/** Type and length of the message with the process id of the backend. */
const KEY_DATA = Buffer.from([0x4b, 0, 0, 0, 12])

/** A pooler that keeps settings of a transaction for its session: PgBouncer cannot be configured to. */
const openLeaky = (target: string) =>
  openProxy(target, {
    sent: (chunk) => {
      if (!chunk.includes('set_config(')) return
      for (let at = chunk.indexOf(LOCAL); at >= 0; at = chunk.indexOf(LOCAL, at)) LASTING.copy(chunk, at)
    },
    received: (chunk) => {
      const at = chunk.indexOf(KEY_DATA)
      if (at >= 0) chunk.writeUInt32BE(1, at + KEY_DATA.length)
    },
  })

test('a pooler that leaves settings of one transaction to the next is refused', async (t) => {
  const database = await createTestDatabase(t)
  const leaky = await openLeaky(database.ownerUrl)
  t.teardown(leaky.close)
  const message = /leaves settings of one transaction to the next/
  for (const environment of [
    { DATABASE_URL: leaky.url, DIRECT_DATABASE_URL: database.ownerUrl },
    { DATABASE_URL: leaky.url },
  ]) {
    const ownerUrl = environment.DIRECT_DATABASE_URL ?? leaky.url
    const starting = startTestGateway({
      database: { ...database, ownerUrl, close: async () => {} },
      environment,
    })
    await t.throwsAsync(starting, { message })
    const finding = await poolerFinding(leaky.url, environment.DIRECT_DATABASE_URL)
    t.is(finding?.status, 'fault')
    t.regex(finding?.message ?? '', message)
  }
})

test('a direct URL of another database is refused, and nothing is changed', async (t) => {
  const requests = await createTestDatabase(t)
  const direct = await openTestDatabase({ isMigrated: false })
  t.teardown(direct.close)
  const environment = { DATABASE_URL: requests.ownerUrl, DIRECT_DATABASE_URL: direct.ownerUrl }
  const message = /DATABASE_URL and DIRECT_DATABASE_URL lead to two databases/
  await t.throwsAsync(startTestGateway({ database: { ...direct, close: async () => {} }, environment }), {
    message,
  })
  const { rows } = await direct.pool.query(`select from pg_namespace where nspname like 'tenantry%'`)
  t.is(rows.length, 0)
  const finding = await poolerFinding(requests.ownerUrl, direct.ownerUrl)
  t.is(finding?.status, 'fault')
  t.regex(finding?.message ?? '', message)
})
