// `npm run bench -- --webhooks`: deliveries of webhooks to local receivers. Prints deliveries per second beside
// a bare loop of the same HTTP client with the same signed bodies and the processor time of both, the time from
// a write to its request, the same for nine receivers beside one that hangs, and what ten webhooks cost a
// writer. `--only rate` (`latency`, `hanging`, `writer`) measures one of these.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { Agent, request } from 'undici'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { costOf, type Servers } from './cost.ts'
import { median } from './median.ts'
import {
  createWebhooks,
  RECEIVERS,
  removeWebhooks,
  spreadOf,
  until,
  type Writable,
  write,
} from './receivers.ts'
import { type Arrival, type Sinks, startSinks } from './sinks.ts'
import { measureWriter } from './writer.ts'

interface BenchWorkspace extends Writable {
  readonly schema: string
}

interface WebhooksOptions {
  readonly pool: Pool
  readonly origin: string
  readonly servers: Servers
  /** Workspaces with the same rows: one gets webhooks, the other capture alone. */
  readonly hooked: BenchWorkspace
  readonly captured: Writable
  readonly seconds: number
  readonly rounds: number
  /** Which measurement: `rate`, `latency`, `hanging` or `writer`; absent: all. */
  readonly only?: string | undefined
}

/** As many as a gateway sends for one workspace, and for one webhook. */
const IN_FLIGHT_EACH = 5
const CHANGES_PER_SECOND = 200
const LATENCY_WRITES = 300
const PAUSE_MS = 20
/** 1,000 changes a minute. */
const HANGING_PAUSE_MS = 60

const at = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const perSecond = (arrivals: readonly Arrival[]): number => {
  const times = arrivals.map(({ atMs }) => atMs)
  return ((times.length - 1) * 1_000) / (Math.max(...times) - Math.min(...times))
}

/** Requests, and the processor time of one, by who took it. */
interface Sent {
  readonly arrivals: readonly Arrival[]
  readonly us: readonly number[]
}

/** Deliveries that wait for paused webhooks, and are sent once these are resumed. */
const measureGateway = async (
  { pool, servers, seconds, hooked: { workspaceId, schema } }: WebhooksOptions,
  sinks: Sinks,
): Promise<Sent> => {
  const changes = Math.ceil(seconds * CHANGES_PER_SECOND)
  const set = (status: string) =>
    pool.query('update tenantry.webhooks set status = $2 where workspace_id = $1', [workspaceId, status])
  await set('paused')
  await pool.query(
    `insert into ${quoteIdentifier(schema)}.company (name) select 'webhook' from generate_series(1, $1)`,
    [changes],
  )
  const expected = changes * RECEIVERS
  await until('deliveries wait', async () => {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from tenantry_runtime.deliveries where workspace_id = $1 and status = 'waiting'`,
      [workspaceId],
    )
    return rows[0]?.count === expected
  })
  await sinks.take()
  const { gatewayUs, postgresUs } = await costOf(servers, async () => {
    await set('active')
    await until('all were sent', async () => (await sinks.count()) >= expected)
  })
  return { arrivals: await sinks.take(), us: [gatewayUs / expected, postgresUs / expected] }
}

/** Posts the same requests again. */
const measureBare = async (sent: readonly Arrival[], sinks: Sinks): Promise<Sent> => {
  const agent = new Agent({ keepAliveTimeout: 4_000, keepAliveMaxTimeout: 4_000, allowH2: false })
  const byHost = [...Map.groupBy(sent, ({ headers }) => headers.host ?? '')]
  const post = async (host: string, queue: Arrival[]): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { 'content-length': _, connection: __, host: ___, ...headers } = next.headers
      const { body } = await request(`http://${host}${next.path}`, {
        ...{ dispatcher: agent, method: 'POST', headers, body: next.body },
        signal: AbortSignal.timeout(15_000),
      })
      await body.dump()
    }
  }
  const before = process.threadCpuUsage()
  await Promise.all(
    byHost.flatMap(([host, requests]) => {
      const queue = [...requests]
      return Array.from({ length: IN_FLIGHT_EACH }, () => post(host, queue))
    }),
  )
  const { user, system } = process.threadCpuUsage(before)
  await agent.close()
  return { arrivals: await sinks.take(), us: [(user + system) / sent.length] }
}

