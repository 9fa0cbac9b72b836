// The cost of many workspaces: `npm run bench -- --workspaces 10000`. Creates them, each with a key and so
// with a Postgres role of its own. Prints how long a creation takes at the end, the first request of a
// workspace, what an open one keeps, disk, the start of a gateway, requests over all workspaces beside those
// over a hundred, dumps of the schemas, a freeze of the whole database, and the recovery after a crash. Linux
// alone.

import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type Pool } from 'pg'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { createTokens } from '../../gateway/auth/token.ts'
import { readConfig } from '../../gateway/config.ts'
import type { GatewayOptions } from '../../gateway/start.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { migrate } from '../../sql/migrate.ts'
import type { Contender } from '../contender.ts'
import { ms, openHeap, quantiles, timed } from '../figures.ts'
import { inParallel } from '../inParallel.ts'
import { measure } from '../load.ts'
import { median } from '../median.ts'
import { memoryMb } from '../memory.ts'
import { COMPANY, createAll, SAMPLE } from './create.ts'
import { canDump, dumpSchema } from './dump.ts'

/** That a small installation has. */
const FEW = 100
const ROUNDS = 5
const WARM_UP_VISITS = 4
const CONNECTIONS = 16
const MB = 1024 * 1024

export interface WorkspacesOptions {
  readonly pool: Pool
  readonly ownerUrl: string
  readonly secretKey: string
  readonly workspaces: number
  /** Undefined: the server does not start again by itself, so no crash is measured. */
  readonly postgresPid: (() => Promise<number>) | undefined
  readonly startGateway: (environment: Readonly<Record<string, string>>) => Promise<Contender>
  readonly log: GatewayOptions['log']
}

const line = (name: string, value: string, target = ''): void =>
  console.log(`| ${name} | ${value} | ${target} |`)

const PAGE = '/rest/companies?limit=1'
const RECORD = `/rest/companies/${COMPANY}`

const read = async (origin: string, token: string | undefined, path = PAGE): Promise<void> => {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(origin + path, { headers })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`A request answered ${response.status}.`)
}

/** First requests of workspaces, in a gateway of this process. */
const measureFirst = async (options: WorkspacesOptions, tokens: readonly string[]): Promise<void> => {
  const config = readConfig({ PORT: '0', API_RATE_LIMIT_PER_MINUTE: '10000000', CAPTURE: 'demand' })
  const { ownerUrl, secretKey, log } = options
  const startMs = performance.now()
  // Here, because walk.ts hooks into the first import.
  const { createGateway } = await import('../../gateway/start.ts')
  const gateway = await createGateway({ config, ownerUrl, secretKey, log })
  try {
    const origin = await gateway.listen()
    line('start of a gateway, without its imports', ms(performance.now() - startMs), '≤ 1 s')
    // Of the same shape: the first one compiles, the others find it.
    for (const token of tokens.slice(0, SAMPLE)) await read(origin, token)
    const first: number[] = []
    for (const token of tokens.slice(SAMPLE, 2 * SAMPLE)) first.push(await timed(() => read(origin, token)))
    if (first.length > 0) line('first request of a workspace', quantiles(first), 'p50 ≤ 12 ms, p95 ≤ 25 ms')
    const heap = openHeap()
    const before = heap()
    const others = tokens.slice(2 * SAMPLE, 7 * SAMPLE)
    for (const token of others) await read(origin, token)
    if (others.length > 0)
      line(
        'heap of an open workspace',
        `${((heap() - before) / others.length / 1024).toFixed(1)} KB`,
        '≤ 8 KB',
      )
  } finally {
    await gateway.close()
  }
}

