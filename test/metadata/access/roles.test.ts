import test from 'ava'
import { findRole } from '../../../tenants/permission/role.ts'
import { type Client, startTestGateway } from '../../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../../support/metadata.ts'

const server = await startTestGateway()
const { pool } = server.gateway
test.after.always(() => server.close())

const DENIED = 'Entity performing the request does not have permission'
const NOBODY = '00000000-0000-7000-8000-000000000000'
const LABEL = 'Seller "x"; drop'

const ROLES = `{ getRoles {
  id universalIdentifier label description icon isEditable canBeAssignedToUsers canBeAssignedToAgents canBeAssignedToApiKeys
  canUpdateAllSettings canAccessAllTools canReadAllObjectRecords canUpdateAllObjectRecords canSoftDeleteAllObjectRecords
  canDestroyAllObjectRecords canCreateAllObjectRecords listsFields agents { id }
  workspaceMembers { id name { firstName lastName } userEmail colorScheme uiScale openRecordIn avatarUrl locale calendarStartDay
    timeZone dateFormat timeFormat numberFormat userWorkspaceId roles { id label } }
  apiKeys { id name expiresAt revokedAt prefix lastUsedAt }
  permissionFlags { id roleId flag }
  objectPermissions { objectMetadataId canReadObjectRecords canCreateObjectRecords canUpdateObjectRecords
    canSoftDeleteObjectRecords canDestroyObjectRecords restrictedFields
    rowLevelPermissionPredicates { id operand value } rowLevelPermissionPredicateGroups { id } }
  fieldPermissions { id roleId objectMetadataId fieldMetadataId canReadFieldValue canUpdateFieldValue subFieldName }
  rowLevelPermissionPredicates { id fieldMetadataId operand value workspaceMemberFieldMetadataId }
  rowLevelPermissionPredicateGroups { id logicalOperator }
} }`
const CREATE =
  'mutation ($input: CreateRoleInput!) { createOneRole(createRoleInput: $input) { id label isEditable } }'
const UPDATE =
  'mutation ($input: UpdateRoleInput!) { updateOneRole(updateRoleInput: $input) { id label description } }'
const DELETE = 'mutation ($roleId: UUID!) { deleteOneRole(roleId: $roleId) }'
const OBJECTS = `mutation ($input: UpsertObjectPermissionsInput!) { upsertObjectPermissions(upsertObjectPermissionsInput: $input) {
  objectMetadataId canReadObjectRecords canCreateObjectRecords canUpdateObjectRecords canSoftDeleteObjectRecords canDestroyObjectRecords restrictedFields } }`
const FIELDS = `mutation ($input: UpsertFieldPermissionsInput!) { upsertFieldPermissions(upsertFieldPermissionsInput: $input) {
  id objectMetadataId fieldMetadataId roleId canReadFieldValue canUpdateFieldValue subFieldName } }`
const FLAGS =
  'mutation ($input: UpsertPermissionFlagsInput!) { upsertPermissionFlags(upsertPermissionFlagsInput: $input) { id roleId flag } }'
const RULES = `mutation ($input: UpsertRowLevelPermissionPredicatesInput!) { upsertRowLevelPermissionPredicates(input: $input) {
  predicates { id fieldMetadataId objectMetadataId operand value subFieldName workspaceMemberFieldMetadataId
    rowLevelPermissionPredicateGroupId positionInRowLevelPermissionPredicateGroup roleId }
  predicateGroups { id parentRowLevelPermissionPredicateGroupId logicalOperator objectMetadataId roleId } } }`
const MEMBER_ROLE = `mutation ($workspaceMemberId: UUID!, $roleId: UUID!) {
  updateWorkspaceMemberRole(workspaceMemberId: $workspaceMemberId, roleId: $roleId) { id name { firstName } roles { label } } }`

const roleId = async ({ workspace }: Client, label: string): Promise<string> =>
  (await findRole(pool, workspace.id, label)).id

const fieldId = async (metadata: MetadataClient, object: string, name: string): Promise<string> => {
  const id = await metadata.objectId(object)
  const data = await metadata.ask('query ($id: UUID!) { object(id: $id) { fieldsList { id name } } }', { id })
  const field = data.object.fieldsList.find((each: { name: string }) => each.name === name)
  if (field === undefined) throw new Error(`${object} has no field ${name}.`)
  return field.id
}

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}

const openWorkspace = async () => {
  const admin = await server.enter()
  const metadata = metadataOf(admin)
  const makeRole = async (input: Record<string, unknown> = {}): Promise<string> =>
    (await metadata.ask(CREATE, { input: { label: LABEL, ...ALL, ...input } })).createOneRole.id
  const makeMember = async (firstName: string): Promise<string> => {
    const { rows } = await pool.query(
      `insert into "${admin.workspace.schemaName}".workspace_member (name_first_name, name_last_name, user_email, user_id)
       values ($1, 'Byron', $2, $3) returning id`,
      [firstName, `${firstName.toLowerCase()}@example.com`, NOBODY],
    )
    return rows[0].id
  }
  return { admin, metadata, makeRole, makeMember }
}

