// Commands about the nodes of a Citus cluster. With one Postgres each answers that there are none.

import { setTimeout as sleep } from 'node:timers/promises'
import { giveUpNode } from '../../../tenants/changes/nodeLog.ts'
import { type ClusterNode, readCluster, requireCluster } from '../../../tenants/nodes/cluster.ts'
import { restartFeeds, workspacesOn } from '../../../tenants/nodes/leave.ts'
import { planDrain, planMove, planRebalance, readDrain } from '../../../tenants/nodes/move.ts'
import { prepareWorkers } from '../../../tenants/nodes/prepare.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import type { Command, CommandOption } from '../command.ts'
import { tableText } from '../table.ts'
import { UsageError } from '../usage.ts'
import { withWorkers } from './workers.ts'

const BLOCK_WRITES: CommandOption = {
  type: 'boolean',
  meaning: 'Writes wait during a move: needed where a table has neither primary key nor replica identity',
}

const POLL_MS = 1_000
const BYTES_PER_MB = 1_000_000

const sizeText = (bytes: number | null): string =>
  bytes === null ? 'unknown' : `${(bytes / BYTES_PER_MB).toFixed(1)} MB`

const stateText = ({ isCoordinator, isActive, takesWorkspaces }: ClusterNode): string => {
  if (!isActive) return 'inactive'
  if (isCoordinator) return 'coordinator'
  return takesWorkspaces ? 'active' : 'drained'
}

const list: Command = {
  summary: 'List the nodes of a Citus cluster with their workspaces, sizes and running moves',
  arguments: [],
  run: (session) =>
    withWorkers(session, async (workers) => {
      const cluster = await readCluster(session.pool, workers)
      const nodes = tableText(
        ['NODE', 'STATE', 'WORKSPACES', 'SIZE', 'RUNTIME SCHEMA'],
        cluster.nodes.map((node) => [
          node.name,
          stateText(node),
          String(node.workspaces),
          sizeText(node.bytes),
          node.runtimeSchema ?? '',
        ]),
      )
      const moves = tableText(
        ['MOVING', 'FROM', 'TO', 'STATUS', 'COPIED'],
        cluster.moves.map(({ schema, from, to, status, copiedBytes, bytes }) => [
          schema,
          from,
          to,
          status,
          `${sizeText(copiedBytes)} of ${sizeText(bytes)}`,
        ]),
      )
      return { json: cluster, text: cluster.moves.length === 0 ? nodes : `${nodes}\n\n${moves}` }
    }),
}

const prepare: Command = {
  summary:
    'Create or upgrade the tables that requests need on each worker, as gateways do at their first use, and grant its views',
  arguments: [],
  run: (session) =>
    withWorkers(session, async (workers) => {
      await requireCluster(session.pool)
      const prepared = await prepareWorkers(session.pool, workers)
      const nodes = prepared.map((node) => ({ ...node, error: node.error?.message ?? null }))
      return {
        json: { nodes },
        text: nodes
          .map(({ name, before, error }) =>
            error === null
              ? `${name}: ${before === 'missing' || before === 'old' ? 'prepared' : 'was prepared'}`
              : `${name}: ${error}`,
          )
          .join('\n'),
        hasFailed: nodes.some(({ error }) => error !== null),
      }
    }),
}

const rebalance: Command = {
  summary: 'Start moves until each worker has about as much data; `nodes list` shows them',
  arguments: [],
  options: { 'block-writes': BLOCK_WRITES },
  run: (session, input) =>
    withWorkers(session, async (workers) => {
      const { pool } = session
      const planned = await planRebalance(pool, { workers, blocksWrites: input.isSet('block-writes') })
      const job = await planned.start(pool)
      return {
        json: { job },
        text:
          job === null ? 'The nodes are balanced.' : `Started job ${job}; \`nodes list\` shows its moves.`,
      }
    }),
}

const drain: Command = {
  summary: 'Move all workspaces off a worker, and wait until it holds neither workspaces nor changes',
  arguments: ['node'],
  options: {
    'block-writes': BLOCK_WRITES,
    'reset-streams': {
      type: 'boolean',
      meaning: 'Do not wait for the change log of the node: readers of its workspaces start over',
    },
  },
  run: (session, input, print) =>
    withWorkers(session, async (workers) => {
      const { pool } = session
      const [node = ''] = input.arguments
      const options = { workers, blocksWrites: input.isSet('block-writes') }
      const planned = await planDrain(pool, node, options)
      const left = await workspacesOn(pool, node)
      const job = await planned.start(pool)
      const resets = input.isSet('reset-streams')
      for (let last = ''; ; await sleep(POLL_MS)) {
        const { workspaces, changes } = await readDrain(pool, node, resets ? [] : workers)
        if (workspaces === 0 && changes === 0) break
        const state = `${workspaces} workspaces, ${changes} changes left`
        if (state !== last) print(state)
        last = state
      }
      if (resets) {
        await giveUpNode(pool, node)
        await restartFeeds(pool, left)
      }
      return {
        json: { node, job, moved: left.length, resetStreams: resets },
        text: `Moved ${left.length} workspaces. ${node} can be removed: select citus_remove_node(…).`,
      }
    }),
}

const move: Command = {
  summary: 'Move a workspace to another worker while it is served',
  arguments: ['workspace'],
  options: {
    to: { type: 'string', value: 'host:port', meaning: 'The worker, as `nodes list` prints it' },
    'block-writes': BLOCK_WRITES,
  },
  run: (session, input) =>
    withWorkers(session, async (workers) => {
      const { pool } = session
      await requireCluster(pool)
      const [reference = ''] = input.arguments
      const to = input.text('to')
      if (to === undefined)
        throw new UsageError('--to is missing: the worker, as `tenantry nodes list` prints it.')
      const { id, subdomain, schemaName } = await findWorkspace(pool, reference)
      const blocksWrites = input.isSet('block-writes')
      const { from, run, ...moved } = await planMove(pool, schemaName, to, { workers, blocksWrites })
      await run(pool)
      return {
        json: { id, subdomain, from, ...moved },
        text: `Moved ${subdomain} from ${from} to ${moved.to}.`,
      }
    }),
}

export const NODE_COMMANDS: readonly (readonly [string, Command])[] = [
  ['nodes list', list],
  ['nodes prepare', prepare],
  ['nodes rebalance', rebalance],
  ['nodes drain', drain],
  ['workspace move', move],
]
