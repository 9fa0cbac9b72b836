// The cost of many workspaces: `npm run bench -- --workspaces 10000`. Creates them, each with a key and so
// with a Postgres role of its own. Prints how long a creation takes at the end, the first request of a
// workspace, what an open one keeps, disk, the start of a gateway, requests over all workspaces beside those
// over a hundred, a freeze of the whole database, and the recovery after a crash. Linux alone.

import { setTimeout as sleep } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'
import pg, { type Pool } from 'pg'
import { readConfig } from '../gateway/config.ts'
import type { GatewayOptions } from '../gateway/start.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import type { Contender } from './contender.ts'
import { inParallel } from './inParallel.ts'
import { createToken, type Issue } from './key.ts'
import { measure } from './load.ts'
import { median, quantile } from './median.ts'
import { memoryMb } from './memory.ts'

/** Created one at a time at the end, and requested one at a time. */
const SAMPLE = 200
/** That a small installation has. */
const FEW = 100
const ROUNDS = 5
const WARM_UP_VISITS = 4
const CONNECTIONS = 16
/** A record of each workspace. */
const COMPANY = '0192a6ce-30a1-706e-8166-d6fa6c6a00bb'
const AT_ONCE = 4
const MB = 1024 * 1024

export interface WorkspacesOptions {
  readonly pool: Pool
  readonly ownerUrl: string
  readonly secretKey: string
  readonly workspaces: number
  readonly postgresPid: () => Promise<number>
  readonly startGateway: () => Promise<Contender>
  readonly issue: Issue
  readonly log: GatewayOptions['log']
}

const line = (name: string, value: string, target = ''): void =>
  console.log(`| ${name} | ${value} | ${target} |`)
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`
const quantiles = (times: readonly number[]): string =>
  `p50 ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}`

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** Tokens of all workspaces, and the times of the last creations. */
const createAll = async ({ pool, workspaces, issue }: WorkspacesOptions) => {
  const tokens: string[] = []
  const times: number[] = []
  const create = async (index: number): Promise<void> => {
    const startMs = performance.now()
    const { id, schemaName } = await createWorkspace(pool, { name: `Bench ${index}` })
    times[index] = performance.now() - startMs
    await pool.query(`insert into ${quoteIdentifier(schemaName)}.company (id, name) values ($1, 'Acme')`, [
      COMPANY,
    ])
    tokens[index] = await createToken(pool, issue, id)
    if (index > 0 && index % 1_000 === 0) console.error(`${index} created`)
  }
  const alone = Math.min(SAMPLE, workspaces)
  await inParallel(workspaces - alone, create, AT_ONCE)
  for (let index = workspaces - alone; index < workspaces; index += 1) await create(index)
  return { tokens, times: times.slice(-alone) }
}

/** Bytes of the heap that are in use. */
const openHeap = (): (() => number) => {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  return () => {
    collect()
    return process.memoryUsage().heapUsed
  }
}

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
  const { createGateway } = await import('../gateway/start.ts')
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
  const gateway = await options.startGateway()
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
    for (let round = 0; round < ROUNDS; round += 1) {
      const few = await rate(tokens.slice(0, FEW))
      const all = await rate(tokens)
      rates.push(all)
      ratios.push(all / few)
    }
    const largest = await largestBackend(options.pool)
    line(
      `gets of all workspaces beside ${FEW}`,
      `${median(ratios).toFixed(2)} (${median(rates).toFixed(0)}/s), largest backend ${largest.toFixed(0)} MB`,
      '≥ 0.8, ≤ 200 MB',
    )
  } finally {
    await gateway.stop()
  }
}

const largestBackend = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'client backend'`,
  )
  return Math.max(...rows.map(({ pid }) => memoryMb(pid, 'private')))
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

const measureServer = async ({
  pool,
  ownerUrl,
  workspaces,
  postgresPid,
}: WorkspacesOptions): Promise<void> => {
  const { rows } = await pool.query<{ bytes: string }>(`select pg_database_size(current_database()) as bytes`)
  line('disk of a workspace', `${(Number(rows[0]?.bytes) / MB / workspaces).toFixed(2)} MB`, '≤ 1.2 MB')
  const freeze = await timed(() => pool.query('vacuum (freeze)'))
  line('freeze of the whole database', `${(freeze / 1000).toFixed(1)} s`)
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

export const measureWorkspaces = async (options: WorkspacesOptions): Promise<void> => {
  const startMs = performance.now()
  const { tokens, times } = await createAll(options)
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1)
  console.log(`${options.workspaces} workspaces with a key each, created in ${minutes} minutes\n`)
  console.log('| measure | result | target |\n|---|---|---|')
  line(`creation, the last ${times.length}`, quantiles(times), 'p50 ≤ 60 ms')
  await measureFirst(options, tokens)
  await measureRoles(options, tokens)
  await measureServer(options)
}
