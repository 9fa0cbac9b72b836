// `npm run bench -- --fairness 2000000`: what a workspace with slow queries costs its neighbour. Fifty requests
// that read a whole table wait and run, and beside them as many of the same statements as may run at a time, in
// SQL, without a gateway. Prints the neighbour's percentiles in turns; its requests come at a fixed rate.

import { Client } from 'pg'
import { bindSchema, inWorkspace } from '../sql/placeholder.ts'
import { type Call, check, measure } from './load.ts'
import { median } from './median.ts'

/** Default of WORKSPACE_MAX_STATEMENTS. */
const MAX_STATEMENTS = 4
const SLOW_REQUESTS = 50
/** Of the neighbour: far below what the machine can do. */
const RATE = { perSecond: 100, connections: 4 } as const
const SETTLE_MS = 2_000
const TARGET = 1.5

const NO_TITLE = '%no such title%'
const SLOW_PATH = `/rest/people?filter=${encodeURIComponent(`jobTitle[ilike]:"${NO_TITLE}"`)}&limit=20`
/** The statement of that request, apart from its count, which a page without records does not need. */
const SLOW_SQL = `select * from ${inWorkspace('person')} where deleted_at is null and job_title ilike $1
  order by id limit 21`

interface FairnessOptions {
  readonly ownerUrl: string
  readonly origin: string
  readonly slow: { readonly schema: string; readonly token: string }
  readonly neighbour: readonly { readonly name: string; readonly call: Call }[]
  readonly rounds: number
  /** Of a measurement. */
  readonly seconds: number
}

/** Work beside the neighbour's requests, until it is stopped. */
type Load = (signal: AbortSignal) => Promise<void>

const requests =
  ({ origin, slow }: FairnessOptions): Load =>
  async (signal) => {
    const headers = { authorization: `Bearer ${slow.token}` }
    const ask = async (): Promise<void> => {
      while (!signal.aborted) {
        const answer = await fetch(origin + SLOW_PATH, { headers, signal }).catch(() => null)
        await answer?.arrayBuffer().catch(() => null)
      }
    }
    await Promise.all(Array.from({ length: SLOW_REQUESTS }, ask))
  }

const statements =
  ({ ownerUrl, slow }: FairnessOptions): Load =>
  async (signal) => {
    const run = async (): Promise<void> => {
      const client = new Client({ connectionString: ownerUrl })
      await client.connect()
      while (!signal.aborted) await client.query(bindSchema(SLOW_SQL, slow.schema), [NO_TITLE])
      await client.end()
    }
    await Promise.all(Array.from({ length: MAX_STATEMENTS }, run))
  }

const idle: Load = async () => {}

/** The neighbour's latency beside the load. */
const latency = async ({ origin, seconds }: FairnessOptions, call: Call, load: Load) => {
  const stop = new AbortController()
  const running = load(stop.signal)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const measured = await measure(origin, call, RATE.connections, seconds, RATE.perSecond)
  stop.abort()
  await running
  return measured
}

export const measureFairness = async (options: FairnessOptions): Promise<void> => {
  const loads = { alone: idle, 'beside SQL': statements(options), 'beside requests': requests(options) }
  console.log(
    `${RATE.perSecond} requests/s of the neighbour; ${options.rounds} rounds of ${options.seconds} s; median`,
  )
  console.log(`${SLOW_REQUESTS} slow requests, beside ${MAX_STATEMENTS} slow statements in SQL\n`)
  console.log(
    '| request | p50 alone, beside SQL, beside requests | p99 alone, beside SQL, beside requests | ratio of p99 | target |',
  )
  console.log('|---|---|---|---|---|')
  for (const { name, call } of options.neighbour) {
    await check(options.origin, call)
    await measure(options.origin, call, RATE.connections, { amount: 2_000 })
    const samples = Object.values(loads).map((load) => ({ load, p50s: [] as number[], p99s: [] as number[] }))
    for (let round = 0; round < options.rounds; round += 1)
      for (const { load, p50s, p99s } of round % 2 === 0 ? samples : samples.toReversed()) {
        const { p50Ms, p99Ms } = await latency(options, call, load)
        p50s.push(p50Ms)
        p99s.push(p99Ms)
      }
    const [p50, p99] = [samples.map(({ p50s }) => median(p50s)), samples.map(({ p99s }) => median(p99s))]
    const ratio = (p99[2] ?? Number.NaN) / (p99[1] ?? Number.NaN)
    console.log(
      `| ${name} | ${p50.join(', ')} ms | ${p99.join(', ')} ms | ${ratio.toFixed(2)} | ≤ ${TARGET} |`,
    )
  }
}
