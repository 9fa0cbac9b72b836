import { randomBytes } from 'node:crypto'
import test from 'ava'
import pg from 'pg'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import { importSql } from '../../tenants/importSql.ts'
import { createKey, findKeyGrant } from '../../tenants/key.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createField } from '../../tenants/model/change/field/field.ts'
import { createObject } from '../../tenants/model/change/object/object.ts'
import { upsertFieldPermissions } from '../../tenants/permission/object.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { createRole, findRole } from '../../tenants/permission/role.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { asAdmin, createTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'

const asAdminOf = async (ownerUrl: string, statements: string): Promise<void> => {
  const admin = createOwnerPool(ownerUrl)
  await admin.query(statements)
  await admin.end()
}

test('an owner without superuser rights creates, opens, fills, changes and drops a workspace with foreign objects in it', async (t) => {
  const { name, ownerUrl, gatewayUrl } = await createTestDatabase(t, { isMigrated: false })
  const owner = `owner_${randomBytes(4).toString('hex')}`
  await asAdmin((admin) =>
    admin.query(`create role ${owner} login createrole password 'pw'; alter database ${name} owner to ${owner};
      grant tenantry_gateway to ${owner} with admin option`),
  )
  const url = new URL(ownerUrl)
  url.username = owner
  url.password = 'pw'
  const pool = createOwnerPool(url.href)
  try {
    t.deepEqual(await migrate(pool, { secretKey: SECRET_KEY }), {
      eventTriggers: false,
      ahead: [],
      login: 'tenantry_gateway',
    })
    const { id, schemaName } = await createWorkspace(pool, { name: 'Modest' })
    const role = await findRole(pool, id, 'Admin')
    const expiresAt = new Date(Date.now() + 60_000)
    const key = await createKey(pool, { workspaceId: id, roleId: role.id, name: 'k', expiresAt })
    const pgRole = (await findKeyGrant(pool, key.id))?.pgRole
    await importSql(pool, id, 'create table extra (id int primary key, secret text)')
    const gateway = new pg.Client({ connectionString: gatewayUrl })
    await gateway.connect()
    await gateway.query(`set role ${pgRole}`)
    await gateway.query(
      `insert into ${schemaName}.company (name) values ('x'); insert into ${schemaName}.extra values (1)`,
    )
    await gateway.end()
    await asAdminOf(
      ownerUrl,
      `create table ${schemaName}.not_ours (id serial primary key); create table ${schemaName}.later_ours (id serial primary key)`,
    )
    const beside = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'R', labelPlural: 'Rs' }
    const made = await createObject(pool, id, beside)
    const input = { name: 'note', label: 'Note', type: 'TEXT' } as const
    const objectId = (name: string) => made.model.objects.find((object) => object.table === name)?.id ?? ''
    const refused = await t.throwsAsync(
      createField(pool, id, { ...input, objectMetadataId: objectId('not_ours') }),
      { instanceOf: Refusal },
    )
    t.regex(refused?.message ?? '', /permission denied for table not_ours/)
    await asAdminOf(ownerUrl, `alter table ${schemaName}.later_ours owner to ${owner}`)
    await createField(pool, id, { ...input, objectMetadataId: objectId('later_ours') })
    await importSql(pool, id, 'create table another (id serial primary key)')
    const { rows } = await pool.query(
      `select has_table_privilege($1, '${schemaName}.later_ours', 'insert') as mine,
        has_sequence_privilege($1, '${schemaName}.another_id_seq', 'usage') as numbers,
        has_table_privilege($1, '${schemaName}.not_ours', 'select') as others`,
      [pgRole],
    )
    t.deepEqual(rows, [{ mine: true, numbers: true, others: false }])
    // Columns made by hand are not announced, so a role with rights on single columns gets them with the next
    // change.
    const clerk = await createRole(pool, id, { label: 'Clerk', canReadAllObjectRecords: true })
    const clerkRole = await inTransaction(pool, (client) => ensurePgRole(client, clerk.id))
    await upsertFieldPermissions(pool, id, clerk.id, [{ table: 'extra', column: 'secret', canRead: false }])
    await pool.query(`alter table ${schemaName}.extra add shown text`)
    await createObject(pool, id, { ...beside, nameSingular: 'ship', namePlural: 'ships' })
    const { rows: columns } = await pool.query(
      `select attname as name from pg_attribute where attrelid = '${schemaName}.extra'::regclass and attnum > 0
        and has_column_privilege($1, attrelid, attnum, 'select') order by attnum`,
      [clerkRole],
    )
    t.deepEqual(columns, [{ name: 'id' }, { name: 'shown' }])
    t.deepEqual(await dropWorkspace(pool, id), { keptPgRoles: [] })
    t.deepEqual((await pool.query(`select from pg_roles where rolname = '${pgRole}'`)).rowCount, 0)
  } finally {
    await pool.end()
    await asAdmin((admin) => admin.query(`alter database ${name} owner to current_user`))
    const server = createOwnerPool(ownerUrl)
    await server.query(`drop owned by ${owner} cascade`)
    await server.end()
    await asAdmin((admin) => admin.query(`revoke tenantry_gateway from ${owner}; drop role ${owner}`))
  }
})

test('a role has exactly its rights on sequences, regardless of earlier ones', async (t) => {
  const { pool } = await createTestDatabase(t)
  const role = `clerk_${randomBytes(4).toString('hex')}`
  await pool.query(`create role ${role}; create schema shop; create table shop.sale (id serial primary key)`)
  const held = async (): Promise<unknown> => {
    const { rows } = await pool.query(
      `select array_agg(privilege_type::text order by privilege_type::text) as privileges
       from pg_class c, aclexplode(c.relacl) a
       where c.oid = 'shop.sale_id_seq'::regclass and a.grantee = $1::regrole`,
      [role],
    )
    return rows[0].privileges
  }
  try {
    for (const given of ['usage', 'update', 'usage, select, update']) {
      for (const mayDraw of [false, true]) {
        await pool.query(`grant ${given} on sequence shop.sale_id_seq to ${role}`)
        await pool.query('select tenantry.grant_sequences($1, $2, $3)', ['shop', role, mayDraw])
        t.deepEqual(await held(), mayDraw ? ['SELECT', 'USAGE'] : null, given)
      }
    }
  } finally {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  }
})
