// Metrics of the workspaces of the database, which all its gateways share.

import type { Registry } from 'prom-client'
import { countWorkspaces } from '../../tenants/workspace.ts'
import type { Pools } from './databaseMetrics.ts'
import { sharedGauge, sharedRead } from './sharedRead.ts'

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
