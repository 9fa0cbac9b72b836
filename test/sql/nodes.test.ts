// Workspaces on two Postgres servers. The driver of these tests finds workspaces in a map; each server has a
// table with the schemas that it holds. Both have all roles and schemas, so that only the placement keeps a
// statement from running on the wrong one.

import test from 'ava'
import pg from 'pg'
import { createMaintenance } from '../../gateway/jobs/maintenance.ts'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { migrate } from '../../sql/migrate.ts'
import { createNodePlacement, type NodeAddress } from '../../sql/nodes/nodePlacement.ts'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import type { Placement, PlacementOptions } from '../../sql/placement.ts'
import { createServers } from '../../sql/servers/servers.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace, type Workspace } from '../../tenants/workspace.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { type Server, startTwins, urlOf } from '../support/replication.ts'
import { until } from '../support/until.ts'

const DATABASE = 'nodes'
const OBJECT = {
  nameSingular: 'rocket',
  namePlural: 'rockets',
  labelSingular: 'Rocket',
  labelPlural: 'Rockets',
}

const makeWorkspaces = async (url: string): Promise<readonly Workspace[]> => {
  const pool = createOwnerPool(url)
  try {
    await migrate(pool, { secretKey: SECRET_KEY })
    await pool.query(
      `create schema test_nodes; grant usage on schema test_nodes to public;
       create table test_nodes.held (schema text primary key);
       create function test_nodes.holds(wanted text) returns boolean language plpgsql security definer as $$
         begin perform from test_nodes.held where schema = wanted for key share; return found; end $$`,
    )
    const made: Workspace[] = []
    for (const name of ['stays', 'moves'])
      made.push(await createWorkspace(pool, { name, standardObjects: false }))
    for (const { id, schemaName } of made) {
      await pool.query(
        `create table "${schemaName}".note (id uuid primary key default gen_random_uuid(), name text)`,
      )
      const { id: roleId } = await findRole(pool, id, 'Admin')
      await inTransaction(pool, (client) => ensurePgRole(client, roleId))
    }
    return made
  } finally {
    await pool.end()
  }
}

const openCluster = async () => {
  let made: readonly Workspace[] = []
  const twins = await startTwins(DATABASE, async (url) => {
    made = await makeWorkspaces(url)
  })
  const places = new Map<string, string>()
  const moves: string[] = []
  const looks: string[] = []
  let placement: Placement | undefined
  const servers: Readonly<Record<string, Server>> = { one: twins.one, two: twins.two }
  const addresses = Object.entries(servers).map(
    ([name, { port }]): NodeAddress => ({
      name,
      servers: createServers(gatewayUrl(urlOf([port], DATABASE), SECRET_KEY)),
      owner: name === 'one' ? null : createServers(urlOf([port], DATABASE)),
    }),
  )
  /** The schema goes first; then the directory learns of it, as an operator's map might. */
  const place = async ({ id, schemaName }: Workspace, node: string): Promise<void> => {
    for (const [name, server] of Object.entries(servers))
      await server.query(
        name === node
          ? `insert into test_nodes.held values ('${schemaName}') on conflict do nothing`
          : `delete from test_nodes.held where schema = '${schemaName}'`,
        DATABASE,
      )
    places.set(id, node)
    moves.push(id)
  }
  /** Copies the notes while writers wait, and lets them go on at the other node. */
  const move = async ({ id, schemaName }: Workspace, from: string, to: string): Promise<void> => {
    const source = new pg.Client({ connectionString: urlOf([servers[from]?.port ?? 0], DATABASE) })
    const target = new pg.Client({ connectionString: urlOf([servers[to]?.port ?? 0], DATABASE) })
    await Promise.all([source.connect(), target.connect()])
    await source.query('begin')
    await source.query('select from test_nodes.held where schema = $1 for update', [schemaName])
    const { rows } = await source.query(
      `select coalesce(json_agg(n), '[]') as notes from "${schemaName}".note n`,
    )
    await target.query(`truncate "${schemaName}".note`)
    await target.query(
      `insert into "${schemaName}".note select * from json_populate_recordset(null::"${schemaName}".note, $1)`,
      [JSON.stringify(rows[0].notes)],
    )
    await target.query('insert into test_nodes.held values ($1)', [schemaName])
    places.set(id, to)
    moves.push(id)
    await source.query('delete from test_nodes.held where schema = $1', [schemaName])
    await source.query('commit')
    await Promise.all([source.end(), target.end()])
  }
  const openPlacement = (options: PlacementOptions): Placement => {
    placement = createNodePlacement({
      ...options,
      directory: {
        holdsSchema: 'test_nodes.holds($5)',
        nodes: addresses,
        find: async (workspaceId) => {
          looks.push(workspaceId)
          return addresses.find(({ name }) => name === places.get(workspaceId)) ?? null
        },
        moment: async () => String(moves.length),
        movedSince: async (moment) => moves.slice(Number(moment)),
      },
    })
    return placement
  }
  // Keeps the gateway from preparing the node, until it is dropped.
  await twins.two.query(
    'create schema if not exists tenantry_runtime; create table tenantry_runtime.node (x int)',
    DATABASE,
  )
  const ownerUrl = urlOf([twins.one.port], DATABASE)
  const pool = new pg.Pool({ connectionString: ownerUrl })
  const database = {
    name: DATABASE,
    ownerUrl,
    gatewayUrl: gatewayUrl(ownerUrl, SECRET_KEY),
    secretKey: SECRET_KEY,
    pool,
    close: async () => {},
  }
  const gateway = await startTestGateway({
    database,
    openPlacement,
    // The wait for a node that is away is shorter.
    environment: { POOL_SIZE: '2', CAPTURE: 'demand', DATABASE_WAIT_MS: '60000' },
  })
  return {
    ...twins,
    made,
    place,
    move,
    looks,
    gateway,
    opened: () => placement,
    /** What the directory has, without the schema. */
    assign: (id: string, node: string | null) => (node === null ? places.delete(id) : places.set(id, node)),
    close: async () => {
      await gateway.close()
      await pool.end()
      await twins.close()
    },
  }
}

