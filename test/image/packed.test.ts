// The package as another project installs it: `npm pack` in a clone, `npm install` of the file in an empty
// directory, `npx tenantry start`.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { alarmingLines } from './lines.ts'
import { cloneInto, emptyDirectory, linkModules } from './replay.ts'

const run = promisify(execFile)

/** As in dependencies.test.ts. */
const MOST_PACKAGES = 156

const pack = async (clone: string): Promise<string> => {
  await mkdir(clone)
  await cloneInto(clone)
  await linkModules(clone)
  // The tests of the console build it; here a page is enough.
  await mkdir(join(clone, 'console/dist'))
  await writeFile(join(clone, 'console/dist/index.html'), '<title>Built</title>')
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: clone, maxBuffer: 1e8 })
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[]
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`)
  const left = await readdir(join(clone, 'gateway'), { recursive: true })
  if (left.some((file) => file.endsWith('.js'))) throw new Error('JavaScript is left beside the sources')
  return join(clone, packed.filename)
}

/** Copies at several places count several times. */
const packagesIn = async (directory: string): Promise<readonly string[]> => {
  const files = await readdir(directory, { recursive: true })
  return files.filter((path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^@/]+\/package\.json$/.test(path))
}

test('the packed package installs few packages, and runs below node_modules', async (t) => {
  t.timeout(300_000)
  const directory = await emptyDirectory()
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const tarball = await pack(join(directory, 'clone'))
  const project = join(directory, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{"private":true}')
  // Without its install script the package `node` brings no second Node: the one that runs us starts it.
  const words = ['--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', tarball, ...words], { cwd: project, maxBuffer: 1e8 })
  const packages = await packagesIn(project)
  t.log(`${packages.length} packages`)
  t.true(packages.length > 50 && packages.length <= MOST_PACKAGES, `${packages.length} packages`)
  t.false(existsSync(join(project, 'node_modules/tenantry/gateway/main.ts')))

  const { ownerUrl, secretKey } = await createTestDatabase(t, { isMigrated: false })
  const command = join(project, 'node_modules/.bin/tenantry')
  const child = spawn(process.execPath, [command, 'start'], {
    cwd: project,
    env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: ownerUrl, SECRET_KEY: secretKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await closed
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const url = () => /^Tenantry serves at (\S+)$/m.exec(printed)?.[1]
  await until('the gateway welcomes', () => url() !== undefined || child.exitCode !== null, 60_000)
  t.is(child.exitCode, null, printed)
  t.is((await fetch(`${url()}/healthz`)).status, 200)
  const headers = { authorization: `Bearer ${/^API key: (\S+)$/m.exec(printed)?.[1]}` }
  const companies = await fetch(`${url()}/rest/companies?limit=1`, { headers })
  t.like(await companies.json(), { totalCount: 60 })
  const page = await fetch(`${url()}/`, { headers: { accept: 'text/html' } })
  t.regex(await page.text(), /Built/)
  child.kill('SIGTERM')
  await closed
  t.is(child.exitCode, 0)
  t.deepEqual(alarmingLines(printed), [])
})
