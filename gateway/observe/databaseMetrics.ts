// Metrics of the database: statements by operation and SQLSTATE, and the connections of both pools. Table
// names are the tenants' and stay out. Names and buckets are those of OpenTelemetry's semantic conventions.

import type { Pool } from 'pg'
import { Counter, Gauge, type Registry } from 'prom-client'
import { waitingTransactions } from '../../sql/ownerPool.ts'
import type { ConnectionPoolStats, StatementRun } from '../../sql/pipeline/pool.ts'
import type { ServersState } from '../../sql/servers/servers.ts'
import { createSeries } from './series.ts'
import { sharedGauge } from './sharedRead.ts'

/** In seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]
/** Each is 12 series. */
const MOST_LABEL_SETS = 30
const SYSTEM = { db_system_name: 'postgresql' } as const

/** Observes each statement of the request path that Postgres has answered. */
export const createStatementMetrics = (registry: Registry): ((run: StatementRun) => void) => {
  const series = createSeries(registry, {
    name: 'db_client_operation_duration_seconds',
    help: 'Time that Postgres spent on a statement of a request, without the wait for a connection.',
    labelNames: ['db_system_name', 'db_operation_name', 'db_response_status_code', 'error_type'],
    buckets: BUCKETS,
    most: MOST_LABEL_SETS,
    rest: { ...SYSTEM, db_operation_name: '(other)' },
  })
  return ({ operation, sqlstate, busyMs }) =>
    series.observe(
      `${operation} ${sqlstate}`,
      () => ({
        ...SYSTEM,
        db_operation_name: operation,
        ...(sqlstate === null ? {} : { db_response_status_code: sqlstate, error_type: sqlstate }),
      }),
      busyMs / 1000,
    )
}

export interface Pools {
  /** The pipelined connections of the request path. */
  readonly connections: () => ConnectionPoolStats
  /** The owner's connections. */
  readonly coordinator: Pool
  /** The servers of DATABASE_URL. */
  readonly servers: () => ServersState
}

const POOL_LABEL = 'db_client_connection_pool_name'
const STATE_LABEL = 'db_client_connection_state'
const REQUESTS = 'requests'
const OWNER = 'owner'

const watchConnections = (registers: Registry[], { connections, coordinator }: Pools): void => {
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Open connections to Postgres, by pool and state.',
    labelNames: [POOL_LABEL, STATE_LABEL] as const,
    registers,
    collect() {
      const { open, busy } = connections()
      this.set({ [POOL_LABEL]: REQUESTS, [STATE_LABEL]: 'used' }, busy)
      this.set({ [POOL_LABEL]: REQUESTS, [STATE_LABEL]: 'idle' }, open - busy)
      const { totalCount, idleCount } = coordinator
      this.set({ [POOL_LABEL]: OWNER, [STATE_LABEL]: 'used' }, totalCount - idleCount)
      this.set({ [POOL_LABEL]: OWNER, [STATE_LABEL]: 'idle' }, idleCount)
    },
  })
  new Gauge({
    name: 'db_client_connection_max',
    help: 'Connections that a pool may open.',
    labelNames: [POOL_LABEL] as const,
    registers,
    collect() {
      this.set({ [POOL_LABEL]: REQUESTS }, connections().max)
      this.set({ [POOL_LABEL]: OWNER }, coordinator.options.max)
    },
  })
  new Gauge({
    name: 'db_client_connection_pending_requests',
    help: 'Statements that wait for a connection.',
    labelNames: [POOL_LABEL] as const,
    registers,
    collect() {
      this.set({ [POOL_LABEL]: REQUESTS }, connections().waiting)
      this.set({ [POOL_LABEL]: OWNER }, coordinator.waitingCount + waitingTransactions(coordinator))
    },
  })
}

/** Counts that the pool keeps itself. */
const countOf = (registers: Registry[], name: string, help: string, read: () => number): Counter<string> =>
  new Counter({
    name,
    help,
    registers,
    collect() {
      this.reset()
      this.inc(read())
    },
  })

const watchServers = (registers: Registry[], servers: () => ServersState): void => {
  sharedGauge({
    name: 'tenantry_database_rivals',
    help: 'Servers of DATABASE_URL that accept writes in addition to the one in use; above 0, an operator must act.',
    registers,
    collect() {
      this.set(servers().rivals.length)
    },
  })
  sharedGauge({
    name: 'tenantry_database_foreign',
    help: 'Servers in DATABASE_URL that belong to another cluster; they are never used.',
    registers,
    collect() {
      this.set(servers().foreign.length)
    },
  })
  countOf(
    registers,
    'tenantry_database_moves_total',
    'Switches to another server of DATABASE_URL.',
    () => servers().moves,
  )
}

export const watchPools = (registry: Registry, pools: Pools): void => {
  const registers = [registry]
  const { connections } = pools
  watchConnections(registers, pools)
  watchServers(registers, pools.servers)
  new Gauge({
    name: 'tenantry_prepared_statements',
    help: 'Prepared statements of all connections of the request path.',
    registers,
    collect() {
      this.set(connections().prepared)
    },
  })
  countOf(
    registers,
    'tenantry_statement_retries_total',
    'Statements that were sent again.',
    () => connections().retries,
  )
  countOf(
    registers,
    'tenantry_connections_lost_total',
    'Connections that were lost.',
    () => connections().lost,
  )
  new Counter({
    name: 'tenantry_connections_replaced_total',
    help: 'Connections that were replaced, by cause: age, or the memory of their backend.',
    labelNames: ['cause'] as const,
    registers,
    collect() {
      const { age, memory } = connections()
      this.reset()
      this.inc({ cause: 'age' }, age)
      this.inc({ cause: 'memory' }, memory)
    },
  })
}
