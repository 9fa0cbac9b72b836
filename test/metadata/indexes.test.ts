import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'

test('an index under construction reads as invalid for every caller, and as valid when it is done', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  const client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const fieldMetadataId = await metadata.createField({
    objectMetadataId,
    type: 'TEXT',
    name: 'code',
    label: 'Code',
  })
  const states = async (): Promise<readonly boolean[]> => {
    const query = `query ($id: UUID!) { object(id: $id) { indexMetadatas(paging: { first: 10 }) { edges { node { name isValid } } } } }`
    const { object } = await metadata.ask(query, { id: objectMetadataId })
    return object.indexMetadatas.edges.flatMap(({ node }: { node: { name: string; isValid: boolean } }) =>
      node.name === 'rocket_code_idx' ? [node.isValid] : [],
    )
  }
  t.deepEqual(await states(), [])
  const { pool } = server.gateway
  const [reader, holder] = [await pool.connect(), await pool.connect()]
  try {
    await holder.query(
      `begin; lock table "${client.workspace.schemaName}".rocket in share update exclusive mode`,
    )
    // A concurrent index build waits for all transactions that may see older rows.
    await reader.query('begin isolation level repeatable read; select from tenantry.workspaces')
    const making = metadata.ask(
      'mutation ($input: CreateOneIndexInput!) { createOneIndex(input: $input) { id } }',
      {
        input: { index: { objectMetadataId, indexType: 'BTREE', fields: [{ fieldMetadataId }] } },
      },
    )
    await until('its building waits', async () => {
      const waiting = `select from pg_stat_activity
        where datname = current_database() and query like 'create index concurrently%' and wait_event_type = 'Lock'`
      return (await pool.query(waiting)).rowCount === 1
    })
    t.deepEqual(await states(), [])
    await holder.query('commit')
    await until('it is seen, and not yet valid', async () => (await states()).join() === 'false')
    await reader.query('commit')
    await making
    t.deepEqual(await states(), [true])
  } finally {
    reader.release(true)
    holder.release(true)
  }
})

test('a transaction that holds a table makes others wait only briefly while the table is to be changed', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  const client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const { pool } = server.gateway
  const table = `"${client.workspace.schemaName}".rocket`
  const reader = await pool.connect()
  const field = { objectMetadataId, type: 'TEXT', name: 'fuel', label: 'Fuel' }
  try {
    await reader.query(`begin; select from ${table}`)
    let isOver = false
    const adding = client.request('POST', '/rest/metadata/fields', field).finally(() => {
      isOver = true
    })
    await until('the change waits for the reader', async () => {
      const waiting = `select from pg_locks where relation = '${table}'::regclass and not granted and mode = 'AccessExclusiveLock'`
      return (await pool.query(waiting)).rowCount === 1
    })
    const statuses: number[] = []
    while (!isOver) {
      statuses.push((await client.request('GET', '/rest/rockets')).status)
      await sleep(50)
    }
    // The reader is still open.
    t.true(statuses.length > 3)
    t.deepEqual([...new Set(statuses)], [200])
    const refused = await adding
    t.is(refused.status, 409)
    t.is(refused.headers.get('retry-after'), '30')
    t.is(refused.body.retryAfterSeconds, 30)
    t.regex(refused.body.messages[0], /^Table "rocket" is in use by a long transaction that is idle/)
    await reader.query('commit')
    t.is((await client.request('POST', '/rest/metadata/fields', field)).status, 201)
  } finally {
    reader.release(true)
  }
})
