// Every metric of a gateway with its type and labels.

import { Pool } from 'pg'
import { createMetrics, type MetricDescription } from '../gateway/observe/metrics.ts'
import { createProcessMetrics } from '../gateway/processes/processMetrics.ts'

/** Nothing is read: metrics are listed, not collected. */
export const allMetrics = (): readonly MetricDescription[] => {
  const metrics = createMetrics(['listed'])
  const pool = new Pool({ max: 1 })
  const stats = () => ({ workspaces: 0, schemaVersions: 0, compilations: 0, streams: 0 })
  metrics.watch({
    connections: () => {
      throw new Error('There are no connections.')
    },
    coordinator: pool,
    servers: () => ({ inUse: null, servers: [], rivals: [], foreign: [], moves: 0 }),
    caches: { report: () => [], maxBytes: 0 },
    feedState: async () => ({ unreadSeconds: 0, bytes: 0, partitions: 0, uncapturedTables: 0 }),
    feedResets: () => 0,
    webhookQueue: async () => ({ active: 0, stopped: 0, overdueSeconds: 0 }),
    isListening: () => false,
    stats,
  })
  metrics.close()
  const processes = createProcessMetrics(() => ({ starting: 0, serving: 0, stuck: 0 }))
  return [...metrics.list(), ...processes.list()]
}
