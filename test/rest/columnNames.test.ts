// Columns whose names our own SQL could use: every letter, the words of capture and of batches, and a composite
// column. Each table is written, upserted, read and followed in the change feed.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { startTestGateway } from '../support/gateway.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
test.after.always(() => gateway.close())

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']
const WORDS =
  'k0 k1 v0 at row new_rows old_rows image place entry given targets fault found made written upserted amount actor before after'.split(
    ' ',
  )

for (const name of [...LETTERS, ...WORDS])
  test(`a column called ${name} is written, upserted and followed`, async (t) => {
    const client = await gateway.enter(name, { standardObjects: false })
    const schema = quoteIdentifier(client.workspace.schemaName)
    const { pool } = gateway.gateway
    await pool.query(
      `create table ${schema}.parcel (id int primary key, code text unique, ${quoteIdentifier(name)} text)`,
    )
    const { position } = (await client.get('/changes')).body
    const field = (await client.get('/rest/metadata/objects/parcel')).body.data.object.fields.find(
      ({ name: each }: { name: string }) => each !== 'id' && each !== 'code',
    ).name
    const entries = [
      { id: 1, code: 'x', [field]: '1' },
      { id: 2, code: 'y', [field]: '2' },
    ]
    t.is((await client.request('POST', '/rest/batch/parcels', entries)).status, 201)
    const upserts = [
      { code: 'x', id: 1, [field]: '3' },
      { code: 'z', id: 3, [field]: '4' },
    ]
    const upserted = await client.request('POST', '/rest/batch/parcels?upsert=true', upserts)
    t.is(upserted.status, 201, upserted.text)
    t.is((await client.request('DELETE', '/rest/parcels/2')).status, 200)
    const { body } = await client.get(`/changes?after=${position}&include=record,previous`)
    const operations = body.data.changes.map(
      ({ operation, id }: { operation: string; id: string }) => `${operation} ${id}`,
    )
    t.deepEqual(operations.sort(), ['created 1', 'created 2', 'created 3', 'destroyed 2', 'updated 1'])
    const updated = body.data.changes.find(({ operation }: { operation: string }) => operation === 'updated')
    t.deepEqual([updated.previous[field], updated.record[field], updated.changedFields], ['1', '3', [field]])
  })

test('a composite column called r is an image of its row, not of itself', async (t) => {
  const client = await gateway.enter('composite', { standardObjects: false })
  const schema = quoteIdentifier(client.workspace.schemaName)
  const { pool } = gateway.gateway
  await pool.query(`create type ${schema}.pair as (x int, y text);
    create table ${schema}.parcel (id int primary key, name text, r ${schema}.pair)`)
  await pool.query(
    `insert into ${schema}.parcel values (1, 'a', (1, 'b')); update ${schema}.parcel set name = 'c'`,
  )
  const read = `select operation, after ->> 'name' as name from tenantry_runtime.changes where workspace_id = $1 order by id`
  // The answer comes after the log of a cluster's node has moved.
  await client.get('/changes')
  const { rows } = await pool.query(read, [client.workspace.id])
  t.deepEqual(rows, [
    { operation: 'i', name: 'a' },
    { operation: 'u', name: 'c' },
  ])
})
