// `npm run bench [-- --seconds 3 --rounds 3 --only "REST list"]`: the gateway (key, role and limits on)
// beside a hand-written Koa + pg server and bare grafserv, on the same rows of the same embedded Postgres, in
// one run. Contenders take turns, the order changes every round, and what counts is the median of the rounds.
// Prints one table of ratios. Loopback only. README.md lists the other measurements and their options.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Pool } from 'pg'
import { pino } from 'pino'
import { createKeyring } from '../gateway/auth/keyring.ts'
import { openSigningKeys } from '../gateway/auth/signing.ts'
import { createTokens } from '../gateway/auth/token.ts'
import { startEmbeddedPostgres } from '../sql/embedded.ts'
import { migrate } from '../sql/migrate.ts'
import { createOwnerPool } from '../sql/ownerPool.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { setCapture } from '../tenants/changes/capture.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import { measureBackends } from './backends.ts'
import { measureCaptured } from './captured.ts'
import { compare, HEADER } from './compare.ts'
import { type Contender, start } from './contender.ts'
import { measureCustomised } from './customised.ts'
import { measureDistinct } from './documents/distinct.ts'
import { measureLimits } from './documents/limits.ts'
import { measureFairness } from './fairness.ts'
import { createToken } from './key.ts'
import { measureLargeModel } from './largeModel.ts'
import { describeMachine } from './machine.ts'
import { measureModel } from './model.ts'
import { measureObserved } from './observed.ts'
import { measureRestarts } from './restarts.ts'
import { createRestrictedRole, measureRole, startRedis } from './role.ts'
import { fillWorkspace } from './rows/fill.ts'
import { measureRows } from './rows/measure.ts'
import { prepareRows } from './rows/prepare.ts'
import { type ContenderName, scenarios } from './scenarios.ts'
import { COMPANIES, PEOPLE, seed } from './seed.ts'
import { measureStreams } from './streams.ts'
import { measureAgainst, measureProcesses } from './variants.ts'
import { measureWalk } from './walk.ts'
import { measureWebhooks } from './webhooks.ts'
import { measureWorkspaces } from './workspaces/measure.ts'
import { startOlder } from './workspaces/older.ts'

const SECRET_KEY = 'a secret key for measuring, of no use to anyone'
const CONNECTIONS = [16, 64]
/** Filling a table is one statement that answers nothing for minutes, on a machine that has no time for others. */
const SILENT_MS = 600_000
/** As `npm start` and the images run it (bin/tenantry.js). */
const PRODUCTION_FLAGS = ['--max-semi-space-size=16']

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    pool: { type: 'string', default: '10' },
    model: { type: 'boolean', default: false },
    role: { type: 'boolean', default: false },
    walk: { type: 'boolean', default: false },
    streams: { type: 'boolean', default: false },
    webhooks: { type: 'boolean', default: false },
    capture: { type: 'boolean', default: false },
    captured: { type: 'boolean', default: false },
    backends: { type: 'string' },
    workspaces: { type: 'string' },
    customised: { type: 'string' },
    heap: { type: 'string', default: '512' },
    restarts: { type: 'string' },
    observe: { type: 'boolean', default: false },
    processes: { type: 'string' },
    against: { type: 'string' },
    requests: { type: 'string', default: '50000' },
    rows: { type: 'string' },
    fairness: { type: 'string' },
    data: { type: 'string' },
    postgres: { type: 'string' },
    objects: { type: 'string' },
    documents: { type: 'string' },
  },
})

const silent = { debug: () => {}, info: () => {}, warn: console.warn, error: console.error }
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const prepare = async (pool: Pool, name = 'Bench') => {
  await migrate(pool, { secretKey: SECRET_KEY })
  const workspace = await createWorkspace(pool, { name })
  await seed(pool, workspace.schemaName)
  const workspaceId = workspace.id
  const tokens = createTokens(await openSigningKeys(pool, createKeyring(SECRET_KEY)))
  const token = await createToken(pool, tokens.issue, workspaceId)
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
    restrict: async () =>
      createToken(pool, tokens.issue, workspaceId, await createRestrictedRole(pool, workspaceId)),
  }
}

