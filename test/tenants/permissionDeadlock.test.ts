import test from 'ava'
import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { createKey } from '../../tenants/key.ts'
import { assignRoleToKey } from '../../tenants/keyChange.ts'
import { updateWorkspaceMemberRole } from '../../tenants/member/member.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, findRole, updateRole } from '../../tenants/permission/role.ts'
import { deleteRole } from '../../tenants/permission/roleDelete.ts'
import { roleToBind } from '../../tenants/webhook/webhook.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

interface World {
  readonly pool: Pool
  readonly id: string
  /** With record rules. */
  readonly ruled: string
  /** Without a role in Postgres until it is assigned. */
  readonly fresh: string
  readonly key: string
  readonly member: string
}

const DAY_MS = 86_400_000
const inADay = () => new Date(Date.now() + DAY_MS)

/** All that locks the tables of a workspace for the sake of a role. */
const CHANGES: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  deleteRole: ({ pool, id, ruled }) => deleteRole(pool, id, ruled),
  updateRole: ({ pool, id, ruled }) => updateRole(pool, id, ruled, { canUpdateAllObjectRecords: true }),
  createKey: ({ pool, id, fresh }) =>
    createKey(pool, { workspaceId: id, roleId: fresh, name: 'New', expiresAt: inADay() }),
  assignRoleToKey: ({ pool, id, fresh, key }) => assignRoleToKey(pool, id, key, fresh),
  createMember: ({ pool, id, fresh }) =>
    createMember(pool, id, { firstName: 'Ada', lastName: 'King', roleId: fresh }),
  updateWorkspaceMemberRole: ({ pool, id, fresh, member }) =>
    updateWorkspaceMemberRole(pool, id, member, fresh),
  roleToBind: async ({ pool, id, fresh }) =>
    roleToBind(pool, id, fresh, { roleId: (await findRole(pool, id, 'Admin')).id }),
}

const makeWorld = async (pool: Pool): Promise<World & { readonly schemaName: string }> => {
  const { id, schemaName } = await createWorkspace(pool, { name: 'Deadlock' })
  const admin = await findRole(pool, id, 'Admin')
  const ruled = await createRole(pool, id, { label: 'ruled', canReadAllObjectRecords: true })
  const fresh = await createRole(pool, id, { label: 'fresh', canReadAllObjectRecords: true })
  await inTransaction(pool, (client) => ensurePgRole(client, ruled.id))
  for (const [table, column] of [
    ['company', 'name'],
    ['person', 'job_title'],
  ] as const)
    await upsertRowRules(pool, id, ruled.id, table, {
      rules: [{ column, operand: 'IS', value: 'x' }],
      groups: [],
    })
  const key = await createKey(pool, {
    workspaceId: id,
    roleId: admin.id,
    name: 'Old',
    expiresAt: inADay(),
  })
  // Two, because the last administrator keeps that role.
  const names = ['Grace', 'Edsger']
  const members: string[] = []
  for (const firstName of names)
    members.push((await createMember(pool, id, { firstName, lastName: 'H', roleId: admin.id })).id)
  return { pool, id, schemaName, ruled: ruled.id, fresh: fresh.id, key: key.id, member: members[0] ?? '' }
}

for (const [name, change] of Object.entries(CHANGES))
  test(`${name} that loses a deadlock against a reader is repeated`, async (t) => {
    const { pool } = await createTestDatabase(t)
    const world = await makeWorld(pool)
    const { schemaName } = world
    const reader = await pool.connect()
    // The reader waits longer for the end of the circle, so the change is the one that Postgres gives up.
    await reader.query(`begin; set local deadlock_timeout = '60s'; select from "${schemaName}".person`)
    const changed = change(world)
    changed.catch(() => {})
    let isOver = false
    changed.finally(() => (isOver = true)).catch(() => {})
    await until('the change waits for the reader', async () => {
      const { rows } = await pool.query(
        `select from pg_locks l where not l.granted and l.relation = '"${schemaName}".person'::regclass`,
      )
      return rows.length > 0 || isOver
    })
    await reader.query(`select from "${schemaName}".company`)
    await reader.query('commit')
    reader.release()
    await t.notThrowsAsync(changed)
  })
