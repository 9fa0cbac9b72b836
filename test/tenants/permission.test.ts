import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { changeModel } from '../../tenants/changeModel.ts'
import { createField, deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { createObject, deleteObject, updateObject } from '../../tenants/model/change/object/object.ts'
import { describeModel } from '../../tenants/model/describe/describe.ts'
import { upsertFieldPermissions, upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { readPermissions } from '../../tenants/permission/permissions.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { createRole, listRoles, type RoleInput, updateRole } from '../../tenants/permission/role.ts'
import { deleteRole } from '../../tenants/permission/roleDelete.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
const workspace = await createWorkspace(pool, { name: `O'Brien "x"` })
const { id: workspaceId, schemaName: own } = workspace
const gateway = new pg.Client({ connectionString: database.gatewayUrl })
await gateway.connect()

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}
const READS = { canReadAllObjectRecords: true }

const makeRole = async (input: RoleInput) => {
  const role = await createRole(pool, workspaceId, input)
  return { ...role, pgRole: await inTransaction(pool, (client) => ensurePgRole(client, role.id)) }
}
type MadeRole = Awaited<ReturnType<typeof makeRole>>

const attempt = async ({ pgRole }: MadeRole, statement: string): Promise<string> => {
  await gateway.query('begin')
  try {
    await gateway.query(`set local role "${pgRole}"`)
    await gateway.query(statement)
    return 'yes'
  } catch (error) {
    if (error instanceof pg.DatabaseError)
      return error.code === '42501' ? 'no' : `${error.code} ${error.message}`
    throw error
  } finally {
    await gateway.query('rollback')
  }
}

// Every role of the table below: what it is made of.
const all = await makeRole({ label: 'Mixed "Case" all', ...ALL })
const reader = await makeRole({ label: 'reader', ...READS })
const editor = await makeRole({ label: 'editor', ...READS, canUpdateAllObjectRecords: true })
const cleaner = await makeRole({ label: 'cleaner', ...READS, canSoftDeleteAllObjectRecords: true })
const clerk = await makeRole({
  label: 'clerk',
  ...READS,
  canUpdateAllObjectRecords: true,
  canCreateAllObjectRecords: false,
})
const closed = await makeRole({ label: 'closed' })
const seller = await makeRole({ label: 'seller', ...ALL })
await upsertObjectPermissions(pool, workspaceId, seller.id, [
  { table: 'note', canRead: false, canUpdate: false, canSoftDelete: false, canDestroy: false },
])
await upsertFieldPermissions(pool, workspaceId, seller.id, [
  { table: 'company', column: 'annual_revenue_amount_micros', canRead: false },
  { table: 'company', column: 'annual_revenue_currency_code', canUpdate: false },
])
const hider = await makeRole({ label: 'hider', ...ALL })
await upsertFieldPermissions(pool, workspaceId, hider.id, [
  { table: 'company', column: 'name', canRead: false },
])
const lister = await makeRole({ label: 'lister', ...ALL, listsFields: true })
await upsertFieldPermissions(pool, workspaceId, lister.id, [
  { table: 'company', column: 'name', canRead: true },
  { table: 'company', column: 'annual_revenue_currency_code', canRead: true, canUpdate: false },
])

test.after.always(async () => {
  await gateway.end()
  await database.close()
})

const ROLES = { all, reader, editor, cleaner, clerk, closed, seller, hider, lister }
const COMPANY = `${own}.company`
// Columns: the roles in the order of ROLES.
const MATRIX: readonly (readonly [statement: string, ...allowed: string[]])[] = [
  [`select id, deleted_at from ${COMPANY}`, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'yes', 'yes', 'yes'],
  [`select * from ${COMPANY}`, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'no', 'no', 'no'],
  [`select name from ${COMPANY}`, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'yes', 'no', 'yes'],
  [
    `select annual_revenue_amount_micros from ${COMPANY}`,
    'yes',
    'yes',
    'yes',
    'yes',
    'yes',
    'no',
    'no',
    'yes',
    'no',
  ],
  [
    `select id from ${COMPANY} where annual_revenue_amount_micros > 1`,
    'yes',
    'yes',
    'yes',
    'yes',
    'yes',
    'no',
    'no',
    'yes',
    'no',
  ],
  [
    `select id from ${COMPANY} order by annual_revenue_amount_micros`,
    'yes',
    'yes',
    'yes',
    'yes',
    'yes',
    'no',
    'no',
    'yes',
    'no',
  ],
  [`select search_vector from ${COMPANY}`, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'yes', 'no', 'no'],
  [`insert into ${COMPANY} (name) values ('x')`, 'yes', 'no', 'yes', 'no', 'no', 'no', 'yes', 'no', 'yes'],
  [
    `insert into ${COMPANY} (annual_revenue_currency_code) values ('x')`,
    'yes',
    'no',
    'yes',
    'no',
    'no',
    'no',
    'no',
    'yes',
    'no',
  ],
  [
    `update ${COMPANY} set name = 'x', updated_at = now()`,
    'yes',
    'no',
    'yes',
    'no',
    'yes',
    'no',
    'yes',
    'no',
    'yes',
  ],
  [
    `update ${COMPANY} set annual_revenue_currency_code = 'x'`,
    'yes',
    'no',
    'yes',
    'no',
    'yes',
    'no',
    'no',
    'yes',
    'no',
  ],
  [
    `update ${COMPANY} set deleted_at = now(), updated_at = now()`,
    'yes',
    'no',
    'no',
    'yes',
    'no',
    'no',
    'yes',
    'yes',
    'yes',
  ],
  [`delete from ${COMPANY}`, 'yes', 'no', 'no', 'no', 'no', 'no', 'yes', 'yes', 'yes'],
  [`select id from ${own}.note`, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'no', 'yes', 'no'],
  [`insert into ${own}.note (title) values ('x')`, 'yes', 'no', 'yes', 'no', 'no', 'no', 'no', 'yes', 'no'],
  [`select id from ${own}.attachment`, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'yes', 'yes', 'no'],
]
for (const [statement, ...allowed] of MATRIX) {
  test.serial(statement.replaceAll(`${own}.`, ''), async (t) => {
    for (const [index, [label, role]] of Object.entries(ROLES).entries())
      t.is(await attempt(role, statement), allowed[index] ?? '', label)
  })
}

test.serial("the gateway's permissions equal the grants", async (t) => {
  const permissions = await readPermissions(pool, seller.id)
  const company = permissions?.objects.get('company')
  t.like(company, { canRead: true, canCreate: true, canUpdate: true, canSoftDelete: true, canDestroy: true })
  t.false(company?.readableColumns !== 'all' && company?.readableColumns.has('annual_revenue_amount_micros'))
  t.true(company?.readableColumns !== 'all' && company?.readableColumns.has('name'))
  t.false(
    company?.updatableColumns !== 'all' && company?.updatableColumns.has('annual_revenue_currency_code'),
  )
  t.is(permissions?.objects.get('person')?.readableColumns, 'all')
  t.false(permissions?.objects.get('note')?.canRead)
  const trash = (await readPermissions(pool, cleaner.id))?.objects.get('company')
  t.like(trash, { canUpdate: false, canSoftDelete: true, canDestroy: false, canCreate: false })
  const edits = (await readPermissions(pool, editor.id))?.objects.get('company')
  t.like(edits, { canUpdate: true, canSoftDelete: false, canDestroy: false, canCreate: true })
})

const grants = async (): Promise<unknown> => {
  const { rows } = await pool.query(
    `select c.relname, r.label, tenantry.held_privileges(c.oid, r.pg_role) as held from pg_class c, tenantry.roles r
     where c.relnamespace = $1::regnamespace and c.relkind = 'r' and r.pg_role is not null order by 1, 2`,
    [own],
  )
  return rows
}

/** Nothing would be granted or revoked if all of it were looked at again. */
const grantsAreThoseOfTheMatrix = async (t: ExecutionContext): Promise<void> => {
  const before = await grants()
  await pool.query('select tenantry.grant_matrix(id) from tenantry.roles where workspace_id = $1', [
    workspaceId,
  ])
  t.deepEqual(await grants(), before)
}

test.serial('tables, columns and names made by SQL get the rights of the matrix at once', async (t) => {
  await pool.query(`create table ${own}.ship (id int primary key, name text, secret text)`)
  t.is(await attempt(reader, `select secret from ${own}.ship`), 'yes')
  t.is(await attempt(reader, `insert into ${own}.ship values (1)`), 'no')
  t.is(await attempt(closed, `select id from ${own}.ship`), 'no')
  t.is(
    await attempt(editor, `update ${own}.ship set deleted_at = now()`),
    '42703 column "deleted_at" of relation "ship" does not exist',
  )
  await pool.query(`alter table ${own}.ship add deleted_at timestamptz`)
  t.is(await attempt(editor, `update ${own}.ship set deleted_at = now()`), 'no')
  t.is(await attempt(editor, `update ${own}.ship set name = 'x'`), 'yes')
  await upsertFieldPermissions(pool, workspaceId, seller.id, [
    { table: 'ship', column: 'secret', canRead: false },
  ])
  await pool.query(`alter table ${own}.ship add port text`)
  t.is(await attempt(seller, `select port from ${own}.ship`), 'yes')
  t.is(await attempt(seller, `select secret from ${own}.ship`), 'no')
  await pool.query(`alter table ${own}.ship rename secret to hidden`)
  await pool.query(`alter table ${own}.ship rename to vessel`)
  t.is(await attempt(seller, `select hidden from ${own}.vessel`), 'no')
  t.is(await attempt(seller, `select port from ${own}.vessel`), 'yes')
  await grantsAreThoseOfTheMatrix(t)
})

test.serial('changes of the model keep every role at the rights of the matrix', async (t) => {
  const objects = async () => (await describeModel(pool, workspaceId)).objects
  const object = async (name: string) => (await objects()).find(({ nameSingular }) => nameSingular === name)
  const field = async (name: string, of: string) =>
    (await object(of))?.fields.find((each) => each.name === name)?.id ?? ''
  const { id } = await createObject(pool, workspaceId, {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  })
  await grantsAreThoseOfTheMatrix(t)
  await upsertFieldPermissions(pool, workspaceId, seller.id, [
    { table: 'rocket', column: 'name', canRead: false },
  ])
  const thrust = { objectMetadataId: id, type: 'NUMBER', name: 'thrust', label: 'Thrust' } as const
  await createField(pool, workspaceId, thrust)
  t.is(await attempt(seller, `select thrust from ${own}.rocket`), 'yes')
  t.is(await attempt(seller, `select name from ${own}.rocket`), 'no')
  await grantsAreThoseOfTheMatrix(t)
  await updateField(pool, workspaceId, await field('name', 'rocket'), { name: 'codeName' })
  await updateObject(pool, workspaceId, id, { nameSingular: 'vehicle', namePlural: 'vehicles' })
  t.is(await attempt(seller, `select code_name from ${own}.vehicle`), 'no')
  t.is(await attempt(seller, `select thrust from ${own}.vehicle`), 'yes')
  await grantsAreThoseOfTheMatrix(t)
  const company = (await object('company'))?.id ?? ''
  await createField(pool, workspaceId, {
    ...thrust,
    objectMetadataId: company,
    type: 'CURRENCY',
    name: 'budget',
  })
  t.is(await attempt(seller, `select budget_amount_micros from ${own}.company`), 'yes')
  t.is(await attempt(seller, `select annual_revenue_amount_micros from ${own}.company`), 'no')
  await deleteField(pool, workspaceId, await field('budget', 'company'))
  await grantsAreThoseOfTheMatrix(t)
  await deleteObject(pool, workspaceId, id)
  await grantsAreThoseOfTheMatrix(t)
})

test.serial('a change of the model by the gateway itself brings the grants along', async (t) => {
  await changeModel(pool, workspaceId, async (client) => {
    await client.query(`create table ${own}.rocket (id uuid primary key, name text, deleted_at timestamptz)`)
    await client.query(`alter table ${own}.company add moons int`)
  })
  t.is(await attempt(editor, `update ${own}.rocket set name = 'x'`), 'yes')
  t.is(await attempt(editor, `update ${own}.rocket set deleted_at = now()`), 'no')
  t.is(await attempt(seller, `select moons from ${COMPANY}`), 'yes')
  t.is(await attempt(lister, `select moons from ${COMPANY}`), 'no')
  t.is(await attempt(closed, `select id from ${own}.rocket`), 'no')
})

test.serial('a role that changes holds the new permissions, and only those', async (t) => {
  const role = await makeRole({ label: 'shrinking', ...ALL })
  t.is(await attempt(role, `delete from ${COMPANY}`), 'yes')
  await updateRole(pool, workspaceId, role.id, {
    canDestroyAllObjectRecords: false,
    canUpdateAllObjectRecords: false,
  })
  t.is(await attempt(role, `delete from ${COMPANY}`), 'no')
  t.is(await attempt(role, `update ${COMPANY} set name = 'x'`), 'no')
  t.is(await attempt(role, `update ${COMPANY} set deleted_at = now()`), 'yes')
  await deleteRole(pool, workspaceId, role.id)
  const { rowCount } = await pool.query('select from pg_roles where rolname = $1', [role.pgRole])
  t.is(rowCount, 0)
})

const refusal = async (
  t: { throwsAsync: (work: Promise<unknown>) => Promise<unknown> },
  work: Promise<unknown>,
) => {
  const error = await t.throwsAsync(work)
  return error instanceof Error && 'reason' in error ? [error.reason, error.message] : [String(error)]
}

test.serial("refuses with the contract's messages", async (t) => {
  const admin = (await listRoles(pool, workspaceId)).find(({ label }) => label === 'Admin')
  const CASES: readonly (readonly [Promise<unknown>, string, string])[] = [
    [
      createRole(pool, workspaceId, { label: 'reader' }),
      'ROLE_LABEL_ALREADY_EXISTS',
      'A role with this label already exists',
    ],
    [
      createRole(pool, workspaceId, { label: 'w', canUpdateAllObjectRecords: true }),
      'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
      'Cannot give writing permission without reading permission',
    ],
    [
      updateRole(pool, workspaceId, admin?.id ?? '', { label: 'x' }),
      'ROLE_NOT_EDITABLE',
      'Role is not editable',
    ],
    [
      createRole(pool, workspaceId, {
        label: 'n',
        canBeAssignedToUsers: false,
        canBeAssignedToAgents: false,
        canBeAssignedToApiKeys: false,
      }),
      'ROLE_MUST_HAVE_AT_LEAST_ONE_TARGET',
      'Role must be assignable to at least one target type',
    ],
    [
      upsertObjectPermissions(pool, workspaceId, reader.id, [
        { table: 'note', canRead: false, canUpdate: true },
      ]),
      'CANNOT_GIVE_WRITING_PERMISSION_ON_NON_READABLE_OBJECT',
      'Cannot give update permission to non-readable object',
    ],
    [
      upsertObjectPermissions(pool, workspaceId, reader.id, [{ table: 'no such', canRead: false }]),
      'OBJECT_METADATA_NOT_FOUND',
      'Object metadata id not found',
    ],
    [
      upsertFieldPermissions(pool, workspaceId, reader.id, [
        { table: 'note', column: 'title', canRead: true },
      ]),
      'ONLY_FIELD_RESTRICTION_ALLOWED',
      'Field permission can only introduce a restriction',
    ],
  ]
  for (const [work, reason, message] of CASES) t.deepEqual(await refusal(t, work), [reason, message])
  const member = (await listRoles(pool, workspaceId)).find(({ label }) => label === 'Member')
  t.deepEqual(await refusal(t, deleteRole(pool, workspaceId, member?.id ?? '')), [
    'DEFAULT_ROLE_CANNOT_BE_DELETED',
    'Default role cannot be deleted',
  ])
})

test.serial('an actor cannot create or change a role beyond their own', async (t) => {
  const manager = await makeRole({ label: 'manager', ...READS, canUpdateAllSettings: true })
  const actor = { roleId: manager.id }
  t.is(
    (await refusal(t, createRole(pool, workspaceId, { label: 'big', ...ALL }, actor)))[0],
    'ROLE_STRONGER_THAN_CALLER',
  )
  const small = await createRole(pool, workspaceId, { label: 'small', ...READS }, actor)
  t.is(
    (await refusal(t, updateRole(pool, workspaceId, small.id, ALL, actor)))[0],
    'ROLE_STRONGER_THAN_CALLER',
  )
  t.is(
    (await refusal(t, updateRole(pool, workspaceId, manager.id, ALL, actor)))[0],
    'CANNOT_UPDATE_SELF_ROLE',
  )
  t.is(
    (await refusal(t, updateRole(pool, workspaceId, all.id, { label: 'mine' }, actor)))[0],
    'ROLE_STRONGER_THAN_CALLER',
  )
  t.is(
    (await refusal(t, createRole(pool, workspaceId, { label: 'y' }, { roleId: reader.id })))[0],
    'PERMISSION_DENIED',
  )
  t.is(
    (await listRoles(pool, workspaceId)).some(({ label }) => label === 'big'),
    false,
  )
})
