// An upgrade in place: a gateway of the commit before HEAD is running while this one migrates the database
// and starts beside it. It needs the history of a clone, and the dependencies of then as they are now.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { startGateway } from '../gateway/process.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, ask } from '../support/gateway.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMIT = 'HEAD~1'

/** The sources of that commit, or the reason why they are missing. */
const checkOut = async (t: ExecutionContext): Promise<{ directory: string } | { missing: string }> => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-before-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const archive = join(directory, 'sources.tar')
  try {
    await run('git', ['archive', '-o', archive, COMMIT, 'gateway', 'sql', 'tenants', 'package.json'], {
      cwd: ROOT,
    })
  } catch {
    return { missing: `there is no commit ${COMMIT} here` }
  }
  await run('tar', ['-xf', archive, '-C', directory])
  const dependenciesIn = async (path: string): Promise<string> =>
    JSON.stringify(JSON.parse(await readFile(join(path, 'package.json'), 'utf8')).dependencies)
  if ((await dependenciesIn(directory)) !== (await dependenciesIn(ROOT)))
    return { missing: `${COMMIT} has other dependencies` }
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  return { directory }
}

const clientOf =
  (url: string, token: string) =>
  (method: string, path: string, body?: unknown): Promise<Answer> =>
    ask(url + path, method, body, { authorization: `Bearer ${token}` })

type Ask = ReturnType<typeof clientOf>

/** Reads, writes and changes the model. */
const use = async (t: ExecutionContext, request: Ask, name: string): Promise<void> => {
  t.is((await request('GET', '/rest/companies?limit=1')).status, 200)
  const created = await request('POST', '/rest/companies', { name })
  t.is(created.status, 201, created.text)
  const object = await request('POST', '/rest/metadata/objects', {
    nameSingular: name,
    namePlural: `${name}s`,
    labelSingular: name,
    labelPlural: `${name}s`,
  })
  t.is(object.status, 201, object.text)
  t.is((await request('GET', `/rest/${name}s`)).status, 200)
  const graphql = await request('POST', '/graphql', { query: `{ ${name}s { totalCount } }` })
  t.deepEqual(graphql.body, { data: { [`${name}s`]: { totalCount: 0 } } })
}

test('a gateway of the commit before goes on serving while this one migrates and serves', async (t) => {
  const before = await checkOut(t)
  if ('missing' in before) {
    t.log(`skipped: ${before.missing}`)
    t.pass()
    return
  }
  const { ownerUrl, secretKey } = await createTestDatabase(t, { isMigrated: false })
  const environment = { DATABASE_URL: ownerUrl, SECRET_KEY: secretKey, API_RATE_LIMIT_PER_MINUTE: '1000000' }
  const old = startGateway(t, environment, join(before.directory, 'gateway/main.ts'))
  const oldUrl = await old.url()
  const token = /^API key: (\S+)$/m.exec(old.stdout())?.[1] ?? ''
  const askOld = clientOf(oldUrl, token)
  await use(t, askOld, 'alpha')

  let isUpgrading = true
  const statuses = new Set<number>()
  const traffic = async (): Promise<void> => {
    while (isUpgrading) {
      statuses.add((await askOld('GET', '/rest/companies?limit=1')).status)
      statuses.add((await askOld('POST', '/rest/companies', { name: 'meanwhile' })).status)
    }
  }
  const serving = traffic()
  const own = startGateway(t, environment)
  const ownUrl = await own.url()
  isUpgrading = false
  await serving
  t.deepEqual([...statuses].toSorted(), [200, 201])

  const askOwn = clientOf(ownUrl, token)
  await use(t, askOwn, 'beta')
  await use(t, askOld, 'gamma')
  // Each sees what the other has made.
  t.is((await askOld('GET', '/rest/betas')).status, 200)
  t.is((await askOwn('GET', '/rest/gammas')).status, 200)
})
