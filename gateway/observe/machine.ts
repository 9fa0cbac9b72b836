// What operators see of the memory of the gateway: its caches, running statements and heaviest workspaces, of
// all processes together.

import type { RunningSession } from '../../sql/pipeline/pool.ts'
import type { CacheBudget, CacheUse } from '../cache/budget.ts'
import type { Siblings } from '../processes/siblings.ts'
import { type HeavyWorkspace, type MEASURES, MOST_COUNTERS, type Top } from './top.ts'

type TopArguments = Parameters<Top['of']>
type TopAnswer = ReturnType<Top['of']>

interface Caches {
  readonly bytes: number
  readonly maxBytes: number
  readonly caches: readonly CacheUse[]
}

export interface Machine {
  readonly caches: () => Promise<Caches>
  readonly running: () => Promise<readonly RunningSession[]>
  readonly top: (...query: TopArguments) => Promise<TopAnswer>
}

interface Own {
  readonly budget: Pick<CacheBudget, 'report' | 'maxBytes' | 'bytes'>
  readonly running: () => readonly RunningSession[]
  readonly top: Pick<Top, 'of'>
}

const sumOf = <T>(all: readonly T[], amountOf: (each: T) => number): number =>
  all.reduce((sum, each) => sum + amountOf(each), 0)

const addCaches = (all: readonly Caches[]): Caches => ({
  bytes: sumOf(all, ({ bytes }) => bytes),
  maxBytes: sumOf(all, ({ maxBytes }) => maxBytes),
  caches: [
    ...Map.groupBy(
      all.flatMap(({ caches }) => caches),
      ({ name }) => name,
    ),
  ].map(([name, uses]) => ({
    name,
    entries: sumOf(uses, ({ entries }) => entries),
    bytes: sumOf(uses, ({ bytes }) => bytes),
    maxBytes: sumOf(uses, ({ maxBytes }) => maxBytes),
    hits: sumOf(uses, ({ hits }) => hits),
    misses: sumOf(uses, ({ misses }) => misses),
    evictions: sumOf(uses, ({ evictions }) => evictions),
  })),
})

/** A measure is unknown where no process has it. */
const addWorkspace = (workspaceId: string, all: readonly HeavyWorkspace[]): HeavyWorkspace => {
  const measured = (measure: (typeof MEASURES)[number]): number | null =>
    all.every((each) => each[measure] === null) ? null : sumOf(all, (each) => each[measure] ?? 0)
  return {
    workspaceId,
    time: measured('time'),
    requests: measured('requests'),
    errors: measured('errors'),
    rows: measured('rows'),
    excess: sumOf(all, ({ excess }) => excess),
  }
}

const addTops = (by: TopArguments[0], all: readonly TopAnswer[]): TopAnswer => ({
  since: new Date(Math.min(...all.map(({ since }) => since.getTime()))),
  workspaces: [
    ...Map.groupBy(
      all.flatMap(({ workspaces }) => workspaces),
      ({ workspaceId }) => workspaceId,
    ),
  ]
    .map(([workspaceId, each]) => addWorkspace(workspaceId, each))
    .toSorted((a, b) => (b[by] ?? 0) - (a[by] ?? 0))
    .slice(0, MOST_COUNTERS),
})

/** @param siblings undefined: there is one process */
export const observeMachine = ({ budget, running, top }: Own, siblings: Siblings | undefined): Machine => {
  const caches = (): Caches => ({
    bytes: budget.bytes(),
    maxBytes: budget.maxBytes,
    caches: budget.report(),
  })
  if (siblings === undefined)
    return {
      caches: async () => caches(),
      running: async () => running(),
      top: async (...query) => top.of(...query),
    }
  siblings.answer({ caches, running, top: (query: TopArguments) => top.of(...query) })
  return {
    caches: async () => addCaches(await siblings.gather<Caches>('caches')),
    running: async () => (await siblings.gather<readonly RunningSession[]>('running')).flat(),
    top: async (...query) => addTops(query[0], await siblings.gather<TopAnswer>('top', query)),
  }
}
