// The owner's connections to the workers of a cluster, for one command.

import { isCoordinator } from '../../../sql/citus.ts'
import { openNodes } from '../../../sql/nodes/citus.ts'
import { openCoordinator, type WorkerNode } from '../../../sql/placement.ts'
import { createServers } from '../../../sql/servers/servers.ts'
import { addressPair } from '../../prepareDatabase.ts'
import type { CommandSession } from '../command.ts'

/** With one Postgres there are none. */
export const withWorkers = async <T>(
  { pool, lastingUrl, citusNodeAddresses }: CommandSession,
  work: (workers: readonly WorkerNode[]) => Promise<T>,
): Promise<T> => {
  if (lastingUrl === null || !(await isCoordinator(pool))) return work([])
  const servers = createServers(lastingUrl)
  const addresses = new Map(citusNodeAddresses.map(addressPair))
  const nodes = await openNodes({ coordinator: pool, servers, owner: servers, addresses }).read()
  const workers = nodes.flatMap(({ name, owner }) =>
    owner === null ? [] : [{ name, owner: openCoordinator(owner, { size: 1 }) }],
  )
  try {
    return await work(workers)
  } finally {
    await Promise.all(workers.map(({ owner }) => owner.end()))
  }
}
