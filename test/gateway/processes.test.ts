import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { createTestDatabase } from '../support/database.ts'
import { ask } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { type GatewayProcess, scratchDirectory, startGateway } from './process.ts'

const PER_MINUTE = 40
const PAUSE_MS = 200
const WITHIN_MS = 100_000

/** Process ids of the processes that serve. */
const childrenOf = async ({ pid }: GatewayProcess): Promise<readonly number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(/\s+/).filter(Boolean).map(Number)
}

const has = (gateway: GatewayProcess, text: string): boolean => gateway.stderr().includes(text)
const timesOf = (gateway: GatewayProcess, text: string): number => gateway.stderr().split(text).length - 1

/** Over a connection of its own, which either process may get. */
const statusOf = (url: string, token: string, more: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...more }
    request(url, { agent: false, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })

const sumIn = (text: string, name: string, label: string): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)

interface Places {
  readonly url: string
  readonly admin: string
  readonly ownerUrl: string
}

/** The operator API is on the admin port alone, and any process answers it. */
const operate = async (t: ExecutionContext, { url, admin, ownerUrl }: Places): Promise<void> => {
  const pool = createOwnerPool(ownerUrl)
  const { secret } = await createOperatorKey(pool, 'private')
  const operator = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  t.is((await ask(`${url}/admin/workspaces`, 'GET', undefined, operator)).status, 404)
  t.is((await ask(`${admin}/admin/workspaces`, 'GET')).status, 401)
  const body = { name: 'Private', subdomain: 'private' }
  const forged = { ...operator, 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'through-the-primary' }
  const made = await ask(`${admin}/admin/workspaces`, 'POST', body, forged)
  t.is(made.status, 201)
  t.is(made.headers.get('x-request-id'), 'through-the-primary')
  t.is((await ask(`${admin}/admin/workspaces`, 'POST', body, operator)).status, 409)
  const { rows } = await pool.query<{ address: string }>(
    `select address from tenantry.audit where request_id = 'through-the-primary'`,
  )
  t.deepEqual(rows, [{ address: '127.0.0.1' }])
  await pool.end()
  // Both processes answer.
  for (let round = 0; round < 2; round += 1)
    t.is((await ask(`${admin}/admin/workspaces/private`, 'GET', undefined, operator)).body.name, 'Private')
  t.is((await ask(`${admin}/live/`, 'GET')).status, 404)
  t.is(await statusOf(`${admin}/admin/workspaces`, secret, { host: 'rebound.example' }), 403)
}

/** Processes whose event loops do not respond are reported, and replaced. */
const stall = async (t: ExecutionContext, gateway: GatewayProcess, admin: string): Promise<void> => {
  const status = async (path: string): Promise<number> => (await fetch(`${admin}${path}`)).status
  const metric = async (name: string, label: string): Promise<number> =>
    sumIn(await (await fetch(`${admin}/metrics`)).text(), name, label)
  const before = await childrenOf(gateway)
  const [stuck = 0, spared = 0] = before
  for (const pid of before) process.kill(pid, 'SIGSTOP')
  await until('all are stuck', async () => (await status('/live')) === 503, WITHIN_MS, PAUSE_MS)
  t.is(await status('/ready'), 503)
  t.is(await status('/startup'), 200)
  t.is(await metric('tenantry_processes', 'state="stuck"'), 2)
  process.kill(spared, 'SIGCONT')
  await until('one is well again', async () => (await status('/live')) === 200, WITHIN_MS, PAUSE_MS)
  t.is(await status('/ready'), 200)
  await until(
    'the other one is replaced',
    async () => (await metric('tenantry_processes', 'state="serving"')) === 2,
    WITHIN_MS,
    PAUSE_MS,
  )
  const after = await childrenOf(gateway)
  t.deepEqual([after.includes(stuck), after.includes(spared)], [false, true])
  t.is(await metric('tenantry_process_ends_total', 'reason="stuck"'), 1)
  t.true(has(gateway, 'killing a process that did not respond in time'))
}

