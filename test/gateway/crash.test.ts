import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { scratchDirectory } from './process.ts'

/** A gateway on a Postgres of its own, which the test may crash. */
const startAlone = async (t: ExecutionContext, environment: Readonly<Record<string, string>> = {}) => {
  const dataDir = await scratchDirectory(t)
  const postgres = await startEmbeddedPostgres({ dataDir, log: createTestLog(), settings: { fsync: 'off' } })
  const pool = createOwnerPool(postgres.ownerUrl)
  await migrate(pool, { secretKey: SECRET_KEY })
  const database = {
    ownerUrl: postgres.ownerUrl,
    name: 'tenantry',
    secretKey: SECRET_KEY,
    pool,
    gatewayUrl: '',
    close: async () => {},
  }
  const gateway = await startTestGateway({ database, environment })
  t.teardown(async () => {
    await gateway.close()
    await pool.end()
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return { gateway, pool, client: await gateway.enter(), postgres, dataDir }
}

/** Everything that a client reads, all the time. */
type Read = (client: Client) => Promise<{ readonly status: number; readonly text: string }>
const firstRead: Read = (client) => client.get('/rest/companies?limit=1')
const READS: readonly Read[] = [
  firstRead,
  (client) => client.get('/rest/people?limit=2&depth=1'),
  (client) => client.graphql('{ companies(first: 1) { totalCount edges { node { id } } } }'),
  (client) => client.request('POST', '/metadata', { query: '{ currentWorkspace { id } }' }),
  (client) => client.get('/rest/metadata/objects?limit=1'),
]

const READERS = 12

/** Reads until `work` is over and then a little longer; every answer that was no 200. */
const whileReading = async (client: Client, work: (answered: () => Promise<void>) => Promise<void>) => {
  const failures: string[] = []
  let isOver = false
  let count = 0
  const answers = Array.from({ length: READERS }, () => 0)
  /** What is being read now has its answer. */
  const answered = (): Promise<void> => {
    const before = [...answers]
    return until('each reader has an answer', () => answers.every((now, at) => now > (before[at] ?? 0)))
  }
  const reader = async (at: number): Promise<void> => {
    for (let turn = at; !isOver; turn += 1) {
      const { status, text } = await (READS[turn % READS.length] ?? firstRead)(client)
      count += 1
      answers[at] = (answers[at] ?? 0) + 1
      if (status !== 200) failures.push(`${status} ${text.slice(0, 300)}`)
      await sleep(5)
    }
  }
  const readers = Array.from({ length: READERS }, (_, at) => reader(at))
  try {
    await work(answered)
    const before = count
    await until('reads are answered again', () => count > before + 3 * READERS)
  } finally {
    isOver = true
    await Promise.all(readers)
  }
  return { failures, count }
}

test('no read fails when a backend of Postgres is killed and the server recovers', async (t) => {
  t.timeout(240_000)
  const { client, pool } = await startAlone(t)
  const { failures, count } = await whileReading(client, async () => {
    for (const name of ['tenantry', 'tenantry (owner)', 'tenantry (listener)', 'tenantry']) {
      const { rows } = await pool.query<{ pid: number }>(
        'select pid from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid() limit 1',
        [name],
      )
      const pid = rows[0]?.pid
      if (pid === undefined) continue
      process.kill(pid, 'SIGKILL')
      await sleep(3_000)
    }
  })
  t.log(`${count} reads`)
  t.deepEqual(failures, [])
})

test('no read fails when an administrator ends every connection', async (t) => {
  t.timeout(240_000)
  const { client, pool } = await startAlone(t)
  const { failures } = await whileReading(client, async (answered) => {
    for (let round = 0; round < 5; round += 1) {
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'tenantry%' and pid <> pg_backend_pid()`,
      )
      // A read survives two losses of its connection, however slow the machine is.
      await answered()
    }
  })
  t.deepEqual(failures, [])
})

test('a write whose connection broke is never made twice, and one that waited is made once', async (t) => {
  t.timeout(240_000)
  const { client, pool } = await startAlone(t)
  const answers: { name: string; status: number; retryAfter: string | null }[] = []
  let isOver = false
  const writer = async (at: number): Promise<void> => {
    for (let turn = 0; !isOver; turn += 1) {
      const name = `writer ${at} ${turn}`
      const { status, headers } = await client.request('POST', '/rest/companies', { name })
      answers.push({ name, status, retryAfter: headers.get('retry-after') })
      await sleep(5)
    }
  }
  const writers = Array.from({ length: 6 }, (_, at) => writer(at))
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'tenantry' limit 1`,
  )
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
  await until('writes are answered again', () => answers.filter(({ status }) => status === 201).length > 40)
  isOver = true
  await Promise.all(writers)
  const made = await pool.query<{ name: string; count: string }>(
    `select name, count(*) from "${client.workspace.schemaName}".company where name like 'writer %' group by name`,
  )
  const counts = new Map(made.rows.map(({ name, count }) => [name, Number(count)]))
  for (const { name, status } of answers) {
    t.true(status === 201 || status === 503, `${name}: ${status}`)
    const count = counts.get(name) ?? 0
    if (status === 201) t.is(count, 1, name)
    else t.true(count <= 1, name)
  }
})

/** The server and its backends. */
const processesOf = async (dataDir: string): Promise<readonly number[]> => {
  const [pid = ''] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return [pid, ...children.trim().split(/\s+/)].filter(Boolean).map(Number)
}

test('probes without Postgres: alive, started and not ready, whether it hangs or has ended', async (t) => {
  t.timeout(240_000)
  const { gateway, client, postgres, dataDir } = await startAlone(t, {
    ADMIN_PORT: '0',
    DATABASE_WAIT_MS: '2000',
  })
  const admin = `http://127.0.0.1:${gateway.gateway.adminPort()}`
  const statuses = (): Promise<readonly number[]> =>
    Promise.all(
      [`${admin}/live`, `${gateway.url}/healthz`, `${admin}/startup`, `${admin}/metrics`]
        .concat(`${admin}/ready`, `${gateway.url}/readyz`)
        .map(async (url) => (await fetch(url)).status),
    )
  const ready = [200, 200, 200, 200, 200, 200]
  const notReady = [200, 200, 200, 200, 503, 503]
  const become = (what: string, expected: readonly number[]): Promise<void> =>
    until(what, async () => String(await statuses()) === String(expected), undefined, 100)
  await become('ready', ready)
  const stopped = await processesOf(dataDir)
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
  try {
    await become('not ready while it hangs', notReady)
    const read = await client.get('/rest/companies?limit=1')
    t.is(read.status, 503)
    t.is(read.body.code, 'DATABASE_UNAVAILABLE')
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT')
  }
  await become('ready again', ready)
  await postgres.stop()
  await become('not ready without it', notReady)
  t.deepEqual(await statuses(), notReady)
  // Nothing answers any more, and the gateway still ends.
  await gateway.close()
})
