// The nodes of a Citus cluster over the operator API.

import { readCluster, requireCluster } from '../../../tenants/nodes/cluster.ts'
import { planDrain, planMove, planRebalance } from '../../../tenants/nodes/move.ts'
import { prepareWorkers } from '../../../tenants/nodes/prepare.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import { badInput } from '../../error/problem.ts'
import { type ActionCall, action, type ScopedAction } from '../actions.ts'
import { requiredText } from '../body.ts'

const blocksWritesIn = ({ body: { blockWrites = false } }: ActionCall): boolean => {
  if (typeof blockWrites === 'boolean') return blockWrites
  throw badInput('blockWrites must be true or false.')
}

/** Moves run in the owner's connections to the coordinator, apart from the transaction of the audit row. */
export const NODE_ACTIONS: Readonly<Record<string, ScopedAction>> = {
  'GET /admin/nodes': action('read', async ({ connection, workers }) => ({
    body: await readCluster(connection, workers),
  })),
  'POST /admin/nodes/prepare': action('provision', async ({ connection, workers }) => {
    await requireCluster(connection)
    return {
      body: null,
      action: 'nodes.prepare',
      afterCommit: async (pool) => {
        const prepared = await prepareWorkers(pool, workers)
        for (const { error } of prepared) if (error !== null) throw error
        return { prepared: prepared.map(({ name }) => name) }
      },
    }
  }),
  'POST /admin/nodes/rebalance': action('provision', async (call) => {
    const options = { workers: call.workers, blocksWrites: blocksWritesIn(call) }
    const planned = await planRebalance(call.connection, options)
    return {
      body: null,
      action: 'nodes.rebalance',
      details: { blockWrites: options.blocksWrites },
      afterCommit: async (pool) => ({ job: await planned.start(pool) }),
    }
  }),
  'POST /admin/nodes/drain': action('provision', async (call) => {
    const node = requiredText(call.body, 'node')
    const options = { workers: call.workers, blocksWrites: blocksWritesIn(call) }
    const planned = await planDrain(call.connection, node, options)
    return {
      body: null,
      action: 'nodes.drain',
      details: { node, blockWrites: options.blocksWrites },
      afterCommit: async (pool) => ({ job: await planned.start(pool) }),
    }
  }),
  'POST /admin/workspaces/{id}/move': action('provision', async (call) => {
    const { id: workspaceId, schemaName } = await findWorkspace(call.connection, call.reference)
    const node = requiredText(call.body, 'node')
    const options = { workers: call.workers, blocksWrites: blocksWritesIn(call) }
    const { from, to, run } = await planMove(call.connection, schemaName, node, options)
    return {
      body: null,
      action: 'workspace.move',
      workspaceId,
      details: { from, to, blockWrites: options.blocksWrites },
      afterCommit: async (pool) => {
        await run(pool)
        return { id: workspaceId, from, to }
      },
    }
  }),
}

export const NODE_BODY_NAMES: Readonly<Record<string, readonly string[]>> = {
  'POST /admin/nodes/rebalance': ['blockWrites'],
  'POST /admin/nodes/drain': ['node', 'blockWrites'],
  'POST /admin/workspaces/{id}/move': ['node', 'blockWrites'],
}
