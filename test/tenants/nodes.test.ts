// Nodes of a Citus cluster, which TEST_CITUS_URL names; skipped otherwise.

import { prepareNode } from '../../sql/nodes/prepareNode.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { checkedLimits, setLimits } from '../../tenants/limits.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import { readCluster } from '../../tenants/nodes/cluster.ts'
import { planMove, planRebalance, readDrain } from '../../tenants/nodes/move.ts'
import { measureSizes, readSize } from '../../tenants/quota/size.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openCitusDatabase } from '../support/citus.ts'
import { clientAt, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { onCluster } from '../support/where.ts'

onCluster('workspaces move between prepared workers alone', async (t, coordinator) => {
  const database = await openCitusDatabase(coordinator)
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
  // A worker that was never used has no log to wait for.
  t.deepEqual(await readDrain(pool, other.name, workers), { workspaces: 0, changes: 0 })
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
  const [host, port] = other.name.split(':')
  const takes = (yes: boolean) =>
    pool.query(`select citus_set_node_property('${host}', ${port}, 'shouldhaveshards', ${yes})`)
  await takes(false)
  await t.throwsAsync(move(), { message: /is drained/ })
  await takes(true)
})

onCluster(
  'sizes, quotas and estimates of a distributed workspace are those of its node',
  async (t, coordinator) => {
    const database = await openCitusDatabase(coordinator)
    t.teardown(database.close)
    const { pool, workers: urls } = database
    for (const url of urls) {
      const owner = createOwnerPool(url, { size: 1 })
      await prepareNode(owner)
      await owner.end()
    }
    const { id, schemaName } = await createWorkspace(pool, { name: 'sized' })
    await setLimits(pool, id, checkedLimits({ maxRecords: 20_000 }))
    await pool.query(
      `insert into "${schemaName}".company (name) select repeat('x', 200) from generate_series(1, 20000)`,
    )
    await until('the node has counted the writes', async () => {
      await measureSizes(pool)
      return ((await readSize(pool, id))?.records ?? 0) > 0
    })
    t.like(await readSize(pool, id), { records: 20_000, areRecordsExact: true, quotaReached: 'records' })
    t.true(((await readSize(pool, id))?.bytes ?? 0) > 4_000_000)

    const { details, catalog } = await readSources(pool, id)
    const oid = catalog.relations.find(({ name }) => name === 'company')?.oid
    const size = details.sizes.find(({ relation }) => relation === oid)
    t.true((size?.rows ?? 0) > 10_000)
    t.true((size?.bytes ?? 0) > 1_000_000)
  },
)

onCluster(
  'a gateway starts while a worker is away, and serves what is on the other one',
  async (t, coordinator) => {
    const database = await openCitusDatabase(coordinator)
    t.teardown(database.close)
    const { pool } = database
    const first = await startTestGateway({ database })
    const clients = [await first.enter('one'), await first.enter('two')]
    await first.close()
    const { rows } = await pool.query(
      `select split_part(table_name::text, '.', 1) as schema, nodeport as port from citus_shards group by 1, 2`,
    )
    const ports = clients.map(
      ({ workspace }) => rows.find(({ schema }) => schema === workspace.schemaName)?.port,
    )
    t.not(ports[0], ports[1])
    await pool.query('update pg_dist_node set nodeport = 1 where nodeport = $1', [ports[0]])
    const second = await startTestGateway({ database, environment: { DATABASE_WAIT_MS: '5000' } })
    t.teardown(second.close)
    const statuses = await Promise.all(
      clients.map(({ token, workspace }) =>
        clientAt(second.url, { token, workspace }).get('/rest/companies'),
      ),
    )
    t.deepEqual(
      statuses.map(({ status }) => status),
      [503, 200],
    )
  },
)
