// Runs the tests: `npm test [-- <arguments of ava>]`. Brings up one Postgres (embedded, in a directory that goes away; or
// the server of TEST_DATABASE_URL), migrates the database that tests clone, brings up Redis where there is one, builds the
// console where there is a browser to look at it, runs ava and ends with its exit code. Cleans up whatever happens.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../sql/embedded.ts'
import { migrate } from '../sql/migrate.ts'
import { createOwnerPool } from '../sql/ownerPool.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { ensureBuiltConsole } from './support/builtConsole.ts'
import { CHROMIUM } from './support/chromium.ts'
import { NAMES, SECRET_KEY } from './support/environment.ts'
import { createTestLog } from './support/log.ts'

const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/tests', import.meta.url))

type CleanUp = () => Promise<unknown>
const cleanUps: CleanUp[] = []

const startPostgres = async (): Promise<string> => {
  const given = process.env.TEST_DATABASE_URL
  if (given) return given
  const dataDir = await mkdtemp(join(tmpdir(), 'tenantry-test-'))
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }))
  const { ownerUrl, stop } = await startEmbeddedPostgres({
    dataDir,
    log: createTestLog(),
    // Nothing here needs to survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  })
  cleanUps.push(stop)
  return ownerUrl
}

const makeTemplate = async (adminUrl: string): Promise<string> => {
  const name = `tenantry_template_${process.pid}`
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  cleanUps.push(async () => {
    await admin.query(`drop database if exists ${quoteIdentifier(name)} with (force)`)
    await admin.end()
  })
  await admin.query(`create database ${quoteIdentifier(name)} template template0`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const pool = createOwnerPool(url.href)
  try {
    await migrate(pool, { secretKey: SECRET_KEY })
  } finally {
    await pool.end()
  }
  return name
}

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const startRedis = async (): Promise<string | null> => {
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'], cwd: tmpdir() })
  const isReady = await new Promise<boolean>((resolve) => {
    redis.once('error', () => resolve(false))
    redis.once('exit', () => resolve(false))
    redis.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve(true)
    })
  })
  if (!isReady) {
    if (process.env.CI) throw new Error('redis-server did not start, and CI must run the tests that need it.')
    process.stderr.write('redis-server did not start: the tests that need Redis skip.\n')
    return null
  }
  cleanUps.push(async () => {
    redis.kill()
    if (redis.exitCode === null) await once(redis, 'exit')
  })
  return `redis://127.0.0.1:${port}`
}

const runAva = async (environment: Record<string, string>): Promise<number> => {
  const cli = fileURLToPath(new URL('../node_modules/ava/entrypoints/cli.js', import.meta.url))
  const ava = spawn(process.execPath, [cli, ...process.argv.slice(2)], {
    stdio: 'inherit',
    // Every test file is a process of its own, and imports most of the gateway.
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...environment },
  })
  // Ctrl-C reaches ava too, being in the same group; we outlive it to clean up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ava.kill(signal))
  const [code] = await once(ava, 'exit')
  return typeof code === 'number' ? code : 1
}

const main = async (): Promise<number> => {
  const adminUrl = await startPostgres()
  const template = await makeTemplate(adminUrl)
  const redisUrl = await startRedis()
  if (CHROMIUM !== undefined) await ensureBuiltConsole()
  return runAva({
    [NAMES.adminUrl]: adminUrl,
    [NAMES.template]: template,
    [NAMES.redisUrl]: redisUrl ?? '',
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(console.error)
}
