// Requests about keys and roles that a client of the contract makes, one test for each numbered example.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'

let server: TestGateway
let client: Client
let metadata: MetadataClient
let member: MetadataClient

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  metadata = metadataOf(client)
  member = metadataOf(await server.client(client.workspace, 'Member'))
})
test.after.always(() => server?.close())

interface RoleNode {
  readonly id: string
  readonly label: string
}

const roles = async (): Promise<readonly RoleNode[]> =>
  (await metadata.ask('{ getRoles { id label workspaceMembers { id } } }')).getRoles

const createKey = async () => {
  const [role] = await roles()
  const { createApiKey } = await metadata.ask(
    `mutation ($roleId: UUID!) {
      createApiKey(input: { name: "Test", expiresAt: "2099-12-31T23:59:59Z", roleId: $roleId }) {
        id name expiresAt revokedAt role { id label } } }`,
    { roleId: role?.id },
  )
  return { key: createApiKey, role }
}

const createRole = async (label: string): Promise<string> =>
  (
    await metadata.ask(
      'mutation ($label: String!) { createOneRole(createRoleInput: { label: $label, canReadAllObjectRecords: true }) { id } }',
      { label },
    )
  ).createOneRole.id

test('a key is created with its role', async (t) => {
  const { key, role } = await createKey()
  t.like(key, { name: 'Test', expiresAt: '2099-12-31T23:59:59.000Z', revokedAt: null })
  t.deepEqual(key.role, { id: role?.id, label: role?.label })
})

test('an invalid date is an error with status 200', async (t) => {
  const [role] = await roles()
  const { status, body } = await metadata.raw(
    'mutation ($roleId: UUID!) { createApiKey(input: { name: "x", expiresAt: "invalid-date", roleId: $roleId }) { id } }',
    { roleId: role?.id },
  )
  t.is(status, 200)
  t.true(body.errors.length > 0)
})

test('a key is updated, found and listed', async (t) => {
  const { key } = await createKey()
  const { updateApiKey } = await metadata.ask(
    `mutation ($id: UUID!) { updateApiKey(input: { id: $id, name: "New", expiresAt: "2098-01-31T23:59:59Z" }) { id name expiresAt } }`,
    { id: key.id },
  )
  t.deepEqual(updateApiKey, { id: key.id, name: 'New', expiresAt: '2098-01-31T23:59:59.000Z' })
  const { apiKey, apiKeys } = await metadata.ask(
    'query ($id: UUID!) { apiKey(input: { id: $id }) { id name } apiKeys { id role { icon } } }',
    { id: key.id },
  )
  t.deepEqual(apiKey, { id: key.id, name: 'New' })
  t.true(apiKeys.some(({ id }: { id: string }) => id === key.id))
})

test('a revoked key shows the time, and still has its role', async (t) => {
  const { key } = await createKey()
  const { revokeApiKey } = await metadata.ask(
    'mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { id revokedAt role { id } } }',
    { id: key.id },
  )
  t.like(revokeApiKey, { id: key.id, role: { id: key.role.id } })
  t.false(Number.isNaN(Date.parse(revokeApiKey.revokedAt)))
})

test('roles are visible to admins only', async (t) => {
  const labels = (await roles()).map(({ label }) => label)
  for (const label of ['Admin', 'Member', 'Guest']) t.true(labels.includes(label))
  const { message, extensions } = await member.refused('{ getRoles { id } }')
  t.is(message, 'Entity performing the request does not have permission')
  t.is(extensions.code, 'FORBIDDEN')
})

test('an admin creates a role, a member does not', async (t) => {
  t.truthy(await createRole('Created'))
  const { extensions } = await member.refused(
    'mutation { createOneRole(createRoleInput: { label: "x" }) { id } }',
  )
  t.is(extensions.code, 'FORBIDDEN')
})

test('a role needs a label', async (t) => {
  const { message, extensions } = await metadata.refused(
    'mutation ($input: CreateRoleInput!) { createOneRole(createRoleInput: $input) { id } }',
    { input: {} },
  )
  t.regex(message, /Field "label" of required type "String!" was not provided\./)
  t.is(extensions.code, 'BAD_USER_INPUT')
})

test('a role gets another label', async (t) => {
  const id = await createRole('Before')
  const { updateOneRole } = await metadata.ask(
    'mutation ($id: UUID!) { updateOneRole(updateRoleInput: { id: $id, update: { label: "After" } }) { id label } }',
    { id },
  )
  t.deepEqual(updateOneRole, { id, label: 'After' })
})

