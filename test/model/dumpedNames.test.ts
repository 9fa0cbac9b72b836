// Names that depend on the age of a table or function, in a dump of the database and its restore.

import { spawnSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import type { Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { modelIn, runIn, servedIn } from './servedNames.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

/** Whether pg_dump can dump the server of the tests. */
const hasDump = async (t: ExecutionContext): Promise<boolean> => {
  const { rows } = await server.gateway.pool.query<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  )
  const { stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' })
  const [serves, dumps] = [rows[0]?.major ?? 0, Number(/(\d+)\.\d/.exec(stdout ?? '')?.[1] ?? 0)]
  if (dumps < serves)
    t.log(`skipped: pg_dump ${dumps} cannot dump a server ${serves}; TEST_POSTGRES=${dumps} runs it`)
  return dumps >= serves
}

/** The whole database, restored beside itself. */
const restore = async (t: ExecutionContext): Promise<Pool> => {
  const { pool, ownerUrl } = await createTestDatabase(t, { isMigrated: false })
  // The roles are the server's, and still in use.
  t.teardown(async () => void (await pool.query('drop schema if exists tenantry cascade')))
  const dump = spawnSync('pg_dump', [server.database.ownerUrl], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  t.is(dump.status, 0, dump.stderr)
  const options = { input: dump.stdout, encoding: 'utf8' } as const
  const restored = spawnSync('psql', ['-q', '-v', 'ON_ERROR_STOP=1', ownerUrl], options)
  t.is(restored.status, 0, restored.stderr)
  return pool
}

// Serial: a dump fails where the other test drops or alters what it describes.
for (const isPinned of [true, false])
  test.serial(
    `a dump restores the names of functions and tables, ${isPinned ? 'pinned' : 'not yet pinned'}`,
    async (t) => {
      if (!(await hasDump(t))) return t.pass()
      const source = await server.enter('Dumped', { standardObjects: false })
      const { pool } = server.gateway
      await runIn(
        pool,
        source,
        'create function $s.gadgets() returns int language sql stable return 1',
        'create table $s.gadget (id int primary key, name text)',
        'create table $s."Gadgets" (id int primary key)',
        'create function $s.create_gadget(a int) returns int language sql return 1',
        // Without a comment, only its oid identifies an overload.
        ...(isPinned
          ? ['text', 'int'].map(
              (type) => `create function $s.twice(a ${type}) returns int language sql stable return 1`,
            )
          : []),
        'create table $s.part (id int primary key)',
        'create function $s.part_age(p $s.part) returns int language sql stable return 1',
        'alter table $s.part add age int, add part_id int references $s.part',
        'create table $s.zz_orders (id int primary key)',
        'create table $s.zz_order (id int primary key)',
      )
      if (isPinned)
        await until('contested names are kept', async () => {
          await source.get('/rest/metadata/objects')
          return (await modelIn(pool, source)).unpinned.length === 0
        })
      const before = await servedIn(pool, source)
      const into = await restore(t)
      t.deepEqual(await servedIn(into, source), before)
      const schema = quoteIdentifier(source.workspace.schemaName)
      await into.query(`create function ${schema}.gadgets(a bool) returns int language sql stable return 1`)
      t.deepEqual(await servedIn(into, source), before)
      // A change registers what has other oids since.
      await into.query('select tenantry.end_model_change($1)', [source.workspace.id])
      const { rows: stale } = await into.query(
        `select from tenantry.workspace_functions f
       where workspace_id = $1 and not exists (select from pg_proc p where p.oid = f.function_oid)`,
        [source.workspace.id],
      )
      t.is(stale.length, 0)
      t.deepEqual(await servedIn(into, source), before)
    },
  )
