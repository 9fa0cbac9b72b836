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