test('a workspace begins with three roles, listed with their holders', async (t) => {
  const { admin, metadata, makeMember } = await openWorkspace()
  const ada = await makeMember('Ada')
  const { getRoles } = await metadata.ask(ROLES)
  t.deepEqual(
    getRoles.map(({ label }: { label: string }) => label),
    ['Admin', 'Member', 'Guest'],
  )
  const [owner, member, guest] = getRoles
  t.like(owner, {
    universalIdentifier: owner.id,
    isEditable: false,
    canUpdateAllSettings: true,
    canDestroyAllObjectRecords: true,
    canCreateAllObjectRecords: null,
    listsFields: false,
    agents: [],
    workspaceMembers: [],
    permissionFlags: [],
    objectPermissions: [],
  })
  t.is(owner.apiKeys[0].name, 'Key of Admin')
  t.like(guest, { canReadAllObjectRecords: true, canUpdateAllObjectRecords: false, apiKeys: [] })
  t.deepEqual(member.workspaceMembers, [
    {
      id: ada,
      name: { firstName: 'Ada', lastName: 'Byron' },
      userEmail: 'ada@example.com',
      colorScheme: 'System',
      uiScale: 'Default',
      openRecordIn: 'SIDE_PANEL',
      avatarUrl: null,
      locale: 'en',
      calendarStartDay: 7,
      timeZone: 'system',
      dateFormat: 'SYSTEM',
      timeFormat: 'SYSTEM',
      numberFormat: 'SYSTEM',
      userWorkspaceId: ada,
      roles: [{ id: await roleId(admin, 'Member'), label: 'Member' }],
    },
  ])
})

test('a caller who may not change roles sees only their own', async (t) => {
  const { admin } = await openWorkspace()
  const member = metadataOf(await server.client(admin.workspace, 'Member'))
  for (const [query, variables] of [
    [ROLES, {}],
    [CREATE, { input: { label: 'x' } }],
    [UPDATE, { input: { id: NOBODY, update: {} } }],
    [DELETE, { roleId: NOBODY }],
    [OBJECTS, { input: { roleId: NOBODY, objectPermissions: [] } }],
    [FIELDS, { input: { roleId: NOBODY, fieldPermissions: [] } }],
    [FLAGS, { input: { roleId: NOBODY, permissionFlagKeys: [] } }],
    [MEMBER_ROLE, { workspaceMemberId: NOBODY, roleId: NOBODY }],
    ['{ currentRole { workspaceMembers { id } } }', {}],
    ['{ currentRole { apiKeys { id } } }', {}],
    ['{ currentWorkspace { defaultRole { apiKeys { id } } } }', {}],
    ['{ getApiKeyRoles { id } }', {}],
  ] as const) {
    const { message, extensions } = await member.refused(query, variables)
    t.is(message, DENIED, query)
    t.is(extensions.code, 'FORBIDDEN')
  }
  const { currentRole } = await member.ask(
    '{ currentRole { label permissionFlags { flag } fieldPermissions { id } } }',
  )
  t.deepEqual(currentRole, { label: 'Member', permissionFlags: [], fieldPermissions: [] })
  const { currentWorkspace } = await member.ask(
    '{ currentWorkspace { defaultRole { label canUpdateAllSettings } } }',
  )
  t.deepEqual(currentWorkspace, { defaultRole: { label: 'Member', canUpdateAllSettings: false } })
  const guest = metadataOf(await server.client(admin.workspace, 'Guest'))
  t.is(
    (await guest.refused('{ currentWorkspace { defaultRole { objectPermissions { objectMetadataId } } } }'))
      .message,
    DENIED,
  )
})

test('a role is made, changed and deleted', async (t) => {
  const { metadata, makeRole } = await openWorkspace()
  const id = await makeRole({ description: 'Sells', icon: 'IconCoin', canCreateAllObjectRecords: false })
  const { updateOneRole } = await metadata.ask(UPDATE, {
    input: { id, update: { label: 'Ärztin', description: null, canReadAllObjectRecords: null } },
  })
  t.deepEqual(updateOneRole, { id, label: 'Ärztin', description: null })
  const { getRoles } = await metadata.ask(ROLES)
  t.like(
    getRoles.find((role: { id: string }) => role.id === id),
    {
      label: 'Ärztin',
      icon: 'IconCoin',
      canCreateAllObjectRecords: false,
      canReadAllObjectRecords: true,
      isEditable: true,
    },
  )
  t.is((await metadata.ask(DELETE, { roleId: id })).deleteOneRole, id)
  t.is((await metadata.ask(ROLES)).getRoles.length, 3)
})

