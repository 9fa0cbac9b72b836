// Moves the change logs of nodes into the coordinator's log, where all readers are. A node's log is an
// outbox: its rows are inserted here together with the position, and then deleted there. A crash in between
// repeats the deletion alone.
//
// The order of a record's changes: a node draws ids after the row lock, so rows are taken in their order.
// When a workspace moves, its changes on the old node come first. All nodes are read at one cut, during which
// no workspace moved (`generation`): a change of the new node is in it only if all of the old node are. Where
// a workspace has rows on several nodes, those on nodes that it left are taken first, alone.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import type { Log } from '../../sql/log.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import type { WorkerNode, WorkerNodes } from '../../sql/placement.ts'
import {
  deleteMoved,
  insertRows,
  type NodeCut,
  type NodePage,
  type NodePosition,
  type NodeRow,
  openCut,
  readLogPage,
  readPositions,
  storePosition,
} from './nodeLog.ts'
import { createSharedRounds } from './sharedRounds.ts'

/** Key of the advisory lock of a round, in the coordinator. */
const LOCK = '8387226051025334907'
/** A move switches in milliseconds, and a cut takes some. */
const CUT_ATTEMPTS = 5
/** A node that does not answer within this is away, and is left out for a while. */
const ANSWERS_WITHIN_MS = 1_000
const AWAY_MS = 5_000

/** For each node, the workspaces with rows there and on another node, which they have left this one for. */
const findDeparted = async (
  { nodeOf }: WorkerNodes,
  cuts: readonly NodeCut[],
): Promise<ReadonlyMap<NodeCut, readonly string[]>> => {
  const seen = new Map<string, number>()
  for (const { workspaceIds } of cuts) for (const id of workspaceIds) seen.set(id, (seen.get(id) ?? 0) + 1)
  const several = [...seen].filter(([, count]) => count > 1).map(([id]) => id)
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
  const connect = async (worker: WorkerNode): Promise<Connected | null> => {
    if ((awayUntil.get(worker.name) ?? 0) > performance.now()) return null
    const connecting = worker.owner.connect()
    const late = sleep(ANSWERS_WITHIN_MS, null, { ref: false })
    try {
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
    connectAll: async (workers: readonly WorkerNode[]): Promise<readonly Connected[]> =>
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

const readRound = async (
  { attempt }: NodeClients,
  workers: WorkerNodes,
  cuts: readonly NodeCut[],
): Promise<Round> => {
  const departed = await findDeparted(workers, cuts)
  const asked = departed.size === 0 ? cuts.map((cut) => [cut, null] as const) : [...departed]
  const pages = (
    await Promise.all(asked.map(([cut, left]) => attempt(cut, () => readLogPage(cut, left))))
  ).filter((page) => page !== null && page.rows.length > 0)
  const rows = pages.flatMap((page) => page?.rows ?? [])
  // A workspace that moved twice since the last round has left rows on two nodes.
  return {
    pages: pages.filter((page) => page !== null),
    rows: departed.size > 1 ? rows.toSorted(byTime) : rows,
  }
}

const cutAll = async (
  { attempt }: NodeClients,
  workers: WorkerNodes,
  connected: readonly Connected[],
  positions: ReadonlyMap<string, NodePosition>,
): Promise<readonly NodeCut[]> => {
  for (let count = 1; ; count++) {
    const before = await workers.generation()
    const found = await Promise.all(
      connected.map((each) => attempt(each, () => openCut(each, positions.get(each.worker.name)))),
    )
    const cuts = found.filter((cut) => cut !== null)
    if (cuts.every(({ workspaceIds }) => workspaceIds.length === 0)) return cuts
    if ((await workers.generation()) === before || count === CUT_ATTEMPTS) return cuts
    await Promise.all(connected.map((each) => attempt(each, () => each.client.query('rollback'))))
  }
}

/** @returns whether the nodes had more at that moment */
const collectOnce = async (pool: Pool, clients: NodeClients, workers: WorkerNodes): Promise<boolean> => {
  const connected = await clients.connectAll(workers.list())
  if (connected.length === 0) return false
  try {
    const { pages } = await inTransaction(pool, async (client) => {
      await client.query(`select pg_advisory_xact_lock(${LOCK})`)
      const cuts = await cutAll(clients, workers, connected, await readPositions(client))
      const round = await readRound(clients, workers, cuts)
      await insertRows(client, round.rows)
      for (const page of round.pages) await storePosition(client, page)
      return round
    })
    await Promise.all(connected.map((each) => clients.attempt(each, () => each.client.query('rollback'))))
    await Promise.all(
      pages.map(({ cut, position }) => clients.attempt(cut, () => deleteMoved(cut.client, position))),
    )
    return pages.some(({ hasMore }) => hasMore)
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
