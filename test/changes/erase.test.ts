// Erasure of a record that is gone, while open transactions may bring it back, and of one whose id changed.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const enter = async (): Promise<{ readonly client: Client; readonly schema: string }> => {
  const client = await gateway.enter()
  await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { history: true }) { id } }',
  })
  return { client, schema: quoteIdentifier(client.workspace.schemaName) }
}

const erase = (client: Client, path: string) => client.request('DELETE', `/rest/${path}/history`)

/** Changes of a workspace whose images have a text. */
const logged = async ({ workspace }: Client, text: string): Promise<number> => {
  const { rows } = await pool.query(
    `select count(*)::int as count from tenantry_runtime.changes
     where workspace_id = $1 and concat(before, after) like $2`,
    [workspace.id, `%${text}%`],
  )
  return rows[0].count
}

const WAITS = `select count(*)::int as waiting from pg_stat_activity
  where datname = current_database() and state = 'active' and wait_event = 'PgSleep' and query like '%erase_record%'`

const isWaiting = async (): Promise<boolean> => (await pool.query(WAITS)).rows[0].waiting === 1

/** What makes the record `gone` of a table again. */
const RETURNS: readonly (readonly [table: string, path: string, sql: string])[] = [
  ['plain', 'plains/7', `insert into $S.plain values (7, 'hidden')`],
  ['plain', 'plains/7', `update $S.plain set id = 7, name = 'hidden' where id = 1`],
  [
    'plain',
    'plains/7',
    `insert into $S.plain values (7, 'hidden') on conflict (id) do update set name = 'hidden'`,
  ],
  ['plain', 'plains/7', `insert into $S.plain values (7, 'hidden'); delete from $S.plain where id = 7`],
  ['split', 'splits/7', `insert into $S.split values (7, 'hidden')`],
  ['split', 'splits/7', `insert into $S.split_low values (7, 'hidden')`],
  ['seat', 'seats/a%2Cb,1.50', `insert into $S.seat values ('a,b', 1.5, 'hidden')`],
  ['raw', 'raws/%5Cx6162', `insert into $S.raw values ('ab', 'hidden')`],
]

test.serial('erasure waits for a transaction that creates the record again', async (t) => {
  const { client, schema } = await enter()
  await pool.query(`create table ${schema}.plain (id int primary key, name text);
    create table ${schema}.split (id int primary key, name text) partition by range (id);
    create table ${schema}.split_low partition of ${schema}.split for values from (0) to (100);
    create table ${schema}.seat (hall text, number numeric(6, 2), name text, primary key (hall, number));
    create table ${schema}.raw (id bytea primary key, name text)`)
  await until('the tables are served', async () => (await client.get('/rest/raws')).status === 200)
  const writer = await pool.connect()
  try {
    for (const [table, path, sql] of RETURNS) {
      await pool.query(`delete from ${schema}.${table}`)
      if (table === 'plain') await pool.query(`insert into ${schema}.plain values (1, 'other')`)
      await writer.query(`begin; ${sql.replaceAll('$S', schema)}`)
      let isAnswered = false
      const erased = erase(client, path).finally(() => {
        isAnswered = true
      })
      await until('the erasure waits', async () => isAnswered || (await isWaiting()))
      await writer.query('commit')
      const first = await erased
      // On a busy machine, the commit may come too late.
      const { status, text } = first.status === 503 ? await erase(client, path) : first
      t.is(status, 200, text)
      t.is(await logged(client, 'hidden'), 0, sql)
    }
    await pool.query(`delete from ${schema}.plain where id = 7`)
    await writer.query(`begin; insert into ${schema}.plain values (7, 'held')`)
    t.like(await erase(client, 'plains/7'), { status: 503, body: { code: 'CONCURRENT_CHANGE' } })
    // Transactions that only read, or write to other tables, hold nothing up.
    await writer.query(
      `rollback; begin; select from ${schema}.plain; insert into ${schema}.raw values ('x', 'y')`,
    )
    t.is((await erase(client, 'plains/7')).status, 200)
    await writer.query('rollback')
  } finally {
    writer.release(true)
  }
})

test.serial('erasure under the new id of a record leaves what its earlier id has', async (t) => {
  const { client, schema } = await enter()
  await pool.query(`create table ${schema}.plain (id int primary key, name text);
    insert into ${schema}.plain values (1, 'first'); update ${schema}.plain set id = 2, name = 'second';
    update ${schema}.plain set name = 'third'`)
  await until('the table is served', async () => (await client.get('/rest/plains')).status === 200)
  t.like((await erase(client, 'plains/2')).body, { data: { erasePlainHistory: { changes: 2 } } })
  t.deepEqual([await logged(client, 'first'), await logged(client, 'second')], [1, 0])
  const { body } = await client.get('/rest/plains/1/history')
  t.deepEqual(
    body.data.plainHistory.map(({ operation, after }: { operation: string; after: object | null }) => [
      operation,
      after,
    ]),
    [
      ['updated', null],
      ['created', { id: 1, name: 'first' }],
    ],
  )
  t.like((await erase(client, 'plains/1')).body, { data: { erasePlainHistory: { changes: 1 } } })
  t.is(await logged(client, 'first'), 0)
})