test("refuses with the contract's messages", async (t) => {
  const { admin, metadata, makeRole } = await openWorkspace()
  const id = await makeRole()
  const adminRole = await roleId(admin, 'Admin')
  const company = await metadata.objectId('company')
  const name = await fieldId(metadata, 'company', 'name')
  const used = await makeRole({ label: 'used' })
  await server.client(admin.workspace, 'used')
  const objects = (permission: Record<string, unknown>) => ({
    input: { roleId: id, objectPermissions: [{ objectMetadataId: company, ...permission }] },
  })
  const fields = (permission: Record<string, unknown>) => ({
    input: {
      roleId: id,
      fieldPermissions: [{ objectMetadataId: company, fieldMetadataId: name, ...permission }],
    },
  })
  const refusals: readonly (readonly [
    string,
    Record<string, unknown>,
    string,
    string | undefined,
    RegExp | string,
  ])[] = [
    [
      CREATE,
      { input: {} },
      'BAD_USER_INPUT',
      undefined,
      /Field "label" of required type "String!" was not provided/,
    ],
    [
      CREATE,
      { input: { label: LABEL } },
      'CONFLICT',
      'ROLE_LABEL_ALREADY_EXISTS',
      'A role with this label already exists',
    ],
    [CREATE, { input: { label: 'x', id } }, 'CONFLICT', undefined, 'A role with this id already exists'],
    [CREATE, { input: { label: 'x', id: '7' } }, 'BAD_USER_INPUT', undefined, '"7" is not a UUID.'],
    [CREATE, { input: { label: ' ' } }, 'BAD_USER_INPUT', undefined, /1 to 100 characters/],
    [CREATE, { input: { label: 'x', description: 'a\0b' } }, 'BAD_USER_INPUT', 'INVALID_TEXT', /U\+0000/],
    [
      CREATE,
      { input: { label: 'x', canUpdateAllObjectRecords: true } },
      'BAD_USER_INPUT',
      'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION',
      'Cannot give writing permission without reading permission',
    ],
    [
      CREATE,
      {
        input: {
          label: 'x',
          canBeAssignedToUsers: false,
          canBeAssignedToAgents: false,
          canBeAssignedToApiKeys: false,
        },
      },
      'BAD_USER_INPUT',
      'ROLE_MUST_HAVE_AT_LEAST_ONE_TARGET',
      'Role must be assignable to at least one target type',
    ],
    [UPDATE, { input: { id: NOBODY, update: { label: 'x' } } }, 'NOT_FOUND', 'ROLE_NOT_FOUND', /not found$/],
    [
      UPDATE,
      { input: { id: adminRole, update: { label: 'x' } } },
      'FORBIDDEN',
      'ROLE_NOT_EDITABLE',
      'Role is not editable',
    ],
    [DELETE, { roleId: adminRole }, 'FORBIDDEN', 'ROLE_NOT_EDITABLE', 'Role is not editable'],
    [
      DELETE,
      { roleId: await roleId(admin, 'Member') },
      'BAD_USER_INPUT',
      'DEFAULT_ROLE_CANNOT_BE_DELETED',
      'Default role cannot be deleted',
    ],
    [DELETE, { roleId: used }, 'CONFLICT', 'ROLE_IN_USE', 'API keys have the role "used".'],
    [
      OBJECTS,
      objects({ canReadObjectRecords: false, canUpdateObjectRecords: true }),
      'BAD_USER_INPUT',
      'CANNOT_GIVE_WRITING_PERMISSION_ON_NON_READABLE_OBJECT',
      'Cannot give update permission to non-readable object',
    ],
    [
      OBJECTS,
      objects({ objectMetadataId: NOBODY }),
      'NOT_FOUND',
      'OBJECT_METADATA_NOT_FOUND',
      'Object metadata id not found',
    ],
    [
      OBJECTS,
      {
        input: {
          roleId: adminRole,
          objectPermissions: [{ objectMetadataId: company, canReadObjectRecords: false }],
        },
      },
      'FORBIDDEN',
      'ROLE_NOT_EDITABLE',
      'Role is not editable',
    ],
    [
      FIELDS,
      fields({ canReadFieldValue: true }),
      'BAD_USER_INPUT',
      'ONLY_FIELD_RESTRICTION_ALLOWED',
      'Field permission can only introduce a restriction',
    ],
    [
      FIELDS,
      fields({ objectMetadataId: await metadata.objectId('person'), canReadFieldValue: false }),
      'NOT_FOUND',
      'FIELD_METADATA_NOT_FOUND',
      'Could not find fieldMetadata for given fieldMetadataId',
    ],
    [
      FIELDS,
      fields({ subFieldName: 'nope', canReadFieldValue: false }),
      'NOT_FOUND',
      'FIELD_METADATA_NOT_FOUND',
      'Field "name" has no part "nope".',
    ],
    [
      FIELDS,
      fields({ fieldMetadataId: await fieldId(metadata, 'company', 'id'), canReadFieldValue: false }),
      'BAD_USER_INPUT',
      'FIELD_IS_ALWAYS_READABLE',
      /identifies the record/,
    ],
    [
      FLAGS,
      { input: { roleId: id, permissionFlagKeys: ['DATA_MODEL', 'FLY'] } },
      'BAD_USER_INPUT',
      'INVALID_SETTING_PERMISSIONS',
      'Invalid permission setting (unknown value): FLY',
    ],
    [
      MEMBER_ROLE,
      { workspaceMemberId: NOBODY, roleId: id },
      'NOT_FOUND',
      'WORKSPACE_MEMBER_NOT_FOUND',
      'Workspace member not found',
    ],
  ]
  for (const [query, variables, code, subCode, message] of refusals) {
    const error = await metadata.refused(query, variables)
    if (typeof message === 'string') t.is(error.message, message)
    else t.regex(error.message, message)
    t.is(error.extensions.code, code, error.message)
    t.is(error.extensions.subCode, subCode, error.message)
  }
  t.is((await metadata.ask(ROLES)).getRoles.length, 5, 'nothing was left behind')
})

