import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { restoreLinks } from '../../sql/embedded/binaries.ts'
import { isAlive } from '../../sql/embedded/lock.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'

/**
 * A directory that only we can enter, as `mktemp -d` makes them: the account Postgres runs under cannot walk
 * into it.
 */
const makeDataDir = async (t: ExecutionContext): Promise<string> => {
  const parent = await mkdtemp(join(tmpdir(), 'tenantry-embedded-'))
  t.teardown(() => rm(parent, { recursive: true, force: true }))
  return join(parent, 'data')
}

const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const start = (dataDir: string) => startEmbeddedPostgres({ dataDir, log: createTestLog() })

const serverPid = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])

const startProcess = async (
  t: ExecutionContext,
  dataDir: string,
): Promise<{ child: ChildProcess; url: string }> => {
  const script = fileURLToPath(new URL('embeddedGateway.ts', import.meta.url))
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const [line] = await once(child.stdout, 'data')
  return { child, url: String(line).trim() }
}

test('keeps its data and its address from one start to the next', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(dataDir)
  await query(first.ownerUrl, 'create table kept as select 42 as answer')
  const pid = await serverPid(dataDir)
  await first.stop()
  t.false(isAlive(pid))
  const second = await start(dataDir)
  t.is(second.ownerUrl, first.ownerUrl)
  t.deepEqual(await query(second.ownerUrl, 'select answer from kept'), [{ answer: 42 }])
  await second.stop()
  await second.stop()
})

test('takes another port when its own is in use, and keeps that one', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(dataDir)
  await first.stop()
  const { port } = new URL(first.ownerUrl)
  const other = createServer().listen(Number(port), '127.0.0.1')
  await once(other, 'listening')
  const second = await start(dataDir)
  other.close()
  t.not(new URL(second.ownerUrl).port, port)
  t.deepEqual(await query(second.ownerUrl, 'select 1 as one'), [{ one: 1 }])
  await second.stop()
  const third = await start(dataDir)
  t.is(third.ownerUrl, second.ownerUrl)
  await third.stop()
})

test('chooses no port that the kernel gives to others', async (t) => {
  const [lowest = ''] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).split('\t')
  const ports = await Promise.all(Array.from({ length: 200 }, freePort))
  t.true(Math.max(...ports) < Number(lowest))
  t.true(new Set(ports).size > 150)
})

test('listens on the loopback interface only, and requires the password', async (t) => {
  const dataDir = await makeDataDir(t)
  const { ownerUrl, stop } = await start(dataDir)
  t.teardown(stop)
  t.deepEqual(
    await query(
      ownerUrl,
      `select current_setting('listen_addresses') as tcp, current_setting('unix_socket_directories') as unix,
         current_setting('jit') as jit, (select array_agg(distinct auth_method) from pg_hba_file_rules) as auth`,
    ),
    [{ tcp: '127.0.0.1', unix: '', jit: 'off', auth: ['scram-sha-256'] }],
  )
  const wrong = new URL(ownerUrl)
  wrong.password = 'guess'
  await t.throwsAsync(query(wrong.href, 'select 1'), { code: '28P01' })
  const { mode } = await stat(join(dataDir, 'postgres.password'))
  t.is(mode & 0o777, 0o600)
})

test('sorts as people do, and knows letters beyond ASCII', async (t) => {
  const { ownerUrl, stop } = await start(await makeDataDir(t))
  t.teardown(stop)
  t.deepEqual(
    await query(
      ownerUrl,
      `select string_agg(x, ' ' order by x) as sorted from unnest('{b,Ä,a,Z}'::text[]) x`,
    ),
    [{ sorted: 'a Ä b Z' }],
  )
  t.deepEqual(
    await query(ownerUrl, `select lower('ŻÓŁĆ') as lower, to_tsvector('simple', 'Élan ŻÓŁĆ')::text as words`),
    [{ lower: 'żółć', words: `'élan':1 'żółć':2` }],
  )
})

test('starts again after the gateway was killed, with everything that was committed', async (t) => {
  const dataDir = await makeDataDir(t)
  const { child, url } = await startProcess(t, dataDir)
  await query(url, 'create table kept as select 42 as answer')
  const orphan = await serverPid(dataDir)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.true(isAlive(orphan))
  const log = createTestLog()
  const { ownerUrl, stop } = await startEmbeddedPostgres({ dataDir, log })
  t.teardown(stop)
  t.is(ownerUrl, url)
  t.false(isAlive(orphan))
  t.true(log.entries.some(({ level, message }) => level === 'warn' && /left running/.test(message)))
  t.deepEqual(await query(ownerUrl, 'select answer from kept'), [{ answer: 42 }])
})

