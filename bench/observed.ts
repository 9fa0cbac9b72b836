// `npm run bench -- --observe`: what metrics and traces add to the processor time of a request, in the
// gateway alone. Two gateways without either take part: how far apart these two are is what the measurement
// cannot show. Gateways that run the same code differ by some per cent for as long as they live, since V8
// optimises each in its own order, so each generation starts new ones.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Contender } from './contender.ts'
import { processUs } from './cost.ts'
import { type Call, check, measure } from './load.ts'
import { median } from './median.ts'

export interface ObservedOptions {
  readonly startGateway: (environment: Readonly<Record<string, string>>) => Promise<Contender>
  readonly calls: readonly { readonly name: string; readonly call: Call }[]
  /** To each gateway, for each call, in all generations together. */
  readonly requests: number
}

const CONNECTIONS = 16
/**
 * As a gateway that has served for minutes: V8 goes on optimising for so many requests, and of code that one in ten
 * of them enters for longer than of the rest: rounds of a traced gateway went from 110 to 80 µs in that time.
 */
const WARM_UP = 200_000
const ROUND = 8_000
/** Of each gateway in a generation: once forth and once back, so that a drift adds to all of them alike. */
const ROUNDS = 2

const PLAIN = ['plain', 'plain again'] as const

type Costs = ReadonlyMap<string, number>

/** Microseconds per request of each gateway in one generation. */
const measureGeneration = async (gateways: ReadonlyMap<string, Contender>, call: Call): Promise<Costs> => {
  const names = [...gateways.keys()]
  const costs = new Map(names.map((name) => [name, 0]))
  for (const { origin } of gateways.values()) await check(origin, call)
  for (const { origin } of gateways.values()) await measure(origin, call, CONNECTIONS, { amount: WARM_UP })
  for (const name of [...names, ...names.toReversed()]) {
    const gateway = gateways.get(name)
    if (gateway === undefined) continue
    const beforeUs = processUs(gateway.pid)
    const { total } = await measure(gateway.origin, call, CONNECTIONS, { amount: ROUND })
    const us = (processUs(gateway.pid) - beforeUs) / total / ROUNDS
    costs.set(name, (costs.get(name) ?? 0) + us)
  }
  return costs
}

/** Collects traces in this process, whose time does not count. */
const openCollector = async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: (): void => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Each gateway is the first one once: a later one takes up to a fifth less time, from its start to its end. */
const rotated = <T>(list: readonly T[], by: number): readonly T[] => {
  const shift = by % list.length
  return [...list.slice(shift), ...list.slice(0, shift)]
}

const costOf = (costs: Costs, name: string): number => costs.get(name) ?? Number.NaN
const plainOf = (costs: Costs): number => PLAIN.reduce((sum, name) => sum + costOf(costs, name), 0) / 2
const sumOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0)

const rowOf = (call: string, name: string, generations: readonly Costs[]): string => {
  const baseOf = (costs: Costs): number => (name === PLAIN[1] ? costOf(costs, PLAIN[0]) : plainOf(costs))
  const own = generations.map((costs) => costOf(costs, name))
  const base = generations.map(baseOf)
  const ratios = own.map((us, at) => us / (base[at] ?? Number.NaN))
  const shown = ratios.map((ratio) => ratio.toFixed(3)).join(' ')
  const cells = [median(own).toFixed(0), (sumOf(own) / sumOf(base)).toFixed(3), median(ratios).toFixed(3)]
  return `| ${call} | ${name} | ${cells.join(' | ')} | ${shown} |`
}

export const measureObserved = async (options: ObservedOptions): Promise<void> => {
  const { startGateway, calls, requests } = options
  const collector = await openCollector()
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.1',
  }
  const environments: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [PLAIN[0], {}],
    ['metrics', { ADMIN_PORT: '0' }],
    ['traces of 10 %', traced],
    [PLAIN[1], {}],
  ]
  const generations = Math.ceil(requests / ROUND / ROUNDS)
  console.log(`${generations} generations of ${ROUND * ROUNDS} requests, ${CONNECTIONS} connections\n`)
  console.log('| request | gateway | µs | ratio of all | median | ratios of the generations |')
  console.log('|---|---|---|---|---|---|')
  try {
    for (const { name: callName, call } of calls) {
      const all: Costs[] = []
      while (all.length < generations) {
        const gateways = new Map<string, Contender>()
        for (const [name, environment] of rotated(environments, all.length))
          gateways.set(name, await startGateway(environment))
        all.push(await measureGeneration(gateways, call))
        for (const gateway of gateways.values()) await gateway.stop()
      }
      for (const [name] of environments) console.log(rowOf(callName, name, all))
    }
  } finally {
    collector.close()
  }
}
