import test from 'ava'
import { findRole } from '../../../tenants/permission/role.ts'
import { addMember, signInMember } from '../../support/console.ts'
import { startTestGateway } from '../../support/gateway.ts'
import { metadataOf } from '../../support/metadata.ts'

const server = await startTestGateway()
const { pool } = server.gateway
test.after.always(() => server.close())

const MEMBER_ROLE = `mutation ($workspaceMemberId: UUID!, $roleId: UUID!) {
  updateWorkspaceMemberRole(workspaceMemberId: $workspaceMemberId, roleId: $roleId) { roles { label } } }`

const openWorkspace = async () => {
  const admin = await server.enter()
  const metadata = metadataOf(admin)
  const { workspace } = admin
  const roleId = async (label: string): Promise<string> => (await findRole(pool, workspace.id, label)).id
  const give = async (workspaceMemberId: string, label: string) =>
    metadata.ask(MEMBER_ROLE, { workspaceMemberId, roleId: await roleId(label) })
  const signIn = async (label: string) => {
    const id = await addMember(pool, workspace.schemaName)
    await give(id, label)
    const person = await signInMember(server.url, pool, workspace.id, id)
    return { id, person, ...metadataOf({ ...admin, request: person.request }) }
  }
  return { admin, metadata, roleId, give, signIn }
}

test('a person manages keys and roles as a key does, and is written down by name', async (t) => {
  const { admin, roleId, signIn } = await openWorkspace()
  const { id, ask } = await signIn('Admin')
  const { createApiKey } = await ask(
    'mutation ($roleId: UUID!) { createApiKey(input: { name: "k", expiresAt: "2099-01-01", roleId: $roleId }) { id token } }',
    { roleId: await roleId('Guest') },
  )
  t.is(typeof createApiKey.token, 'string')
  const { getRoles, currentRole } = await ask(
    '{ currentRole { label } getRoles { label workspaceMembers { id } } }',
  )
  t.is(currentRole.label, 'Admin')
  t.deepEqual(getRoles[0].workspaceMembers, [{ id }])
  const { rows } = await pool.query(
    `select caller_name, workspace_member_id, api_key_id from tenantry.audit
     where workspace_id = $1 and action = 'apiKey.create'`,
    [admin.workspace.id],
  )
  t.deepEqual(rows, [{ caller_name: `Zoë 'x' O"Brien`, workspace_member_id: id, api_key_id: null }])
})

test('a caller cannot change their own role', async (t) => {
  const { roleId, signIn } = await openWorkspace()
  const { id, refused } = await signIn('Admin')
  await signIn('Admin')
  const error = await refused(MEMBER_ROLE, { workspaceMemberId: id, roleId: await roleId('Guest') })
  t.is(error.message, 'Cannot update self role')
  t.like(error.extensions, { code: 'FORBIDDEN', subCode: 'CANNOT_UPDATE_SELF_ROLE' })
})

test('a person given another role has it with their next request', async (t) => {
  const { give, signIn } = await openWorkspace()
  await signIn('Admin')
  const { id, ask, refused } = await signIn('Admin')
  await ask('{ getRoles { id } }')
  await give(id, 'Guest')
  t.is((await refused('{ getRoles { id } }')).extensions.code, 'FORBIDDEN')
  t.is((await ask('{ currentRole { label } }')).currentRole.label, 'Guest')
})

test('members are written with the flag for members: changing identity does not escape a record rule', async (t) => {
  const { admin, metadata, signIn } = await openWorkspace()
  const made = await admin.request('POST', '/rest/metadata/roles', {
    label: 'Seller',
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
  })
  const path = `/rest/metadata/roles/${made.body.id}`
  const idOf = async (key: string): Promise<string> =>
    (await admin.get(`/rest/metadata/fields/${key}`)).body.data.field.id
  await admin.request('PUT', `${path}/rowLevelPermissionPredicates`, {
    objectMetadataId: await metadata.objectId('company'),
    predicates: [
      {
        fieldMetadataId: await idOf('company.name'),
        operand: 'IS',
        workspaceMemberFieldMetadataId: await idOf('workspaceMember.jobTitle'),
      },
    ],
    predicateGroups: [],
  })
  await admin.request('POST', '/rest/companies', { name: 'Zürich' })
  const { id, person } = await signIn('Seller')
  const seen = async (): Promise<number> =>
    (await person.request('GET', '/rest/companies')).body.data.companies.length
  t.is(await seen(), 0)
  const member = `/rest/workspaceMembers/${id}`
  const writes = [
    ['PATCH', member, { jobTitle: 'Zürich' }],
    ['DELETE', `${member}?soft_delete=true`, undefined],
    ['DELETE', member, undefined],
    ['POST', '/rest/workspaceMembers', { userEmail: 'x@example.com', userId: id }],
  ] as const
  for (const [method, target, body] of writes)
    t.is((await person.request(method, target, body)).status, 403, `${method} ${target}`)
  t.is((await person.request('GET', member)).status, 200)
  t.is(await seen(), 0)
  t.is((await admin.request('PATCH', member, { jobTitle: 'Zürich' })).status, 200)
  t.is(await seen(), 1)
  // With the flag, and not without, the role's general rights hold for members as well.
  await admin.request('PUT', `${path}/permissionFlags`, { permissionFlagKeys: ['WORKSPACE_MEMBERS'] })
  t.is((await person.request('PATCH', member, { jobTitle: 'Bern' })).status, 200)
  await admin.request('PUT', `${path}/permissionFlags`, { permissionFlagKeys: [] })
  t.is((await person.request('PATCH', member, { jobTitle: 'Zürich' })).status, 403)
})

test('currentUser describes the calling person and their rights; a key is an error', async (t) => {
  const { admin, metadata, signIn } = await openWorkspace()
  const { id, ask } = await signIn('Guest')
  const { currentUser } = await ask(`{ currentUser { id firstName lastName email locale createdAt
    workspaceMember { id roles { label } } currentWorkspace { id }
    currentUserWorkspace { id userId user { firstName } permissionFlags objectsPermissions {
      objectMetadataId canReadObjectRecords canUpdateObjectRecords } }
    userWorkspaces { id } } }`)
  t.like(currentUser, {
    firstName: "Zoë 'x'",
    lastName: 'O"Brien',
    email: '',
    locale: 'en',
    workspaceMember: { id, roles: [{ label: 'Guest' }] },
    currentWorkspace: { id: admin.workspace.id },
    userWorkspaces: [{ id }],
  })
  t.like(currentUser.currentUserWorkspace, { id, userId: currentUser.id, permissionFlags: [] })
  const { objectsPermissions } = currentUser.currentUserWorkspace
  t.is(objectsPermissions.length, 10)
  for (const each of objectsPermissions)
    t.like(each, { canReadObjectRecords: true, canUpdateObjectRecords: false })
  const error = await metadata.refused('{ currentUser { id } }')
  t.like(error.extensions, { code: 'FORBIDDEN', subCode: 'USER_NOT_FOUND' })
})
