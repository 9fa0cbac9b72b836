import test from 'ava'
import { createSinglePlacement, listenToAll } from '../../sql/placement.ts'
import { createServers } from '../../sql/servers/servers.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

test('with one Postgres its node holds every workspace, and requests take its pool itself', async (t) => {
  const { pool, ownerUrl, gatewayUrl } = await createTestDatabase(t)
  const servers = createServers(ownerUrl)
  const placement = createSinglePlacement({
    coordinator: pool,
    servers,
    requests: { servers: createServers(gatewayUrl), isPooled: false },
    direct: { servers: createServers(gatewayUrl), isPooled: false },
    connections: 1,
    poolGrowth: 0,
    log: createTestLog(),
  })
  t.teardown(placement.connections.close)
  const { id } = await createTestWorkspace(pool)
  const node = await placement.locate(id)
  t.deepEqual(placement.nodes(), [node])
  t.is(node.connections, placement.connections)
  t.is(placement.coordinator, pool)
  t.deepEqual(placement.listenTargets(), [servers])
})

test('a change announced by any target arrives, and all targets must be listening', async (t) => {
  const [one, other] = await Promise.all([createTestDatabase(t), createTestDatabase(t)])
  const payloads: string[] = []
  const listener = listenToAll(
    [one, other].map(({ ownerUrl }) => createServers(ownerUrl)),
    {
      channel: 'changes',
      log: createTestLog(),
      onNotification: (payload) => payloads.push(payload),
      onGap: () => {},
    },
  )
  t.teardown(listener.close)
  await until('both listen', () => listener.isListening() && listener.isAnswering())
  await one.pool.query(`notify changes, 'one'`)
  await other.pool.query(`notify changes, 'other'`)
  await until('both have arrived', () => payloads.length === 2)
  t.deepEqual(payloads.toSorted(), ['one', 'other'])
  await other.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'tenantry (listener)' and datname = current_database()`)
  await until('one that is gone is noticed', () => !listener.isListening())
  await until('it listens again', listener.isListening)
})
