import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { signIn } from '../support/console.ts'
import { createTestDatabase } from '../support/database.ts'
import { openProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { scratchDirectory, startGateway } from './process.ts'
import { serve } from './serve.ts'

const run = promisify(execFile)

/** The commands of a welcome, as a user would copy them into a shell. */
const commandsOf = (welcome: string): readonly string[] =>
  welcome.replaceAll('\\\n', ' ').match(/^ {2}curl .*$/gm) ?? []

const sh = async (command: string): Promise<unknown> => {
  const { stdout } = await run('sh', ['-c', command.replace('curl', 'curl --silent --show-error')])
  return JSON.parse(stdout)
}

const environmentOf = async (t: ExecutionContext) => {
  const { ownerUrl, secretKey } = await createTestDatabase(t)
  return { DATABASE_URL: ownerUrl, SECRET_KEY: secretKey, DATA_DIR: await scratchDirectory(t) }
}

test('the first start makes a demo and prints its key; the printed commands work; the second start keeps it', async (t) => {
  const environment = await environmentOf(t)
  const first = startGateway(t, environment)
  await first.url()
  t.is(first.stdout().match(/^API key: [\w.-]+$/gm)?.length, 1)
  const [, origin = '', secret = ''] = /^Console: (\S+)\/sign-in#(\S+)$/m.exec(first.stdout()) ?? []
  const person = await signIn(origin, { secret })
  t.like(person.answer.body, { kind: 'member', workspace: { subdomain: 'demo' }, role: { label: 'Admin' } })
  t.is((await signIn(origin, { secret })).answer.status, 401)
  const commands = commandsOf(first.stdout())
  t.is(commands.length, 2)
  const [rest = '', graphql = ''] = commands
  t.like(await sh(rest), { totalCount: 60, pageInfo: { hasNextPage: true } })
  t.like(await sh(graphql), { data: { companies: { totalCount: 60 } } })
  first.signal('SIGTERM')
  t.is(await first.exitCode(), 0)
  t.is(first.stderr(), '')

  const second = startGateway(t, environment)
  const url = await second.url()
  t.notRegex(second.stdout(), /API key: [\w.-]{20}|sign-in#/)
  t.regex(second.stdout(), /npx tenantry sign-in <workspace>/)
  t.is((await fetch(`${url}/console/session`, { headers: { cookie: person.cookie } })).status, 200)
  const token = /^API key: (\S+)$/m.exec(first.stdout())?.[1]
  const response = await fetch(`${url}/rest/companies?limit=1`, {
    headers: { authorization: `Bearer ${token}` },
  })
  t.is(response.status, 200)
  t.like(await response.json(), { totalCount: 60 })
  second.signal('SIGINT')
  t.is(await second.exitCode(), 0)
})

test('the most verbose log contains no secret of a sign-in', async (t) => {
  const gateway = startGateway(t, { ...(await environmentOf(t)), LOG_LEVEL: 'trace' })
  await gateway.url()
  const [, origin = '', secret = ''] = /^Console: (\S+)\/sign-in#(\S+)$/m.exec(gateway.stdout()) ?? []
  const apiKey = /^API key: (\S+)$/m.exec(gateway.stdout())?.[1] ?? ''
  const member = await signIn(origin, { secret })
  const key = await signIn(origin, { apiKey })
  t.is((await member.request('POST', '/rest/companies', { name: 'logged' })).status, 201)
  await member.request('POST', '/rest/companies', { name: 'logged' }, { 'x-csrf-token': 'wrong-csrf' })
  await signIn(origin, { secret })
  await signIn(origin, { operatorKey: 'tenantry_operator_made-up' })
  await key.request('DELETE', '/console/session')
  await key.request('GET', '/rest/companies')
  gateway.signal('SIGTERM')
  await gateway.exitCode()
  t.regex(gateway.stderr(), /"route":"\/console\/session"/)
  const secrets = [member, key].flatMap(({ cookie, csrfToken }) => [cookie.split('=')[1] ?? '', csrfToken])
  for (const text of [secret, apiKey, 'wrong-csrf', 'made-up', ...secrets]) {
    t.true(text.length > 5)
    t.false(gateway.stderr().includes(text))
  }
})

test('without DATABASE_URL it brings a Postgres of its own, and takes it along when it ends', async (t) => {
  const dataDir = await scratchDirectory(t)
  const gateway = startGateway(t, { DATA_DIR: dataDir })
  const url = await gateway.url()
  t.like(await sh(commandsOf(gateway.stdout())[0] ?? ''), { totalCount: 60 })
  t.is((await fetch(`${url}/readyz`)).status, 200)
  gateway.signal('SIGTERM')
  t.is(await gateway.exitCode(), 0)
  const { stdout } = await run('ps', ['-eo', 'args'])
  t.false(stdout.includes(dataDir))
})

test('after SIGTERM it serves on, no longer ready, until the delay is over or a second signal comes', async (t) => {
  const gateway = startGateway(t, { ...(await environmentOf(t)), DRAIN_DELAY_SECONDS: '300' })
  const url = await gateway.url()
  t.is((await fetch(url)).headers.get('connection'), 'keep-alive')
  gateway.signal('SIGTERM')
  await until('it is not ready', async () => (await fetch(`${url}/readyz`)).status === 503)
  const answer = await fetch(`${url}/healthz`)
  t.is(answer.status, 200)
  t.is(answer.headers.get('connection'), 'close')
  gateway.signal('SIGTERM')
  t.is(await gateway.exitCode(), 1)
  const brief = startGateway(t, { ...(await environmentOf(t)), DRAIN_DELAY_SECONDS: '1' })
  await brief.url()
  brief.signal('SIGTERM')
  t.is(await brief.exitCode(), 0)
})

test('SIGHUP and SIGUSR2 wait for the end of a start', async (t) => {
  const environment = await environmentOf(t)
  let isSent = false
  const proxy = await openProxy(environment.DATABASE_URL, {
    sent: () => {
      if (isSent) return
      isSent = true
      gateway.signal('SIGHUP')
      gateway.signal('SIGUSR2')
    },
  })
  t.teardown(proxy.close)
  const gateway = startGateway(t, { ...environment, DATABASE_URL: proxy.url, LOG_LEVEL: 'info' })
  await gateway.url()
  await until('the settings are read', () => gateway.stderr().includes('the settings were reloaded'))
  t.true(gateway.stderr().includes('SIGUSR2 is ignored'))
  gateway.signal('SIGTERM')
  t.is(await gateway.exitCode(), 0)
})

test('gateways that start together on one new database make one demo', async (t) => {
  const environment = await environmentOf(t)
  const gateways = [startGateway(t, environment), startGateway(t, environment)]
  await Promise.all(gateways.map((gateway) => gateway.url()))
  const printed = gateways.map((gateway) => gateway.stdout()).join('')
  t.is(printed.match(/^API key: [\w.-]{20,}$/gm)?.length, 1)
  t.is(printed.match(/^Console: \S+$/gm)?.length, 1)
})

test('a port in use is one sentence', async (t) => {
  const { port } = await serve(t)
  const gateway = startGateway(t, { ...(await environmentOf(t)), PORT: String(port) })
  t.is(await gateway.exitCode(), 1)
  t.is(
    gateway.stderr(),
    `Tenantry cannot start. Port ${port} of 127.0.0.1 is in use. Stop the other program, or set PORT to another one.\n`,
  )
})

test('a Postgres that is not there is one sentence', async (t) => {
  const gateway = startGateway(t, {
    DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x',
    DATA_DIR: await scratchDirectory(t),
  })
  t.is(await gateway.exitCode(), 1)
  t.is(
    gateway.stderr(),
    'Tenantry cannot start. Postgres cannot be reached at DATABASE_URL (ECONNREFUSED). Start it, or correct the URL.\n',
  )
})

test('faults of the configuration are reported together, and nothing is started', async (t) => {
  const gateway = startGateway(t, { PORT: 'http', POOL_SIZE: '0' })
  t.is(await gateway.exitCode(), 1)
  t.regex(gateway.stderr(), /2 faults:\n {2}PORT is "http"; .*\n {2}POOL_SIZE is "0"; /)
})

test('a data directory of another Postgres stays as it is', async (t) => {
  const dataDir = await scratchDirectory(t)
  await mkdir(join(dataDir, 'postgres'))
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '15\n')
  const gateway = startGateway(t, { DATA_DIR: dataDir })
  t.is(await gateway.exitCode(), 1)
  t.regex(gateway.stderr(), /belongs to Postgres 15, and this gateway embeds Postgres 18\./)
  t.deepEqual((await readdir(dataDir, { recursive: true })).toSorted(), ['postgres', 'postgres/PG_VERSION'])
})