test('permissions on objects hold for the next request, and null gives them back', async (t) => {
  const { admin, metadata, makeRole } = await openWorkspace()
  const id = await makeRole()
  const seller = await server.client(admin.workspace, LABEL)
  const [company, person] = [await metadata.objectId('company'), await metadata.objectId('person')]
  const { upsertObjectPermissions } = await metadata.ask(OBJECTS, {
    input: {
      roleId: id,
      objectPermissions: [
        { objectMetadataId: company, canCreateObjectRecords: false, canDestroyObjectRecords: false },
        {
          objectMetadataId: person,
          canReadObjectRecords: false,
          canUpdateObjectRecords: false,
          canSoftDeleteObjectRecords: false,
          canDestroyObjectRecords: false,
        },
      ],
    },
  })
  t.deepEqual(
    upsertObjectPermissions.find((each: { objectMetadataId: string }) => each.objectMetadataId === company),
    {
      objectMetadataId: company,
      canReadObjectRecords: null,
      canCreateObjectRecords: false,
      canUpdateObjectRecords: null,
      canSoftDeleteObjectRecords: null,
      canDestroyObjectRecords: false,
      restrictedFields: {},
    },
  )
  t.is((await seller.request('POST', '/rest/companies', { name: 'x' })).status, 403)
  t.is((await seller.get('/rest/people')).status, 403)
  t.is((await seller.get('/rest/companies')).status, 200)
  const own = await metadataOf(seller).ask(
    '{ currentObjectPermissions { objectMetadataId canCreateObjectRecords canUpdateObjectRecords canDestroyObjectRecords restrictedFields } }',
  )
  const entry = own.currentObjectPermissions.find(
    (each: { objectMetadataId: string }) => each.objectMetadataId === company,
  )
  t.like(entry, {
    canCreateObjectRecords: false,
    canUpdateObjectRecords: true,
    canDestroyObjectRecords: false,
  })
  t.false(
    own.currentObjectPermissions.some(
      (each: { objectMetadataId: string }) => each.objectMetadataId === person,
    ),
  )
  await metadata.ask(OBJECTS, {
    input: {
      roleId: id,
      objectPermissions: [
        { objectMetadataId: company, canCreateObjectRecords: null },
        { objectMetadataId: person, canReadObjectRecords: null, canUpdateObjectRecords: null },
      ],
    },
  })
  t.is((await seller.request('POST', '/rest/companies', { name: 'x' })).status, 201)
  t.is((await seller.get('/rest/people')).status, 200)
})

test('permissions on fields are those of their columns: composites, parts of them, relations at both ends', async (t) => {
  const { admin, metadata, makeRole } = await openWorkspace()
  const id = await makeRole()
  const [company, person] = [await metadata.objectId('company'), await metadata.objectId('person')]
  const emails = await fieldId(metadata, 'person', 'emails')
  const nameOfPerson = await fieldId(metadata, 'person', 'name')
  const people = await fieldId(metadata, 'company', 'people')
  const employer = await fieldId(metadata, 'person', 'company')
  const { upsertFieldPermissions: returned } = await metadata.ask(FIELDS, {
    input: {
      roleId: id,
      fieldPermissions: [
        {
          objectMetadataId: person,
          fieldMetadataId: emails,
          canReadFieldValue: false,
          canUpdateFieldValue: false,
        },
        {
          objectMetadataId: person,
          fieldMetadataId: nameOfPerson,
          subFieldName: 'lastName',
          canReadFieldValue: false,
        },
        { objectMetadataId: company, fieldMetadataId: people, canUpdateFieldValue: false },
      ],
    },
  })
  const shown = returned.map((each: Record<string, unknown>) => {
    const { id: rowId, ...rest } = each
    t.is(typeof rowId, 'string')
    return rest
  })
  const expected = [
    {
      objectMetadataId: person,
      fieldMetadataId: emails,
      canReadFieldValue: false,
      canUpdateFieldValue: false,
      subFieldName: null,
    },
    {
      objectMetadataId: person,
      fieldMetadataId: nameOfPerson,
      canReadFieldValue: false,
      canUpdateFieldValue: null,
      subFieldName: 'lastName',
    },
    {
      objectMetadataId: person,
      fieldMetadataId: employer,
      canReadFieldValue: null,
      canUpdateFieldValue: false,
      subFieldName: null,
    },
    {
      objectMetadataId: company,
      fieldMetadataId: people,
      canReadFieldValue: null,
      canUpdateFieldValue: false,
      subFieldName: null,
    },
  ].map((each) => ({ ...each, roleId: id }))
  const sorted = (list: readonly Record<string, unknown>[]) =>
    list.map((each) => JSON.stringify(Object.entries(each).sort())).sort()
  t.deepEqual(sorted(shown), sorted(expected))
  t.is(
    new Set(returned.map((each: { id: string }) => each.id)).size,
    returned.length,
    'each has an id of its own',
  )
  const { rows } = await pool.query(
    `select column_name from tenantry.field_permissions where role_id = $1 and can_read = false order by 1`,
    [id],
  )
  t.deepEqual(
    rows.map(({ column_name }) => column_name),
    ['emails_additional_emails', 'emails_primary_email', 'name_last_name'],
  )
  await metadata.ask(OBJECTS, {
    input: { roleId: id, objectPermissions: [{ objectMetadataId: person, canDestroyObjectRecords: false }] },
  })
  const { getRoles } = await metadata.ask(ROLES)
  const role = getRoles.find((each: { id: string }) => each.id === id)
  t.like(role.objectPermissions[0].restrictedFields, { [emails]: { canRead: false, canUpdate: false } })
  // Seen by the role itself: what it may not read is not part of the model.
  const seller = metadataOf(await server.client(admin.workspace, LABEL))
  const seen = await seller.ask('query ($id: UUID!) { object(id: $id) { fieldsList { name } } }', {
    id: person,
  })
  const names = seen.object.fieldsList.map((each: { name: string }) => each.name)
  t.false(names.includes('emails'))
  t.true(names.includes('name'), 'its other part may be read')
  const own = await seller.ask('{ currentObjectPermissions { objectMetadataId restrictedFields } }')
  const entry = own.currentObjectPermissions.find(
    (each: { objectMetadataId: string }) => each.objectMetadataId === person,
  )
  t.like(entry.restrictedFields, {
    [nameOfPerson]: { canRead: false, canUpdate: false },
    [employer]: { canRead: true, canUpdate: false },
  })
  await metadata.ask(FIELDS, {
    input: {
      roleId: id,
      fieldPermissions: [
        {
          objectMetadataId: person,
          fieldMetadataId: emails,
          canReadFieldValue: null,
          canUpdateFieldValue: null,
        },
      ],
    },
  })
  t.true(
    (await seller.raw('query ($id: UUID!) { field(id: $id) { name } }', { id: emails })).body.data !== null,
  )
})

