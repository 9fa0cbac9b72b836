// What ten webhooks cost a writer, beside capture alone. The transaction of a write is the same with webhooks
// and without; deliveries are made from the change log afterwards, by the processes that answer writers too. So
// the target is about the time that a write takes while the gateway delivers: at a fixed rate, whose deliveries
// the gateway keeps up with. It excludes what deliveries cost the machine, which is printed beside it: the
// processor time of all, per write. Without a target, the rate of connections that write as fast as they can:
// the gateway then falls behind with deliveries, and shares the processor between them and writes.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { setCapture } from '../tenants/changes/capture.ts'
import { costOf, type Servers } from './cost.ts'
import { measure } from './load.ts'
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
import { nowMs, type Sinks } from './sinks.ts'

interface WriterOptions {
  readonly pool: Pool
  readonly origin: string
  readonly servers: Servers
  /** Workspaces with the same rows: one gets webhooks, the other capture alone. */
  readonly hooked: Writable
  readonly captured: Writable
  readonly seconds: number
  readonly rounds: number
}

/** 300 deliveries a second. */
const WRITES_PER_SECOND = 30
const WRITER_CONNECTIONS = 16
/** Until the gateway has noticed that no webhook is left. */
const SETTLED_MS = 500

/** Resolves when the writes so far have become deliveries. */
const fannedOut = async (pool: Pool, { workspaceId }: Writable): Promise<void> => {
  const count = async (): Promise<string> => {
    const { rows } = await pool.query<{ count: string }>(
      `select concat(count(*), ' ', (select number from tenantry_runtime.webhook_feed)) as count
       from tenantry_runtime.deliveries where workspace_id = $1`,
      [workspaceId],
    )
    return rows[0]?.count ?? ''
  }
  let last = ''
  await until('all changes became deliveries', async () => {
    const before = last
    await sleep(500)
    last = await count()
    return before === last
  })
}

interface Block {
  readonly writes: number
  /** The greater, the faster. */
  readonly speed: number
}

/** By the median time of writes at random moments, whether the ones before were answered or not. */
const writeAtRate = async (origin: string, workspace: Writable, seconds: number): Promise<Block> => {
  const times: Promise<number>[] = []
  const endMs = nowMs() + seconds * 1_000
  const timed = async (): Promise<number> => {
    const startMs = nowMs()
    await write(origin, workspace)
    return nowMs() - startMs
  }
  for (;;) {
    await sleep((-1_000 * Math.log(1 - Math.random())) / WRITES_PER_SECOND)
    if (nowMs() > endMs) return { writes: times.length, speed: 1 / median(await Promise.all(times)) }
    times.push(timed())
  }
}

let writes = 0

/** By writes per second, as many as possible. */
const writeMany = async (origin: string, { token }: Writable, seconds: number): Promise<Block> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = (): string => JSON.stringify({ name: `writer ${writes++}` })
  const call = { method: 'POST', path: '/rest/companies', headers, body } as const
  const { total, perSecond } = await measure(origin, call, WRITER_CONNECTIONS, seconds)
  return { writes: total, speed: perSecond }
}

type Status = 'active' | 'paused'

type Write = typeof writeAtRate

interface Measured {
  readonly speed: number
  /** Processor time of the gateway and Postgres per write, deliveries included. */
  readonly us: number
}

const measureBlock = async (
  { servers }: WriterOptions,
  work: () => Promise<Block>,
  settle: () => Promise<void> = async () => undefined,
): Promise<Measured> => {
  const { result, gatewayUs, postgresUs } = await costOf(servers, async () => {
    const block = await work()
    await settle()
    return block
  })
  return { speed: result.speed, us: (gatewayUs + postgresUs) / result.writes }
}

/** Deliveries of paused webhooks wait. Without a webhook, no gateway reads the change log. */
const withWebhooks = async (
  options: WriterOptions,
  sinks: Sinks,
  status: Status,
  work: () => Promise<Block>,
): Promise<Measured> => {
  const { pool, origin, hooked } = options
  const urls = sinks.origins.slice(0, RECEIVERS).map((each) => `${each}/writer`)
  await createWebhooks(origin, hooked, urls)
  await pool.query('update tenantry.webhooks set status = $2 where workspace_id = $1', [
    hooked.workspaceId,
    status,
  ])
  const measured = await measureBlock(options, work, () => fannedOut(pool, hooked))
  await pool.query('delete from tenantry_runtime.deliveries where workspace_id = $1', [hooked.workspaceId])
  await removeWebhooks(pool, hooked)
  await sleep(SETTLED_MS)
  return measured
}

/** Blocks of writes that take turns. @returns the speed with webhooks beside that with capture alone, and the costs */
const compare = async (options: WriterOptions, sinks: Sinks, status: Status, write: Write) => {
  const { origin, captured, hooked, seconds, rounds } = options
  const withThem = () => withWebhooks(options, sinks, status, () => write(origin, hooked, seconds))
  const alone = () => measureBlock(options, () => write(origin, captured, seconds))
  const pairs: (readonly [Measured, Measured])[] = []
  // The first round warms both up.
  for (let round = 0; round <= 2 * rounds; round += 1) {
    const early = round % 2 === 0 ? await alone() : null
    const own = await withThem()
    const other = early ?? (await alone())
    if (round > 0) pairs.push([own, other])
  }
  const us = ([0, 1] as const).map((side) => median(pairs.map((pair) => pair[side].us)).toFixed(0))
  return { ratio: spreadOf(pairs.map(([own, other]) => own.speed / other.speed)), us }
}

export const measureWriter = async (options: WriterOptions, sinks: Sinks): Promise<void> => {
  const { pool, captured, hooked } = options
  // Of both, so that creating a webhook does not turn it on.
  for (const { workspaceId } of [captured, hooked]) await setCapture(pool, workspaceId, true)
  for (const [status, deliveries] of [
    ['paused', 'wait'],
    ['active', 'run'],
  ] as const) {
    const paced = await compare(options, sinks, status, writeAtRate)
    console.log(
      `${WRITES_PER_SECOND} creates a second with ten webhooks whose deliveries ${deliveries}, speed beside capture alone: ${paced.ratio}; target ≥ 0.97; processor time of a create with its deliveries ${paced.us[0]} µs, with capture alone ${paced.us[1]} µs`,
    )
    const many = await compare(options, sinks, status, writeMany)
    console.log(
      `as many creates as possible, ${WRITER_CONNECTIONS} connections: ${many.ratio}; deliveries share the processor`,
    )
  }
}
