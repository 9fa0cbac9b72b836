// What the change log costs a writer. In: two equal workspaces behind one gateway, one of them with capture
// on; out: a table of both rates, taken in turns, and their ratio. Then the same with its capture turned off
// again, as `CAPTURE=demand` does when the last reader has gone.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../sql/placeholder.ts'
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
  readonly captured: Side
  readonly uncaptured: Side
  /** Turns capture off. */
  readonly release: () => Promise<unknown>
  readonly only?: string | undefined
  readonly seconds: number
  readonly rounds: number
}

interface Row {
  readonly name: string
  readonly target: number
  /** Requests, or statements, per second. */
  readonly rate: (side: Side, seconds: number) => Promise<number>
}

/** Of a workspace that nothing listens to any more. */
const RELEASED_TARGET = 0.97

let counter = 0

const requests =
  (origin: string, callOf: (side: Side) => Call) =>
  async (side: Side, seconds: number): Promise<number> => {
    const call = callOf(side)
    await check(origin, call)
    return (await measure(origin, call, CONNECTIONS, seconds)).perSecond
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
  return 1e9 / Number(process.hrtime.bigint() - started)
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

const measureRows = async (options: CapturedOptions, what: string, rows: readonly Row[]): Promise<void> => {
  const sides = [options.captured, options.uncaptured]
  console.log(`| write | ${what} /s | not captured /s | ratio | least | most | target |`)
  console.log('|---|---|---|---|---|---|---|')
  for (const { name, target, rate } of rows) {
    const samples = sides.map((side) => ({ side, rates: [] as number[] }))
    for (const side of sides) await rate(side, WARM_UP_S)
    for (let round = 0; round < options.rounds; round += 1)
      for (const { side, rates } of round % 2 === 0 ? samples : samples.toReversed())
        rates.push(await rate(side, options.seconds))
    const [captured = [], plain = []] = samples.map(({ rates }) => rates)
    const ratios = captured.map((rate, round) => rate / (plain[round] ?? Number.NaN))
    const shown = [median(captured), median(plain)].map((value) => value.toFixed(1))
    const spread = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(2))
    console.log(`| ${[name, ...shown, ...spread, `≥ ${target}`].join(' | ')} |`)
  }
}
