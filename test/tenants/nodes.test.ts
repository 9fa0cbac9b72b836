// Nodes of a Citus cluster, which TEST_CITUS_URL names; skipped otherwise.

import test from 'ava'
import { prepareNode } from '../../sql/nodes/prepareNode.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { readCluster } from '../../tenants/nodes/cluster.ts'
import { planMove, planRebalance } from '../../tenants/nodes/move.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openCitusDatabase } from '../support/citus.ts'
import { citusUrl } from '../support/environment.ts'

const coordinator = citusUrl()
const tried = coordinator === null ? test.skip : test

tried('workspaces move between prepared workers alone', async (t) => {
  const database = await openCitusDatabase(coordinator ?? '')
  t.teardown(database.close)
  const { pool, workers: urls } = database
  const workers = urls.map((url) => {
    const { host } = new URL(url)
    return { name: host, owner: createOwnerPool(url, { size: 1 }) }
  })
  t.teardown(async () => {
    for (const { owner } of workers) await owner.end()
  })
  const { schemaName } = await createWorkspace(pool, { name: 'moves' })
  const { nodes } = await readCluster(pool, workers)
  t.deepEqual(
    nodes.map(({ isCoordinator, runtimeSchema }) => [isCoordinator, runtimeSchema]),
    [[true, null], ...workers.map(() => [false, 'missing'])],
  )
  const holder = nodes.find(({ workspaces }) => workspaces === 1)?.name
  const other = workers.find(({ name }) => name !== holder)
  if (other === undefined) throw new Error('The cluster has one worker.')
  const options = { workers, blocksWrites: false }
  const move = () => planMove(pool, schemaName, other.name, options)
  await t.throwsAsync(move(), { message: /lacks the current runtime schema \(missing\)/ })
  await t.throwsAsync(planRebalance(pool, options), { message: /lacks the current runtime schema/ })
  for (const { owner } of workers) await prepareNode(owner)
  await pool.query(`create table "${schemaName}".bare (a int)`)
  await t.throwsAsync(move(), { message: /bare: without a primary key/ })
  await pool.query(`drop table "${schemaName}".bare`)
  await (await move()).run(pool)
  const after = await readCluster(pool, workers)
  t.is(after.nodes.find(({ name }) => name === other.name)?.workspaces, 1)
  t.true((after.nodes.find(({ name }) => name === other.name)?.bytes ?? 0) > 0)
  await t.throwsAsync(move(), { message: /is on .+ already/ })
})

test('the tests of nodes', (t) => {
  t.log(coordinator === null ? 'skipped: TEST_CITUS_URL names no coordinator' : 'ran')
  t.pass()
})