test('a role may list the only fields that it sees', async (t) => {
  const { admin, metadata, makeRole } = await openWorkspace()
  const id = await makeRole({
    label: 'lists',
    listsFields: true,
    canUpdateAllObjectRecords: false,
    canSoftDeleteAllObjectRecords: false,
    canDestroyAllObjectRecords: false,
  })
  const company = await metadata.objectId('company')
  const name = await fieldId(metadata, 'company', 'name')
  const lister = metadataOf(await server.client(admin.workspace, 'lists'))
  const MAY = '{ currentObjectPermissions { objectMetadataId canReadObjectRecords canUpdateObjectRecords } }'
  t.deepEqual((await lister.ask(MAY)).currentObjectPermissions, [])
  await metadata.ask(FIELDS, {
    input: {
      roleId: id,
      fieldPermissions: [{ objectMetadataId: company, fieldMetadataId: name, canReadFieldValue: true }],
    },
  })
  t.deepEqual((await lister.ask(MAY)).currentObjectPermissions, [
    { objectMetadataId: company, canReadObjectRecords: true, canUpdateObjectRecords: false },
  ])
  const { objects } = await lister.ask(
    '{ objects(paging: { first: 1000 }) { edges { node { nameSingular fieldsList { name } } } } }',
  )
  t.deepEqual(
    objects.edges.map(({ node }: { node: { nameSingular: string } }) => node.nameSingular),
    ['company'],
  )
  const names = objects.edges[0].node.fieldsList.map((each: { name: string }) => each.name)
  t.deepEqual(names.sort(), ['deletedAt', 'id', 'name'])
})

test('setting flags replaces all of them', async (t) => {
  const { metadata, makeRole } = await openWorkspace()
  const id = await makeRole()
  const set = async (permissionFlagKeys: readonly string[]) =>
    (await metadata.ask(FLAGS, { input: { roleId: id, permissionFlagKeys } })).upsertPermissionFlags
  const [flag, ...more] = await set(['DATA_MODEL', 'DATA_MODEL'])
  t.deepEqual(more, [])
  t.like(flag, { roleId: id, flag: 'DATA_MODEL' })
  t.deepEqual(
    (await set(['ROLES', 'VIEWS'])).map((each: { flag: string }) => each.flag),
    ['ROLES', 'VIEWS'],
  )
  t.deepEqual(await set([]), [])
  const { getPermissionFlags } = await metadata.ask(
    '{ getPermissionFlags { id universalIdentifier key label description icon permissionType applicationId createdAt updatedAt } }',
  )
  t.is(getPermissionFlags.length, 26)
  t.is(new Set(getPermissionFlags.map((each: { id: string }) => each.id)).size, 26)
  t.like(getPermissionFlags[0], {
    key: 'API_KEYS_AND_WEBHOOKS',
    label: 'API keys and webhooks',
    permissionType: 'settings',
  })
})

