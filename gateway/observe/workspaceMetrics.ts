// Metrics of the workspaces of the database, which all its gateways share, and of the ones that
// METRICS_WORKSPACES lists.

import { Counter, type Registry } from 'prom-client'
import type { StatementRun } from '../../sql/pipeline/pool.ts'
import { countWorkspaces } from '../../tenants/workspace.ts'
import type { Pools } from './databaseMetrics.ts'
import { sharedGauge, sharedRead } from './sharedRead.ts'
import type { TopRequest } from './top.ts'

const KEPT_FOR_MS = 10_000

export const watchWorkspaces = (registry: Registry, { coordinator }: Pools): void => {
  const read = sharedRead(() => countWorkspaces(coordinator), KEPT_FOR_MS)
  sharedGauge({
    name: 'tenantry_workspaces',
    help: 'Workspaces by status; `purging`: a deleted one whose purge has begun.',
    labelNames: ['status'] as const,
    registers: [registry],
    async collect() {
      this.reset()
      for (const [status, count] of Object.entries((await read()) ?? {})) this.set({ status }, count)
    },
  })
}

/** The label of all workspaces that are not listed. */
const OTHER = '_other'

interface Counts {
  requests: number
  errors: number
  milliseconds: number
  rows: number
}

const zero = (): Counts => ({ requests: 0, errors: 0, milliseconds: 0, rows: 0 })

/** @param listed ids; the number of series is bounded by the setting */
export const createListedWorkspaces = (registry: Registry, listed: readonly string[]) => {
  const other = zero()
  const known = new Map(listed.map((id) => [id, zero()]))
  const countsOf = (id: string): Counts => known.get(id) ?? other
  const counter = (name: string, help: string, amountOf: (counts: Counts) => number): void => {
    new Counter({
      name: `tenantry_workspace_${name}_total`,
      help,
      labelNames: ['workspace'] as const,
      registers: [registry],
      collect() {
        this.reset()
        for (const [workspace, counts] of [...known, [OTHER, other] as const])
          this.inc({ workspace }, amountOf(counts))
      },
    })
  }
  counter('requests', 'Requests of a workspace in METRICS_WORKSPACES.', ({ requests }) => requests)
  counter('errors', 'Of these, the ones answered by 400 or above.', ({ errors }) => errors)
  counter(
    'statement_seconds',
    'Time that Postgres worked on its statements.',
    ({ milliseconds }) => milliseconds / 1_000,
  )
  counter('rows', 'Rows of the results of its statements.', ({ rows }) => rows)
  return {
    onRequest: ({ workspaceId, status }: TopRequest): void => {
      const counts = countsOf(workspaceId)
      counts.requests += 1
      if (status >= 400) counts.errors += 1
    },
    onStatement: ({ workspace, busyMs, rows }: StatementRun): void => {
      const counts = countsOf(workspace)
      counts.milliseconds += busyMs
      counts.rows += rows
    },
  }
}
