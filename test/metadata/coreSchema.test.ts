// The schema of records as a text: what makers of typed clients start from where they do not introspect
// themselves.

import test from 'ava'
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'postgraphile/graphql'
import { makeWorld } from '../permissions/fixture.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

const server = await startTestGateway()
test.after.always(() => server.close())

const schemaFor = async (client: Client): Promise<string> => {
  const query = `query ($id: String!) { applicationCoreGraphqlSchema(applicationUniversalIdentifier: $id) }`
  return (await metadataOf(client).ask(query, { id: 'an application of anybody' }))
    .applicationCoreGraphqlSchema
}

test('equals the introspection of the same caller', async (t) => {
  const client = await server.enter()
  const introspected = buildClientSchema((await client.graphql(getIntrospectionQuery())).body.data)
  t.is(
    printSchema(lexicographicSortSchema(buildSchema(await schemaFor(client)))),
    printSchema(lexicographicSortSchema(introspected)),
  )
})

test('has a new field at once', async (t) => {
  const client = await server.enter()
  const metadata = metadataOf(client)
  t.notRegex(await schemaFor(client), /reusedTimes/)
  const objectMetadataId = await metadata.objectId('company')
  await metadata.createField({ objectMetadataId, type: 'NUMBER', name: 'reusedTimes', label: 'Reused times' })
  t.regex(await schemaFor(client), /reusedTimes/)
})

test('has nothing in it that the role may not read', async (t) => {
  const { roles, admin } = await makeWorld(server)
  const seller = roles.seller ?? admin
  const fieldsIn = (text: string): readonly string[] => {
    const type = buildSchema(text).getType('Person')
    return isObjectType(type) ? Object.keys(type.getFields()) : []
  }
  t.true(fieldsIn(await schemaFor(admin)).includes('jobTitle'))
  const seen = fieldsIn(await schemaFor(seller))
  t.true(seen.includes('name'))
  t.false(seen.includes('jobTitle'))
})