/** Requests to few and to all workspaces, in turns. */
const measureRoles = async (options: WorkspacesOptions, tokens: readonly string[]): Promise<void> => {
  const metricsPort = await freePort()
  const gateway = await options.startGateway({ ADMIN_PORT: String(metricsPort) })
  const rate = async (among: readonly string[]): Promise<number> => {
    const next = () => ({ authorization: `Bearer ${among[Math.floor(Math.random() * among.length)]}` })
    const call = { method: 'GET', path: RECORD, headers: {}, nextHeaders: next } as const
    return (await measure(gateway.origin, call, CONNECTIONS, 5)).perSecond
  }
  try {
    // A statement is prepared when it comes the second time.
    for (let visit = 0; visit < WARM_UP_VISITS; visit += 1)
      await inParallel(tokens.length, (index) => read(gateway.origin, tokens[index], RECORD))
    const ratios: number[] = []
    const rates: number[] = []
    const [replacedBefore, startMs] = [await replacedIn(metricsPort), performance.now()]
    for (let round = 0; round < ROUNDS; round += 1) {
      const few = await rate(tokens.slice(0, FEW))
      const all = await rate(tokens)
      rates.push(all)
      ratios.push(all / few)
    }
    const seconds = (performance.now() - startMs) / 1000
    const replaced = (await replacedIn(metricsPort)) - replacedBefore
    const backends = await backendMegabytes(options.pool)
    line(
      `gets of all workspaces beside ${FEW}`,
      `${median(ratios).toFixed(2)} (${median(rates).toFixed(0)}/s)`,
      '≥ 0.8',
    )
    line(
      'backends meanwhile',
      `${backends.length}, the largest ${Math.max(...backends).toFixed(0)} MB, all ${backends.reduce((sum, each) => sum + each, 0).toFixed(0)} MB; ${(replaced / seconds).toFixed(2)} replaced per second`,
      '≤ 200 MB each',
    )
  } finally {
    await gateway.stop()
  }
}

/** Connections that the gateway has replaced. */
const replacedIn = async (metricsPort: number): Promise<number> => {
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return [...metrics.matchAll(/^tenantry_connections_replaced_total\{.*\} (\S+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
}

/** Private memory of each. */
const backendMegabytes = async (pool: Pool): Promise<readonly number[]> => {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'client backend'`,
  )
  return rows.map(({ pid }) => memoryMb(pid, 'private'))
}

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

const measureDumps = async ({ pool, ownerUrl }: WorkspacesOptions): Promise<void> => {
  if (!(await canDump(pool))) {
    line('dump of all schemas', 'the installed pg_dump is older than the server')
    return
  }
  const { rows } = await pool.query<{ schema: string }>(
    'select schema_name as schema from tenantry.workspaces order by id desc limit 1',
  )
  for (const [name, schema] of [
    ['of one schema', rows[0]?.schema],
    ['of all schemas', undefined],
  ] as const) {
    const { seconds, megabytes, memoryMb: memory } = await dumpSchema(ownerUrl, schema)
    line(
      `dump ${name}`,
      `${seconds.toFixed(1)} s, ${megabytes.toFixed(1)} MB, pg_dump ${memory.toFixed(0)} MB`,
    )
  }
}

const measureCrash = async (
  { pool, ownerUrl }: WorkspacesOptions,
  postgresPid: () => Promise<number>,
): Promise<void> => {
  await pool.query('checkpoint')
  // Work since the checkpoint, as on a busy server.
  await pool.query('update tenantry.workspaces set updated_at = now()')
  const crashed = await postgresPid()
  // The embedded server starts again by itself.
  process.kill(crashed, 'SIGKILL')
  const recovery = await timed(async () => {
    while ((await postgresPid().catch(() => crashed)) === crashed || !(await answers(ownerUrl)))
      await sleep(20)
  })
  line('recovery after a crash', `${(recovery / 1000).toFixed(1)} s`)
}

const measureServer = async (options: WorkspacesOptions): Promise<void> => {
  const { pool, workspaces, postgresPid } = options
  const { rows } = await pool.query<{ bytes: string }>(`select pg_database_size(current_database()) as bytes`)
  line('disk of a workspace', `${(Number(rows[0]?.bytes) / MB / workspaces).toFixed(2)} MB`, '≤ 1.2 MB')
  await measureDumps(options)
  const freeze = await timed(() => pool.query('vacuum (freeze)'))
  line('freeze of the whole database', `${(freeze / 1000).toFixed(1)} s`)
  if (postgresPid !== undefined) await measureCrash(options, postgresPid)
}

export const measureWorkspaces = async (options: WorkspacesOptions): Promise<void> => {
  const { pool, secretKey, workspaces } = options
  await migrate(pool, { secretKey })
  const { issue } = createTokens(await openSigningKeys(pool, createKeyring(secretKey)))
  const startMs = performance.now()
  const { tokens, times, found } = await createAll({ pool, workspaces, issue })
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1)
  const created = `${workspaces - found} created in ${minutes} minutes`
  console.log(`${workspaces} workspaces with a key each, ${created}\n`)
  console.log('| measure | result | target |\n|---|---|---|')
  if (times.length > 0) line(`creation, the last ${times.length}`, quantiles(times), 'p50 ≤ 60 ms')
  await measureFirst(options, tokens)
  await measureRoles(options, tokens)
  await measureServer(options)
}
