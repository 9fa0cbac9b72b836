// Contenders take turns at one scenario. In: the contenders, the scenario and the rounds; out: a line of the
// table with the medians, the spread of the ratio and the processor time per request.

import type { Contender } from './contender.ts'
import { familyUs, processUs } from './cost.ts'
import { type Call, check, measure } from './load.ts'
import { median } from './median.ts'
import type { ContenderName, Scenario } from './scenarios.ts'

/** V8 optimises the code of a new process during its first ten thousand requests. */
const WARM_UP_S = 5

export interface Rounds {
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  /** The server that all contenders use. */
  readonly postgresPid: number
}

interface Sample {
  readonly perSecond: number
  readonly p99Ms: number
  /** Processor time per request. */
  readonly serverUs: number
  readonly postgresUs: number
}

const sampleOf = async (contender: Contender, call: Call, settings: Rounds): Promise<Sample> => {
  const { connections, seconds, postgresPid } = settings
  const [server, postgres] = [processUs(contender.pid), familyUs(postgresPid)]
  const { total, perSecond, p99Ms } = await measure(contender.origin, call, connections, seconds)
  return {
    perSecond,
    p99Ms,
    serverUs: (processUs(contender.pid) - server) / total,
    postgresUs: (familyUs(postgresPid) - postgres) / total,
  }
}

export const HEADER = `| protocol | scenario | connections | req/s | p99 | µs gateway + Postgres | beside | req/s | p99 | µs server + Postgres | ratio (least–most) | target | p99 ratio (least–most) |
|---|---|---|---|---|---|---|---|---|---|---|---|---|`

const shown = (samples: readonly Sample[]): string[] => {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick)).toFixed(0)
  return [
    of(({ perSecond }) => perSecond),
    `${of(({ p99Ms }) => p99Ms)} ms`,
    `${of(({ serverUs }) => serverUs)} + ${of(({ postgresUs }) => postgresUs)}`,
  ]
}

/** The median of the rounds, the minimum and the maximum. */
const spread = (ratios: readonly number[]): string =>
  `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`

const formatLine = (
  { protocol, name, target, mostP99 }: Scenario,
  connections: number,
  [[, ours], [other, theirs]]: readonly [readonly [string, Sample[]], readonly [string, Sample[]]],
): string => {
  const ratios = (of: (sample: Sample) => number): readonly number[] =>
    ours.map((sample, round) => {
      const beside = theirs[round]
      return beside === undefined ? Number.NaN : of(sample) / of(beside)
    })
  const speeds = ratios(({ perSecond }) => perSecond)
  const tails = ratios(({ p99Ms }) => p99Ms)
  const bound = mostP99 === undefined ? '' : `, ≤ ${mostP99}${median(tails) <= mostP99 ? '' : ' missed'}`
  const cells = [
    protocol,
    name,
    String(connections),
    ...shown(ours),
    other,
    ...shown(theirs),
    spread(speeds),
    `≥ ${target}${median(speeds) >= target ? '' : ' missed'}`,
    `${spread(tails)}${bound}`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** @returns a line of the table under `HEADER` */
export const compare = async (
  contenders: ReadonlyMap<ContenderName, Contender>,
  scenario: Scenario,
  settings: Rounds,
): Promise<string> => {
  const entries = Object.entries(scenario.calls).flatMap(([name, call]) => {
    const contender = contenders.get(name as ContenderName)
    return contender ? [{ name, contender, call, samples: [] as Sample[] }] : []
  })
  for (const { contender, call } of entries) {
    await check(contender.origin, call)
    await measure(contender.origin, call, settings.connections, WARM_UP_S)
  }
  for (let round = 0; round < settings.rounds; round += 1)
    for (const { contender, call, samples } of round % 2 === 0 ? entries : entries.toReversed())
      samples.push(await sampleOf(contender, call, settings))
  const [ours, theirs] = entries
  if (ours === undefined || theirs === undefined) throw new Error(`${scenario.name} needs two contenders.`)
  return formatLine(scenario, settings.connections, [
    [ours.name, ours.samples],
    [theirs.name, theirs.samples],
  ])
}
