import { randomUUID } from 'node:crypto'
import test from 'ava'
import pg from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import type { Actor } from '../../tenants/permission/actor.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { type RowRuleGroupInput, type RowRuleInput, upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, type Role } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
const { id: workspaceId, schemaName: own } = await createWorkspace(pool, { name: `O'Brien "x"` })
const gateway = new pg.Client({ connectionString: database.gatewayUrl })
await gateway.connect()

const [ME, OTHER] = ['0199a000-0000-7000-8000-000000000001', '0199a000-0000-7000-8000-000000000002']
await pool.query(
  `insert into ${own}.workspace_member (id, name_first_name, name_last_name, user_email, job_title, user_id) values
     ('${ME}', 'Me', 'x', 'me@x', 'Paris', gen_random_uuid()), ('${OTHER}', 'O', 'x', 'o@x', '', gen_random_uuid());
   insert into ${own}.company (name, annual_revenue_amount_micros, address_city, account_owner_id) values
     ('alpha', 1, 'Paris', '${ME}'), ('beta', 20, 'London', '${OTHER}'), ('gamma', 300, null, null)`,
)

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}
const open = await createRole(pool, workspaceId, { label: 'open', ...ALL })
const role = await createRole(pool, workspaceId, { label: 'restricted', ...ALL })
const pgRoleOf = (id: string): Promise<string> => inTransaction(pool, (client) => ensurePgRole(client, id))

test.after.always(async () => {
  await gateway.end()
  await database.close()
})

/** As an operator would type it. */
const as = async (pgRole: string, claims: string, statement: string): Promise<string> => {
  await gateway.query('begin')
  try {
    await gateway.query(`set local role "${pgRole}"`)
    await gateway.query(`select set_config('tenantry.claims', $1, true)`, [claims])
    const { rows } = await gateway.query<{ name: string }>(statement)
    return rows.map(({ name }) => name).join(' ')
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)
  } finally {
    await gateway.query('rollback')
  }
}
const LIST = `select name from ${own}.company order by name`
const MINE = JSON.stringify({ workspaceMemberId: ME })
const THEIRS = JSON.stringify({ workspaceMemberId: OTHER })
const KEY = JSON.stringify({ keyId: ME })

type Rules = { rules: readonly RowRuleInput[]; groups?: readonly RowRuleGroupInput[] }
const G = '0199a000-0000-7000-8000-0000000000a1'
// member me            another          a key
const TABLE: readonly (readonly [name: string, Rules, me: string, other: string, key: string])[] = [
  ['no rule', { rules: [] }, 'alpha beta gamma', 'alpha beta gamma', 'alpha beta gamma'],
  ['is', { rules: [{ column: 'name', operand: 'IS', value: 'beta' }] }, 'beta', 'beta', 'beta'],
  [
    'is one of',
    { rules: [{ column: 'name', operand: 'IS', value: ['beta', `ga'mma`, 'gamma'] }] },
    'beta gamma',
    'beta gamma',
    'beta gamma',
  ],
  [
    'is not',
    { rules: [{ column: 'address_city', operand: 'IS_NOT', value: 'Paris' }] },
    'beta gamma',
    'beta gamma',
    'beta gamma',
  ],
  [
    'is the caller',
    { rules: [{ column: 'account_owner_id', operand: 'IS', memberColumn: 'id' }] },
    'alpha',
    'beta',
    '',
  ],
  [
    'is not the caller',
    { rules: [{ column: 'account_owner_id', operand: 'IS_NOT', memberColumn: 'id' }] },
    'beta gamma',
    'alpha gamma',
    '',
  ],
  [
    "is the caller's city",
    { rules: [{ column: 'address_city', operand: 'IS', memberColumn: 'job_title' }] },
    'alpha',
    '',
    '',
  ],
  ['contains', { rules: [{ column: 'name', operand: 'CONTAINS', value: 'ET' }] }, 'beta', 'beta', 'beta'],
  [
    'does not contain',
    { rules: [{ column: 'name', operand: 'DOES_NOT_CONTAIN', value: 'ET' }] },
    'alpha gamma',
    'alpha gamma',
    'alpha gamma',
  ],
  [
    'at least',
    { rules: [{ column: 'annual_revenue_amount_micros', operand: 'GREATER_THAN_OR_EQUAL', value: 20 }] },
    'beta gamma',
    'beta gamma',
    'beta gamma',
  ],
  ['empty', { rules: [{ column: 'address_city', operand: 'IS_EMPTY' }] }, 'gamma', 'gamma', 'gamma'],
  [
    'not empty',
    { rules: [{ column: 'address_city', operand: 'IS_NOT_EMPTY' }] },
    'alpha beta',
    'alpha beta',
    'alpha beta',
  ],
  [
    'in the past',
    { rules: [{ column: 'created_at', operand: 'IS_RELATIVE', value: 'PAST_1_DAY' }] },
    'alpha beta gamma',
    'alpha beta gamma',
    'alpha beta gamma',
  ],
  [
    'either',
    {
      rules: [
        { column: 'account_owner_id', operand: 'IS', memberColumn: 'id', groupId: G },
        { column: 'annual_revenue_amount_micros', operand: 'GREATER_THAN_OR_EQUAL', value: 300, groupId: G },
      ],
      groups: [{ id: G, logicalOperator: 'OR' }],
    },
    'alpha gamma',
    'beta gamma',
    'gamma',
  ],
  [
    'both',
    {
      rules: [
        { column: 'account_owner_id', operand: 'IS', memberColumn: 'id' },
        { column: 'name', operand: 'IS', value: 'alpha' },
      ],
    },
    'alpha',
    '',
    '',
  ],
]
for (const [name, { rules, groups = [] }, me, other, key] of TABLE) {
  test.serial(`a record rule: ${name}`, async (t) => {
    await upsertRowRules(pool, workspaceId, role.id, 'company', { rules, groups })
    const [restricted, unrestricted] = [await pgRoleOf(role.id), await pgRoleOf(open.id)]
    t.is(await as(restricted, MINE, LIST), me, 'a member')
    t.is(await as(restricted, THEIRS, LIST), other, 'another member')
    t.is(await as(restricted, KEY, LIST), key, 'a key')
    t.is(await as(unrestricted, KEY, LIST), 'alpha beta gamma', 'a role without rules')
  })
}

