// Record rules on tables that are altered by hand: no such change lets a restricted role see more.

import test from 'ava'
import pg from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { changeModel } from '../../tenants/changeModel.ts'
import { importSql } from '../../tenants/importSql.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { type RowRuleInput, upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, type Role } from '../../tenants/permission/role.ts'
import { restoreRecordRules } from '../../tenants/restoreRules.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
const { id: workspaceId, schemaName: own } = await createWorkspace(pool, { name: `O'Brien "x"` })
const gateway = new pg.Client({ connectionString: database.gatewayUrl })
await gateway.connect()

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}

interface Holder {
  readonly role: Role
  readonly pgRole: string
}

const giveRole = async (label: string): Promise<Holder> => {
  const role = await createRole(pool, workspaceId, { label, ...ALL })
  return { role, pgRole: await inTransaction(pool, (client) => ensurePgRole(client, role.id)) }
}
const open = await giveRole('"open"; --')
const restricted = await giveRole(`O'Brien's restricted`)

test.after.always(async () => {
  await gateway.end()
  await database.close()
})

const restrict = (table: string, ...rules: readonly RowRuleInput[]) =>
  upsertRowRules(pool, workspaceId, restricted.role.id, table, { rules, groups: [] })
const ONLY_A: RowRuleInput = { column: 'name', operand: 'IS', value: 'a' }

/** As an operator would type it; names, or the SQLSTATE of the refusal. */
const seen = async ({ pgRole }: Holder, table: string): Promise<string> => {
  await gateway.query('begin')
  try {
    await gateway.query(`set local role "${pgRole}"`)
    const { rows } = await gateway.query<{ name: string }>(`select name from ${own}.${table} order by name`)
    return rows.map(({ name }) => name).join(' ')
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)
  } finally {
    await gateway.query('rollback')
  }
}
const DENIED = '42501'

const makeTable = (table: string): string =>
  `create table ${table} (id int primary key, name text); insert into ${table} values (1, 'a'), (2, 'b')`
const make = (table: string) => pool.query(makeTable(`${own}.${table}`))

test.serial('a rule opens nothing that policies made by hand keep closed', async (t) => {
  await make('guarded')
  await pool.query(
    `create policy mine on ${own}.guarded using (name = 'b'); alter table ${own}.guarded enable row level security`,
  )
  t.is(await seen(open, 'guarded'), 'b')
  await restrict('guarded', { column: 'id', operand: 'GREATER_THAN_OR_EQUAL', value: 2 })
  t.is(await seen(open, 'guarded'), 'b', 'a role without rules')
  t.is(await seen(restricted, 'guarded'), 'b', 'both hold')
  await restrict('guarded', ONLY_A)
  t.is(await seen(restricted, 'guarded'), '', 'both hold')
  await restrict('guarded')
  t.is(await seen(open, 'guarded'), 'b', 'the policies stay on')
})

test.serial('a rule opens nothing of a table that has row-level security and no policy', async (t) => {
  await make('closed')
  await pool.query(`alter table ${own}.closed enable row level security`)
  for (const rules of [[ONLY_A], [ONLY_A], []]) {
    await restrict('closed', ...rules)
    t.is(await seen(open, 'closed'), '')
    t.is(await seen(restricted, 'closed'), '')
  }
})

test.serial('no policy made by hand lets more through than a rule', async (t) => {
  await make('widened')
  await restrict('widened', ONLY_A)
  await pool.query(`create policy wide on ${own}.widened using (true)`)
  t.is(await seen(restricted, 'widened'), 'a')
  t.is(await seen(open, 'widened'), 'a b')
})

test.serial('a recreated table is closed to restricted roles until its rules hold again', async (t) => {
  await make('renewed')
  await restrict('renewed', ONLY_A)
  t.is(await seen(restricted, 'renewed'), 'a')
  await pool.query(`drop table ${own}.renewed`)
  await make('renewed')
  t.is(await seen(restricted, 'renewed'), DENIED)
  t.is(await seen(open, 'renewed'), 'a b')
  await importSql(pool, workspaceId, 'create table something_else (id int primary key)')
  t.is(await seen(restricted, 'renewed'), 'a')
})

