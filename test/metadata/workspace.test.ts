import test from 'ava'
import { HOSTILE_NAME, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const UPDATE =
  'mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { id displayName subdomain trashRetentionDays maxBatchRecords restMetadataFormat defaultRole { label } } }'

test('a key may read its workspace', async (t) => {
  const client = await server.enter()
  const { currentWorkspace } = await metadataOf(client).ask(
    `query { currentWorkspace { id displayName subdomain databaseSchema metadataVersion activationStatus createdAt trashRetentionDays
      workspaceMembersCount isPasswordAuthEnabled customDomain featureFlags { key value } workspaceUrls { subdomainUrl customUrl }
      defaultRole { id label isEditable } } }`,
  )
  t.like(currentWorkspace, {
    id: client.workspace.id,
    displayName: HOSTILE_NAME,
    databaseSchema: client.workspace.schemaName,
    activationStatus: 'ACTIVE',
    trashRetentionDays: 14,
    workspaceMembersCount: 0,
    featureFlags: [{ key: 'IS_REST_METADATA_API_NEW_FORMAT_DIRECT', value: false }],
    workspaceUrls: { subdomainUrl: server.url, customUrl: null },
    defaultRole: { label: 'Member' },
  })
  t.true(currentWorkspace.metadataVersion >= 1)
})

test('settings are kept, count for the next request, and null brings the default back', async (t) => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  const { workspace } = client
  const { updateWorkspace } = await metadata.ask(UPDATE, {
    data: {
      displayName: ' Ärzte & "Söhne" ',
      subdomain: `new-${workspace.subdomain}`.slice(0, 30),
      trashRetentionDays: 0,
      maxBatchRecords: 2,
    },
  })
  t.like(updateWorkspace, { displayName: 'Ärzte & "Söhne"', trashRetentionDays: 0, maxBatchRecords: 2 })
  const three = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  t.is((await client.request('POST', '/rest/batch/companies', three)).status, 400)
  const { updateWorkspace: reset } = await metadata.ask(UPDATE, {
    data: { maxBatchRecords: null, trashRetentionDays: null },
  })
  t.like(reset, { trashRetentionDays: 14, maxBatchRecords: null, displayName: 'Ärzte & "Söhne"' })
  t.is((await client.request('POST', '/rest/batch/companies', three)).status, 201)
})

test('a default role is one of the workspace', async (t) => {
  const client = await server.enter()
  const other = await server.enter()
  const metadata = metadataOf(client)
  const roleOf = async (workspaceId: string, label: string): Promise<string> => {
    const sql = 'select id from tenantry.roles where workspace_id = $1 and label = $2'
    const { rows } = await server.database.pool.query(sql, [workspaceId, label])
    return rows[0].id
  }
  const { updateWorkspace } = await metadata.ask(UPDATE, {
    data: { defaultRoleId: await roleOf(client.workspace.id, 'Guest') },
  })
  t.is(updateWorkspace.defaultRole.label, 'Guest')
  const error = await metadata.refused(UPDATE, {
    data: { defaultRoleId: await roleOf(other.workspace.id, 'Admin') },
  })
  t.is(error.extensions.code, 'NOT_FOUND')
})

test('unsupported settings are refused and change nothing', async (t) => {
  const client = await server.enter()
  const other = await server.enter()
  const metadata = metadataOf(client)
  const refusals: readonly (readonly [data: Record<string, unknown>, message: RegExp, code: string])[] = [
    [{ subdomain: 'Not Valid' }, /^Subdomain is not valid$/, 'BAD_USER_INPUT'],
    [{ subdomain: other.workspace.subdomain }, /^Subdomain already taken$/, 'CONFLICT'],
    [{ trashRetentionDays: -1 }, /trashRetentionDays/, 'BAD_USER_INPUT'],
    [{ trashRetentionDays: 1.5 }, /trashRetentionDays/, 'BAD_USER_INPUT'],
    [{ eventLogRetentionDays: 29 }, /from 30 to 1095/, 'BAD_USER_INPUT'],
    [{ maxBatchRecords: 201 }, /from 1 to 200/, 'BAD_USER_INPUT'],
    [{ restMetadataFormat: 'xml' }, /"legacy" or "flat"/, 'BAD_USER_INPUT'],
    [{ displayName: '' }, /1 to 200 characters/, 'BAD_USER_INPUT'],
    [
      { isGoogleAuthEnabled: true },
      /^Field "isGoogleAuthEnabled" is not allowed to be updated$/,
      'BAD_USER_INPUT',
    ],
  ]
  for (const [data, message, code] of refusals) {
    const error = await metadata.refused(UPDATE, { data: { logo: 'https://example.com/kept.png', ...data } })
    t.regex(error.message, message)
    t.is(error.extensions.code, code)
  }
  const { currentWorkspace } = await metadata.ask('{ currentWorkspace { displayName subdomain logo } }')
  t.deepEqual(currentWorkspace, {
    displayName: HOSTILE_NAME,
    subdomain: client.workspace.subdomain,
    logo: null,
  })
})

test('a role that only reads may not change the workspace', async (t) => {
  const admin = await server.enter()
  const guest = await server.client(admin.workspace, 'Guest')
  const { status, body } = await metadataOf(guest).raw(UPDATE, { data: { displayName: 'x' } })
  t.is(status, 200)
  t.is(body.data, null)
  t.like(body.errors[0], {
    message: 'Entity performing the request does not have permission',
    extensions: { code: 'FORBIDDEN', subCode: 'PERMISSION_DENIED' },
  })
})
