// The placement on a Citus cluster: prepares the nodes, and opens the directory.

import type pg from 'pg'
import type { Log } from '../log.ts'
import { connectionTo, openCoordinator, type Placement, type PlacementOptions } from '../placement.ts'
import type { Servers } from '../servers/servers.ts'
import { type CitusOptions, openCitusDirectory, openNodes } from './citus.ts'
import { makeFence } from './fence.ts'
import { createNodePlacement, type NodeAddress } from './nodePlacement.ts'
import { prepareNode } from './prepareNode.ts'

const CONNECT_WITHIN_MS = 5_000

interface OpenCitusOptions extends Omit<CitusOptions, 'servers' | 'owner'> {
  /** Of the coordinator, with the owner's login. */
  readonly servers: Servers
  /** The same with the gateway's own login. */
  readonly requests: Servers
  readonly log: Log
}

/** Runs `work` in a connection of the owner to one node. */
const onNode = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = connectionTo(url, {
    application_name: 'tenantry (owner)',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The first writes may come through the coordinator, as those of the demo data do. */
const prepare = async ({ servers, owner }: NodeAddress): Promise<void> => {
  await onNode(servers.current(), makeFence)
  if (owner === null) return
  const pool = openCoordinator(owner, { size: 1 })
  await prepareNode(pool).finally(() => pool.end())
}

/** A node that is away keeps the functions it has. */
const prepareNodes = async ({ log, ...options }: OpenCitusOptions): Promise<void> => {
  const nodes = await openNodes({ ...options, owner: options.servers }).read()
  await Promise.all(
    nodes.map((node) =>
      prepare(node).catch((error: unknown) =>
        log.warn({ err: error, node: node.name }, 'cannot prepare a node of the Citus cluster'),
      ),
    ),
  )
}

export const openCitus = async (
  options: OpenCitusOptions,
): Promise<(placement: PlacementOptions) => Placement> => {
  await prepareNodes(options)
  const { coordinator, requests, servers: owner, addresses, log } = options
  const directory = await openCitusDirectory({ coordinator, servers: requests, owner, addresses })
  log.warn(
    { nodes: directory.nodes.map(({ name }) => name) },
    'workspaces are placed on the nodes of a Citus cluster, which is experimental: docs/how-to/beyond-one-postgres.md ' +
      'lists what does not work yet',
  )
  return (placement) => createNodePlacement({ ...placement, directory })
}
