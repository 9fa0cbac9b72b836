// Runs the tests: `npm test [-- <arguments of ava>]`. Brings up Redis where there is one and one Postgres
// (embedded, in a directory that goes away; the server of TEST_DATABASE_URL; or with TEST_POSTGRES=15 an
// older one), migrates the database that tests clone, builds the console where there is a browser to look at
// it, runs ava and ends with its exit code. Without names of files it goes on to run the tests of SQL on the
// older Postgres servers of test/postgres, or on that of TEST_OLDER alone. Cleans up in any case.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { freePort } from '../sql/embedded/port.ts'
import { startEmbeddedPostgres } from '../sql/embedded.ts'
import { migrate } from '../sql/migrate.ts'
import { createOwnerPool } from '../sql/ownerPool.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { ensureBuiltConsole } from './support/builtConsole.ts'
import { CHROMIUM, launchServer } from './support/chromium.ts'
import { NAMES, SECRET_KEY } from './support/environment.ts'
import { launchRedis } from './support/launchRedis.ts'
import { createTestLog } from './support/log.ts'
import { isInstalled, MAJORS, type Major, OLDER_FILES, startOlderPostgres } from './support/olderPostgres.ts'
import { makeScratch } from './support/scratch.ts'

const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/tests', import.meta.url))

type CleanUp = () => Promise<unknown>
const cleanUps: CleanUp[] = []

/** What was started since `mark`, in reverse. */
const cleanUp = async (mark: number): Promise<void> => {
  for (const work of cleanUps.splice(mark).reverse()) await work().catch(console.error)
}

/** Nothing here needs to survive a power cut. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  // Databases live for seconds.
  autovacuum: 'off',
  checkpoint_timeout: '1h',
  max_wal_size: '1GB',
}

const startOurs = async (): Promise<string> => {
  const dataDir = await makeScratch('tenantry-test-')
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }))
  const { ownerUrl, stop } = await startEmbeddedPostgres({
    dataDir,
    log: createTestLog(),
    settings: SETTINGS,
  })
  cleanUps.push(stop)
  return ownerUrl
}

const startOlder = async (major: Major): Promise<string> => {
  const server = await startOlderPostgres(major, SETTINGS)
  if (server === null)
    throw new Error(`Postgres ${major} is not installed: npm ci --prefix test/postgres (Linux x64 alone)`)
  cleanUps.push(server.stop)
  return server.url
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

const startRedis = async (): Promise<string | null> => {
  const port = await freePort()
  const redis = await launchRedis(['--port', String(port)])
  if (redis === null) {
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

const runAva = async (
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> => {
  const cli = fileURLToPath(new URL('../node_modules/ava/entrypoints/cli.js', import.meta.url))
  const ava = spawn(process.execPath, [cli, ...words], {
    stdio: 'inherit',
    // Every test file is a thread of its own, and imports most of the gateway.
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...environment },
  })
  // Ctrl-C reaches ava too, being in the same group; we outlive it to clean up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ava.kill(signal))
  const [code] = await once(ava, 'exit')
  return typeof code === 'number' ? code : 1
}

const startBrowser = async (): Promise<string | null> => {
  if (CHROMIUM === undefined) return null
  await ensureBuiltConsole()
  const server = await launchServer(CHROMIUM)
  cleanUps.push(() => server.close())
  return server.wsEndpoint()
}

interface Shared {
  readonly redisUrl: string | null
  readonly browserUrl: string | null
}

/** @returns the exit code. */
const runOn = async (
  startServer: () => Promise<string>,
  { redisUrl, browserUrl }: Shared,
  words: readonly string[],
): Promise<number> => {
  const mark = cleanUps.length
  try {
    const adminUrl = await startServer()
    const template = await makeTemplate(adminUrl)
    return await runAva(words, {
      [NAMES.adminUrl]: adminUrl,
      [NAMES.template]: template,
      [NAMES.redisUrl]: redisUrl ?? '',
      [NAMES.browserUrl]: browserUrl ?? '',
    })
  } finally {
    await cleanUp(mark)
  }
}

const say = (line: string): void => void process.stdout.write(`# ${line}\n`)

/** The tests of the older majors, one server after the other. */
const runOnOlder = async (shared: Shared, words: readonly string[]): Promise<number> => {
  let worst = 0
  // These files are all named.
  delete process.env.TEST_PART
  const only = Number(process.env.TEST_OLDER ?? 0)
  for (const major of MAJORS.filter((each) => only === 0 || each === only)) {
    if (!isInstalled(major)) {
      say(`Postgres ${major}: skipped, it is not installed (npm ci --prefix test/postgres, Linux x64 alone)`)
      continue
    }
    say(`Postgres ${major}: ${OLDER_FILES.join(' ')}`)
    const started = performance.now()
    const code = await runOn(() => startOlder(major), shared, [...words, ...OLDER_FILES])
    say(`Postgres ${major}: ${Math.round((performance.now() - started) / 1000)} s`)
    worst = Math.max(worst, code)
  }
  return worst
}

const main = async (): Promise<number> => {
  const words = process.argv.slice(2)
  const shared = { redisUrl: await startRedis(), browserUrl: await startBrowser() }
  const only = MAJORS.find((major) => String(major) === process.env.TEST_POSTGRES)
  if (only !== undefined) return runOn(() => startOlder(only), shared, words)
  const given = process.env.TEST_DATABASE_URL
  const isWhole = words.every((word) => word.startsWith('-'))
  if (isWhole) say(given ? 'The server of TEST_DATABASE_URL: all tests' : 'Postgres 18: all tests')
  const code = await runOn(given ? async () => given : startOurs, shared, words)
  return isWhole && !given ? Math.max(code, await runOnOlder(shared, words)) : code
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await cleanUp(0)
}
