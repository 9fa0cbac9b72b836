import test from 'ava'
import { warnNearCeiling } from '../../tenants/quota/ceiling.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'

test('a start warns from four fifths of the recommended number of workspaces', async (t) => {
  const { pool } = await createTestDatabase(t)
  for (const name of ['One', 'Two', 'Three', 'Four'])
    await createWorkspace(pool, { name, standardObjects: false })
  const log = createTestLog()
  await warnNearCeiling(pool, log, 6)
  t.deepEqual(log.entries, [])
  await warnNearCeiling(pool, log, 5)
  t.is(log.entries.length, 1)
  t.like(log.entries[0], { level: 'warn', fields: { workspaces: 4, ceiling: 5 } })
})
