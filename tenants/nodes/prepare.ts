// The workers of a cluster, made ready for the requests of their workspaces.

import type { Pool } from 'pg'
import { type NodeSchema, prepareNode } from '../../sql/nodes/prepareNode.ts'
import type { WorkerNode } from '../../sql/placement.ts'
import { grantBareViews } from './viewGrants.ts'

interface PreparedWorker {
  readonly name: string
  /** Of its runtime schema; null when it could not be prepared. */
  readonly before: NodeSchema | null
  readonly error: Error | null
}

/**
 * Creates or upgrades the runtime schema of each worker, and then grants its views. A worker with an error
 * does not stop the others.
 */
export const prepareWorkers = async (
  coordinator: Pool,
  workers: readonly WorkerNode[],
): Promise<readonly PreparedWorker[]> => {
  const prepared = await Promise.all(
    workers.map(async ({ name, owner }): Promise<PreparedWorker> => {
      try {
        return { name, before: await prepareNode(owner), error: null }
      } catch (error) {
        return { name, before: null, error: error instanceof Error ? error : new Error(String(error)) }
      }
    }),
  )
  await grantBareViews(
    coordinator,
    workers.filter((_, at) => prepared[at]?.error === null),
  )
  return prepared
}
