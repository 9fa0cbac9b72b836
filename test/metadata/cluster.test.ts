// Data models on a Citus cluster, which TEST_CITUS_URL names: a dry run refuses what the cluster refuses, as
// the change does, and so does `workspace adopt`; roles read views. Skipped otherwise.

import type pg from 'pg'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { importSql } from '../../tenants/importSql.ts'
import { upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { applyStatements } from '../schemas/apply.ts'
import { readListing } from '../schemas/faults.ts'
import { asSuperuser, openCitusDatabase } from '../support/citus.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { onCluster } from '../support/where.ts'

const open = async (coordinator: string) => {
  const database = await openCitusDatabase(coordinator)
  const gateway = await startTestGateway({ database, environment: { POOL_SIZE: '3', CAPTURE: 'demand' } })
  return {
    gateway,
    pool: database.pool,
    workers: database.workers,
    close: async () => {
      await gateway.close()
      await database.close()
    },
  }
}

const SCRIPTS = [
  ['create table t (id serial primary key)', /int or smallint.+\(column id of/],
  ['create table t (id uuid);\ncreate policy p on t using (exists (select 1))', /\(line 2\).+subquery/],
  ['create table t (id uuid);\ncreate table u () inherits (t)', /\(line 2\).+inherit/],
  ['create table t (a int);\nalter table t add column b int, add check (b > 0)', /\(line 2\).+of its own/],
  ['create table t (a bigint);\nalter table t add column b bigserial', /\(line 2\).+draws from a sequence/],
  [
    'create table t (a bigint not null);\nalter table t alter column a add generated always as identity',
    /\(line 2\).+form of "alter table"/,
  ],
  ['create table t ()', /without a column/],
  [
    'create table t (a bigint);\ncreate materialized view m as select a from t',
    /\(line 2\).+materialized views/,
  ],
  ['create foreign table t (a int) server elsewhere', /\(line 1\).+foreign tables/],
] as const

onCluster(
  'what the cluster refuses is refused by dry runs and in scripts, and leaves nothing behind',
  async (t, coordinator) => {
    t.timeout(300_000)
    const { gateway, pool, close } = await open(coordinator)
    t.teardown(close)
    const client = await gateway.enter('Refused', { standardObjects: false })
    const { id, schemaName } = client.workspace
    await asSuperuser(gateway.database.ownerUrl, async (superuser) => {
      await superuser.query('set citus.enable_ddl_propagation = off')
      await superuser.query(
        'create foreign data wrapper far; create server elsewhere foreign data wrapper far',
      )
    })
    for (const [script, message] of SCRIPTS)
      await t.throwsAsync(importSql(pool, id, script), { message }, script)
    const { rows } = await pool.query('select from pg_class where relnamespace = $1::regnamespace', [
      schemaName,
    ])
    t.is(rows.length, 0)

    // Citus leaves the second on the coordinator, and a foreign key cannot refer to it.
    await applyStatements(pool, id, [
      'create table held (id uuid primary key, count bigserial)',
      'do $$ begin create table stray (id uuid primary key); end $$',
    ])
    const { objects } = await readListing(client)
    const idOf = (object: string): string | undefined =>
      objects.find(({ nameSingular }) => nameSingular === object)?.id
    for (const target of ['stray', 'held']) {
      const relation = {
        objectMetadataId: idOf('held'),
        name: `of${target}`,
        label: 'Of',
        type: 'RELATION',
        relationCreationPayload: {
          type: 'MANY_TO_ONE',
          targetObjectMetadataId: idOf(target),
          targetFieldLabel: `Holds ${target}`,
          targetFieldIcon: 'IconX',
        },
      }
      const answers = []
      for (const query of ['?dry_run=true', ''])
        answers.push(await client.request('POST', `/rest/metadata/fields${query}`, relation))
      t.deepEqual(
        answers.map(({ status }) => status),
        target === 'stray' ? [409, 409] : [200, 201],
        answers.map(({ text }) => text).join('\n'),
      )
      for (const { text } of target === 'stray' ? answers : [])
        t.regex(text, /The Citus cluster does not support/)
    }
  },
)

const PRIVILEGES_SQL = `select c.relname as name,
    (select string_agg(x::text, ' ' order by x::text) from unnest(c.relacl) x) as privileges
  from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'v' order by 1`

onCluster(
  'roles read views on the worker, which has the privileges of the coordinator',
  async (t, coordinator) => {
    t.timeout(300_000)
    const { gateway, pool, workers, close } = await open(coordinator)
    t.teardown(close)
    const client = await gateway.enter('Views', { standardObjects: false })
    const { id, schemaName } = client.workspace
    const privilegesOf = async (asked: Pick<pg.Pool, 'query'>) =>
      (await asked.query(PRIVILEGES_SQL, [schemaName])).rows
    const areEqual = async (count: number) => {
      const expected = await privilegesOf(pool)
      t.is(expected.length, count)
      t.true(expected.every(({ privileges }) => privileges.includes(`${schemaName}_admin=`)))
      for (const worker of workers) t.deepEqual(await asSuperuser(worker, privilegesOf), expected)
    }
    await importSql(
      pool,
      id,
      `create table news (slug text primary key, title text);
       insert into news values ('a', 'A');
       create view headlines as select slug, title from news`,
    )
    t.deepEqual((await client.get('/rest/headlines')).body.data, { headlines: [{ slug: 'a', title: 'A' }] })
    await areEqual(1)
    // By hand, where an event trigger grants before Citus has the view on its workers.
    for (const sql of [
      `create view $w."""it's" ("the slug", at) with (security_barrier) as select slug, now() from $w.news`,
      `create view $w.again as select "the slug" from $w."""it's"`,
      `create or replace view $w.headlines as select slug, title, 1 as one from $w.news`,
    ])
      await pool.query(sql.replaceAll('$w', schemaName))
    await areEqual(3)
    await until('the views are served', async () => (await client.get('/rest/agains')).status === 200)
    t.deepEqual((await client.get('/rest/agains')).body.data, { agains: [{ theSlug: 'a' }] })
    t.is((await client.get('/rest/headlines')).body.data.headlines[0].one, 1)

    // And when permissions change.
    const role = await createRole(pool, id, { label: 'Narrow', canReadAllObjectRecords: true })
    const narrow = await gateway.client(client.workspace, 'Narrow')
    await upsertObjectPermissions(pool, id, role.id, [{ table: 'again', canRead: false }])
    t.is((await narrow.get('/rest/headlines')).status, 200)
    await areEqual(3)

    // As on a worker that was added.
    for (const worker of workers)
      await asSuperuser(worker, (superuser) =>
        superuser.query(
          `update pg_class set relacl = null where relnamespace = $1::regnamespace and relkind = 'v'`,
          [schemaName],
        ),
      )
    t.is((await client.get('/rest/headlines')).status, 403)
    const printed: string[] = []
    const print = (line: string): void => void printed.push(line)
    const environment = { DATABASE_URL: gateway.database.ownerUrl, SECRET_KEY }
    const code = await runCommand(environment, ['nodes', 'prepare'], { print, complain: print })
    t.is(code, 0, printed.join('\n'))
    t.is(printed.join('\n').match(/was prepared/g)?.length, workers.length)
    await areEqual(3)
    t.is((await client.get('/rest/headlines')).status, 200)
  },
)