test('a role gets permissions on an object', async (t) => {
  const [id, company] = [await createRole('Objects'), await metadata.objectId('company')]
  const { upsertObjectPermissions } = await metadata.ask(
    `mutation ($roleId: UUID!, $objectMetadataId: UUID!) { upsertObjectPermissions(upsertObjectPermissionsInput: {
      roleId: $roleId, objectPermissions: [{ objectMetadataId: $objectMetadataId, canUpdateObjectRecords: true }] }) {
      objectMetadataId canReadObjectRecords canUpdateObjectRecords } }`,
    { roleId: id, objectMetadataId: company },
  )
  t.deepEqual(upsertObjectPermissions, [
    { objectMetadataId: company, canReadObjectRecords: null, canUpdateObjectRecords: true },
  ])
})

test('a role gets flags, known ones', async (t) => {
  const roleId = await createRole('Flags')
  const query = `mutation ($roleId: UUID!, $keys: [String!]!) {
    upsertPermissionFlags(upsertPermissionFlagsInput: { roleId: $roleId, permissionFlagKeys: $keys }) { id roleId flag } }`
  const { upsertPermissionFlags } = await metadata.ask(query, { roleId, keys: ['DATA_MODEL'] })
  t.like(upsertPermissionFlags[0], { roleId, flag: 'DATA_MODEL' })
  const { message } = await metadata.refused(query, { roleId, keys: ['FLY'] })
  t.regex(message, /^Invalid permission setting \(unknown value\): FLY/)
})

test('a role without the right deletes no person, an admin does', async (t) => {
  const { workspace } = client
  const { body } = await client.request('POST', '/rest/people', {})
  const { id } = body.data.createPerson
  const guest = await server.client(workspace, 'Guest')
  const query = 'mutation ($id: UUID!) { deletePerson(id: $id) { id } }'
  const refused = await guest.graphql(query, { id })
  t.is(refused.status, 200)
  t.deepEqual(refused.body.data, { deletePerson: null })
  t.is(refused.body.errors[0].message, 'Entity performing the request does not have permission')
  t.is(refused.body.errors[0].extensions.code, 'FORBIDDEN')
  t.deepEqual((await client.graphql(query, { id })).body.data, { deletePerson: { id } })
})

const withoutEmails = async () => {
  const roleId = await createRole(`No emails ${randomUUID()}`)
  const person = await metadata.objectId('person')
  await metadata.ask(
    `mutation ($id: UUID!) { updateOneRole(updateRoleInput: { id: $id, update: { canUpdateAllObjectRecords: true } }) { id } }`,
    { id: roleId },
  )
  const { object } = await metadata.ask('query ($id: UUID!) { object(id: $id) { fieldsList { id name } } }', {
    id: person,
  })
  const emails = object.fieldsList.find(({ name }: { name: string }) => name === 'emails')
  await metadata.ask(
    `mutation ($input: UpsertFieldPermissionsInput!) { upsertFieldPermissions(upsertFieldPermissionsInput: $input) { id } }`,
    {
      input: {
        roleId,
        fieldPermissions: [
          {
            objectMetadataId: person,
            fieldMetadataId: emails.id,
            canReadFieldValue: false,
            canUpdateFieldValue: false,
          },
        ],
      },
    },
  )
  const { getRoles } = await metadata.ask('{ getRoles { id label } }')
  const { label } = getRoles.find((role: RoleNode) => role.id === roleId)
  return server.client(client.workspace, label)
}

test('REST omits fields that the role may not read', async (t) => {
  const emails = { primaryEmail: `${randomUUID()}@acme.test` }
  const { body } = await client.request('POST', '/rest/people', { emails, jobTitle: 'CTO' })
  const { id } = body.data.createPerson
  const caller = await withoutEmails()
  const one = await caller.get(`/rest/people/${id}`)
  t.is(one.status, 200)
  t.is(one.body.data.person.jobTitle, 'CTO')
  t.false('emails' in one.body.data.person)
  const list = await caller.get(`/rest/people?filter=id[eq]:${id}`)
  t.false('emails' in list.body.data.people[0])
})

test('a field that the role may not write is refused on every way of writing', async (t) => {
  const { body } = await client.request('POST', '/rest/people', {})
  const { id } = body.data.createPerson
  const caller = await withoutEmails()
  const emails = { primaryEmail: `${randomUUID()}@acme.test` }
  for (const answer of [
    await caller.request('PATCH', `/rest/people/${id}`, { emails }),
    await caller.request('POST', '/rest/people', { emails }),
    await caller.request('POST', '/rest/batch/people', [{}, { emails }]),
  ]) {
    t.is(answer.status, 403)
    t.regex(answer.body.messages[0], /^Entity performing the request does not have permission/)
  }
})
