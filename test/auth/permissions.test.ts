import test from 'ava'
import { createPermissionCache } from '../../gateway/auth/permissions.ts'
import { unlimitedBudget } from '../../gateway/cache/budget.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

test('the map that roles with equal grants share is counted once, for as long as one of them is kept', async (t) => {
  const { pool } = await createTestDatabase(t)
  const roleOf = async (name: string): Promise<string> => {
    const { id } = await createWorkspace(pool, { name })
    const role = await findRole(pool, id, 'Admin')
    await inTransaction(pool, (client) => ensurePgRole(client, role.id))
    return role.id
  }
  const [first, second] = [await roleOf(`O'Brien "x"`), await roleOf('Equal')]
  const budget = unlimitedBudget()
  const permissions = createPermissionCache(pool, { budget })
  const one = await permissions.of(first)
  const alone = budget.bytes()
  const other = await permissions.of(second)
  t.is(one?.objects, other?.objects)
  const further = budget.bytes() - alone
  t.true(further < alone / 2, 'the second role adds no map')
  permissions.invalidate(`role ${first}`)
  t.is(budget.bytes(), alone, 'the map is counted although the role that brought it is gone')
  permissions.invalidate(`role ${second}`)
  t.is(budget.bytes(), 0)
})
