// Changes that the kind of a table forbids. Each change runs over GraphQL and REST, first as a dry run: both
// protocols refuse it alike, and a dry run refuses exactly what the change itself would.

import test from 'ava'
import { applyStatements } from '../schemas/apply.ts'
import { readListing } from '../schemas/faults.ts'
import { clusterOfTests } from '../support/environment.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const TABLES = [
  'create type pair as (a int, b text)',
  'create table typed of pair',
  'create table parent (id int primary key, note text)',
  'create table child (own text) inherits (parent)',
  'create table divided (id int, part int not null) partition by list (part)',
  'create table divided_one partition of divided for values in (1)',
  'create table computed (id int, part int) partition by list ((part + 1))',
  'create table plain (id uuid primary key, part int, note text)',
  'create view seen as select id, part, note from plain',
  'create materialized view kept as select id, part, note from plain',
  'create foreign data wrapper nothing',
  'create server nowhere foreign data wrapper nothing',
  'create foreign table far (id int, part int, note text) server nowhere',
]
/** A member of each kind; the change itself must have been refused. */
const REFUSED = [
  'child.note {"name":"noteNew","label":"New"}',
  'child.id {"settings":{"dataType":"bigint"}}',
  'delete child.id',
  'delete computed.part',
  'delete divided.part',
  'kept.part {"defaultValue":2}',
  'plain.id {"isNullable":true}',
  'seen.id {"isUnique":true}',
  'delete seen.part',
  'create typed.added',
  'typed.a {"name":"aNew","label":"New"}',
]

interface Request {
  readonly what: string
  readonly graphql: readonly [query: string, variables: Record<string, unknown>]
  readonly rest: readonly [method: string, path: string, body?: unknown]
}

const UPDATE_FIELD =
  'mutation ($id: UUID!, $input: UpdateFieldInput!, $dryRun: Boolean) { updateOneField(input: { id: $id, update: $input }, dryRun: $dryRun) { id } }'
const DELETE_FIELD =
  'mutation ($id: UUID!, $dryRun: Boolean) { deleteOneField(input: { id: $id }, dryRun: $dryRun) { id } }'
const CREATE_FIELD =
  'mutation ($input: CreateFieldInput!, $dryRun: Boolean) { createOneField(input: { field: $input }, dryRun: $dryRun) { id } }'
const UPDATE_OBJECT =
  'mutation ($id: UUID!, $input: UpdateObjectPayload!, $dryRun: Boolean) { updateOneObject(input: { id: $id, update: $input }, dryRun: $dryRun) { id } }'
const DELETE_OBJECT =
  'mutation ($id: UUID!, $dryRun: Boolean) { deleteOneObject(input: { id: $id }, dryRun: $dryRun) { id } }'

type Named = { readonly id: string; readonly name: string; readonly type: string }

const updateField = (object: string, { id, name }: Named, input: Record<string, unknown>): Request => ({
  what: `${object}.${name} ${JSON.stringify(input)}`,
  graphql: [UPDATE_FIELD, { id, input }],
  rest: ['PATCH', `/rest/metadata/fields/${id}`, input],
})

const changesOfField = (object: string, field: Named): readonly Request[] => [
  updateField(object, field, { isNullable: false, defaultValue: field.type === 'TEXT' ? "'x'" : 1 }),
  updateField(object, field, { isNullable: true }),
  updateField(object, field, { defaultValue: field.type === 'TEXT' ? "'y'" : 2 }),
  updateField(object, field, { isUnique: true }),
  ...(field.type === 'NUMBER' ? [updateField(object, field, { settings: { dataType: 'bigint' } })] : []),
  updateField(object, field, { name: `${field.name}New`, label: 'New' }),
]

const deleteField = (object: string, { id, name }: Named): Request => ({
  what: `delete ${object}.${name}`,
  graphql: [DELETE_FIELD, { id }],
  rest: ['DELETE', `/rest/metadata/fields/${id}`],
})

const createField = (object: string, input: Record<string, unknown>): Request => ({
  what: `create ${object}.${input.name}`,
  graphql: [CREATE_FIELD, { input }],
  rest: ['POST', '/rest/metadata/fields', input],
})

