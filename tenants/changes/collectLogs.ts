// Moves the change logs of nodes into the coordinator's log, where all readers are. A node's log is an
// outbox: its rows are inserted here together with the position, and then deleted there. A crash in between
// repeats the deletion alone.
//
// The order of a record's changes: a node draws ids after the row lock, so rows are taken in their order.
// When a workspace moves, its changes on the old node come first. All nodes are read at one cut: a change of
// the new node is in it only if all of the old node are, unless the workspace moved meanwhile, which then
// waits for the next round. Where a workspace has rows on several nodes, those on nodes that it left are
// taken first, alone. A node that is away may hold rows of workspaces that left it: a workspace that moved
// after the node was last read to its end waits until it is back.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase, Pool, PoolClient } from 'pg'
import type { Log } from '../../sql/log.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import type { PreparedNode, WorkerNode, WorkerNodes } from '../../sql/placement.ts'
import {
  deleteMoved,
  insertRows,
  type NodeCut,
  type NodePage,
  type NodeRow,
  type NodeState,
  openCut,
  readLogPage,
  readStates,
  storePosition,
} from './nodeLog.ts'
import { createSharedRounds } from './sharedRounds.ts'

/** Key of the advisory lock of a round, in the coordinator. */
const LOCK = '8387226051025334907'
/** A node that does not answer within this is away, and is left out for a while. */
const ANSWERS_WITHIN_MS = 1_000
const AWAY_MS = 5_000

/**
 * For each node, the workspaces with rows there and on another node, which they have left this one for.
 * @param held are left out
 */
const findDeparted = async (
  { nodeOf }: WorkerNodes,
  cuts: readonly NodeCut[],
  held: ReadonlySet<string>,
): Promise<ReadonlyMap<NodeCut, readonly string[]>> => {
  const seen = new Map<string, number>()
  for (const { workspaceIds } of cuts) for (const id of workspaceIds) seen.set(id, (seen.get(id) ?? 0) + 1)
  const several = [...seen].filter(([id, count]) => count > 1 && !held.has(id)).map(([id]) => id)
  const places = new Map(await Promise.all(several.map(async (id) => [id, await nodeOf(id)] as const)))
  return new Map(
    cuts.flatMap((cut) => {
      const left = cut.workspaceIds.filter((id) => places.has(id) && places.get(id) !== cut.worker.name)
      return left.length === 0 ? [] : [[cut, left] as const]
    }),
  )
}

interface Round {
  readonly pages: readonly NodePage[]
  readonly rows: readonly NodeRow[]
  /** Nodes of which the coordinator then has everything. */
  readonly whole: readonly NodeCut[]
  /** There is more to read at once. */
  readonly hasMore: boolean
}

const byTime = (a: NodeRow, b: NodeRow): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)

interface LogCollectorOptions {
  readonly pool: Pool
  /** Null: one Postgres has everything. */
  readonly workers: WorkerNodes | null
  readonly log: Log
}

interface Connected {
  readonly worker: WorkerNode
  readonly client: PoolClient
}

/** The nodes that answer. The rows of the others come later. */
const createNodeClients = ({ log }: Pick<LogCollectorOptions, 'log'>) => {
  const awayUntil = new Map<string, number>()
  const failed = new WeakMap<PoolClient, Error>()
  const leaveOut = ({ name }: WorkerNode, error: unknown): void => {
    awayUntil.set(name, performance.now() + AWAY_MS)
    log.warn({ err: error, node: name }, 'cannot read the change log of a node; trying again')
  }
  const connect = async (worker: PreparedNode): Promise<Connected | null> => {
    if ((awayUntil.get(worker.name) ?? 0) > performance.now()) return null
    const late = sleep(ANSWERS_WITHIN_MS, null, { ref: false })
    try {
      // A node without its runtime schema has no log yet.
      const isReady = await Promise.race([worker.prepared().then(() => true), late])
      if (isReady === null) return null
      const connecting = worker.owner.connect()
      const client = await Promise.race([connecting, late])
      if (client !== null) return { worker, client }
      connecting.then((found) => found.release()).catch(() => {})
      throw new Error('The node does not answer.')
    } catch (error) {
      leaveOut(worker, error)
      return null
    }
  }
  return {
    connectAll: async (workers: readonly PreparedNode[]): Promise<readonly Connected[]> =>
      (await Promise.all(workers.map(connect))).filter((each) => each !== null),
    /** The result, or null where the node failed: it takes no further part in the round. */
    attempt: async <T>({ worker, client }: Connected, work: () => Promise<T>): Promise<T | null> => {
      if (failed.has(client)) return null
      try {
        return await work()
      } catch (error) {
        failed.set(client, error instanceof Error ? error : new Error(String(error)))
        leaveOut(worker, error)
        return null
      }
    },
    release: (all: readonly Connected[]): void => {
      for (const { client } of all) client.release(failed.get(client))
    },
  }
}

type NodeClients = ReturnType<typeof createNodeClients>

/** The workspaces of a cut that may be read; null: all. */
const asked = ({ workspaceIds }: NodeCut, held: ReadonlySet<string>): readonly string[] | null =>
  workspaceIds.some((id) => held.has(id)) ? workspaceIds.filter((id) => !held.has(id)) : null

