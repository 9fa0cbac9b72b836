// `npm run bench -- --processes 2`: several processes beside one. `npm run bench -- --against <directory>`:
// another checkout of the project beside this one.
// Gateways that differ in one thing take turns with the same requests; what counts is the processor time for
// each request, of all processes of a gateway, which hardly depends on other load.

import type { Contender } from './contender.ts'
import { familyUs } from './cost.ts'
import { type Call, check, measure } from './load.ts'
import { median, quantile } from './median.ts'

type StartGateway = (
  environment: Readonly<Record<string, string>>,
  flags?: readonly string[],
  checkout?: string,
) => Promise<Contender>

interface Variant {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  /** Directory of another checkout, with its dependencies installed; absent: this one. */
  readonly checkout?: string
}

export interface VariantsOptions {
  readonly startGateway: StartGateway
  readonly postgresPid: number
  readonly calls: readonly { readonly name: string; readonly call: Call }[]
  readonly rounds: number
  /** Of a round, for each variant and call. */
  readonly seconds: number
}

interface Sample {
  readonly gatewayUs: number
  readonly postgresUs: number
  readonly perSecond: number
}

const CONNECTIONS = 16
/** V8 optimises code that ran some thousand times. */
const WARM_UP = 20_000

const sampleOf = async (
  { origin, pid }: Contender,
  call: Call,
  { postgresPid, seconds }: VariantsOptions,
): Promise<Sample> => {
  const before = [familyUs(pid), familyUs(postgresPid)] as const
  const { total, perSecond } = await measure(origin, call, CONNECTIONS, seconds)
  return {
    gatewayUs: (familyUs(pid) - before[0]) / total,
    postgresUs: (familyUs(postgresPid) - before[1]) / total,
    perSecond,
  }
}

const QUARTILES = [0.25, 0.5, 0.75]

/** Ratios are those of a round: what else the machine does changes less in it than from one to the next. */
const cellOf = (samples: readonly Sample[], base: readonly Sample[]): string => {
  const of = (name: keyof Sample): string => {
    const ratios = samples.map((sample, at) => sample[name] / (base[at]?.[name] ?? Number.NaN))
    const [lower, middle, upper] = QUARTILES.map((share) => quantile(ratios, share).toFixed(2))
    return `${median(samples.map((sample) => sample[name])).toFixed(0)} (${middle}; ${lower}–${upper})`
  }
  return `${of('gatewayUs')} | ${of('postgresUs')} | ${of('perSecond')}`
}

/** The first variant is the base of the ratios. */
const compareVariants = async (variants: readonly Variant[], options: VariantsOptions): Promise<void> => {
  const gateways: Contender[] = []
  for (const { environment, checkout } of variants)
    gateways.push(await options.startGateway(environment, [], checkout))
  const { seconds, rounds } = options
  console.log(
    `${rounds} alternating rounds of ${seconds} s each, ${CONNECTIONS} connections; median (ratio; quartiles)\n`,
  )
  console.log('| request | gateway | µs gateway | µs Postgres | requests/s |')
  console.log('|---|---|---|---|---|')
  for (const { name, call } of options.calls) {
    for (const { origin } of gateways) {
      await check(origin, call)
      await measure(origin, call, CONNECTIONS, { amount: WARM_UP })
    }
    const samples: Sample[][] = gateways.map(() => [])
    for (let at = 0; at < rounds; at += 1)
      for (let turn = 0; turn < gateways.length; turn += 1) {
        const next = (turn + at) % gateways.length
        const gateway = gateways[next]
        if (gateway !== undefined) samples[next]?.push(await sampleOf(gateway, call, options))
      }
    for (const [at, variant] of variants.entries())
      console.log(`| ${name} | ${variant.name} | ${cellOf(samples[at] ?? [], samples[0] ?? [])} |`)
  }
  for (const gateway of gateways) await gateway.stop()
}

export const measureProcesses = (processes: string, options: VariantsOptions): Promise<void> =>
  compareVariants(
    [
      { name: 'one process', environment: {} },
      { name: `${processes} processes`, environment: { PROCESSES: processes } },
    ],
    options,
  )

/** Both serve the same database, so the older one must be of a version that serves the newer one's schema. */
export const measureAgainst = (checkout: string, options: VariantsOptions): Promise<void> =>
  compareVariants(
    [
      { name: 'other checkout', environment: {}, checkout },
      { name: 'this one', environment: {} },
    ],
    options,
  )
