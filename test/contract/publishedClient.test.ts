// The client that Twenty publishes for programs written in TypeScript, as it comes from the registry: its
// typed client of metadata, its REST client, and the client of records that it generates from a schema. The
// only thing configured is our address.

import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'ava'
import { type Client, startTestGateway } from '../support/gateway.ts'

/** What a request selects and what it answers is typed by their schema; here only what is looked at. */
// biome-ignore lint/suspicious/noExplicitAny: answers are what the test looks into.
type Ask = (request: object) => Promise<any>
interface Typed {
  readonly query: Ask
  readonly mutation: Ask
}
interface Rest {
  // biome-ignore lint/suspicious/noExplicitAny: answers are what the test looks into.
  readonly request: (method: string, path: string, options?: object) => Promise<any>
}
type Factory<Made> = new (options: object) => Made

const PACKAGE = new URL('client/', import.meta.url)
const { resolve } = createRequire(new URL('package.json', PACKAGE))

const load = (name: string): Promise<Record<string, unknown>> =>
  import(pathToFileURL(resolve(`twenty-client-sdk/${name}`)).href)

const factoryOf = <Made>(exported: unknown): Factory<Made> => {
  if (typeof exported !== 'function') throw new Error('The package does not export what it did.')
  return exported as Factory<Made>
}

const server = await startTestGateway()
test.after.always(() => server.close())

const authorization = ({ token }: Client) => ({ Authorization: `Bearer ${token}` })

const metadataClient = async (client: Client): Promise<Typed> => {
  const { MetadataApiClient } = await load('metadata')
  const Metadata = factoryOf<Typed>(MetadataApiClient)
  return new Metadata({ url: `${server.url}/metadata`, headers: authorization(client) })
}

const EVERYTHING = { __scalar: true }
const FIELDS: Readonly<Record<string, object>> = {
  TEXT: {},
  NUMBER: { settings: { dataType: 'int' } },
  BOOLEAN: { defaultValue: false },
  DATE: {},
  DATE_TIME: {},
  SELECT: { options: [{ value: 'A', label: 'A', position: 0, color: 'red' }], defaultValue: "'A'" },
  MULTI_SELECT: { options: [{ value: 'B', label: 'B', position: 0, color: 'green' }] },
  RATING: {},
  ARRAY: {},
  RAW_JSON: {},
  FULL_NAME: {},
  EMAILS: {},
  PHONES: {},
  LINKS: {},
  CURRENCY: { defaultValue: { amountMicros: null, currencyCode: "'EUR'" } },
  ADDRESS: {},
  RICH_TEXT: {},
}

test('its client of metadata reads the model and changes it, every scalar selected', async (t) => {
  const { query, mutation } = await metadataClient(await server.enter()).then((client) => ({
    query: client.query.bind(client),
    mutation: client.mutation.bind(client),
  }))
  const { currentWorkspace } = await query({
    currentWorkspace: { ...EVERYTHING, defaultRole: EVERYTHING, workspaceUrls: EVERYTHING },
  })
  t.is(currentWorkspace.activationStatus, 'ACTIVE')
  const { objects } = await query({
    objects: {
      __args: { paging: { first: 1000 }, filter: { isActive: { is: true } } },
      edges: { node: { ...EVERYTHING, fieldsList: EVERYTHING, indexMetadataList: EVERYTHING } },
    },
  })
  const idOf = (name: string): string =>
    objects.edges.find(({ node }: { node: { nameSingular: string } }) => node.nameSingular === name).node.id
  const object = {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  }
  const { createOneObject } = await mutation({
    createOneObject: { __args: { input: { object } }, ...EVERYTHING },
  })
  const objectMetadataId = createOneObject.id
  const relationCreationPayload = {
    targetObjectMetadataId: idOf('person'),
    targetFieldLabel: 'Rockets',
    targetFieldIcon: 'IconRocket',
    type: 'MANY_TO_ONE',
  }
  for (const [type, more] of Object.entries({ ...FIELDS, RELATION: { relationCreationPayload } })) {
    const name = `of${type.charAt(0)}${type.slice(1).toLowerCase().replaceAll('_', '')}`
    const field = { objectMetadataId, type, name, label: name, ...more }
    const { createOneField } = await mutation({
      createOneField: { __args: { input: { field } }, ...EVERYTHING, relation: { type: true } },
    })
    t.is(createOneField.type, type)
  }
  const { deleteOneObject } = await mutation({
    deleteOneObject: { __args: { input: { id: objectMetadataId } }, ...EVERYTHING },
  })
  t.is(deleteOneObject.id, objectMetadataId)
})

