// Asks for everything that the schema of /metadata declares, to a depth: what is declared is answered, for a
// key and for a person, without an error and without a null where none may be.

import test from 'ava'
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'postgraphile/graphql'
import { findRole } from '../../tenants/permission/role.ts'
import { addMember, signInMember } from '../support/console.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

type Field = GraphQLField<unknown, unknown>

/** A field with everything below it, or null where nothing can be asked for at this depth. */
const selectionOf = (field: Field, depth: number): string | null => {
  if (field.args.some(isRequiredArgument)) return null
  const type = getNamedType(field.type)
  if (isLeafType(type)) return field.name
  if (!isObjectType(type) || depth === 0) return null
  const below = Object.values(type.getFields()).flatMap((each) => selectionOf(each, depth - 1) ?? [])
  return below.length === 0 ? null : `${field.name} { ${below.join(' ')} }`
}

/** One document for each root field, so that a fault is found under its name. */
const documentsOf = (schema: GraphQLSchema, depth: number): readonly string[] =>
  Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap((field) => {
    const selection = selectionOf(field, depth)
    return selection === null ? [] : [`{ ${selection} }`]
  })

const askEverything = async ({ ask, raw }: MetadataClient, except: readonly string[]) => {
  const schema = buildClientSchema(await ask(getIntrospectionQuery()))
  const faults: string[] = []
  const documents = documentsOf(schema, 4).filter(
    (document) => !except.some((name) => document.startsWith(`{ ${name} `)),
  )
  for (const document of documents) {
    const { body, text } = await raw(document)
    if (body.errors !== undefined) faults.push(`${document.slice(0, 60)}: ${text.slice(0, 300)}`)
  }
  return { faults, asked: documents.length }
}

test('a key is answered everything that is declared', async (t) => {
  const client = await server.enter()
  // A key has no user.
  const { faults, asked } = await askEverything(metadataOf(client), ['currentUser'])
  t.deepEqual(faults, [])
  t.true(asked > 10)
})

test('so is a person who may do everything', async (t) => {
  const admin = await server.enter()
  const { pool } = server.gateway
  const memberId = await addMember(pool, admin.workspace.schemaName)
  const role = await findRole(pool, admin.workspace.id, 'Admin')
  await metadataOf(admin).ask(
    `mutation ($workspaceMemberId: UUID!, $roleId: UUID!) {
      updateWorkspaceMemberRole(workspaceMemberId: $workspaceMemberId, roleId: $roleId) { id } }`,
    { workspaceMemberId: memberId, roleId: role.id },
  )
  const person = await signInMember(server.url, pool, admin.workspace.id, memberId)
  const { faults } = await askEverything(metadataOf({ ...admin, request: person.request }), [])
  t.deepEqual(faults, [])
})
