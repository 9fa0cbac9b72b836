// `npm run bench [-- --seconds 3 --rounds 3 --only "REST list"]`: the gateway (key, role and limits on)
// beside a hand-written Koa + pg server and bare grafserv, on the same rows of the same embedded Postgres, in
// one run. Contenders take turns, the order changes every round, and what counts is the median of the rounds.
// Prints one table of ratios. Loopback only. With `--model` instead: how long changes of the data model take,
// and the first requests after them (model.ts). With `--role`: what a restricted role costs beside an
// administrator (role.ts). With `--walk`: how many files one warm request enters (walk.ts). With `--streams`:
// the change feed (streams.ts). `--capture` logs the changes of all tables. With `--captured`: what the change
// log costs a writer (captured.ts). With `--backends 3000`: the memory
// of Postgres' backends (backends.ts). With `--customised 3000 --heap 512`: as many different models in a
// small heap (customised.ts).

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Pool } from 'pg'
import { pino } from 'pino'
import { openSigningKeys } from '../gateway/auth/signing.ts'
import { createTokens } from '../gateway/auth/token.ts'
import { startEmbeddedPostgres } from '../sql/embedded.ts'
import { migrate } from '../sql/migrate.ts'
import { createOwnerPool } from '../sql/ownerPool.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { setCapture } from '../tenants/changes/capture.ts'
import { createKey } from '../tenants/key.ts'
import { findRole } from '../tenants/permission/role.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import { measureBackends } from './backends.ts'
import { measureCaptured } from './captured.ts'
import { type Contender, start } from './contender.ts'
import { measureCustomised } from './customised.ts'
import { check, measure } from './load.ts'
import { describeMachine } from './machine.ts'
import { measureModel } from './model.ts'
import { createRestrictedRole, measureRole, startRedis } from './role.ts'
import { type ContenderName, type Scenario, scenarios } from './scenarios.ts'
import { COMPANIES, PEOPLE, seed } from './seed.ts'
import { measureStreams } from './streams.ts'
import { measureWalk } from './walk.ts'

const SECRET_KEY = 'a secret key for measuring, of no use to anyone'
const CONNECTIONS = [16, 64]
const WARM_UP_S = 1

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    model: { type: 'boolean', default: false },
    role: { type: 'boolean', default: false },
    walk: { type: 'boolean', default: false },
    streams: { type: 'boolean', default: false },
    capture: { type: 'boolean', default: false },
    captured: { type: 'boolean', default: false },
    backends: { type: 'string' },
    customised: { type: 'string' },
    heap: { type: 'string', default: '512' },
  },
})

const silent = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error }
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const prepare = async (pool: Pool, name = 'Bench') => {
  await migrate(pool, { secretKey: SECRET_KEY })
  const workspace = await createWorkspace(pool, { name })
  await seed(pool, workspace.schemaName)
  const workspaceId = workspace.id
  const tokens = createTokens(await openSigningKeys(pool, SECRET_KEY))
  const tokenFor = async (roleId: string): Promise<string> => {
    const expiresAt = new Date(Date.now() + 86_400_000)
    const key = await createKey(pool, { workspaceId, roleId, name: 'bench', expiresAt })
    return tokens.issue({ keyId: key.id, workspaceId, tokenVersion: key.tokenVersion, expiresAt })
  }
  const token = await tokenFor((await findRole(pool, workspaceId, 'Admin')).id)
  const { rows } = await pool.query<{ id: string }>(
    `select id from ${quoteIdentifier(workspace.schemaName)}.company order by id limit 100`,
  )
  return {
    workspaceId,
    schema: workspace.schemaName,
    token,
    issue: tokens.issue,
    companyIds: rows.map(({ id }) => id),
    /** Only when asked for: a record rule makes a table's plans differ for all callers. */
    restrict: async () => tokenFor(await createRestrictedRole(pool, workspaceId)),
  }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

interface Line {
  readonly scenario: Scenario
  readonly connections: number
  readonly perSecond: ReadonlyMap<ContenderName, number>
  readonly p99Ms: ReadonlyMap<ContenderName, number>
}

const compare = async (
  contenders: ReadonlyMap<ContenderName, Contender>,
  scenario: Scenario,
  connections: number,
): Promise<Line> => {
  const entries = Object.entries(scenario.calls).flatMap(([name, call]) => {
    const contender = [...contenders.values()].find((candidate) => candidate.name === name)
    return contender ? [{ name: name as ContenderName, contender, call }] : []
  })
  const samples = new Map(
    entries.map(({ name }) => [name, { perSecond: [] as number[], p99Ms: [] as number[] }]),
  )
  for (const { contender, call } of entries) {
    await check(contender.origin, call)
    await measure(contender.origin, call, connections, WARM_UP_S)
  }
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const turn = round % 2 === 0 ? entries : entries.toReversed()
    for (const { name, contender, call } of turn) {
      const result = await measure(contender.origin, call, connections, Number(options.seconds))
      samples.get(name)?.perSecond.push(result.perSecond)
      samples.get(name)?.p99Ms.push(result.p99Ms)
    }
  }
  const medians = (pick: 'perSecond' | 'p99Ms') =>
    new Map([...samples].map(([name, sample]) => [name, median(sample[pick])]))
  return { scenario, connections, perSecond: medians('perSecond'), p99Ms: medians('p99Ms') }
}