const changesOfObject = (object: string, id: string): readonly Request[] => [
  createField(object, { objectMetadataId: id, name: 'added', label: 'Added', type: 'TEXT' }),
  createField(object, {
    objectMetadataId: id,
    name: 'related',
    label: 'Related',
    type: 'RELATION',
    relationCreationPayload: {
      type: 'MANY_TO_ONE',
      targetObjectMetadataId: id,
      targetFieldLabel: 'Related to',
      targetFieldIcon: 'IconX',
    },
  }),
  {
    what: `rename ${object}`,
    graphql: [UPDATE_OBJECT, { id, input: { nameSingular: `${object}New`, namePlural: `${object}News` } }],
    rest: [
      'PATCH',
      `/rest/metadata/objects/${id}`,
      { nameSingular: `${object}New`, namePlural: `${object}News` },
    ],
  },
  {
    what: `delete ${object}`,
    graphql: [DELETE_OBJECT, { id }],
    rest: ['DELETE', `/rest/metadata/objects/${id}`],
  },
]

/** Changes of each object, in an order in which dropped things are not used again. */
const requestsOf = async (client: Client): Promise<readonly Request[]> => {
  const { objects } = await readListing(client)
  // Children before parents, whose changes reach them; views before their table.
  const inOrder = objects.toSorted((a, b) => (a.nameSingular < b.nameSingular ? -1 : 1))
  return inOrder.flatMap(({ id, nameSingular, fields }) => {
    const [create, relate, rename, drop] = changesOfObject(nameSingular, id)
    const values = fields.filter(({ type }) => ['NUMBER', 'TEXT', 'UUID'].includes(type))
    return [
      ...[create, relate].flatMap((request) => request ?? []),
      ...values.flatMap((field) => changesOfField(nameSingular, field)),
      ...values.map((field) => deleteField(nameSingular, field)),
      ...[rename, drop].flatMap((request) => request ?? []),
    ]
  })
}

const isRefused = (status: number, text: string): boolean => status >= 400 || text.includes('"errors"')

test('a change that the kind of a table forbids is refused, also as a dry run', async (t) => {
  t.timeout(300_000)
  const client = await server.enter('Kinds', { standardObjects: false })
  const taken = await applyStatements(server.gateway.pool, client.workspace.id, TABLES)
  // Citus refuses some of the tables, and further changes of the others.
  const isOnCluster = clusterOfTests() !== null
  if (!isOnCluster) t.is(taken.length, TABLES.length)
  const refused: string[] = []
  const graphql = async ([query, variables]: Request['graphql'], dryRun: boolean) => {
    const body = { query, variables: { ...variables, dryRun } }
    const { status, text } = await client.request('POST', '/metadata', body)
    return {
      isRefused: isRefused(status, text),
      isFault: /INTERNAL_SERVER_ERROR/.test(text) || status >= 500,
      text,
    }
  }
  const rest = async ([method, path, body]: Request['rest']) => {
    const { status, text } = await client.request(method, `${path}?dry_run=true`, body)
    return { isRefused: isRefused(status, text), isFault: status >= 500, text }
  }
  for (const request of await requestsOf(client)) {
    const answers = [
      await graphql(request.graphql, true),
      await rest(request.rest),
      await graphql(request.graphql, false),
    ]
    for (const { isFault, text } of answers) t.false(isFault, `${request.what}: ${text}`)
    const [dry, dryRest, real] = answers
    const shown = `${request.what}: ${answers.map(({ text }) => text).join('\n')}`
    // What depends on a column, records that do not fit and names in the schema are seen by the change
    // itself.
    const isOfKind = real !== undefined && /The kind of table(?!.*no handler)/.test(real.text)
    if (isOnCluster) t.is(dry?.isRefused, real?.isRefused, shown)
    t.is(dryRest?.isRefused, dry?.isRefused, shown)
    if (isOfKind || dry?.isRefused === true) t.is(dry?.isRefused, real?.isRefused, shown)
    if (isOfKind) t.true(dry?.text.includes('The kind of table'), shown)
    if (isOfKind) refused.push(request.what)
  }
  for (const what of isOnCluster ? [] : REFUSED) t.true(refused.includes(what), what)
})
