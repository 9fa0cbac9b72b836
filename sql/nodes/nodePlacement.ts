// The placement of workspaces on several nodes. A directory names the node that holds a workspace, each node
// has a pool, and answers of the directory are kept. The session settings of every statement assert that the
// node holds the schema (`placedSettings`), so that a kept answer may be old:
//
//   run ─> kept node ─> answered
//            │ its schema is elsewhere, or the node is away: nothing ran
//            v
//          directory ─> node ─> answered, or rejected
//
// A node is prepared (prepareNode.ts) before its first statement.
//
// A node that is away rejects the statements of its own workspaces. The nodes have no queue or connection in
// common.

import type pg from 'pg'
import { ConnectionError, unavailable } from '../pipeline/error.ts'
import type { ConnectionPool, ConnectionPoolStats, Session, Statement } from '../pipeline/pool.ts'
import { isElsewhere } from '../pipeline/session.ts'
import {
  apartFrom,
  type Node,
  openConnections,
  openCoordinator,
  type Placement,
  type PlacementOptions,
  type PreparedNode,
  type WorkerNodes,
} from '../placement.ts'
import { isConnectionLost } from '../reconnect.ts'
import type { Servers } from '../servers/servers.ts'
import { createTextIds } from '../statement.ts'
import { prepareNode } from './prepareNode.ts'

/** A node and how requests reach it. */
export interface NodeAddress {
  readonly name: string
  /** With the gateway's own login. */
  readonly servers: Servers
  /** The same with the owner's login; null: the node is the coordinator. */
  readonly owner: Servers | null
}

/** Where workspaces are. */
export interface Directory {
  /**
   * Condition in SQL on the name of a schema, `$5`, with the statement's timeout in ms, `$2`: the node
   * that runs it holds the schema. It must lock
   * what a move of the schema waits for, until the transaction ends: a write that passed the condition
   * before the move would otherwise be lost with the old copy.
   */
  readonly holdsSchema: string
  /** The same for reads, which need no lock. Default: `holdsSchema`. */
  readonly readsSchema?: string | undefined
  /** Names of a schema's tables on its node. Default: those of the catalog. */
  readonly shardsOf?: Placement['shardsOf']
  /** The nodes of the start; `find` may name others later. */
  readonly nodes: readonly NodeAddress[]
  /** The node that holds a workspace now; null: none. */
  readonly find: (workspaceId: string) => Promise<NodeAddress | null>
  readonly moment: WorkerNodes['moment']
  readonly movedSince: WorkerNodes['movedSince']
}

interface NodePlacementOptions extends PlacementOptions {
  readonly directory: Directory
}

interface OpenNode extends Node {
  readonly servers: Servers
  readonly worker: PreparedNode | null
}

const BYTES_PER_LOCATION = 150
/** Of the owner, at each node: moving the log, and what operators ask for. */
const OWNER_CONNECTIONS = 2
/** A restart takes less, and requests wait for it. */
const AWAY_AFTER_MS = 2_000
const MOVING = 'The workspace is on its way to another node.'

/**
 * Requests that arrive meanwhile share an attempt. Resolves at once after the first success; rejects with a
 * ConnectionError that names the reason.
 */
const preparedOnce = (name: string, owner: pg.Pool): PreparedNode['prepared'] => {
  let attempt: Promise<void> | null = null
  return () => {
    attempt ??= prepareNode(owner).then(
      () => {},
      (error: unknown) => {
        attempt = null
        const reason = error instanceof Error ? error.message : String(error)
        throw new ConnectionError(
          isConnectionLost(error) ? 'connection_unavailable' : 'node_unprepared',
          `The node ${name} is not prepared for workspaces: ${reason}`,
          { cause: error },
        )
      },
    )
    return attempt
  }
}

const openWorker = (name: string, owner: pg.Pool): PreparedNode => ({
  name,
  owner,
  prepared: preparedOnce(name, owner),
})

/** The pools of the nodes. `connections` is the budget of all: each node of the start has an equal share. */
const createNodePools = ({ directory, ...options }: NodePlacementOptions) => {
  const noteText = createTextIds(options.texts ?? new Map())
  const share = Math.max(1, Math.floor(options.connections / Math.max(1, directory.nodes.length)))
  const open = new Map<string, OpenNode>()
  const poolOf = ({ name, servers, owner }: NodeAddress): OpenNode => {
    const known = open.get(name)
    if (known !== undefined) return known
    const connections = openConnections(options, {
      login: { servers, holdsSchema: directory.holdsSchema, readsSchema: directory.readsSchema },
      connections: share,
      noteText,
      awayAfterMs: AWAY_AFTER_MS,
    })
    const { log, databaseWaitMs: waitMs } = options
    const worker =
      owner === null
        ? null
        : openWorker(name, openCoordinator(owner, { size: OWNER_CONNECTIONS, log, waitMs }))
    const node = Object.freeze({ name, servers, connections, worker })
    open.set(name, node)
    return node
  }
  for (const address of directory.nodes) poolOf(address)
  return { poolOf, byName: open.get.bind(open), all: (): readonly OpenNode[] => [...open.values()] }
}

