// Each error of the contract, asked of a gateway over each protocol that has it.

import test, { type ExecutionContext } from 'ava'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import type { ErrorRow } from './errorRow.ts'
import { ERRORS } from './errorTable.ts'

let server: TestGateway
let client: Client
let ids: Readonly<Record<string, string>>

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const { fields, id } = (await client.get('/rest/metadata/objects/company')).body.data.object
  const roles: readonly { id: string; label: string }[] = (await client.get('/rest/metadata/roles')).body
  const roleId = (label: string): string => roles.find((role) => role.label === label)?.id ?? ''
  ids = {
    $COMPANY_NAME: fields.find(({ name }: { name: string }) => name === 'name').id,
    $COMPANY: id,
    $ADMIN: roleId('Admin'),
    $MEMBER: roleId('Member'),
  }
})
test.after.always(() => server?.close())

const withIds = (document: string): string =>
  Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(name, id), document)

const isGraphQLError = (t: ExecutionContext, row: ErrorRow, { body, text }: Answer): void => {
  const [error] = body.errors ?? []
  t.is(error?.message, row.text, text)
  t.is(error.extensions.code, row.code)
  if (row.subCode !== undefined) t.is(error.extensions.subCode, row.subCode)
}

for (const row of ERRORS) {
  const { what, rest, graphql, metadata } = row
  if (rest !== undefined)
    test(`REST: ${what}`, async (t) => {
      const [method, path, body] = rest
      const answer = await client.request(method, `/rest${path}`, body)
      t.is(answer.status, row.status, answer.text)
      t.is(answer.body.messages[0], row.text)
      if (row.subCode !== undefined) t.is(answer.body.code, row.subCode)
    })
  if (graphql !== undefined)
    test(`GraphQL: ${what}`, async (t) => isGraphQLError(t, row, await client.graphql(graphql)))
  if (metadata !== undefined)
    test(`metadata: ${what}`, async (t) =>
      isGraphQLError(t, row, await client.request('POST', '/metadata', { query: withIds(metadata) })))
}

test('a value that is taken names the record that has it, over both protocols', async (t) => {
  const emails = { primaryEmail: 'holder@errors.test' }
  const made = await client.request('POST', '/rest/people', { emails })
  const { id } = made.body.data.createPerson
  const holder = { conflictingRecordId: id, conflictingObjectNameSingular: 'person' }
  for (const body of [{ emails }, { id }]) {
    const answer = await client.request('POST', '/rest/people', body)
    t.like(answer.body, { statusCode: 409, code: 'DUPLICATE_ENTRY_DETECTED', ...holder })
    t.is(answer.body.messages[0], 'A duplicate entry was detected')
  }
  const batch = await client.request('POST', '/rest/batch/people', [{}, { emails }])
  t.like(batch.body, { index: 1, ...holder })
  const graphql = await client.graphql(
    'mutation ($data: PersonCreateInput!) { createPerson(data: $data) { id } }',
    { data: { emails } },
  )
  t.like(graphql.body.errors[0], {
    message: 'A duplicate entry was detected',
    extensions: { subCode: 'DUPLICATE_ENTRY_DETECTED', ...holder },
  })
  const guest = await server.client(client.workspace, 'Guest')
  const refused = await guest.request('POST', '/rest/people', { emails })
  t.is(refused.body.conflictingRecordId, undefined, 'who may not write learns nothing')
})

test('a list of GraphQL requests is refused', async (t) => {
  for (const path of ['/graphql', '/metadata']) {
    const { status, body } = await client.request('POST', path, [{ query: '{ __typename }' }])
    t.is(status, 400)
    t.is(body.errors[0].message, 'Batching is not supported.')
  }
})