const notesOn = async (server: Server, { schemaName }: Workspace): Promise<readonly string[]> =>
  (await server.query<{ name: string }>(`select name from "${schemaName}".note order by name`, DATABASE)).map(
    ({ name }) => name,
  )

const write = ({ request }: Client, name: string) => request('POST', '/rest/notes', { name })

test('requests go to the node that holds their workspace, follow it, and fail alone with it', async (t) => {
  const cluster = await openCluster()
  t.teardown(cluster.close)
  const { one, two, made, place, looks, gateway } = cluster
  const [staying, moving] = made
  if (staying === undefined || moving === undefined) throw new Error('no workspaces')
  await place(staying, 'one')
  await place(moving, 'two')
  const stays = await gateway.client(staying)
  const moves = await gateway.client(moving)

  // What the gateway makes on a node cannot be made there: its workspaces learn why, and wait for it.
  const unprepared = await write(moves, 'lost')
  t.is(unprepared.status, 503)
  t.is(unprepared.body.code, 'NODE_UNPREPARED')
  t.is(unprepared.headers.get('retry-after'), '1')
  await two.query('drop table tenantry_runtime.node', DATABASE)
  looks.length = 0

  // Located once, and kept.
  t.is((await write(stays, 'a')).status, 201)
  t.is((await write(moves, 'b')).status, 201)
  t.is((await moves.get('/rest/notes')).body.data.notes[0].name, 'b')
  t.is((await moves.graphql('{ notes { edges { node { name } } } }')).body.data.notes.edges.length, 1)
  t.deepEqual(await notesOn(one, moving), [])
  t.deepEqual(await notesOn(two, moving), ['b'])
  t.deepEqual(looks, [staying.id])
  t.is((await cluster.opened()?.locate(moving.id))?.name, 'two')
  t.is(cluster.opened()?.nodes().length, 2)

  // After a move: looked up again by all requests together, and answered there. Nothing ran on the old node.
  await place(moving, 'one')
  const answers = await Promise.all(['c', 'd', 'e'].map((name) => write(moves, name)))
  t.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201],
  )
  t.deepEqual(await notesOn(one, moving), ['c', 'd', 'e'])
  t.deepEqual(await notesOn(two, moving), ['b'])
  t.deepEqual(looks, [staying.id, moving.id])

  // Moves under writers lose nothing that was answered, and fail nothing.
  const answered: string[] = []
  let isMoving = true
  const writers = [1, 2, 3].map(async (writer) => {
    for (let count = 0; isMoving; count++) {
      const name = `writer ${writer}, note ${count}`
      t.is((await write(moves, name)).status, 201)
      answered.push(name)
    }
  })
  for (const [from, to] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    const before = answered.length
    await until('some are written before the move', () => answered.length > before + 5)
    await cluster.move(moving, from, to)
  }
  isMoving = false
  await Promise.all(writers)
  t.deepEqual(await notesOn(one, moving), ['c', 'd', 'e', ...answered].toSorted())

  // The directory is behind, or has no place: nothing runs anywhere, and the answer asks for another try.
  await place(moving, 'two')
  await one.query(`delete from test_nodes.held where schema = '${moving.schemaName}'`, DATABASE)
  await two.query(`delete from test_nodes.held where schema = '${moving.schemaName}'`, DATABASE)
  const nowhere = await write(moves, 'lost')
  t.is(nowhere.status, 503)
  t.is(nowhere.headers.get('retry-after'), '1')
  cluster.assign(moving.id, null)
  t.is((await moves.get('/rest/notes')).status, 503)
  await place(moving, 'two')
  t.is((await moves.get('/rest/notes')).status, 200)
  t.false((await notesOn(one, moving)).includes('lost'))

  // Idempotency keys are on the node, where maintenance expires them.
  const once = await moves.request('POST', '/rest/notes', { name: 'once' }, { 'idempotency-key': 'k' })
  t.is(once.status, 201, once.text)
  const keysOn = (server: Server) =>
    server.query<{ key: string }>('select key from tenantry_request.idempotency_keys', DATABASE)
  const keep = async (hours: number): Promise<void> => {
    const clock = () => new Date(Date.now() + hours * 3_600_000)
    const workers = cluster.opened()?.workers ?? null
    const { pool } = gateway.gateway
    await createMaintenance({ pool, workers, log: createTestLog(), clock, feedRetentionDays: 7 }).run()
  }
  await keep(23)
  t.deepEqual(await keysOn(two), [{ key: 'k' }])
  await keep(25)
  t.deepEqual([await keysOn(one), await keysOn(two)], [[], []])

  // A node away: its workspaces answer 503, all others and readiness are untouched.
  await two.kill()
  const away = moves.get('/rest/notes')
  t.is((await write(stays, 'f')).status, 201)
  t.is((await fetch(`${gateway.url}/readyz`)).status, 200)
  t.is((await away).status, 503)
  t.is((await away).headers.get('retry-after'), '1')
  t.deepEqual(await notesOn(one, staying), ['a', 'f'])
  await two.start()
  await until('its workspaces answer again', async () => (await moves.get('/rest/notes')).status === 200)

  // Moved off a node that is away: found where it is now.
  await two.kill()
  await one.query(
    `insert into test_nodes.held values ('${moving.schemaName}') on conflict do nothing`,
    DATABASE,
  )
  cluster.assign(moving.id, 'one')
  t.is((await moves.get('/rest/notes')).status, 200)
  t.is((await cluster.opened()?.locate(moving.id))?.name, 'one')
  await two.start()

  // The coordinator away: requests of known keys go on at the nodes, and what needs it fails at once.
  await place(moving, 'two')
  await until('the node is reached again', async () => (await write(moves, 'before')).status === 201)
  await one.stop()
  await until('the gateway has noticed', async () => (await stays.get('/rest/notes')).status === 503)
  t.is((await write(moves, 'meanwhile')).status, 201)
  t.is((await moves.graphql('{ notes { edges { node { name } } } }')).status, 200)
  t.is((await fetch(`${gateway.url}/readyz`)).status, 200)
  const created = await moves.request('POST', '/rest/metadata/objects', OBJECT)
  t.is(created.status, 503)
  t.is(created.headers.get('retry-after'), '1')
  t.is(created.body.code, 'DATABASE_UNAVAILABLE')
  t.is((await moves.get('/rest/notes')).status, 200)
  await one.start()
  await until('the model can change', async () => {
    const { status } = await moves.request('POST', '/rest/metadata/objects', OBJECT)
    return status === 201
  })
  const kept = await notesOn(two, moving)
  t.true(kept.includes('before') && kept.includes('meanwhile'))
})
