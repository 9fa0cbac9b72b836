// Changes that differ in the digits of a number alone: they are changes, and are undone to the digit.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

/** By type of the column, a value and another with equal numbers, as Postgres writes both. */
const VALUES: readonly (readonly [type: string, before: string, after: string])[] = [
  ['numeric', '1.50', '1.5'],
  ['numeric', '0.00', '0'],
  ['numeric', '9007199254740993.10', '9007199254740993.1'],
  ['double precision', '-0', '0'],
  ['json', '{"a": 12.0}', '{"a": 12}'],
  ['json', '[1e2]', '[100]'],
  ['json', '{"a": 12}', '{"a":   12}'],
  ['jsonb', '{"a": [1.10, 2]}', '{"a": [1.1, 2]}'],
]

test('an update in the digits of a number alone is in the feed and in the history, and can be undone', async (t) => {
  const client = await gateway.enter()
  await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { history: true }) { id } }',
  })
  const table = `${quoteIdentifier(client.workspace.schemaName)}.deal`
  const columns = VALUES.map(([type], at) => `c${at} ${type}`)
  await pool.query(`create table ${table} (id int primary key, ${columns.join(', ')});
    insert into ${table} values (1, ${VALUES.map(([, before]) => `'${before}'`).join(', ')})`)
  await until('the table is served', async () => (await client.get('/rest/deals')).status === 200)
  for (const [at, [type, before, after]] of VALUES.entries()) {
    const stored = async () => (await pool.query(`select c${at}::text as text from ${table}`)).rows[0].text
    const { position } = (await client.get('/changes')).body
    await pool.query(`update ${table} set c${at} = '${after}'`)
    const label = `${type} ${before}`
    const { changes } = (await client.get(`/changes?after=${position}`)).body.data
    t.deepEqual(
      changes.map(({ operation, changedFields }: Record<string, unknown>) => [operation, changedFields]),
      [['updated', [`c${at}`]]],
      label,
    )
    const { body } = await client.get('/rest/deals/1/history?limit=1')
    const [entry] = body.data.dealHistory
    t.deepEqual(entry.changedFields, [`c${at}`], label)
    const undone = await client.request('POST', `/rest/deals/1/history/${entry.position}/undo`)
    t.is(undone.status, 200, `${label} ${undone.text}`)
    // JSON is written without its spaces.
    t.is((await stored()).replaceAll(' ', ''), before.replaceAll(' ', ''), label)
  }
})