/** @param moving have moved while the nodes were cut. @param waiting for a node that is away */
const readRound = async (
  { attempt }: NodeClients,
  workers: WorkerNodes,
  cuts: readonly NodeCut[],
  { moving, waiting }: Held,
): Promise<Round> => {
  const held = new Set([...moving, ...waiting])
  const departed = await findDeparted(workers, cuts, held)
  const asking = departed.size === 0 ? cuts.map((cut) => [cut, asked(cut, held)] as const) : [...departed]
  const answers = await Promise.all(asking.map(([cut, ids]) => attempt(cut, () => readLogPage(cut, ids))))
  const read = answers.filter((page) => page !== null)
  const pages = read.filter(({ rows }) => rows.length > 0)
  const rows = pages.flatMap((page) => page.rows)
  return {
    pages,
    // A workspace that moved twice since the last round has left rows on two nodes.
    rows: departed.size > 1 ? rows.toSorted(byTime) : rows,
    whole: read
      .filter(({ position: { workspaceIds }, hasMore }) => workspaceIds === null && !hasMore)
      .map(({ cut }) => cut),
    hasMore:
      departed.size > 0 ||
      pages.some(({ hasMore }) => hasMore) ||
      cuts.some(({ workspaceIds }) => workspaceIds.some((id) => moving.has(id))),
  }
}

interface Held {
  readonly moving: ReadonlySet<string>
  readonly waiting: ReadonlySet<string>
}

const NONE: Held = { moving: new Set(), waiting: new Set() }

/** Workspaces whose rows wait for a later round. @param moment before the cuts */
const findHeld = async (
  { list, movedSince }: WorkerNodes,
  cuts: readonly NodeCut[],
  states: ReadonlyMap<string, NodeState>,
  moment: string,
): Promise<Held> => {
  if (cuts.every(({ workspaceIds }) => workspaceIds.length === 0)) return NONE
  const absent = list().filter(({ name }) => cuts.every(({ worker }) => worker.name !== name))
  const since = absent.flatMap(({ name }) => states.get(name)?.wholeAt ?? [])
  return {
    moving: new Set(await movedSince(moment)),
    waiting: new Set((await Promise.all(since.map(movedSince))).flat()),
  }
}

/** One transaction of the coordinator: the rows of a page of each node, and the positions. */
const moveRound = async (
  client: ClientBase,
  { workers, clients }: { readonly workers: WorkerNodes; readonly clients: NodeClients },
  connected: readonly Connected[],
): Promise<Round> => {
  await client.query(`select pg_advisory_xact_lock(${LOCK})`)
  const states = await readStates(client)
  const moment = await workers.moment()
  const opened = await Promise.all(
    connected.map((each) => clients.attempt(each, () => openCut(each, states.get(each.worker.name)))),
  )
  const cuts = opened.filter((cut) => cut !== null)
  const round = await readRound(clients, workers, cuts, await findHeld(workers, cuts, states, moment))
  await insertRows(client, round.rows)
  const isWhole = (cut: NodeCut): boolean => round.whole.includes(cut)
  for (const page of round.pages) await storePosition(client, page, isWhole(page.cut) ? moment : null)
  for (const cut of round.whole) {
    const isStored = round.pages.some((page) => page.cut === cut)
    if (isStored || states.get(cut.worker.name)?.isOld === false) continue
    await storePosition(client, { cut, position: { ...NOWHERE, snapshot: cut.snapshot } }, moment)
  }
  return round
}

/** Of a log without rows. */
const NOWHERE = { lastId: '0', workspaceIds: null }

/** @returns whether the nodes had more at that moment */
const collectOnce = async (pool: Pool, clients: NodeClients, workers: WorkerNodes): Promise<boolean> => {
  const connected = await clients.connectAll(workers.list())
  if (connected.length === 0) return false
  try {
    const { pages, hasMore } = await inTransaction(pool, (client) =>
      moveRound(client, { workers, clients }, connected),
    )
    await Promise.all(connected.map((each) => clients.attempt(each, () => each.client.query('rollback'))))
    await Promise.all(
      pages.map(({ cut, position }) => clients.attempt(cut, () => deleteMoved(cut.client, position))),
    )
    return hasMore
  } finally {
    clients.release(connected)
  }
}

interface LogCollector {
  /** Moves what was committed on the nodes before the call. With one Postgres it does nothing. */
  readonly collect: () => Promise<void>
  readonly start: () => void
  readonly close: () => Promise<void>
}

const EVERY_MS = 5_000

export const createLogCollector = (options: LogCollectorOptions): LogCollector => {
  const { pool, workers, log } = options
  const clients = createNodeClients(options)
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const rounds = createSharedRounds(async () => {
    while (workers !== null && !isClosed && (await collectOnce(pool, clients, workers)));
  })
  const collect = async (): Promise<void> => {
    if (workers !== null && !isClosed) await rounds.run()
  }
  const repeat = async (): Promise<void> => {
    try {
      await collect()
    } catch (error) {
      log.warn({ err: error }, 'cannot move the change logs of nodes; trying again')
    }
    if (!isClosed) timer = setTimeout(() => void repeat(), EVERY_MS * (0.9 + 0.2 * Math.random())).unref()
  }
  return {
    collect,
    start: () => {
      if (workers !== null) void repeat()
    },
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await rounds.idle()
    },
  }
}
