// What a Citus cluster refuses, which TEST_CITUS_URL names: a dry run refuses it as the change does, and so
// does `workspace adopt`. Skipped otherwise.

import { importSql } from '../../tenants/importSql.ts'
import { applyStatements } from '../schemas/apply.ts'
import { readListing } from '../schemas/faults.ts'
import { asSuperuser, openCitusDatabase } from '../support/citus.ts'
import { startTestGateway } from '../support/gateway.ts'
import { onCluster } from '../support/where.ts'

const open = async (coordinator: string) => {
  const database = await openCitusDatabase(coordinator)
  const gateway = await startTestGateway({ database, environment: { POOL_SIZE: '3', CAPTURE: 'demand' } })
  return {
    gateway,
    pool: database.pool,
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
