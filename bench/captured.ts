// What the change log costs a writer. In: two equal workspaces behind one gateway, one of them with capture
// on; out: a table of both rates, taken in turns, and their ratio. Then the same with its capture turned off
// again, as `CAPTURE=demand` does when the last reader has gone.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../sql/placeholder.ts'
import { costOf, type Servers } from './cost.ts'
import { type Call, check, measure } from './load.ts'
import { median } from './median.ts'
import { scenarios } from './scenarios.ts'

const CONNECTIONS = 16
const WARM_UP_S = 1
const JSON_TYPE = { 'content-type': 'application/json' }

export interface Side {
  readonly schema: string
  readonly token: string
  readonly companyIds: readonly string[]
}

export interface CapturedOptions {
  readonly pool: Pool
  readonly origin: string
  readonly servers: Servers
  readonly captured: Side
  readonly uncaptured: Side
  /** Turns capture off. */
  readonly release: () => Promise<unknown>
  readonly only?: string | undefined
  readonly seconds: number
  readonly rounds: number
}

interface Rate {
  readonly total: number
  readonly perSecond: number
}

interface Sample {
  readonly perSecond: number
  /** Processor time for one. */
  readonly gatewayUs: number
  readonly postgresUs: number
}

interface Row {
  readonly name: string
  readonly target: number
  /** Of requests, or of statements. */
  readonly rate: (side: Side, seconds: number) => Promise<Rate>
}

/** Of a workspace that nothing listens to any more. */
const RELEASED_TARGET = 0.97

let counter = 0

const requests =
  (origin: string, callOf: (side: Side) => Call) =>
  async (side: Side, seconds: number): Promise<Rate> => {
    const call = callOf(side)
    await check(origin, call)
    return measure(origin, call, CONNECTIONS, seconds)
  }

const create =
  (name: string) =>
  ({ companyIds, token }: Side): Call => {
    const scenario = scenarios(companyIds, token).find((one) => one.protocol === 'REST' && one.name === name)
    if (scenario?.calls.tenantry === undefined) throw new Error(`There is no scenario ${name}.`)
    return scenario.calls.tenantry
  }

const update = ({ companyIds, token }: Side): Call => ({
  method: 'PATCH',
  path: `/rest/companies/${companyIds[0]}`,
  nextPath: () => `/rest/companies/${companyIds[counter % companyIds.length]}`,
  headers: { authorization: `Bearer ${token}`, ...JSON_TYPE },
  body: () => {
    counter += 1
    return JSON.stringify({ name: `Company ${counter}` })
  },
})

const updateAll = (pool: Pool) => async (side: Side) => {
  const started = process.hrtime.bigint()
  await pool.query(
    bindSchema(
      `update ${inWorkspace('company')} set position = position + 1 where id in (
      select id from ${inWorkspace('company')} order by id limit 10000)`,
      side.schema,
    ),
  )
  return { total: 1, perSecond: 1e9 / Number(process.hrtime.bigint() - started) }
}

const rowsOf = ({ pool, origin }: CapturedOptions): readonly Row[] => [
  { name: 'create', target: 0.9, rate: requests(origin, create('create')) },
  { name: 'update', target: 0.78, rate: requests(origin, update) },
  { name: 'batch of 60', target: 0.78, rate: requests(origin, create('batch of 60')) },
  { name: 'update of 10,000 rows by SQL', target: 0.58, rate: updateAll(pool) },
]

export const measureCaptured = async (options: CapturedOptions): Promise<void> => {
  const rows = rowsOf(options).filter(({ name }) => name.includes(options.only ?? ''))
  await measureRows(options, 'captured', rows)
  await options.release()
  await measureRows(
    options,
    'no longer captured',
    rows.map((row) => ({ ...row, target: RELEASED_TARGET })),
  )
}

const ratioOf = (ones: readonly number[], others: readonly number[]) => {
  const ratios = ones.map((one, round) => one / (others[round] ?? Number.NaN))
  return [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(2))
}

const measureRows = async (options: CapturedOptions, what: string, rows: readonly Row[]): Promise<void> => {
  const { captured, uncaptured, servers, seconds, rounds } = options
  console.log(
    `| write | ${what} /s | not captured /s | ratio | least | most | target ${['Postgres', 'gateway']
      .map((server) => `| µs of ${server} | | ratio | least | most `)
      .join('')}|`,
  )
  console.log(`|${'---|'.repeat(17)}`)
  for (const { name, target, rate } of rows) {
    const sample = async (side: Side): Promise<Sample> => {
      const { result, gatewayUs, postgresUs } = await costOf(servers, () => rate(side, seconds))
      const { total, perSecond } = result
      return { perSecond, gatewayUs: gatewayUs / total, postgresUs: postgresUs / total }
    }
    const ones: Sample[] = []
    const others: Sample[] = []
    for (const side of [captured, uncaptured]) await rate(side, WARM_UP_S)
    for (let round = 0; round < rounds; round += 1)
      if (round % 2 === 0) {
        ones.push(await sample(captured))
        others.push(await sample(uncaptured))
      } else {
        others.push(await sample(uncaptured))
        ones.push(await sample(captured))
      }
    const cellsOf = (of: (each: Sample) => number, digits: number): readonly string[] => [
      ...[ones, others].map((side) => median(side.map(of)).toFixed(digits)),
      ...ratioOf(ones.map(of), others.map(of)),
    ]
    const cells = [
      ...cellsOf(({ perSecond }) => perSecond, 1),
      `≥ ${target}`,
      ...cellsOf(({ postgresUs }) => postgresUs, 0),
      ...cellsOf(({ gatewayUs }) => gatewayUs, 0),
    ]
    console.log(`| ${[name, ...cells].join(' | ')} |`)
  }
}