/** The node of a workspace: the one that was found last, until it is forgotten. */
const createLocator = (
  { directory, locations = new Map() }: NodePlacementOptions,
  { poolOf, byName }: ReturnType<typeof createNodePools>,
) => {
  const looking = new Map<string, Promise<OpenNode>>()
  const look = async (workspaceId: string): Promise<OpenNode> => {
    const address = await directory.find(workspaceId)
    if (address === null) throw unavailable('No node holds the workspace.', undefined)
    locations.set(workspaceId, address.name, BYTES_PER_LOCATION)
    return poolOf(address)
  }
  /** Requests that ask at the same time share one look. */
  const lookOnce = (workspaceId: string): Promise<OpenNode> => {
    const known = looking.get(workspaceId)
    if (known !== undefined) return known
    const found = look(workspaceId).finally(() => looking.delete(workspaceId))
    looking.set(workspaceId, found)
    return found
  }
  const locate = async (workspaceId: string): Promise<OpenNode> => {
    const name = locations.get(workspaceId)
    return (name === undefined ? undefined : byName(name)) ?? lookOnce(workspaceId)
  }
  return {
    locate,
    /** The node that holds a workspace after `node` failed it. Another request may have found it already. */
    locateAfter: (workspaceId: string, node: OpenNode): Promise<OpenNode> =>
      // A look that fails leaves the node as it was found last: the coordinator may be away, too.
      locations.get(workspaceId) === node.name ? lookOnce(workspaceId) : locate(workspaceId),
  }
}

/** Nothing was sent to the node. */
const isAway = (error: unknown): boolean =>
  error instanceof ConnectionError && ['connection_unavailable', 'node_unprepared'].includes(error.code)

const runOn = async (
  { connections, worker }: OpenNode,
  ...asked: Parameters<ConnectionPool['run']>
): ReturnType<ConnectionPool['run']> => {
  await worker?.prepared()
  try {
    return await connections.run(...asked)
  } catch (error) {
    if (isElsewhere(error)) throw unavailable(MOVING, error instanceof Error ? error : undefined)
    throw error
  }
}

const addStats = (all: readonly ConnectionPoolStats[]): ConnectionPoolStats => {
  const sum = (key: keyof ConnectionPoolStats): number => all.reduce((total, stats) => total + stats[key], 0)
  return {
    open: sum('open'),
    busy: sum('busy'),
    max: sum('max'),
    inFlight: sum('inFlight'),
    waiting: sum('waiting'),
    prepared: sum('prepared'),
    statements: sum('statements'),
    retries: sum('retries'),
    lost: sum('lost'),
    recycled: sum('recycled'),
    age: sum('age'),
    memory: sum('memory'),
  }
}

/** Several nodes hold the workspaces. Its pools end with `connections`. */
export const createNodePlacement = (options: NodePlacementOptions): Placement => {
  const pools = createNodePools(options)
  const { locate, locateAfter } = createLocator(options, pools)
  const run = async (session: Session, statement: Statement, options: { readonly retryable: boolean }) => {
    const node = await locate(session.workspace)
    try {
      return await runOn(node, session, statement, options)
    } catch (error) {
      if (!isAway(error)) throw error
      const next = await locateAfter(session.workspace, node)
      if (next === node) throw error
      return runOn(next, session, statement, options)
    }
  }
  return Object.freeze({
    coordinator: options.coordinator,
    connections: {
      run,
      // Process ids belong to a server each, and the list of running statements is the coordinator's.
      running: () => [],
      stats: () => addStats(pools.all().map(({ connections }) => connections.stats())),
      close: async () => {
        await Promise.all(
          pools
            .all()
            .map(({ connections, worker }) => Promise.all([connections.close(), worker?.owner.end()])),
        )
      },
    },
    locate,
    nodes: pools.all,
    workers: {
      list: () => pools.all().flatMap(({ worker }) => worker ?? []),
      moment: options.directory.moment,
      movedSince: options.directory.movedSince,
      nodeOf: async (workspaceId: string) => {
        const found = await options.directory.find(workspaceId)
        return found === null || found.owner === null ? null : found.name
      },
    },
    apart: async (workspaceId: string) => apartFrom((await locate(workspaceId)).servers.current(), false),
    ...(options.directory.shardsOf === undefined ? {} : { shardsOf: options.directory.shardsOf }),
    listenTargets: () => [options.servers],
  })
}
