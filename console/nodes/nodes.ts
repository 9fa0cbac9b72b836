// Reads the nodes of a cluster with an operator's session.

import type { Cluster, ClusterNode } from '../../tenants/nodes/cluster.ts'
import type { Api } from '../api/api.ts'

export const NODES_KEY = ['nodes'] as const

export const readNodes = (api: Api): Promise<Cluster> => api.rest('GET', '/admin/nodes')

interface NodeState {
  readonly text: string
  readonly color: 'pine' | 'yellow' | 'red' | 'gray'
}

export const nodeStateOf = ({
  isActive,
  isCoordinator,
  takesWorkspaces,
  runtimeSchema,
}: ClusterNode): NodeState => {
  if (!isActive) return { text: 'Inactive', color: 'red' }
  if (isCoordinator) return { text: 'Coordinator', color: 'gray' }
  if (runtimeSchema === 'away') return { text: 'Does not answer', color: 'red' }
  return takesWorkspaces ? { text: 'Active', color: 'pine' } : { text: 'Drained', color: 'yellow' }
}

const RUNTIME_SCHEMAS = {
  current: 'Current',
  newer: 'Of a newer version',
  old: 'Of an older version',
  missing: 'Missing',
  away: '–',
} as const

export const runtimeSchemaText = ({ runtimeSchema }: ClusterNode): string =>
  runtimeSchema === null ? '–' : RUNTIME_SCHEMAS[runtimeSchema]

const sizes = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const BYTES_PER_MB = 1_000_000

export const sizeText = (bytes: number | null): string =>
  bytes === null ? 'Unknown' : `${sizes.format(bytes / BYTES_PER_MB)} MB`