test.serial('two processes share limits, metrics and signals, and are replaced when they end', async (t) => {
  const { ownerUrl, secretKey } = await createTestDatabase(t)
  const gateway = startGateway(t, {
    DATABASE_URL: ownerUrl,
    SECRET_KEY: secretKey,
    DATA_DIR: await scratchDirectory(t),
    LOG_LEVEL: 'info',
    PROCESSES: '2',
    PROCESS_TIMEOUT_SECONDS: '15',
    ADMIN_PORT: '0',
    ADMIN_API: 'private',
    API_RATE_LIMIT_PER_MINUTE: String(PER_MINUTE),
  })
  const url = await gateway.url()
  const token = /^API key: (\S+)$/m.exec(gateway.stdout())?.[1] ?? ''
  const adminPort = /"port":(\d+),"msg":"serving probes and metrics"/.exec(gateway.stderr())?.[1] ?? ''
  const admin = `http://127.0.0.1:${adminPort}`
  await until('both serve', async () => (await fetch(`${admin}/startup`)).status === 200)
  const before = await childrenOf(gateway)
  t.is(before.length, 2)
  t.is(gateway.stdout().match(/^Tenantry serves at/gm)?.length, 1)
  t.is((await fetch(`${admin}/live`)).status, 200)
  t.is((await fetch(`${admin}/ready`)).status, 200)

  const statuses = []
  for (let at = 0; at < PER_MINUTE + 20; at += 1)
    statuses.push(await statusOf(`${url}/rest/companies`, token))
  t.is(statuses.filter((status) => status === 200).length, PER_MINUTE)
  t.is(statuses.filter((status) => status === 429).length, 20)
  const metrics = async (): Promise<string> => (await fetch(`${admin}/metrics`)).text()
  const refused = async () => sumIn(await metrics(), 'tenantry_rate_limited_total', 'scope="apiKey"')
  t.is(await refused(), 20)
  // Both read it from the database.
  t.is(sumIn(await metrics(), 'tenantry_workspaces', 'status="active"'), 1)

  await operate(t, { url, admin, ownerUrl })
  await stall(t, gateway, admin)

  const [victim = 0] = await childrenOf(gateway)
  process.kill(victim, 'SIGKILL')
  await until('it is replaced', async () => {
    const now = await childrenOf(gateway)
    return now.length === 2 && !now.includes(victim)
  })
  await until('the end is logged', () => has(gateway, 'a process exited; starting another one'))
  t.is(await refused(), 20)
  t.is(sumIn(await metrics(), 'tenantry_process_ends_total', 'reason="crashed"'), 1)

  const failures: unknown[] = []
  let isLoading = true
  const load = async (): Promise<number> => {
    let answered = 0
    while (isLoading) {
      try {
        const answer = await fetch(`${url}/healthz`)
        await answer.text()
        if (answer.status !== 200) failures.push(answer.status)
        answered += 1
        await sleep(5)
      } catch (error) {
        failures.push(error)
      }
    }
    return answered
  }
  const loads = [load(), load()]
  const old = await childrenOf(gateway)
  gateway.signal('SIGUSR2')
  await until('all were replaced', () => has(gateway, 'all processes were replaced'))
  isLoading = false
  const answered = await Promise.all(loads)
  t.deepEqual(failures, [])
  t.true(answered.every((count) => count > 0))
  t.deepEqual(
    (await childrenOf(gateway)).filter((pid) => old.includes(pid)),
    [],
  )

  gateway.signal('SIGHUP')
  await until('the settings are read', () => timesOf(gateway, 'the settings were reloaded') === 1)
  t.regex(gateway.stderr(), /"applied":\[\],"needRestart":\[\],"msg":"the settings were reloaded"/)

  const children = await childrenOf(gateway)
  gateway.signal('SIGTERM')
  t.is(await gateway.exitCode(), 0)
  t.false(has(gateway, 'did not exit in time'))
  for (const pid of children) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('numbers of processes that make no sense are faults of the configuration', async (t) => {
  const gateways = ['0', 'x', '1000'].map((text) => [text, startGateway(t, { PROCESSES: text })] as const)
  for (const [text, gateway] of gateways) {
    t.is(await gateway.exitCode(), 1)
    t.regex(
      gateway.stderr(),
      new RegExp(`PROCESSES is "${text}"; expected auto, or an integer from 1 to 64\\.`),
    )
  }
})
