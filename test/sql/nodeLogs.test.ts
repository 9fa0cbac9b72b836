// The runtime schema of nodes and their change logs, on databases of one server: a coordinator, and two workers
// that have nothing but what `prepareNode` makes there and a workspace's schema.

import test, { type ExecutionContext } from 'ava'
import type pg from 'pg'
import { isUsable, prepareNode, readNodeSchema } from '../../sql/nodes/prepareNode.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import type { PreparedNode } from '../../sql/placement.ts'
import { createLogCollector } from '../../tenants/changes/collectLogs.ts'
import { oldestWindow, readFeed, tick } from '../../tenants/changes/feed.ts'
import { settleWorkspace } from '../../tenants/changes/settle.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'

type TestNode = PreparedNode

const CAPTURES = [
  ['insert', 'referencing new table as new_rows'],
  ['update', 'referencing old table as old_rows new table as new_rows'],
  ['delete', 'referencing old table as old_rows'],
] as const

const openCluster = async (t: ExecutionContext) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'ws', standardObjects: false })
  const note = `"${schemaName}".note`
  await pool.query(`create table ${note} (id int primary key, version int not null default 1)`)
  await pool.query(`update tenantry.workspaces set settings = settings || '{"capture": true}'`)
  await settleWorkspace(pool, id)
  await tick(pool)
  const { rows } = await pool.query<{ oid: string }>('select $1::regclass::oid::text as oid', [note])
  const oid = rows[0]?.oid ?? ''
  const openNode = async (name: string): Promise<TestNode> => {
    const { pool: owner } = await createTestDatabase(t, { isMigrated: false })
    await prepareNode(owner)
    const triggers = CAPTURES.map(
      ([kind, referencing]) => `create trigger tenantry_${kind} after ${kind} on ${note} ${referencing}
        for each statement execute function tenantry_runtime.capture_${kind}('${id}', '${oid}')`,
    )
    // The oids of shards are their own.
    await owner.query(`create schema "${schemaName}"; create table ${note} (id int primary key, version int not null);
      ${triggers.join(';')}`)
    return { name, owner, prepared: async () => {} }
  }
  const nodes = [await openNode('a'), await openNode('b')] as const
  let place: TestNode = nodes[0]
  let moves = 0
  const workers = {
    list: () => nodes,
    moment: async () => String(moves),
    movedSince: async (moment: string) => (Number(moment) < moves ? [id] : []),
    nodeOf: async () => place.name,
  }
  const collectors = [1, 2].map(() => createLogCollector({ pool, workers, log: createTestLog() }))
  t.teardown(async () => {
    await Promise.all(collectors.map((each) => each.close()))
  })
  return {
    pool,
    id,
    note,
    nodes,
    workers,
    collectors,
    place: () => place,
    /** Writers wait, rows are copied without triggers, and the schema is elsewhere. */
    move: async (): Promise<void> => {
      const [a, b] = nodes
      const target = place === a ? b : a
      await inTransaction(place.owner, async (client) => {
        await client.query(`lock table ${note} in exclusive mode`)
        const { rows: copied } = await client.query(`select id, version from ${note}`)
        await inTransaction(target.owner, async (there) => {
          await there.query(`set local session_replication_role = replica`)
          await there.query(`delete from ${note}`)
          for (const row of copied)
            await there.query(`insert into ${note} values ($1, $2)`, [row.id, row.version])
        })
        moves += 1
        place = target
      })
    },
    /** The next version of a record, where the schema is. */
    write: async (record: number): Promise<void> => {
      for (let isDone = false; !isDone; ) {
        const node = place
        isDone = await inTransaction(node.owner, async (client) => {
          await client.query(`lock table ${note} in row exclusive mode`)
          if (place !== node) return false
          await client.query(
            `insert into ${note} as n values ($1, 1) on conflict (id) do update set version = n.version + 1`,
            [record],
          )
          return true
        })
      }
    },
    /** The versions of each record in the order of the feed. */
    read: async (): Promise<ReadonlyMap<number, readonly number[]>> => {
      await tick(pool)
      const page = await readFeed(pool, id, { after: await oldestWindow(pool) }, 100_000)
      const found = new Map<number, number[]>()
      for (const { table, after } of page?.rows ?? []) {
        t.is(table, 'note')
        const { id: record, version } = JSON.parse(after ?? '')
        found.set(record, [...(found.get(record) ?? []), version])
      }
      return found
    },
  }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1)