test('its client of metadata manages roles and keys', async (t) => {
  const client = await metadataClient(await server.enter())
  const { createOneRole: role } = await client.mutation({
    createOneRole: {
      __args: {
        createRoleInput: { label: 'Reader', canReadAllObjectRecords: true, canBeAssignedToApiKeys: true },
      },
      ...EVERYTHING,
    },
  })
  const { createApiKey: key } = await client.mutation({
    createApiKey: {
      __args: { input: { name: 'CI', expiresAt: '2099-12-31T23:59:59Z', roleId: role.id } },
      ...EVERYTHING,
    },
  })
  t.is(key.revokedAt, null)
  const { generateApiKeyToken } = await client.mutation({
    generateApiKeyToken: { __args: { apiKeyId: key.id, expiresAt: '2099-12-31T23:59:59Z' }, token: true },
  })
  t.is(typeof generateApiKeyToken.token, 'string')
  const { apiKeys } = await client.query({ apiKeys: { ...EVERYTHING, role: EVERYTHING } })
  t.true(apiKeys.some(({ id }: { id: string }) => id === key.id))
  const { revokeApiKey } = await client.mutation({
    revokeApiKey: { __args: { input: { id: key.id } }, ...EVERYTHING },
  })
  t.truthy(revokeApiKey.revokedAt)
})

test('its REST client creates, finds, changes and deletes a record, and reports errors by their status', async (t) => {
  const { RestApiClient } = await load('rest')
  const client = await server.enter()
  const rest = new (factoryOf<Rest>(RestApiClient))({ baseUrl: server.url, token: client.token })
  const created = await rest.request('POST', '/rest/companies', { body: { name: 'Acme' } })
  const { id } = created.data.createCompany
  const filter = { query: { filter: 'name[eq]:"Acme"', limit: 1 } }
  t.is((await rest.request('GET', '/rest/companies', filter)).data.companies[0].id, id)
  const changed = await rest.request('PATCH', `/rest/companies/${id}`, { body: { name: 'Ajax' } })
  t.is(changed.data.updateCompany.name, 'Ajax')
  await rest.request('DELETE', `/rest/companies/${id}`)
  const error = await t.throwsAsync(rest.request('GET', `/rest/companies/${id}`))
  t.like(error, { status: 404, body: { messages: ['Record not found'] } })
})

test('the client that it generates from our schema does all with a record', async (t) => {
  const { generateCoreClientFromSchema } = await load('generate')
  if (typeof generateCoreClientFromSchema !== 'function') throw new Error('There is no generator.')
  const client = await server.enter()
  const { applicationCoreGraphqlSchema: schema } = await (await metadataClient(client)).query({
    applicationCoreGraphqlSchema: { __args: { applicationUniversalIdentifier: client.workspace.id } },
  })
  const outputPath = await mkdtemp(join(fileURLToPath(PACKAGE), 'generated-'))
  t.teardown(() => rm(outputPath, { recursive: true, force: true }))
  await generateCoreClientFromSchema({ schema, outputPath })
  const { CoreApiClient } = await import(pathToFileURL(join(outputPath, 'index.mjs')).href)
  const core = new (factoryOf<Typed>(CoreApiClient))({
    url: `${server.url}/graphql`,
    headers: authorization(client),
  })
  const url = 'https://acme.example'
  const { createCompany: company } = await core.mutation({
    createCompany: { __args: { data: { name: 'Acme', domainName: { primaryLinkUrl: url } } }, ...EVERYTHING },
  })
  const { createPerson: person } = await core.mutation({
    createPerson: {
      __args: {
        data: {
          name: { firstName: 'Ada', lastName: 'Byron' },
          company: { connect: { where: { domainName: { primaryLinkUrl: url } } } },
        },
      },
      ...EVERYTHING,
      company: { id: true },
    },
  })
  t.is(person.company.id, company.id)
  const { people } = await core.query({
    people: {
      __args: {
        first: 1,
        filter: { companyId: { eq: company.id } },
        orderBy: [{ createdAt: 'DescNullsLast' }],
      },
      ...EVERYTHING,
      edges: { node: { ...EVERYTHING, name: EVERYTHING }, cursor: true },
      pageInfo: EVERYTHING,
    },
  })
  t.is(people.totalCount, 1)
  t.is(people.edges[0].node.name.lastName, 'Byron')
  const { search } = await core.query({
    search: { __args: { searchInput: 'byr', limit: 5 }, edges: { node: EVERYTHING } },
  })
  t.is(search.edges[0].node.recordId, person.id)
  const { destroyPeople } = await core.mutation({
    destroyPeople: { __args: { filter: { id: { in: [person.id] } } }, id: true },
  })
  t.deepEqual(destroyPeople, [{ id: person.id }])
})
