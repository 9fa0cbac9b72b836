import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { scratchDirectory, startGateway } from './process.ts'

const WITHIN_MS = 100_000
/** Each question costs the gateway. */
const PAUSE_MS = 200

test('processes start with the settings that the primary accepted', async (t) => {
  const { ownerUrl, secretKey } = await createTestDatabase(t)
  const directory = await scratchDirectory(t)
  const [settings, secret] = [join(directory, 'settings'), join(directory, 'url')]
  const write = (...lines: string[]) => writeFile(settings, lines.join('\n'))
  await writeFile(secret, ownerUrl)
  await write('LOG_LEVEL=info', 'POOL_SIZE=3', 'PROCESSES=2')
  const gateway = startGateway(t, {
    CONFIG_FILE: settings,
    LOG_LEVEL: '',
    DATABASE_URL_FILE: secret,
    SECRET_KEY: secretKey,
    DATA_DIR: directory,
    PROCESS_TIMEOUT_SECONDS: '3600',
    ADMIN_PORT: '0',
  })
  const children = async (): Promise<readonly number[]> => {
    const text = await readFile(`/proc/${gateway.pid}/task/${gateway.pid}/children`, 'utf8')
    return text.trim().split(/\s+/).filter(Boolean).map(Number)
  }
  const lines = (text: string) =>
    gateway
      .stderr()
      .split('\n')
      .filter((line) => line.includes(text))
  const reload = async () => {
    const before = lines('the settings were reloaded').length
    gateway.signal('SIGHUP')
    await until('it is reloaded', () => lines('the settings were reloaded').length > before)
    const { applied, needRestart } = JSON.parse(lines('the settings were reloaded').at(-1) ?? '')
    return { applied, needRestart }
  }
  const url = await gateway.url()
  const adminPort = /"port":(\d+),"msg":"serving probes and metrics"/.exec(gateway.stderr())?.[1] ?? ''
  const allServe = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
    return /^tenantry_processes\{.*state="serving".*\} 2$/m.test(metrics)
  }
  await until('both serve', allServe, WITHIN_MS, PAUSE_MS)

  // Two processes have the same share of three and of four connections.
  await write('LOG_LEVEL=info', 'POOL_SIZE=4', 'PROCESSES=3', 'LOG_SLOW_MS=7')
  t.deepEqual(await reload(), { applied: ['LOG_SLOW_MS'], needRestart: ['PROCESSES', 'POOL_SIZE'] })
  gateway.signal('SIGUSR2')
  await until('all were replaced', () => lines('all processes were replaced').length > 0)
  t.deepEqual(await reload(), { applied: [], needRestart: ['PROCESSES'] })

  await write('LOG_LEVEL=loud')
  await rm(secret)
  gateway.signal('SIGHUP')
  await until('it is refused', () => lines('the settings are invalid').length > 0)
  for (const victim of await children()) {
    const others = await children()
    process.kill(victim, 'SIGKILL')
    await until('it is replaced', async () => {
      const now = await children()
      return now.length === 2 && now.some((pid) => !others.includes(pid)) && !now.includes(victim)
    })
    await until('the new one serves', allServe, WITHIN_MS, PAUSE_MS)
  }
  for (let round = 0; round < 4; round += 1)
    t.is((await fetch(`${url}/healthz`, { headers: { connection: 'close' } })).status, 200)
  t.deepEqual(lines('ConfigError'), lines('the settings are invalid'))
  t.false(gateway.stderr().includes('Tenantry cannot start'))
  await writeFile(secret, ownerUrl)
  await write('LOG_LEVEL=info', 'POOL_SIZE=4', 'PROCESSES=2', 'LOG_SLOW_MS=7')
  t.deepEqual(await reload(), { applied: [], needRestart: [] })
})
