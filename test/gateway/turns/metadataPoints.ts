// Requests of the metadata API, over GraphQL and REST.

import type { Answer } from '../../support/gateway.ts'
import { type EntryPoint, idOf, keeping, type World } from './world.ts'

const graphql =
  (query: string, variables?: (world: World) => object) =>
  (world: World): Promise<Answer> =>
    world.client.request('POST', '/metadata', { query, variables: variables?.(world) })

/** As the console asks. */
const MODEL = `{ objects(paging: { first: 1000 }) { edges { node { id nameSingular labelSingular icon isActive isSearchable
  fields(paging: { first: 1000 }) { edges { node { id name type label isActive buildState relation { type
    targetObjectMetadata { id nameSingular } } } } } } } } }`

const PLAIN = `{ objects(paging: { first: 1000 }) { edges { node { nameSingular
  fieldsList { name type isSearchable } indexMetadataList { name isUnique } searchFieldMetadataList { position } } } } }`

const NEW_FIELD = `mutation ($object: UUID!, $name: String!, $dryRun: Boolean!) { createOneField(dryRun: $dryRun,
  input: { field: { objectMetadataId: $object, name: $name, label: $name, type: TEXT } }) { id name } }`

const field = (name: string, dryRun: boolean) => (world: World) => ({
  object: idOf(world, 'object'),
  name,
  dryRun,
})

const rest =
  (method: string, path: string | ((world: World) => string), body?: (world: World) => unknown) =>
  (world: World): Promise<Answer> =>
    world.client.request(
      method,
      `/rest/metadata/${typeof path === 'string' ? path : path(world)}`,
      body?.(world),
    )

/** With another label for each object, and one more. */
const documentOf = async ({ client }: World): Promise<object> => {
  const { objects, format } = (await client.get('/rest/metadata/model')).body
  const labelled = objects.map((object: { readonly nameSingular: string }) =>
    object.nameSingular.startsWith('thing') ? { ...object, labelSingular: 'Another label' } : object,
  )
  const more = { nameSingular: 'surplus', namePlural: 'surpluses', fields: [{ name: 'name', type: 'TEXT' }] }
  return { format, objects: [...labelled, more] }
}

const GRAPHQL_POINTS: readonly EntryPoint[] = [
  { route: 'POST /metadata', what: 'model', isCold: true, ask: graphql(MODEL) },
  { route: 'POST /metadata', what: 'model again', ask: graphql(MODEL) },
  { route: 'POST /metadata', what: 'lists of the model', isCold: true, ask: graphql(PLAIN) },
  {
    route: 'POST /metadata',
    what: 'minimal model',
    isCold: true,
    ask: graphql('{ minimalMetadata { objectMetadataItems { id nameSingular } } }'),
  },
  {
    route: 'POST /metadata',
    what: 'fields',
    isCold: true,
    ask: graphql(
      '{ fields(paging: { first: 1000 }) { edges { node { id name object { id nameSingular } } } } }',
    ),
  },
  {
    route: 'POST /metadata',
    what: 'counts',
    ask: graphql('{ objectRecordCounts { objectNamePlural totalCount } }'),
  },
  {
    route: 'POST /metadata',
    what: 'schema of the records as text',
    isCold: true,
    ask: graphql('{ applicationCoreGraphqlSchema(applicationUniversalIdentifier: "x") }'),
  },
  { route: 'POST /metadata', what: 'document', isCold: true, ask: graphql('{ modelDocument }') },
  {
    route: 'POST /metadata',
    what: 'comparison with a document',
    ask: async (world) => {
      const wanted = await documentOf(world)
      return graphql('query ($document: JSON!) { diffModel(document: $document) { isDestructive } }', () => ({
        document: wanted,
      }))(world)
    },
  },
  {
    route: 'POST /metadata',
    what: 'roles',
    ask: graphql(`{ getRoles { id label objectPermissions { objectMetadataId }
    fieldPermissions { fieldMetadataId } } }`),
  },
  {
    route: 'POST /metadata',
    what: 'introspection',
    ask: graphql('{ __schema { types { name fields { name } } } }'),
  },
  {
    route: 'POST /metadata',
    what: 'a dry run',
    isCold: true,
    ask: graphql(NEW_FIELD, field('dry', true)),
  },
  { route: 'POST /metadata', what: 'a change', ask: graphql(NEW_FIELD, field('wet', false)) },
  { route: 'GET /metadata', ask: ({ client }) => client.get('/metadata?query={__typename}') },
]

const label = (name: string) => ({ name, label: name, type: 'TEXT' })