const formatLine = ({ scenario, connections, perSecond, p99Ms }: Line): string => {
  const [, other] = [...perSecond.keys()]
  const ours = perSecond.get('tenantry') ?? Number.NaN
  const theirs = (other && perSecond.get(other)) ?? Number.NaN
  const ratio = ours / theirs
  const cells = [
    scenario.protocol,
    scenario.name,
    String(connections),
    ours.toFixed(0),
    `${p99Ms.get('tenantry')?.toFixed(0)} ms`,
    `${other}`,
    theirs.toFixed(0),
    `${(other && p99Ms.get(other))?.toFixed(0)} ms`,
    ratio.toFixed(2),
    `≥ ${scenario.target}${ratio >= scenario.target ? '' : ' missed'}`,
  ]
  return `| ${cells.join(' | ')} |`
}

const HEADER = `| protocol | scenario | connections | tenantry req/s | p99 | beside | req/s | p99 | ratio | target |
|---|---|---|---|---|---|---|---|---|---|`

const main = async (): Promise<void> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tenantry-bench-'))
  const postgres = await startEmbeddedPostgres({ dataDir, log: silent })
  const pool = createOwnerPool(postgres.ownerUrl)
  const running: Contender[] = []
  try {
    const ownerUrl = postgres.ownerUrl
    if (options.backends !== undefined) {
      const workspaces = Number(options.backends)
      const log = pino({ level: 'warn' })
      await measureBackends({ pool, ownerUrl, secretKey: SECRET_KEY, workspaces, log })
      return
    }
    const { schema, token, issue, companyIds, restrict } = await prepare(pool)
    if (options.walk) {
      await measureWalk({ ownerUrl, secretKey: SECRET_KEY, token })
      return
    }
    const startGateway = async (
      environment: Readonly<Record<string, string>> = {},
      flags: readonly string[] = [],
    ): Promise<Contender> => {
      const started = await start(
        'tenantry',
        () => [...flags, file('../gateway/main.ts')],
        (port) => ({
          PORT: String(port),
          DATABASE_URL: ownerUrl,
          SECRET_KEY,
          LOG_LEVEL: 'warn',
          DATA_DIR: dataDir,
          // On, and counted on every request, but never reached.
          API_RATE_LIMIT_PER_MINUTE: '10000000',
          CAPTURE: options.capture || options.streams ? 'on' : 'demand',
          MAX_STREAMS: '10000',
          MAX_STREAMS_PER_KEY: '10000',
          ...environment,
        }),
      )
      running.push(started)
      return started
    }
    if (options.customised !== undefined) {
      const gateway = await startGateway({}, [`--max-old-space-size=${options.heap}`])
      await measureCustomised({ pool, workspaces: Number(options.customised), gateway, issue })
      return
    }
    const gateway = await startGateway()
    if (options.captured) {
      const captured = await prepare(pool, 'Captured')
      await setCapture(pool, captured.workspaceId, true)
      const [seconds, rounds] = [Number(options.seconds), Number(options.rounds)]
      const uncaptured = { schema, token, companyIds }
      await measureCaptured({ pool, origin: gateway.origin, captured, uncaptured, seconds, rounds })
      return
    }
    if (options.role) {
      const redis = await startRedis()
      try {
        const shared = await startGateway({ REDIS_URL: redis.url })
        await measureRole({
          origins: { process: gateway.origin, Redis: shared.origin },
          companyIds,
          admin: token,
          restricted: await restrict(),
          seconds: Number(options.seconds),
          rounds: Number(options.rounds),
        })
      } finally {
        redis.stop()
      }
      return
    }
    if (options.streams) {
      await measureStreams(gateway, token)
      return
    }
    if (options.model) {
      await measureModel(gateway.origin, token)
      return
    }
    running.push(
      await start('handwritten', (port) => [file('handwritten.ts'), ownerUrl, schema, String(port)]),
      await start('grafserv', (port) => [file('grafserv.ts'), ownerUrl, schema, String(port)]),
    )
    const contenders = new Map(running.map((contender) => [contender.name as ContenderName, contender]))
    console.log(await describeMachine(pool))
    console.log(
      `${COMPANIES} companies, ${PEOPLE} people; ${options.rounds} rounds of ${options.seconds} s; median\n`,
    )
    console.log(HEADER)
    for (const scenario of scenarios(companyIds, token)) {
      if (options.only !== undefined && !`${scenario.protocol} ${scenario.name}`.includes(options.only))
        continue
      for (const connections of CONNECTIONS)
        console.log(formatLine(await compare(contenders, scenario, connections)))
    }
  } finally {
    for (const contender of running) await contender.stop()
    await pool.end()
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

await main()
