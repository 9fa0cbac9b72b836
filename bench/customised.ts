// A gateway with little memory and many workspaces whose models all differ:
// `npm run bench -- --customised 3000 [--heap 512]`. Each workspace has a column of its own. They are visited
// at random over REST and GraphQL. Prints the cold times, the memory of the process over the run and what the
// caches hold; fails on an error, above the limit of memory, and where it still grows. Linux alone.

import type { Pool } from 'pg'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { createOperatorKey } from '../tenants/operator.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import type { Contender } from './contender.ts'
import { inParallel } from './inParallel.ts'
import { createToken, type Issue } from './key.ts'
import { quantile } from './median.ts'
import { memoryMb } from './memory.ts'

const MB = 1024 * 1024
const LIMIT_MB = 900
/** Of the last third over the middle one. */
const LARGEST_GROWTH = 1.03
const VISITS_PER_WORKSPACE = 6
const AT_ONCE = 4

export interface CustomisedOptions {
  readonly pool: Pool
  readonly workspaces: number
  readonly gateway: Contender
  readonly issue: Issue
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const createTokens = async ({ pool, workspaces, issue }: CustomisedOptions): Promise<readonly string[]> => {
  const tokens: string[] = []
  const create = async (index: number): Promise<void> => {
    const { id, schemaName } = await createWorkspace(pool, { name: `Customised ${index}` })
    await pool.query(`alter table ${quoteIdentifier(schemaName)}.company add column own${index} text`)
    tokens[index] = await createToken(pool, issue, id)
  }
  await inParallel(workspaces, create, AT_ONCE)
  return tokens
}

/** Numbers below `count`, the same in every run. */
const createRandom = (count: number) => {
  let state = 1
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

const createVisitor = ({ origin }: Contender, tokens: readonly string[]) => {
  const ask = async (index: number, path: string, query?: string): Promise<number> => {
    const startMs = performance.now()
    const response = await fetch(origin + path, {
      headers: { authorization: `Bearer ${tokens[index]}`, 'content-type': 'application/json' },
      ...(query === undefined ? {} : { method: 'POST', body: JSON.stringify({ query }) }),
    })
    const text = await response.text()
    if (!response.ok || text.includes('"errors"')) throw new Error(`${path} of ${index} answered ${text}`)
    return performance.now() - startMs
  }
  return {
    rest: (index: number) => ask(index, '/rest/companies?limit=5'),
    graphql: (index: number) =>
      ask(index, '/graphql', `{ companies(first: 5) { edges { node { id name own${index} } } } }`),
  }
}

const printCaches = async (pool: Pool, { origin }: Contender): Promise<void> => {
  const { secret } = await createOperatorKey(pool, 'bench')
  const response = await fetch(`${origin}/admin/caches`, { headers: { authorization: `Bearer ${secret}` } })
  const { bytes, maxBytes, caches } = (await response.json()) as {
    readonly bytes: number
    readonly maxBytes: number
    readonly caches: readonly Readonly<Record<string, number | string>>[]
  }
  console.log(`\n${(bytes / MB).toFixed(0)} of ${(maxBytes / MB).toFixed(0)} MB in caches\n`)
  console.log('| cache | entries | KB | hits | misses | evictions |\n|---|---|---|---|---|---|')
  for (const cache of caches)
    console.log(
      `| ${cache.name} | ${cache.entries} | ${Math.round(Number(cache.bytes) / 1024)} | ${cache.hits} | ${cache.misses} | ${cache.evictions} |`,
    )
}

export const measureCustomised = async (options: CustomisedOptions): Promise<void> => {
  const { pool, workspaces, gateway } = options
  const tokens = await createTokens(options)
  console.log(`${workspaces} workspaces created; ${memoryMb(gateway.pid, 'resident').toFixed(0)} MB`)
  const { rest, graphql } = createVisitor(gateway, tokens)
  const cold = { rest: [] as number[], graphql: [] as number[] }
  // One at a time: how long a caller waits. The first loads GraphQL's library.
  await graphql(0)
  for (let index = 1; index < workspaces; index += 1) {
    cold.rest.push(await rest(index))
    cold.graphql.push(await graphql(index))
  }
  const describe = (times: readonly number[]): string =>
    `p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms`
  console.log(`cold REST ${describe(cold.rest)}; cold GraphQL after it ${describe(cold.graphql)}`)
  const random = createRandom(workspaces)
  const samples: number[] = []
  const visit = async (index: number): Promise<void> => {
    await (random() % 2 === 0 ? rest : graphql)(random())
    if (index % 20 === 0) samples.push(memoryMb(gateway.pid, 'resident'))
  }
  await inParallel(workspaces * VISITS_PER_WORKSPACE, visit, AT_ONCE)
  const third = Math.floor(samples.length / 3)
  const [middle, last] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))]
  const most = Math.max(...samples)
  console.log(
    `${workspaces * VISITS_PER_WORKSPACE} visits at random: at most ${most.toFixed(0)} MB; middle third ${middle.toFixed(0)}, last third ${last.toFixed(0)} MB`,
  )
  await printCaches(pool, gateway)
  if (most > LIMIT_MB) throw new Error(`The gateway reached ${most.toFixed(0)} MB; the limit is ${LIMIT_MB}.`)
  if (last > middle * LARGEST_GROWTH) throw new Error('Memory still grows in the last third.')
}