const measureRate = async (options: WebhooksOptions, sinks: Sinks): Promise<void> => {
  const { pool, origin, hooked } = options
  const urls = sinks.origins.slice(0, RECEIVERS).map((origin) => `${origin}/rate`)
  await createWebhooks(origin, hooked, urls)
  const rates: (readonly [number, number])[] = []
  const costs: (readonly number[])[] = []
  // The first round warms both up.
  for (let round = 0; round <= options.rounds; round += 1) {
    const sent = await measureGateway(options, sinks)
    const again = await measureBare(sent.arrivals, sinks)
    if (round === 0) continue
    rates.push([perSecond(sent.arrivals), perSecond(again.arrivals)])
    costs.push([...sent.us, ...again.us])
  }
  await removeWebhooks(pool, hooked)
  const middle = (rows: readonly (readonly number[])[], column: number): string =>
    median(rows.map((row) => row[column] ?? Number.NaN)).toFixed(0)
  const ratio = spreadOf(rates.map(([one, other]) => one / other))
  console.log(
    `deliveries: ${middle(rates, 0)}/s, bare loop ${middle(rates, 1)}/s, ratio ${ratio}; target ≥ 0.5, or 1,000/s`,
  )
  console.log(
    `processor time of a delivery: gateway ${middle(costs, 0)} µs, Postgres ${middle(costs, 1)} µs; of a request of the bare loop: ${middle(costs, 2)} µs`,
  )
}

/** Milliseconds from a write to its requests. */
const lagsOf = (
  writes: ReadonlyMap<string, number>,
  arrivals: readonly Arrival[],
  path: string,
): readonly number[] =>
  arrivals.flatMap(({ path: arrivedAt, atMs, body }) => {
    const writtenAt = writes.get(JSON.parse(body).record.name)
    return arrivedAt !== path || writtenAt === undefined ? [] : [atMs - writtenAt]
  })

const writeMany = async (
  origin: string,
  workspace: Writable,
  count: number,
  pauseMs: number,
): Promise<ReadonlyMap<string, number>> => {
  const writes = new Map<string, number>()
  for (let index = 0; index < count; index += 1) {
    writes.set(...(await write(origin, workspace)))
    await sleep(pauseMs)
  }
  return writes
}

const measureLatency = async ({ pool, origin, hooked }: WebhooksOptions, sinks: Sinks): Promise<void> => {
  await createWebhooks(origin, hooked, [`${sinks.origins[0]}/latency`])
  await sinks.take()
  await writeMany(origin, hooked, 20, PAUSE_MS)
  const writes = await writeMany(origin, hooked, LATENCY_WRITES, PAUSE_MS)
  await until('all were sent', async () => (await sinks.count()) >= LATENCY_WRITES + 20)
  const lags = lagsOf(writes, await sinks.take(), '/latency')
  await removeWebhooks(pool, hooked)
  console.log(
    `write to request: p50 ${at(lags, 0.5).toFixed(0)} ms, p99 ${at(lags, 0.99).toFixed(0)} ms (${lags.length} writes; target ≤ 150, ≤ 500)`,
  )
}

const measureHanging = async (
  { pool, origin, seconds, hooked }: WebhooksOptions,
  sinks: Sinks,
): Promise<void> => {
  const [hanging, ...healthy] = sinks.origins.slice(0, RECEIVERS)
  await createWebhooks(origin, hooked, [`${hanging}/hang`, ...healthy.map((each) => `${each}/healthy`)])
  await sinks.take()
  const count = Math.ceil((seconds * 5_000) / HANGING_PAUSE_MS)
  const writes = await writeMany(origin, hooked, count, HANGING_PAUSE_MS)
  await until('the healthy ones were sent', async () => (await sinks.count()) >= count * healthy.length)
  await sleep(500)
  const lags = lagsOf(writes, await sinks.take(), '/healthy')
  await removeWebhooks(pool, hooked)
  console.log(
    `${healthy.length} receivers beside one that hangs: p50 ${at(lags, 0.5).toFixed(0)} ms, p99 ${at(lags, 0.99).toFixed(0)} ms (${lags.length} of ${count * healthy.length} requests; target ≤ 2,000)`,
  )
}

export const measureWebhooks = async (options: WebhooksOptions): Promise<void> => {
  const sinks = await startSinks(RECEIVERS)
  const measurements = {
    rate: measureRate,
    latency: measureLatency,
    hanging: measureHanging,
    writer: measureWriter,
  }
  try {
    for (const [name, measure] of Object.entries(measurements))
      if (options.only === undefined || options.only === name) await measure(options, sinks)
  } finally {
    await sinks.stop()
  }
}