test('changes of a workspace that moves between nodes reach the feed once and in order', async (t) => {
  const { pool, id, note, nodes, workers, collectors, place, move, write, read } = await openCluster(t)
  const counts = new Map<number, number>()
  const next = async (record: number): Promise<void> => {
    await write(record)
    counts.set(record, (counts.get(record) ?? 0) + 1)
  }
  const check = async (): Promise<void> => {
    const found = await read()
    t.deepEqual([...found.keys()].toSorted(), [...counts.keys()].toSorted())
    for (const [record, count] of counts) t.deepEqual(found.get(record), upTo(count))
  }

  // Two gateways collect while writers write and the workspace moves, several times between two rounds too.
  let isOver = false
  const writers = [1, 2, 3].map(async (record) => {
    while (!isOver) await next(record)
  })
  const collecting = collectors.map(async ({ collect }) => {
    while (!isOver) await collect()
  })
  for (let count = 0; count < 8; count++) {
    const before = [...counts.values()].reduce((a, b) => a + b, 0)
    while ([...counts.values()].reduce((a, b) => a + b, 0) < before + 5) await collectors[0]?.collect()
    await move()
  }
  isOver = true
  await Promise.all([...writers, ...collecting])
  await collectors[0]?.collect()
  await check()

  // A backlog over both nodes.
  await next(1)
  await move()
  await next(1)
  await next(2)
  await collectors[1]?.collect()
  await check()

  // A node that is away holds older changes of a workspace that has left it: the newer ones wait.
  const left = place()
  const absent = { ...left, prepared: () => Promise.reject(new Error('away')) }
  const partial = createLogCollector({
    pool,
    workers: { ...workers, list: () => nodes.map((node) => (node === left ? absent : node)) },
    log: createTestLog(),
  })
  await next(1)
  await partial.collect()
  const waiting = await read()
  await move()
  await next(1)
  await partial.collect()
  t.deepEqual(await read(), waiting)
  await collectors[0]?.collect()
  await check()
  // Once it was read to its end, they do not.
  await next(1)
  await partial.collect()
  await partial.close()
  await check()

  // A crash between the commit here and the deletion on the node: the rows are not moved again.
  await place().owner.query(
    `create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$;
     create trigger refuse before delete on tenantry_runtime.changes for each row execute function public.refuse()`,
  )
  await next(3)
  await collectors[0]?.collect()
  await check()
  await place().owner.query('drop trigger refuse on tenantry_runtime.changes')
  await next(3)
  const fresh = createLogCollector({
    pool,
    workers,
    log: createTestLog(),
  })
  await fresh.collect()
  await fresh.close()
  await check()
  for (const { owner } of nodes) {
    const { rows } = await owner.query('select count(*)::int as count from tenantry_runtime.changes')
    t.deepEqual(rows, [{ count: 0 }])
  }
  const { rows } = await pool.query(
    `select count(*)::int as count from tenantry_runtime.changes where workspace_id = $1 and table_oid = $2::regclass`,
    [id, note],
  )
  t.is(
    rows[0].count,
    [...counts.values()].reduce((a, b) => a + b, 0),
  )
})

const TABLES = ['tenantry_request.idempotency_keys', 'tenantry_runtime.changes']

const describeTables = async (pool: pg.Pool) => {
  const { rows } = await pool.query(
    `select c.oid::regclass::text as table, a.attname, a.attnotnull, a.attidentity, format_type(a.atttypid, a.atttypmod) as type,
       pg_get_expr(d.adbin, d.adrelid) as value, c.relrowsecurity, c.relacl::text,
       (select string_agg(pg_get_expr(p.polqual, p.polrelid), ' ') from pg_policy p where p.polrelid = c.oid) as policies
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.oid = any ($1::regclass[]) order by 1, a.attnum`,
    [TABLES],
  )
  return rows
}

test('a node is prepared once, like the coordinator, and by the newest gateway', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { pool: owner } = await createTestDatabase(t, { isMigrated: false })
  t.is(await readNodeSchema(owner), 'missing')
  // Two gateways at the same moment.
  t.deepEqual((await Promise.all([prepareNode(owner), prepareNode(owner)])).toSorted(), [
    'current',
    'missing',
  ])
  t.is(await readNodeSchema(owner), 'current')
  t.deepEqual(await describeTables(owner), await describeTables(pool))

  await owner.query(`update tenantry_runtime.node set hash = 'x', release = release - 1`)
  t.is(await readNodeSchema(owner), 'old')
  t.false(isUsable('old'))
  t.is(await prepareNode(owner), 'old')
  t.is(await readNodeSchema(owner), 'current')
  await owner.query(`update tenantry_runtime.node set hash = 'x', release = release + 1`)
  t.is(await prepareNode(owner), 'newer')
})

test('members keep their guard on a node, which does not hold the roles', async (t) => {
  const { pool: owner } = await createTestDatabase(t, { isMigrated: false })
  await prepareNode(owner)
  await owner.query(`create table public.member (id int primary key, user_id int, user_email text, deleted_at timestamptz, name text);
    create trigger guard after insert or update or delete on public.member for each row execute function tenantry.guard_member();
    grant all on public.member to public`)
  const by = async (role: string, sql: string): Promise<string | undefined> => {
    try {
      await inTransaction(owner, async (client) => {
        await client.query(`set local role ${role}`)
        await client.query(sql)
      })
      return 'done'
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : undefined
    }
  }
  const add = (id: number, email: string) => `insert into public.member values (${id}, ${id}, '${email}')`
  t.is(await by('none', add(1, 'a@b.test')), 'done')
  t.is(await by('none', add(2, 'A@b.test')), '23505')
  t.is(await by('none', add(3, 'x')), 'TN005')
  t.is(await by('pg_monitor', add(4, 'c@b.test')), 'TN002')
  t.is(await by('pg_monitor', 'delete from public.member'), 'TN002')
  t.is(await by('pg_monitor', 'update public.member set user_id = 7'), 'TN003')
  t.is(await by('pg_monitor', `update public.member set user_email = 'd@b.test'`), 'TN006')
  t.is(await by('pg_monitor', 'update public.member set deleted_at = now()'), 'TN006')
  t.is(await by('pg_monitor', `update public.member set name = 'x'`), 'done')
})
