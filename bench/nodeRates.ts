// Requests to workspaces at several places, beside one another: per second, and the processor time of the
// gateway and of the backends that it is connected to. Prints a table.

import { asSuperuser } from '../test/support/citus.ts'
import type { Contender } from './contender.ts'
import { processUs } from './cost.ts'
import { line } from './figures.ts'
import { type Call, measure } from './load.ts'
import { median } from './median.ts'

const CONNECTIONS = 16
/** A fresh gateway and its backends compile what they run. */
const WARM_SECONDS = 6

export interface Setup {
  readonly name: string
  readonly gateway: Contender
  /** Of its workspaces, which take turns. */
  readonly tokens: readonly string[]
  /** URLs of a superuser at its database, on each server. */
  readonly databases: readonly string[]
}

interface RateOptions {
  /** Of a record. */
  readonly path: string
  readonly seconds: number
  readonly rounds: number
}

interface Sample {
  readonly perSecond: number
  /** Microseconds per request. */
  readonly gatewayUs: number
  readonly postgresUs: number
}

const BACKENDS_SQL = `select pid from pg_stat_activity
  where datname = current_database() and application_name like 'tenantry%'`

/** Processor time of the gateway's backends, by process id. */
const backendTimes = async (url: string): Promise<ReadonlyMap<number, number>> => {
  const rows = await asSuperuser(
    url,
    async (client) => (await client.query<{ pid: number }>(BACKENDS_SQL)).rows,
  )
  return new Map(rows.map(({ pid }) => [pid, processUs(pid)]))
}

/** What backends that are still there have used; one that came meanwhile began with nothing. */
const usedBetween = (before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number =>
  [...after].reduce((sum, [pid, us]) => sum + us - (before.get(pid) ?? 0), 0)

const sampleOf = async (
  { gateway, tokens, databases }: Setup,
  call: Omit<Call, 'headers'>,
  seconds: number,
): Promise<Sample> => {
  let turn = 0
  const nextHeaders = () => ({ authorization: `Bearer ${tokens[turn++ % tokens.length]}` })
  const headers = { 'content-type': 'application/json' }
  const read = async () => ({
    gatewayUs: processUs(gateway.pid),
    backends: await Promise.all(databases.map(backendTimes)),
  })
  const before = await read()
  const { perSecond, total } = await measure(
    gateway.origin,
    { ...call, headers, nextHeaders },
    CONNECTIONS,
    seconds,
  )
  const after = await read()
  const postgresUs = after.backends.map((times, at) => usedBetween(before.backends[at] ?? new Map(), times))
  return {
    perSecond,
    gatewayUs: (after.gatewayUs - before.gatewayUs) / total,
    postgresUs: postgresUs.reduce((sum, us) => sum + us, 0) / total,
  }
}

const print = (call: string, samples: ReadonlyMap<string, readonly Sample[]>): void => {
  const [first = []] = samples.values()
  for (const [setup, found] of samples) {
    const of = (name: keyof Sample): number => median(found.map((sample) => sample[name]))
    const ratio = (value: (sample: Sample) => number): string =>
      median(found.map((sample, round) => value(sample) / value(first[round] ?? sample))).toFixed(2)
    line(
      `${call}, ${setup}`,
      of('perSecond').toFixed(0),
      `${of('gatewayUs').toFixed(0)} µs`,
      `${of('postgresUs').toFixed(0)} µs`,
      ratio(({ perSecond }) => perSecond),
      ratio(({ gatewayUs, postgresUs }) => gatewayUs + postgresUs),
    )
  }
}

/** Setups take turns. Ratios are to the first setup in the same round, the median of all rounds. */
export const measureRates = async (
  setups: readonly Setup[],
  { path, seconds, rounds }: RateOptions,
): Promise<void> => {
  console.log(
    '\n| | requests/s | gateway | Postgres | rate, ratio | processor, ratio |\n|---|---|---|---|---|---|',
  )
  const calls: readonly (readonly [name: string, call: Omit<Call, 'headers'>])[] = [
    ['get', { method: 'GET', path }],
    ['create', { method: 'POST', path: '/rest/companies', body: () => '{"name":"Acme"}' }],
  ]
  for (const [name, call] of calls) {
    const samples = new Map<string, Sample[]>(setups.map((setup) => [setup.name, []]))
    for (const setup of setups) await sampleOf(setup, call, WARM_SECONDS)
    for (let round = 0; round < rounds; round += 1)
      for (const setup of setups) samples.get(setup.name)?.push(await sampleOf(setup, call, seconds))
    print(name, samples)
  }
}
