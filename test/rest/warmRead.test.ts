// How many of our files a warm read enters, counted by V8: a read that was asked before is not parsed and
// compiled again.

import { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { isSkippedOnCluster } from '../support/where.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Without the connections to Postgres. */
const MOST_GATEWAY_FILES = 26
const MOST_FILES_BEFORE_REST = 15
/** Behind REST, or on the request's way back. */
const BEHIND_REST = /^gateway\/(?:usage\/(?:meter|latency)|cache\/ownedCache|changes\/changes)\.ts$/
/** Enough for every connection of the pool to have prepared the statement. */
const WARM_UP = 40
const COUNTED = 8
/** Enough for every timer that may run during each of the requests. */
const IDLE_MS = 250

let gateway: TestGateway
let acme: Client
let id: string

test.before(async () => {
  gateway = await startTestGateway()
  acme = await gateway.enter()
  const { body } = await acme.request('POST', '/rest/companies', { name: 'Acme' })
  id = body.data.createCompany.id
})
test.after.always(() => gateway.close())

/** Our functions that ran during the work, each named by its file and its place in it. */
const functionsRun = async (session: Session, work: () => Promise<unknown>): Promise<ReadonlySet<string>> => {
  await session.post('Profiler.takePreciseCoverage')
  await work()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const run = result.flatMap(({ url, functions }) => {
    if (!url.startsWith('file:')) return []
    const path = fileURLToPath(url)
    if (!path.startsWith(ROOT) || /[\\/](?:node_modules|test)[\\/]/.test(path)) return []
    return functions.flatMap(({ ranges: [whole] }) =>
      (whole?.count ?? 0) > 0
        ? [`${path.slice(ROOT.length).replaceAll('\\', '/')}#${whole?.startOffset}`]
        : [],
    )
  })
  return new Set(run)
}

/** The files that each of several requests enters, without what the gateway's timers run. */
const filesOfWarm = async (path: string): Promise<readonly string[]> => {
  for (let turn = 0; turn < WARM_UP; turn += 1) await acme.get(path)
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    const idle = await functionsRun(session, () => sleep(IDLE_MS))
    let common = [...(await functionsRun(session, () => acme.get(path)))].filter((name) => !idle.has(name))
    for (let turn = 1; turn < COUNTED; turn += 1) {
      const run = await functionsRun(session, () => acme.get(path))
      common = common.filter((name) => run.has(name))
    }
    return [...new Set(common.map((name) => name.split('#', 1)[0] ?? ''))]
  } finally {
    await session.post('Profiler.disable')
    session.disconnect()
  }
}

for (const [title, mostFiles, pathOf] of [
  ['a record', 40, () => `/rest/companies/${id}`],
  ['a list with a filter', 40, () => '/rest/companies?filter=name[ilike]:"%25a%25"&order_by=name&limit=20'],
] as const)
  test.serial(`a warm read of ${title} enters at most ${mostFiles} files`, async (t) => {
    const { status } = await acme.get(pathOf())
    t.is(status, 200)
    if (isSkippedOnCluster(t, 'the placement on nodes is in files of its own')) return
    const files = await filesOfWarm(pathOf())
    t.true(files.length <= mostFiles, files.join('\n'))
    t.true(files.includes('gateway/rest/route.ts'))
    const ofGateway = files.filter((file) => file.startsWith('gateway/'))
    t.true(ofGateway.length <= MOST_GATEWAY_FILES, ofGateway.join('\n'))
    const before = files.filter(
      (file) => /^gateway\/(?!rest\/|records\/)/.test(file) && !BEHIND_REST.test(file),
    )
    t.true(before.length <= MOST_FILES_BEFORE_REST, before.join('\n'))
  })

test.serial('a list that was asked before follows the model and the role', async (t) => {
  const path = '/rest/companies?order_by=name&limit=1'
  const fieldsOf = async (client: Client) => Object.keys((await client.get(path)).body.data.companies[0])
  const before = await fieldsOf(acme)
  const { pool } = gateway.gateway
  const schema = quoteIdentifier(acme.workspace.schemaName)
  await pool.query(`alter table ${schema}.company add column motto text`)
  await until('the list has the new column', async () => (await fieldsOf(acme)).includes('motto'))
  t.deepEqual(
    (await fieldsOf(acme)).filter((name) => !before.includes(name)),
    ['motto'],
  )
  const member = await gateway.client(acme.workspace, 'Member')
  t.true((await fieldsOf(member)).includes('name'))
  const globex = await gateway.enter('Globex')
  t.deepEqual((await globex.get(path)).body.data.companies, [])
})

test.serial('one record after the other is read with the same query', async (t) => {
  const { body } = await acme.request('POST', '/rest/companies', { name: 'Globex' })
  const other = body.data.createCompany.id
  for (const [key, name] of [
    [id, 'Acme'],
    [other, 'Globex'],
    [id.toUpperCase(), 'Acme'],
    [other.replace('-', '%2D'), 'Globex'],
  ]) {
    const answer = await acme.get(`/rest/companies/${key}?fields=name`)
    t.is(answer.body.data.company.name, name)
  }
  t.is((await acme.get('/rest/companies/nothing?fields=name')).status, 400)
  t.is((await acme.get('/rest/companies/018f0000-0000-7000-8000-000000000000?fields=name')).status, 404)
})