test('record rules are returned as set, hold for the next request, and end when set to none', async (t) => {
  const { admin, metadata, makeRole } = await openWorkspace()
  const id = await makeRole()
  for (const name of ['Zürich', 'Bern', 'Basel']) await admin.request('POST', '/rest/companies', { name })
  const seller = await server.client(admin.workspace, LABEL)
  const company = await metadata.objectId('company')
  const name = await fieldId(metadata, 'company', 'name')
  const address = await fieldId(metadata, 'company', 'address')
  const owner = await fieldId(metadata, 'company', 'accountOwner')
  const memberId = await fieldId(metadata, 'workspaceMember', 'id')
  const group = '00000000-0000-7000-8000-000000000001'
  const set = async (predicates: readonly unknown[], predicateGroups: readonly unknown[] = []) =>
    (
      await metadata.ask(RULES, {
        input: { roleId: id, objectMetadataId: company, predicates, predicateGroups },
      })
    ).upsertRowLevelPermissionPredicates
  const either = { rowLevelPermissionPredicateGroupId: group }
  const { predicates, predicateGroups } = await set(
    [
      {
        fieldMetadataId: name,
        operand: 'IS',
        value: 'Bern',
        ...either,
        positionInRowLevelPermissionPredicateGroup: 1,
      },
      { fieldMetadataId: address, subFieldName: 'addressCity', operand: 'CONTAINS', value: 'x', ...either },
      { fieldMetadataId: owner, operand: 'IS', workspaceMemberFieldMetadataId: memberId, ...either },
    ],
    [{ id: group, objectMetadataId: company, logicalOperator: 'OR' }],
  )
  t.deepEqual(predicateGroups, [
    {
      id: group,
      parentRowLevelPermissionPredicateGroupId: null,
      logicalOperator: 'OR',
      objectMetadataId: company,
      roleId: id,
    },
  ])
  const find = (fieldMetadataId: string) =>
    predicates.find((each: { fieldMetadataId: string }) => each.fieldMetadataId === fieldMetadataId)
  t.like(find(name), { objectMetadataId: company, operand: 'IS', value: 'Bern', roleId: id, ...either })
  t.like(find(address), { subFieldName: 'addressCity', value: 'x' })
  t.like(find(owner), { workspaceMemberFieldMetadataId: memberId, value: null })
  const names = async (): Promise<string[]> =>
    (await seller.get('/rest/companies?fields=name')).body.data.companies.map(
      (each: { name: string }) => each.name,
    )
  t.deepEqual(await names(), ['Bern'])
  const role = (await metadata.ask(ROLES)).getRoles.find((each: { id: string }) => each.id === id)
  t.is(role.rowLevelPermissionPredicates.length, 3)
  t.is(role.rowLevelPermissionPredicateGroups.length, 1)
  for (const [predicate, message] of [
    [{ fieldMetadataId: address, operand: 'IS', value: 'x' }, /several/],
    [
      { fieldMetadataId: await fieldId(metadata, 'company', 'people'), operand: 'IS', value: NOBODY },
      /of the record itself/,
    ],
    [
      { fieldMetadataId: NOBODY, operand: 'IS', value: 'x' },
      /Could not find fieldMetadata for given fieldMetadataId/,
    ],
    [{ fieldMetadataId: name, operand: 'VECTOR_SEARCH', value: 'x' }, /no operand VECTOR_SEARCH/],
    [{ fieldMetadataId: name, operand: 'IS', value: { a: 1 } }, /value of a record rule/],
    [{ fieldMetadataId: name, operand: 'IS', value: 'a\0b' }, /./],
    [{ fieldMetadataId: owner, operand: 'IS', value: 'x' }, /another type/],
    [
      { fieldMetadataId: name, operand: 'IS', value: 'x', rowLevelPermissionPredicateGroupId: NOBODY },
      /not among the groups/,
    ],
    [
      { fieldMetadataId: name, operand: 'IS', workspaceMemberFieldMetadataId: name },
      /Could not find fieldMetadata/,
    ],
  ] as const) {
    const error = await metadata.refused(RULES, {
      input: { roleId: id, objectMetadataId: company, predicates: [predicate], predicateGroups: [] },
    })
    t.regex(error.message, message)
    t.not(error.extensions.code, 'INTERNAL_SERVER_ERROR', JSON.stringify(predicate))
  }
  const other = await makeRole({ label: 'other' })
  const taken = await metadata.refused(RULES, {
    input: {
      roleId: other,
      objectMetadataId: company,
      predicates: [{ id: predicates[0].id, fieldMetadataId: name, operand: 'IS', value: 'x' }],
      predicateGroups: [],
    },
  })
  t.regex(taken.message, /is taken/)
  t.deepEqual(await names(), ['Bern'], 'what was refused changed nothing')
  await set([])
  t.deepEqual((await names()).sort(), ['Basel', 'Bern', 'Zürich'])
})

test('a caller can neither change their own role nor create or assign one beyond it', async (t) => {
  const { admin, metadata, makeRole, makeMember } = await openWorkspace()
  const weak = await makeRole({ label: 'weak', canDestroyAllObjectRecords: false })
  const equal = await makeRole({ label: 'equal', canDestroyAllObjectRecords: false })
  await metadata.ask(FLAGS, { input: { roleId: weak, permissionFlagKeys: ['ROLES'] } })
  const actor = metadataOf(await server.client(admin.workspace, 'weak'))
  const company = await metadata.objectId('company')
  const [ada, grace] = [await makeMember('Ada'), await makeMember('Grace')]
  const member = await roleId(admin, 'Member')
  await metadata.ask(MEMBER_ROLE, { workspaceMemberId: grace, roleId: equal })
  const refusals = [
    [UPDATE, { input: { id: weak, update: { label: 'x' } } }, 'CANNOT_UPDATE_SELF_ROLE'],
    [DELETE, { roleId: weak }, 'CANNOT_UPDATE_SELF_ROLE'],
    [FLAGS, { input: { roleId: weak, permissionFlagKeys: ['DATA_MODEL'] } }, 'CANNOT_UPDATE_SELF_ROLE'],
    [CREATE, { input: { label: 'strong', ...ALL } }, 'ROLE_STRONGER_THAN_CALLER'],
    [
      UPDATE,
      { input: { id: equal, update: { canDestroyAllObjectRecords: true } } },
      'ROLE_STRONGER_THAN_CALLER',
    ],
    [FLAGS, { input: { roleId: equal, permissionFlagKeys: ['DATA_MODEL'] } }, 'ROLE_STRONGER_THAN_CALLER'],
    [
      OBJECTS,
      {
        input: {
          roleId: equal,
          objectPermissions: [{ objectMetadataId: company, canDestroyObjectRecords: true }],
        },
      },
      'ROLE_STRONGER_THAN_CALLER',
    ],
    // Ada has the default role, which may more: it is neither taken from her, nor given to Grace, not even by
    // deleting hers.
    [MEMBER_ROLE, { workspaceMemberId: ada, roleId: equal }, 'ROLE_STRONGER_THAN_CALLER'],
    [MEMBER_ROLE, { workspaceMemberId: grace, roleId: member }, 'ROLE_STRONGER_THAN_CALLER'],
    [DELETE, { roleId: equal }, 'ROLE_STRONGER_THAN_CALLER'],
  ] as const
  for (const [query, variables, subCode] of refusals) {
    const { extensions } = await actor.refused(query, variables)
    t.like(extensions, { code: 'FORBIDDEN', subCode }, JSON.stringify(variables))
  }
  t.is(
    (await actor.ask(UPDATE, { input: { id: equal, update: { label: 'renamed' } } })).updateOneRole.label,
    'renamed',
  )
})