test.serial('a table put in the place of another is closed, too', async (t) => {
  await make('swapped')
  await restrict('swapped', ONLY_A)
  await make('newcomer')
  await pool.query(`drop table ${own}.swapped; alter table ${own}.newcomer rename to swapped`)
  t.is(await seen(restricted, 'swapped'), DENIED)
  t.is(await seen(open, 'swapped'), 'a b')
  t.deepEqual(await restoreRecordRules(pool), [{ workspaceId, table: 'swapped', error: null }])
  t.is(await seen(restricted, 'swapped'), 'a')
  t.deepEqual(await restoreRecordRules(pool), [])
})

test.serial('rules are restored on one table while another is locked, without waiting', async (t) => {
  await make('busy')
  await restrict('busy', ONLY_A)
  const { id: elsewhere, schemaName } = await createWorkspace(pool, { name: 'Elsewhere' })
  const role = await createRole(pool, elsewhere, { label: 'restricted', ...ALL })
  await inTransaction(pool, (client) => ensurePgRole(client, role.id))
  await pool.query(makeTable(`${schemaName}.idle`))
  await upsertRowRules(pool, elsewhere, role.id, 'idle', { rules: [ONLY_A], groups: [] })
  await pool.query(
    `alter table ${own}.busy disable row level security; alter table ${schemaName}.idle disable row level security`,
  )
  const holder = await pool.connect()
  try {
    await holder.query(`begin; select from ${own}.busy`)
    t.deepEqual(await restoreRecordRules(pool), [{ workspaceId: elsewhere, table: 'idle', error: null }])
  } finally {
    await holder.query('rollback')
    holder.release()
  }
  t.deepEqual(await restoreRecordRules(pool), [{ workspaceId, table: 'busy', error: null }])
})

test.serial(
  'row-level security that is switched off closes the table to whom a rule restricts',
  async (t) => {
    await make('bared')
    await restrict('bared', ONLY_A)
    await pool.query(`alter table ${own}.bared disable row level security`)
    t.is(await seen(restricted, 'bared'), DENIED)
    await pool.query(`alter table ${own}.bared enable row level security`)
    t.is(await seen(restricted, 'bared'), 'a')
  },
)

test.serial(
  'a rule that does not fit a recreated table keeps it closed, and blocks no other change',
  async (t) => {
    await make('retyped')
    await restrict('retyped', ONLY_A)
    await pool.query(
      `drop table ${own}.retyped; create table ${own}.retyped (id int primary key, name int); insert into ${own}.retyped values (1, 1)`,
    )
    await changeModel(pool, workspaceId, async () => {})
    t.is(await seen(restricted, 'retyped'), DENIED)
    t.is(await seen(open, 'retyped'), '1')
    const [{ table, error } = { table: '', error: null }] = await restoreRecordRules(pool)
    t.is(table, 'retyped')
    t.regex(String(error?.message), /another type/)
    await restrict('retyped')
    t.is(await seen(restricted, 'retyped'), '1')
  },
)

test.serial('rules on views, which hold no policies, are refused', async (t) => {
  await make('base')
  await pool.query(`create view ${own}.glimpse as select * from ${own}.base`)
  t.is(await seen(restricted, 'glimpse'), 'a b')
  const error = await t.throwsAsync(restrict('glimpse', ONLY_A), { name: 'PermissionRefusal' })
  t.regex(String(error?.message), /"glimpse"/)
  // Where a table gives way to a view of its name, the rule cannot hold.
  await restrict('base', ONLY_A)
  await pool.query(
    `drop view ${own}.glimpse; alter table ${own}.base rename to base_rows; create view ${own}.base as select * from ${own}.base_rows`,
  )
  t.is(await seen(restricted, 'base_rows'), 'a')
})

test.serial('a table that becomes a partition is reached through its table alone', async (t) => {
  await pool.query(
    `create table ${own}.whole (id int, name text) partition by list (name);
     create table ${own}.part (id int, name text); insert into ${own}.part values (1, 'a')`,
  )
  await restrict('whole', { column: 'id', operand: 'IS', value: 2 })
  t.is(await seen(restricted, 'part'), 'a')
  await pool.query(`alter table ${own}.whole attach partition ${own}.part for values in ('a')`)
  t.is(await seen(restricted, 'whole'), '')
  t.is(await seen(restricted, 'part'), DENIED)
  t.is(await seen(open, 'part'), DENIED)
  t.is(await seen(open, 'whole'), 'a')
})
