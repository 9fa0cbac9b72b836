import test from 'ava'
import { inTransaction } from '../../sql/ownerPool.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { deleteRole } from '../../tenants/permission/roleDelete.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

test('a permission change that loses a deadlock against a reader is repeated', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Deadlock' })
  const role = await createRole(pool, id, { label: 'ruled', canReadAllObjectRecords: true })
  await inTransaction(pool, (client) => ensurePgRole(client, role.id))
  for (const [table, column] of [
    ['company', 'name'],
    ['person', 'job_title'],
  ] as const)
    await upsertRowRules(pool, id, role.id, table, {
      rules: [{ column, operand: 'IS', value: 'x' }],
      groups: [],
    })
  const reader = await pool.connect()
  // The reader waits longer for the end of the circle, so the change is the one that Postgres gives up.
  await reader.query(`begin; set local deadlock_timeout = '60s'; select from "${schemaName}".person`)
  const change = deleteRole(pool, id, role.id)
  change.catch(() => {})
  await until('the change waits for the reader', async () => {
    const { rows } = await pool.query(
      `select from pg_locks l where not l.granted and l.relation = '"${schemaName}".person'::regclass`,
    )
    return rows.length > 0
  })
  await reader.query(`select from "${schemaName}".company`)
  await reader.query('commit')
  reader.release()
  t.is((await change).id, role.id)
})