test('members have a role; the last admin keeps theirs', async (t) => {
  const { admin, metadata, makeRole, makeMember } = await openWorkspace()
  const [ada, grace] = [await makeMember('Ada'), await makeMember('Grace')]
  const [adminRole, guest] = [await roleId(admin, 'Admin'), await roleId(admin, 'Guest')]
  const { updateWorkspaceMemberRole } = await metadata.ask(MEMBER_ROLE, {
    workspaceMemberId: ada,
    roleId: adminRole,
  })
  t.deepEqual(updateWorkspaceMemberRole, { id: ada, name: { firstName: 'Ada' }, roles: [{ label: 'Admin' }] })
  const lastAdmin = await metadata.refused(MEMBER_ROLE, { workspaceMemberId: ada, roleId: guest })
  t.is(lastAdmin.message, 'Cannot unassign admin role from last admin of the workspace')
  t.is(lastAdmin.extensions.subCode, 'CANNOT_UNASSIGN_LAST_ADMIN')
  await metadata.ask(MEMBER_ROLE, { workspaceMemberId: grace, roleId: adminRole })
  // An admin in the trash administers nothing.
  await admin.request('DELETE', `/rest/workspaceMembers/${grace}?soft_delete=true`)
  t.is(
    (await metadata.refused(MEMBER_ROLE, { workspaceMemberId: ada, roleId: guest })).extensions.subCode,
    'CANNOT_UNASSIGN_LAST_ADMIN',
  )
  t.is(
    (await metadata.refused(MEMBER_ROLE, { workspaceMemberId: grace, roleId: guest })).extensions.subCode,
    'WORKSPACE_MEMBER_NOT_FOUND',
  )
  await admin.request('PATCH', `/rest/workspaceMembers/${grace}/restore`)
  t.is(
    (await metadata.ask(MEMBER_ROLE, { workspaceMemberId: ada, roleId: guest })).updateWorkspaceMemberRole
      .roles[0].label,
    'Guest',
  )
  const keysOnly = await makeRole({ label: 'keys', canBeAssignedToUsers: false })
  const refused = await metadata.refused(MEMBER_ROLE, { workspaceMemberId: ada, roleId: keysOnly })
  t.is(refused.extensions.subCode, 'ROLE_CANNOT_BE_ASSIGNED_TO_USERS')
  const temporary = await makeRole({ label: 'temporary' })
  await metadata.ask(MEMBER_ROLE, { workspaceMemberId: ada, roleId: temporary })
  await metadata.ask(DELETE, { roleId: temporary })
  const { getRoles } = await metadata.ask(ROLES)
  const fallback = getRoles.find((each: { label: string }) => each.label === 'Member')
  t.deepEqual(
    fallback.workspaceMembers.map((each: { id: string }) => each.id),
    [ada],
  )
})

test('roles of another workspace do not exist', async (t) => {
  const { metadata } = await openWorkspace()
  const otherWorkspace = await openWorkspace()
  const theirs = await otherWorkspace.makeRole()
  const company = await metadata.objectId('company')
  for (const [query, variables] of [
    [UPDATE, { input: { id: theirs, update: { label: 'x' } } }],
    [DELETE, { roleId: theirs }],
    [
      OBJECTS,
      {
        input: {
          roleId: theirs,
          objectPermissions: [{ objectMetadataId: company, canReadObjectRecords: false }],
        },
      },
    ],
    [FIELDS, { input: { roleId: theirs, fieldPermissions: [] } }],
    [FLAGS, { input: { roleId: theirs, permissionFlagKeys: [] } }],
    [RULES, { input: { roleId: theirs, objectMetadataId: company, predicates: [], predicateGroups: [] } }],
  ] as const) {
    const { extensions } = await metadata.refused(query, variables)
    t.like(extensions, { code: 'NOT_FOUND', subCode: 'ROLE_NOT_FOUND' })
  }
})

