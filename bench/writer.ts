// What ten webhooks cost a writer, beside capture alone. Deliveries run in the process that answers the writer,
// so two things are measured: a writer that leaves time for the deliveries of its changes, and as many
// connections as keep the gateway busy, whose deliveries then take their part of the processor.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { setCapture } from '../tenants/changes/capture.ts'
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
  /** Workspaces with the same rows: one gets webhooks, the other capture alone. */
  readonly hooked: Writable
  readonly captured: Writable
  readonly seconds: number
  readonly rounds: number
}

const WRITER_WRITES = 60
/** On average, between writes of one writer: 20 creates and 200 deliveries a second. */
const WRITER_PAUSE_MS = 50
const WRITER_CONNECTIONS = 16
/** Until the gateway has noticed that no webhook is left. */
const SETTLED_MS = 500

/** Nothing of the writes so far is delivered later. */
const forgetDeliveries = async (pool: Pool, { workspaceId }: Writable): Promise<void> => {
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
  await pool.query('delete from tenantry_runtime.deliveries where workspace_id = $1', [workspaceId])
}

/** Median time of a write, at moments that have nothing to do with the deliveries of the write before. */
const timeOfWrite = async (origin: string, workspace: Writable): Promise<number> => {
  const times: number[] = []
  for (let index = 0; index < WRITER_WRITES; index += 1) {
    await sleep(2 * WRITER_PAUSE_MS * Math.random())
    const startMs = nowMs()
    await write(origin, workspace)
    times.push(nowMs() - startMs)
  }
  return median(times)
}

let writes = 0

/** Writes per second, as many as possible. */
const rateOfWrites = async (origin: string, { token }: Writable, seconds: number): Promise<number> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = (): string => JSON.stringify({ name: `writer ${writes++}` })
  const call = { method: 'POST', path: '/rest/companies', headers, body } as const
  return (await measure(origin, call, WRITER_CONNECTIONS, seconds)).perSecond
}

type Status = 'active' | 'paused'

/** Deliveries of paused webhooks wait. Without a webhook, no gateway reads the change log. */
const withWebhooks = async (
  { pool, origin, hooked }: WriterOptions,
  sinks: Sinks,
  status: Status,
  speed: (workspace: Writable) => Promise<number>,
): Promise<number> => {
  const urls = sinks.origins.slice(0, RECEIVERS).map((each) => `${each}/writer`)
  await createWebhooks(origin, hooked, urls)
  await pool.query('update tenantry.webhooks set status = $2 where workspace_id = $1', [
    hooked.workspaceId,
    status,
  ])
  const found = await speed(hooked)
  await forgetDeliveries(pool, hooked)
  await removeWebhooks(pool, hooked)
  await sleep(SETTLED_MS)
  return found
}

/** Blocks of writes that take turns. @returns the speed with webhooks beside that with capture alone */
const compare = async (
  options: WriterOptions,
  sinks: Sinks,
  status: Status,
  speed: (workspace: Writable) => Promise<number>,
): Promise<string> => {
  const { captured, rounds } = options
  const hooked = () => withWebhooks(options, sinks, status, speed)
  const alone = () => speed(captured)
  const ratios: number[] = []
  // The first round warms both up.
  for (let round = 0; round <= 2 * rounds; round += 1) {
    const early = round % 2 === 0 ? await alone() : Number.NaN
    const own = await hooked()
    const ratio = own / (round % 2 === 0 ? early : await alone())
    if (round > 0) ratios.push(ratio)
  }
  return spreadOf(ratios)
}

export const measureWriter = async (options: WriterOptions, sinks: Sinks): Promise<void> => {
  const { pool, origin, seconds, captured, hooked } = options
  // Of both, so that creating a webhook does not turn it on.
  for (const { workspaceId } of [captured, hooked]) await setCapture(pool, workspaceId, true)
  const speedOfOne = async (workspace: Writable) => 1 / (await timeOfWrite(origin, workspace))
  const speedOfMany = (workspace: Writable) => rateOfWrites(origin, workspace, seconds)
  for (const [status, deliveries] of [
    ['paused', 'wait'],
    ['active', 'run'],
  ] as const) {
    const one = await compare(options, sinks, status, speedOfOne)
    const many = await compare(options, sinks, status, speedOfMany)
    console.log(
      `create with ten webhooks whose deliveries ${deliveries}, speed beside capture alone: one writer ${one}, ${WRITER_CONNECTIONS} connections ${many}; target ≥ 0.97`,
    )
  }
}