const MODEL_POINTS: readonly EntryPoint[] = [
  { route: 'GET /rest/metadata/objects', isCold: true, ask: rest('GET', 'objects?limit=1000') },
  { route: 'GET /rest/metadata/objects', what: 'again', ask: rest('GET', 'objects?limit=1000') },
  {
    route: 'POST /rest/metadata/objects',
    what: 'a dry run',
    isCold: true,
    ask: rest('POST', 'objects?dry_run=true', () => ({
      ...{ nameSingular: 'drying', namePlural: 'dryings', labelSingular: 'Drying', labelPlural: 'Dryings' },
    })),
  },
  {
    route: 'POST /rest/metadata/objects',
    ask: (world) =>
      keeping(
        world,
        'new object',
        'data.createOneObject.id',
        rest('POST', 'objects', () => ({
          ...{
            nameSingular: 'novelty',
            namePlural: 'novelties',
            labelSingular: 'Novelty',
            labelPlural: 'Novelties',
          },
        }))(world),
      ),
  },
  { route: 'GET /rest/metadata/objects/{id}', isCold: true, ask: rest('GET', 'objects/thing1') },
  {
    route: 'PATCH /rest/metadata/objects/{id}',
    ask: rest(
      'PATCH',
      (world) => `objects/${idOf(world, 'new object')}`,
      () => ({ labelSingular: 'Renamed' }),
    ),
  },
  { route: 'GET /rest/metadata/fields', isCold: true, ask: rest('GET', 'fields?limit=1000') },
  {
    route: 'POST /rest/metadata/fields',
    ask: (world) =>
      keeping(
        world,
        'new field',
        'data.createOneField.id',
        rest('POST', 'fields', () => ({ objectMetadataId: idOf(world, 'new object'), ...label('fresh') }))(
          world,
        ),
      ),
  },
  {
    route: 'GET /rest/metadata/fields/{id}',
    ask: rest('GET', (world) => `fields/${idOf(world, 'new field')}`),
  },
  {
    route: 'PATCH /rest/metadata/fields/{id}',
    ask: rest(
      'PATCH',
      (world) => `fields/${idOf(world, 'new field')}`,
      () => ({ label: 'Renamed' }),
    ),
  },
  {
    route: 'POST /rest/metadata/fields/{id}/build',
    status: 409,
    ask: rest(
      'POST',
      (world) => `fields/${idOf(world, 'new field')}/build`,
      () => ({}),
    ),
  },
  {
    route: 'DELETE /rest/metadata/fields/{id}',
    ask: rest('DELETE', (world) => `fields/${idOf(world, 'new field')}`),
  },
  {
    route: 'DELETE /rest/metadata/objects/{id}',
    ask: rest('DELETE', (world) => `objects/${idOf(world, 'new object')}`),
  },
  { route: 'GET /rest/metadata/model', isCold: true, ask: rest('GET', 'model') },
  {
    route: 'POST /rest/metadata/model/diff',
    ask: async (world) => {
      const wanted = await documentOf(world)
      return rest('POST', 'model/diff', () => wanted)(world)
    },
  },
  {
    route: 'POST /rest/metadata/model/apply',
    what: 'a dry run',
    ask: async (world) => {
      const wanted = await documentOf(world)
      return rest('POST', 'model/apply?dry_run=true', () => wanted)(world)
    },
  },
  {
    route: 'POST /rest/metadata/model/apply',
    ask: async (world) => {
      const wanted = await documentOf(world)
      return rest('POST', 'model/apply', () => wanted)(world)
    },
  },
  { route: 'GET /rest/metadata/changeLog', isCold: true, ask: rest('GET', 'changeLog') },
  { route: 'GET /rest/metadata/changeLog/{object}', ask: rest('GET', 'changeLog/thing1') },
  {
    route: 'PATCH /rest/metadata/changeLog/{object}',
    ask: rest('PATCH', 'changeLog/thing1', () => ({ capture: true })),
  },
]

const ROLE_POINTS: readonly EntryPoint[] = [
  { route: 'GET /rest/metadata/roles', ask: rest('GET', 'roles') },
  {
    route: 'POST /rest/metadata/roles',
    ask: (world) => keeping(world, 'role', 'id', rest('POST', 'roles', () => ({ label: 'Seller' }))(world)),
  },
  {
    route: 'PUT /rest/metadata/roles/{id}/objectPermissions',
    ask: rest(
      'PUT',
      (world) => `roles/${idOf(world, 'role')}/objectPermissions`,
      (world) => ({
        objectPermissions: [{ objectMetadataId: idOf(world, 'object'), canReadObjectRecords: true }],
      }),
    ),
  },
  {
    route: 'PUT /rest/metadata/roles/{id}/fieldPermissions',
    ask: rest(
      'PUT',
      (world) => `roles/${idOf(world, 'role')}/fieldPermissions`,
      (world) => ({
        fieldPermissions: [
          {
            objectMetadataId: idOf(world, 'object'),
            fieldMetadataId: idOf(world, 'field'),
            canUpdateFieldValue: false,
          },
        ],
      }),
    ),
  },
  {
    route: 'PUT /rest/metadata/roles/{id}/permissionFlags',
    ask: rest(
      'PUT',
      (world) => `roles/${idOf(world, 'role')}/permissionFlags`,
      () => ({
        permissionFlagKeys: ['VIEWS'],
      }),
    ),
  },
  {
    route: 'PUT /rest/metadata/roles/{id}/rowLevelPermissionPredicates',
    ask: rest(
      'PUT',
      (world) => `roles/${idOf(world, 'role')}/rowLevelPermissionPredicates`,
      (world) => ({
        ...{ objectMetadataId: idOf(world, 'object'), predicates: [], predicateGroups: [] },
      }),
    ),
  },
  {
    route: 'GET /rest/metadata/roles/{id}',
    isCold: true,
    ask: rest('GET', (world) => `roles/${idOf(world, 'role')}`),
  },
  {
    route: 'PATCH /rest/metadata/roles/{id}',
    ask: rest(
      'PATCH',
      (world) => `roles/${idOf(world, 'role')}`,
      () => ({ label: 'Buyer' }),
    ),
  },
  {
    route: 'DELETE /rest/metadata/roles/{id}',
    ask: rest('DELETE', (world) => `roles/${idOf(world, 'role')}`),
  },
]