test('the audit records changes of roles, but no refused ones', async (t) => {
  const { admin, metadata, makeRole, makeMember } = await openWorkspace()
  const id = await makeRole()
  const ada = await makeMember('Ada')
  const company = await metadata.objectId('company')
  await metadata.ask(UPDATE, { input: { id, update: { label: 'x' } } })
  await metadata.refused(UPDATE, { input: { id, update: { label: 'Member' } } })
  await metadata.ask(OBJECTS, {
    input: { roleId: id, objectPermissions: [{ objectMetadataId: company, canDestroyObjectRecords: false }] },
  })
  await metadata.ask(FIELDS, { input: { roleId: id, fieldPermissions: [] } })
  await metadata.ask(FLAGS, { input: { roleId: id, permissionFlagKeys: ['VIEWS'] } })
  await metadata.ask(RULES, {
    input: { roleId: id, objectMetadataId: company, predicates: [], predicateGroups: [] },
  })
  await metadata.ask(MEMBER_ROLE, { workspaceMemberId: ada, roleId: id })
  await metadata.ask(DELETE, { roleId: id })
  const { rows } = await pool.query<{ action: string }>(
    `select action from tenantry.audit where workspace_id = $1 and caller_name = 'Key of Admin' order by at, id`,
    [admin.workspace.id],
  )
  t.deepEqual(
    rows.map(({ action }) => action),
    [
      'role.create',
      'role.update',
      'role.objects',
      'role.fields',
      'role.flags',
      'role.records',
      'member.role',
      'role.delete',
    ],
  )
})

test('each setting of the workspace takes its flag, and the default role is not beyond the caller', async (t) => {
  const { admin, metadata, makeRole } = await openWorkspace()
  const SET =
    'mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { displayName defaultRole { label } } }'
  const keysOnly = await makeRole({ label: 'keys', canBeAssignedToUsers: false })
  const weak = await makeRole({ label: 'weak', canDestroyAllObjectRecords: false })
  const flags = (permissionFlagKeys: readonly string[]) =>
    metadata.ask(FLAGS, { input: { roleId: weak, permissionFlagKeys } })
  const actor = metadataOf(await server.client(admin.workspace, 'weak'))
  const guest = await roleId(admin, 'Guest')
  await flags(['WORKSPACE'])
  t.is((await actor.ask(SET, { data: { displayName: 'Mine' } })).updateWorkspace.displayName, 'Mine')
  for (const data of [{ defaultRoleId: guest }, { displayName: 'x', eventLogRetentionDays: 30 }])
    t.is((await actor.refused(SET, { data })).message, DENIED)
  await flags(['ROLES'])
  for (const data of [{ displayName: 'x' }, {}]) t.is((await actor.refused(SET, { data })).message, DENIED)
  t.is((await actor.ask(SET, { data: { defaultRoleId: guest } })).updateWorkspace.defaultRole.label, 'Guest')
  for (const [data, subCode] of [
    [{ defaultRoleId: await roleId(admin, 'Admin') }, 'ROLE_STRONGER_THAN_CALLER'],
    [{ defaultRoleId: null }, 'ROLE_STRONGER_THAN_CALLER'],
    [{ defaultRoleId: keysOnly }, 'ROLE_CANNOT_BE_ASSIGNED_TO_USERS'],
  ] as const)
    t.is((await actor.refused(SET, { data })).extensions.subCode, subCode)
  const { currentWorkspace } = await metadata.ask(
    '{ currentWorkspace { displayName defaultRole { label } } }',
  )
  t.deepEqual(currentWorkspace, { displayName: 'Mine', defaultRole: { label: 'Guest' } })
})

test('the default role stays the default under another name', async (t) => {
  const { admin, metadata, makeRole, makeMember } = await openWorkspace()
  const ada = await makeMember('Ada')
  const id = await roleId(admin, 'Member')
  await metadata.ask(UPDATE, { input: { id, update: { label: 'Staff' } } })
  await makeRole({ label: 'Member' })
  const { currentWorkspace } = await metadata.ask(
    '{ currentWorkspace { defaultRole { id workspaceMembers { id } } } }',
  )
  t.deepEqual(currentWorkspace, { defaultRole: { id, workspaceMembers: [{ id: ada }] } })
})

test('a workspace without members, or with a table of that name made by hand, has roles all the same', async (t) => {
  const admin = await server.enter('Bare "x"', { standardObjects: false })
  const metadata = metadataOf(admin)
  const holders = async () =>
    (await metadata.ask(ROLES)).getRoles.flatMap(
      (role: { workspaceMembers: unknown[] }) => role.workspaceMembers,
    )
  t.deepEqual(await holders(), [])
  const id = '00000000-0000-4000-8000-00000000000a'
  await pool.query(
    `create table "${admin.workspace.schemaName}".workspace_member (id text primary key, "Name" text);
     insert into "${admin.workspace.schemaName}".workspace_member values ($$${id}$$, 'x'), ('7', null)`,
  )
  t.deepEqual(
    (await holders()).map((each: { id: string }) => each.id),
    [id, '7'],
  )
  const guest = await roleId(admin, 'Guest')
  const { updateWorkspaceMemberRole } = await metadata.ask(MEMBER_ROLE, {
    workspaceMemberId: id,
    roleId: guest,
  })
  t.deepEqual(updateWorkspaceMemberRole, { id, name: { firstName: '' }, roles: [{ label: 'Guest' }] })
})