/** The gateway's requests of the scenarios whose name contains `only`. */
const tenantryCalls = (companyIds: readonly string[], token: string, only: string) =>
  scenarios(companyIds, token).flatMap(({ name, protocol, calls: { tenantry: call } }) =>
    call !== undefined && `${protocol} ${name}`.includes(only) ? [{ name: `${protocol} ${name}`, call }] : [],
  )

const main = async (): Promise<void> => {
  const kept = options.rows === undefined && options.workspaces === undefined ? undefined : options.data
  const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'tenantry-bench-')))
  const older = options.postgres === undefined ? null : await startOlder(options.postgres)
  const postgres = older ?? (await startEmbeddedPostgres({ dataDir, log: silent }))
  const pool = createOwnerPool(postgres.ownerUrl, { waitMs: SILENT_MS })
  const running: Contender[] = []
  let cleaned: Promise<void> | null = null
  const clean = async (): Promise<void> => {
    for (const contender of running) await contender.stop()
    await pool.end()
    await postgres.stop()
    if (kept === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  const cleanUp = (): Promise<void> => {
    cleaned ??= clean()
    return cleaned
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().finally(() => process.exit(1)))
  try {
    const ownerUrl = postgres.ownerUrl
    if (options.backends !== undefined) {
      const workspaces = Number(options.backends)
      const log = pino({ level: 'warn' })
      await measureBackends({ pool, ownerUrl, secretKey: SECRET_KEY, workspaces, log })
      return
    }
    const startGateway = async (
      environment: Readonly<Record<string, string>> = {},
      flags: readonly string[] = [],
      checkout = fileURLToPath(new URL('..', import.meta.url)),
    ): Promise<Contender> => {
      const started = await start(
        'tenantry',
        () => [...PRODUCTION_FLAGS, ...flags, join(checkout, 'gateway/main.ts')],
        (port) => ({
          PORT: String(port),
          DATABASE_URL: ownerUrl,
          SECRET_KEY,
          LOG_LEVEL: 'warn',
          DATA_DIR: dataDir,
          // On, and counted on every request, but never reached.
          API_RATE_LIMIT_PER_MINUTE: '10000000',
          CAPTURE: options.capture || options.streams ? 'on' : 'demand',
          OUTBOUND_ALLOWED_HOSTS: options.webhooks ? '127.0.0.1' : '',
          MAX_STREAMS: '10000',
          MAX_STREAMS_PER_KEY: '10000',
          ...environment,
        }),
      )
      running.push(started)
      return started
    }
    if (options.rows !== undefined) {
      const rows = await prepareRows(pool, SECRET_KEY, Number(options.rows))
      const gateway = await startGateway({ REQUEST_TIMEOUT_MS: '600000', CAPTURE: 'demand' })
      await measureRows({ pool, gateway, ...rows, only: options.only })
      return
    }
    const readPostgresPid = async (): Promise<number> =>
      Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
    if (options.workspaces !== undefined) {
      await measureWorkspaces({
        ...{ pool, ownerUrl, secretKey: SECRET_KEY, startGateway },
        workspaces: Number(options.workspaces),
        postgresPid: older === null ? readPostgresPid : undefined,
        log: pino({ level: 'warn' }),
      })
      return
    }
    const { workspaceId, schema, token, issue, companyIds, restrict } = await prepare(pool)
    if (options.fairness !== undefined) {
      const large = await createWorkspace(pool, { name: 'Slow' })
      await fillWorkspace(pool, large.schemaName, Number(options.fairness))
      const gateway = await startGateway({ REQUEST_TIMEOUT_MS: '600000' })
      await measureFairness({
        ...{ ownerUrl, origin: gateway.origin, rounds: Number(options.rounds) },
        seconds: Number(options.seconds),
        slow: { schema: large.schemaName, token: await createToken(pool, issue, large.id) },
        neighbour: tenantryCalls(companyIds, token, options.only ?? 'REST'),
      })
      return
    }
    if (options.walk) {
      await measureWalk({ ownerUrl, secretKey: SECRET_KEY, token })
      return
    }
    if (options.customised !== undefined) {
      const gateway = await startGateway({}, [`--max-old-space-size=${options.heap}`])
      await measureCustomised({ pool, workspaces: Number(options.customised), gateway, issue })
      return
    }
    if (options.documents !== undefined) {
      await measureLimits(pool, schema)
      const gateway = await startGateway()
      await measureDistinct(gateway, token, Number(options.documents))
      return
    }
    if (options.objects !== undefined)
      return await measureLargeModel({ pool, objects: Number(options.objects), issue, startGateway })
    if (options.restarts !== undefined) {
      await measureRestarts(startGateway, token, Number(options.restarts))
      return
    }
    if (options.against !== undefined) {
      await measureAgainst(resolve(options.against), {
        ...{ startGateway, postgresPid: await readPostgresPid(), rounds: Number(options.rounds) },
        calls: tenantryCalls(companyIds, token, options.only ?? ''),
        seconds: Number(options.seconds),
      })
      return
    }
    if (options.observe) {
      const calls = tenantryCalls(companyIds, token, options.only ?? 'REST get')
      await measureObserved({ startGateway, calls, requests: Number(options.requests) })
      return
    }
    if (options.processes !== undefined) {
      await measureProcesses(options.processes, {
        ...{ startGateway, postgresPid: await readPostgresPid(), rounds: Number(options.rounds) },
        calls: tenantryCalls(companyIds, token, options.only ?? 'REST get'),
        seconds: Number(options.seconds),
      })
      return
    }
    // Before the gateway, whose jobs index large tables.
    const hooked = options.webhooks ? await prepare(pool, 'Webhooks') : null
    // Before the gateway starts: its job builds indexes on large tables, and a seed in progress holds it up.
    const captured = options.captured ? await prepare(pool, 'Captured') : null
    const gateway = await startGateway()
    if (captured !== null) {
      await setCapture(pool, captured.workspaceId, true)
      const [seconds, rounds] = [Number(options.seconds), Number(options.rounds)]
      await measureCaptured({
        ...{ pool, origin: gateway.origin, captured, uncaptured: { schema, token, companyIds } },
        ...{ seconds, rounds, only: options.only },
        servers: { gateway: gateway.pid, postgres: await readPostgresPid() },
        release: () => setCapture(pool, captured.workspaceId, false),
      })
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
    if (hooked !== null) {
      await measureWebhooks({
        ...{ pool, origin: gateway.origin, hooked, captured: { workspaceId, token } },
        servers: { gateway: gateway.pid, postgres: await readPostgresPid() },
        ...{ seconds: Number(options.seconds), rounds: Number(options.rounds), only: options.only },
      })
      return
    }
    if (options.streams) {
      await measureStreams(gateway, token, { pool, schema })
      return
    }
    if (options.model) {
      await measureModel(gateway.origin, token)
      return
    }
    running.push(
      await start('handwritten', (port) => [
        file('handwritten.ts'),
        ownerUrl,
        schema,
        `${port}`,
        options.pool,
      ]),
      await start('grafserv', (port) => [file('grafserv.ts'), ownerUrl, schema, String(port)]),
    )
    const contenders = new Map(running.map((contender) => [contender.name as ContenderName, contender]))
    console.log(await describeMachine(pool))
    console.log(
      `${COMPANIES} companies, ${PEOPLE} people; ${options.rounds} rounds of ${options.seconds} s; median\n`,
    )
    console.log(HEADER)
    const settings = {
      rounds: Number(options.rounds),
      seconds: Number(options.seconds),
      postgresPid: await readPostgresPid(),
    }
    for (const scenario of scenarios(companyIds, token)) {
      if (options.only !== undefined && !`${scenario.protocol} ${scenario.name}`.includes(options.only))
        continue
      for (const connections of CONNECTIONS)
        console.log(await compare(contenders, scenario, { ...settings, connections }))
    }
  } finally {
    await cleanUp()
  }
}

await main()
