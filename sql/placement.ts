// Maps workspaces to Postgres servers and owns the pools. Only this file and the pools know nodes; other code
// names a workspace, or uses the coordinator.
//
// The control schema, roles, grants, DDL and LISTEN belong to the coordinator. Statements of tenants run
// through `connections`. With the driver `single` one Postgres does it all and `connections` is its pool
// itself, so placement costs a request nothing. With several nodes (nodes/nodePlacement.ts) `connections`
// locates a workspace first, and again when its schema has moved.

import pg from 'pg'
import { createListener, type Listener, type ListenerOptions } from './listen.ts'
import type { Log } from './log.ts'
import { createOwnerPool, type OwnerPoolOptions } from './ownerPool.ts'
import type { Login } from './pipeline/connect.ts'
import { type ConnectionPool, type ConnectionPoolOptions, createConnectionPool } from './pipeline/pool.ts'
import { STARTUP_OPTIONS } from './pipeline/session.ts'
import type { ShardNames } from './placeholder.ts'
import type { Servers } from './servers/servers.ts'
import { createTextIds, type NoteText, type TextCache } from './statement.ts'

const CONNECT_WITHIN_MS = 10_000

/** A Postgres that holds workspaces. */
export interface Node {
  readonly name: string
  /** Runs statements of the node's workspaces. */
  readonly connections: ConnectionPool
}

/** A node beside the coordinator. */
export interface WorkerNode {
  /** `host:port`; the same in all gateways. */
  readonly name: string
  /** The owner's connections to it. */
  readonly owner: pg.Pool
}

export interface PreparedNode extends WorkerNode {
  /** Resolves when it has its runtime schema (prepareNode.ts); rejects where that cannot be made. */
  readonly prepared: () => Promise<void>
}

export interface WorkerNodes {
  /** The nodes that are known. */
  readonly list: () => readonly PreparedNode[]
  /** Names this moment, for `movedSince`. */
  readonly moment: () => Promise<string>
  /** Ids of the workspaces that were placed since then: moved, or created. */
  readonly movedSince: (moment: string) => Promise<readonly string[]>
  /** The node that holds a workspace now, past all caches; null: the coordinator, or none. */
  readonly nodeOf: (workspaceId: string) => Promise<string | null>
}

export interface Placement {
  /** The owner's pool: the control schema, and every change of a workspace's schema. */
  readonly coordinator: pg.Pool
  /** Runs each statement on the node of its session's workspace. */
  readonly connections: ConnectionPool
  /** The node that holds a workspace. */
  readonly locate: (workspaceId: string) => Promise<Node>
  readonly nodes: () => readonly Node[]
  /** A connection of the gateway's own role to the workspace's node, apart from the pools. Not open yet. */
  readonly apart: (workspaceId: string) => Promise<pg.Client>
  /** Null: the coordinator holds all workspaces. */
  readonly workers: WorkerNodes | null
  /** Names of a schema's tables on its node, where they differ from the catalog's. Absent: nowhere. */
  readonly shardsOf?: (schema: string) => Promise<ShardNames | undefined>
  /** The servers whose notifications together announce every change; each target has one primary. */
  readonly listenTargets: () => readonly Servers[]
}

/** The owner's connections to the coordinator, or to a node. */
export const openCoordinator = (owner: string | Servers, options?: OwnerPoolOptions): pg.Pool =>
  createOwnerPool(owner, options)

/** A connection apart from the pools, for a diagnosis. It is not open yet. */
export const connectionTo = (
  url: string,
  options: Omit<pg.ClientConfig, 'connectionString'> = {},
): pg.Client => new pg.Client({ connectionString: url, ...options })

/** A connection of the gateway's own role apart from its pools. It is not open yet. */
export const apartFrom = (url: string, isPooled: boolean): pg.Client =>
  connectionTo(url, {
    application_name: 'tenantry',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    ...(isPooled ? {} : { options: STARTUP_OPTIONS }),
  })

/** Names of nodes by workspace, bounded by its owner. */
interface LocationCache {
  readonly get: (workspaceId: string) => string | undefined
  readonly set: (workspaceId: string, node: string, bytes: number) => unknown
  readonly delete: (workspaceId: string) => unknown
}

export interface RequestPath {
  readonly servers: Servers
  /** A connection pooler stands between. */
  readonly isPooled: boolean
}

export interface PlacementOptions {
  readonly coordinator: pg.Pool
  /** With the owner's login. */
  readonly servers: Servers
  /** With the gateway's own login; and the same past a pooler that shares sessions, for a diagnosis. */
  readonly requests: RequestPath
  readonly direct: RequestPath
  readonly connections: number
  /** Further ones for each of `connections`, while their backends are full. */
  readonly poolGrowth: number
  /** How long statements wait for a server that is away or silent. */
  readonly databaseWaitMs?: number | undefined
  readonly texts?: TextCache | undefined
  /** Nodes of workspaces, where there are several. Default: without a bound. */
  readonly locations?: LocationCache | undefined
  readonly log: Log
  readonly onStatement?: ConnectionPoolOptions['onStatement']
  readonly onWrite?: ConnectionPoolOptions['onWrite']
  /** Runs the statements of requests as parts of a trace. */
  readonly traced?: ((url: () => string, connections: ConnectionPool) => ConnectionPool) | undefined
}

interface NodePoolOptions {
  readonly login: Pick<Login, 'isPooled' | 'holdsSchema' | 'readsSchema'> & { readonly servers: Servers }
  readonly connections: number
  readonly noteText: NoteText
  readonly awayAfterMs?: number | undefined
}

/** The pool of one node. */
export const openConnections = (
  { poolGrowth, databaseWaitMs: waitMs, log, onStatement, onWrite, traced }: PlacementOptions,
  { login, connections, noteText, awayAfterMs }: NodePoolOptions,
): ConnectionPool => {
  const pool = createConnectionPool({
    login: { ...login, application_name: 'tenantry' },
    connections,
    furtherConnections: connections * poolGrowth,
    noteText,
    log,
    waitMs,
    awayAfterMs,
    onStatement,
    onWrite,
  })
  return traced?.(login.servers.current, pool) ?? pool
}

/** One Postgres holds everything. */
export const createSinglePlacement = (options: PlacementOptions): Placement => {
  const connections = openConnections(options, {
    login: options.requests,
    connections: options.connections,
    noteText: createTextIds(options.texts ?? new Map()),
  })
  const { direct } = options
  const node: Node = Object.freeze({ name: 'single', connections })
  return Object.freeze({
    coordinator: options.coordinator,
    connections,
    locate: async () => node,
    nodes: () => [node],
    workers: null,
    apart: async () => apartFrom(direct.servers.current(), direct.isPooled),
    listenTargets: () => [options.servers],
  })
}

/**
 * Listens to all targets: any of them may announce a change. The first one, the coordinator, holds elections.
 */
export const listenToAll = (
  targets: readonly Servers[],
  { election, ...options }: Omit<ListenerOptions, 'servers'>,
): Listener => {
  const listeners = targets.map((servers, at) =>
    createListener({ ...options, servers, election: at === 0 ? election : undefined }),
  )
  const [only] = listeners
  if (only !== undefined && listeners.length === 1) return only
  return {
    isListening: () => listeners.every((listener) => listener.isListening()),
    isAnswering: () => listeners.every((listener) => listener.isAnswering()),
    silentMs: () => Math.max(...listeners.map((listener) => listener.silentMs())),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
    },
  }
}