/** Under its address and the older one. */
const twice = (points: (root: string) => readonly EntryPoint[]): readonly EntryPoint[] =>
  ['/rest/metadata', '/rest'].flatMap(points)

const at =
  (method: string, path: (world: World) => string, body?: (world: World) => unknown) =>
  (world: World): Promise<Answer> =>
    world.client.request(method, path(world), body?.(world))

const KEY_POINTS = twice((root) => {
  const key = (world: World): string => `${root}/apiKeys/${idOf(world, 'key')}`
  return [
    {
      route: `POST ${root}/apiKeys`,
      ask: (world) =>
        keeping(
          world,
          'key',
          'id',
          world.client.request('POST', `${root}/apiKeys`, {
            ...{ name: 'Key', expiresAt: '2999-01-01T00:00:00Z', roleId: idOf(world, 'admin role') },
          }),
        ),
    },
    { route: `GET ${root}/apiKeys`, ask: at('GET', () => `${root}/apiKeys`) },
    { route: `GET ${root}/apiKeys/{id}`, ask: at('GET', key) },
    { route: `PATCH ${root}/apiKeys/{id}`, ask: at('PATCH', key, () => ({ name: 'Renamed' })) },
    {
      route: `POST ${root}/apiKeys/{id}/token`,
      ask: at(
        'POST',
        (world) => `${key(world)}/token`,
        () => ({}),
      ),
    },
    { route: `DELETE ${root}/apiKeys/{id}`, ask: at('DELETE', key) },
  ]
})

const WEBHOOK_POINTS = twice((root) => {
  const webhook = (world: World): string => `${root}/webhooks/${idOf(world, 'webhook')}`
  return [
    {
      route: `POST ${root}/webhooks`,
      ask: (world) =>
        keeping(
          world,
          'webhook',
          'id',
          world.client.request('POST', `${root}/webhooks`, {
            ...{ targetUrl: world.targetUrl, operations: ['*.*', 'metadata.*.*'] },
          }),
        ),
    },
    { route: `GET ${root}/webhooks`, ask: at('GET', () => `${root}/webhooks`) },
    { route: `GET ${root}/webhooks/{id}`, ask: at('GET', webhook) },
    { route: `PATCH ${root}/webhooks/{id}`, ask: at('PATCH', webhook, () => ({ description: 'Described' })) },
    {
      route: `POST ${root}/webhooks/sample`,
      what: 'of the model',
      isCold: true,
      ask: at(
        'POST',
        () => `${root}/webhooks/sample`,
        () => ({ operation: 'metadata.fieldMetadata.updated' }),
      ),
    },
    {
      route: `POST ${root}/webhooks/{id}/sample`,
      ask: at(
        'POST',
        (world) => `${webhook(world)}/sample`,
        () => ({ operation: 'thing1.created' }),
      ),
    },
    {
      route: `POST ${root}/webhooks/{id}/test`,
      ask: at(
        'POST',
        (world) => `${webhook(world)}/test`,
        () => ({}),
      ),
    },
    {
      route: `POST ${root}/webhooks/{id}/secret`,
      ask: at(
        'POST',
        (world) => `${webhook(world)}/secret`,
        () => ({}),
      ),
    },
    {
      route: `POST ${root}/webhooks/{id}/replay`,
      ask: at(
        'POST',
        (world) => `${webhook(world)}/replay`,
        () => ({}),
      ),
    },
    { route: `DELETE ${root}/webhooks/{id}`, ask: at('DELETE', webhook) },
  ]
})

export const METADATA_POINTS: readonly EntryPoint[] = [
  ...GRAPHQL_POINTS,
  ...MODEL_POINTS,
  ...ROLE_POINTS,
  ...KEY_POINTS,
  ...WEBHOOK_POINTS,
]