test('starts again after gateway and server were both killed', async (t) => {
  const dataDir = await makeDataDir(t)
  const { child, url } = await startProcess(t, dataDir)
  await query(url, 'create table kept as select 42 as answer')
  const pid = await serverPid(dataDir)
  child.kill('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await until('the server is gone', () => !isAlive(pid))
  const { ownerUrl, stop } = await start(dataDir)
  t.teardown(stop)
  t.deepEqual(await query(ownerUrl, 'select answer from kept'), [{ answer: 42 }])
  // Otherwise the server opens every file of every workspace first.
  if (process.platform === 'linux')
    t.deepEqual(await query(ownerUrl, `select current_setting('recovery_init_sync_method') as method`), [
      { method: 'syncfs' },
    ])
})

test('refuses a data directory that a living gateway uses', async (t) => {
  const dataDir = await makeDataDir(t)
  const { child, url } = await startProcess(t, dataDir)
  await t.throwsAsync(start(dataDir), { message: /Another gateway \(process \d+\).*DATA_DIR/ })
  t.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }])
  child.kill('SIGTERM')
  await once(child, 'exit')
  const { stop } = await start(dataDir)
  await stop()
})

test('takes the server with it when the gateway ends of an error', async (t) => {
  const dataDir = await makeDataDir(t)
  const { child } = await startProcess(t, dataDir)
  const pid = await serverPid(dataDir)
  child.kill('SIGUSR2')
  await once(child, 'exit')
  await until('the server is gone', () => !isAlive(pid))
  t.pass()
})

test('starts over where the first start was killed half-way', async (t) => {
  const dataDir = await makeDataDir(t)
  await mkdir(join(dataDir, 'postgres.partial', 'base'), { recursive: true })
  await writeFile(join(dataDir, 'postgres.partial', 'PG_VERSION'), '18\n')
  await writeFile(join(dataDir, 'postgres.partial.password'), 'left over')
  await writeFile(join(dataDir, 'gateway.lock'), '4194300 1\n')
  const { ownerUrl, stop } = await start(dataDir)
  t.teardown(stop)
  t.deepEqual(await query(ownerUrl, 'select 1 as one'), [{ one: 1 }])
  t.false(existsSync(join(dataDir, 'postgres.partial')))
  t.false(existsSync(join(dataDir, 'postgres.partial.password')))
})

test('is not confused by a process id that now belongs to another', async (t) => {
  const dataDir = await makeDataDir(t)
  const first = await start(dataDir)
  await first.stop()
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n${dataDir}/postgres\n`)
  const { ownerUrl, stop } = await start(dataDir)
  t.teardown(stop)
  t.deepEqual(await query(ownerUrl, 'select 1 as one'), [{ one: 1 }])
})

test('brings the server back when it ends by itself', async (t) => {
  const dataDir = await makeDataDir(t)
  const { ownerUrl, stop } = await start(dataDir)
  t.teardown(stop)
  const pid = await serverPid(dataDir)
  process.kill(pid, 'SIGQUIT')
  await until('it answers again', async () => {
    if (isAlive(pid)) return false
    return query(ownerUrl, 'select 1').then(
      () => true,
      () => false,
    )
  })
  t.not(await serverPid(dataDir), pid)
})

test('explains what is wrong when the password file is lost', async (t) => {
  const dataDir = await makeDataDir(t)
  const { stop } = await start(dataDir)
  await stop()
  await rm(join(dataDir, 'postgres.password'))
  await t.throwsAsync(start(dataDir), { message: /postgres\.password is missing/ })
})

test('the links of the libraries are restored where npm ran no install script', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-links-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const lib = join(directory, 'native', 'lib')
  await mkdir(lib, { recursive: true })
  await restoreLinks(directory)
  await writeFile(join(lib, 'libpq.so.5.18'), 'library')
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }))
  await writeFile(join(directory, 'native', 'pg-symlinks.json'), JSON.stringify(links))
  await Promise.all([restoreLinks(directory), restoreLinks(directory)])
  t.is(await readlink(join(lib, 'libpq.so')), 'libpq.so.5.18')
  t.is(await readFile(join(lib, 'libpq.so.5'), 'utf8'), 'library')
})

test('refuses the data of another major version, names both versions, and changes nothing', async (t) => {
  const dataDir = await makeDataDir(t)
  const file = join(dataDir, 'postgres', 'PG_VERSION')
  await mkdir(join(dataDir, 'postgres'), { recursive: true })
  await writeFile(file, '16\n')
  await t.throwsAsync(start(dataDir), {
    message: /belongs to Postgres 16, and this gateway embeds Postgres 18\. .*docs\/how-to\/upgrade\.md/,
  })
  t.deepEqual((await readdir(dataDir, { recursive: true })).toSorted(), ['postgres', 'postgres/PG_VERSION'])
  t.is(await readFile(file, 'utf8'), '16\n')
})