test.serial('a restricted role cannot write its way out of its rows', async (t) => {
  await upsertRowRules(pool, workspaceId, role.id, 'company', {
    rules: [{ column: 'account_owner_id', operand: 'IS', memberColumn: 'id' }],
    groups: [],
  })
  const pgRole = await pgRoleOf(role.id)
  t.is(
    await as(pgRole, MINE, `update ${own}.company set annual_revenue_amount_micros = 2 returning name`),
    'alpha',
  )
  t.is(await as(pgRole, MINE, `delete from ${own}.company returning name`), 'alpha')
  t.is(
    await as(pgRole, MINE, `update ${own}.company set account_owner_id = '${OTHER}' returning name`),
    '42501',
  )
  t.is(await as(pgRole, MINE, `insert into ${own}.company (name) values ('new') returning name`), '42501')
  t.is(
    await as(
      pgRole,
      MINE,
      `insert into ${own}.company (name, account_owner_id) values ('new', '${ME}') returning name`,
    ),
    'new',
  )
  for (const claims of ['', '{}', '{"workspaceMemberId":null}'])
    t.is(await as(pgRole, claims, LIST), '', claims)
})

test.serial('row-level security is on only while a role is restricted', async (t) => {
  const isOn = async (): Promise<boolean> =>
    (await pool.query(`select relrowsecurity as on from pg_class where oid = '${own}.company'::regclass`))
      .rows[0].on
  await upsertRowRules(pool, workspaceId, role.id, 'company', {
    rules: [{ column: 'name', operand: 'IS', value: 'x' }],
    groups: [],
  })
  t.true(await isOn())
  const late = await createRole(pool, workspaceId, { label: 'late', ...ALL })
  t.is(await as(await pgRoleOf(late.id), KEY, LIST), 'alpha beta gamma', 'a role made later is not shut out')
  await upsertRowRules(pool, workspaceId, role.id, 'company', { rules: [], groups: [] })
  t.false(await isOn())
})

test.serial('refuses rules that mean nothing, and keeps the old ones', async (t) => {
  const rule = (input: RowRuleInput) =>
    upsertRowRules(pool, workspaceId, role.id, 'company', { rules: [input], groups: [] })
  await rule({ column: 'name', operand: 'IS', value: 'beta' })
  const WRONG: readonly RowRuleInput[] = [
    { column: 'name', operand: 'VECTOR_SEARCH', value: 'x' },
    { column: 'annual_revenue_amount_micros', operand: 'IS', value: 'many' },
    { column: 'no such', operand: 'IS', value: 'x' },
    { column: 'name', operand: 'IS' },
    { column: 'name', operand: 'IS', memberColumn: 'no such' },
    { column: 'created_at', operand: 'IS_RELATIVE', value: `PAST_1_DAY'` },
    { column: 'name', operand: 'IS', value: 'x', groupId: G },
  ]
  for (const wrong of WRONG)
    await t.throwsAsync(rule(wrong), { name: 'PermissionRefusal' }, JSON.stringify(wrong))
  t.is(await as(await pgRoleOf(role.id), MINE, LIST), 'beta')
})

test.serial('no policy uses "is null", which Citus refuses', async (t) => {
  const { rows } = await pool.query(`select qual from pg_policies where qual ~* 'is (not )?null'`)
  t.deepEqual(rows, [])
})

test.serial(
  'differently grouped rules are different rules: an actor cannot lift their own restrictions from another role',
  async (t) => {
    const manager = await createRole(pool, workspaceId, {
      label: 'manager',
      ...ALL,
      canUpdateAllSettings: true,
    })
    const friend = await createRole(pool, workspaceId, { label: 'friend', ...ALL })
    const rule = (value: string, groupId: string): RowRuleInput => ({
      column: 'name',
      operand: 'CONTAINS',
      value,
      groupId,
    })
    // a and l and p; or: a and l, or p. Both have two rules in a group of AND and one in a group of OR.
    const nested = (isWide: boolean): Rules => {
      const [outer, inner] = [randomUUID(), randomUUID()]
      const [and, or] = isWide ? [inner, outer] : [outer, inner]
      return {
        groups: [
          { id: outer, logicalOperator: isWide ? 'OR' : 'AND' },
          { id: inner, parentId: outer, logicalOperator: isWide ? 'AND' : 'OR' },
        ],
        rules: [rule('a', and), rule('l', and), rule('p', or)],
      }
    }
    const set = (who: Role, { rules, groups = [] }: Rules, actor?: Actor) =>
      upsertRowRules(pool, workspaceId, who.id, 'company', { rules, groups }, actor)
    await set(manager, nested(false))
    await set(friend, nested(false))
    const actor = { roleId: manager.id }
    await t.throwsAsync(set(friend, nested(true), actor), { message: /exceeds your own/ })
    await t.notThrowsAsync(set(friend, nested(false), actor))
  },
)
