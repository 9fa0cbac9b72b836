import test from 'ava'
import { findRole } from '../../../tenants/permission/role.ts'
import { startTestGateway } from '../../support/gateway.ts'
import { metadataOf } from '../../support/metadata.ts'

const server = await startTestGateway()
test.after.always(() => server.close())

const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7]

test('roles, keys and the model of one workspace may be changed at the same moment', async (t) => {
  const admin = await server.enter()
  const metadata = metadataOf(admin)
  const company = await metadata.objectId('company')
  const made = await Promise.all(
    NUMBERS.map((number) =>
      admin.request('POST', '/rest/metadata/roles', {
        label: `role ${number}`,
        canReadAllObjectRecords: true,
      }),
    ),
  )
  t.deepEqual(
    made.map(({ status }) => status),
    NUMBERS.map(() => 201),
  )
  const ids: string[] = made.map(({ body }) => body.id)
  const guest = await findRole(server.gateway.pool, admin.workspace.id, 'Guest')
  const answers = await Promise.all([
    ...ids.map((roleId) =>
      admin.request('POST', '/rest/metadata/apiKeys', { name: 'k', expiresAt: '2099-01-01', roleId }),
    ),
    ...ids.map((roleId, number) =>
      admin.request('PUT', `/rest/metadata/roles/${roleId}/objectPermissions`, {
        objectPermissions: [{ objectMetadataId: company, canUpdateObjectRecords: number % 2 === 0 }],
      }),
    ),
    ...ids.map((roleId) =>
      admin.request('PUT', `/rest/metadata/roles/${roleId}/permissionFlags`, {
        permissionFlagKeys: ['VIEWS'],
      }),
    ),
    admin.request('POST', '/rest/metadata/fields', {
      objectMetadataId: company,
      type: 'TEXT',
      name: 'motto',
      label: 'Motto',
    }),
    admin.request('POST', '/rest/metadata/apiKeys', { name: 'k', expiresAt: '2099-01-01', roleId: guest.id }),
  ])
  for (const { status, text } of answers) t.true(status < 300, text)
  const { rows } = await server.database.pool.query<{ id: string; may: boolean }>(
    `select r.id, has_column_privilege(r.pg_role, format('%I.company', w.schema_name), 'motto', 'update') as may
     from tenantry.roles r join tenantry.workspaces w on w.id = r.workspace_id
     where r.workspace_id = $1 and r.label like 'role %' order by r.label`,
    [admin.workspace.id],
  )
  t.deepEqual(
    rows.map(({ may }) => may),
    NUMBERS.map((number) => number % 2 === 0),
  )
})
