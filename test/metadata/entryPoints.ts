// The entry points for changes of a data model: GraphQL, REST, and applying a document. Each makes a change
// of one object or field and returns whether it was made or refused, in common terms.

import { type Answer, type Client, GRAPHQL_ACCEPT } from '../support/gateway.ts'

export interface Names {
  readonly nameSingular: string
  readonly namePlural: string
}

export interface NewField {
  readonly name: string
  /** What the field is called on the other side; makes it a relation to the object itself. */
  readonly inverse?: string
}

export type Change =
  | { readonly kind: 'createObject'; readonly names: Names }
  | { readonly kind: 'renameObject'; readonly from: string; readonly names: Names }
  | { readonly kind: 'createField'; readonly object: string; readonly field: NewField }
  | { readonly kind: 'renameField'; readonly object: string; readonly from: string; readonly name: string }

/** "failed" is what no change may do. */
export type Outcome = 'made' | 'refused' | 'failed'

export interface Result {
  readonly outcome: Outcome
  readonly text: string
}

export type EntryPoint = (client: Client, change: Change, isDryRun: boolean) => Promise<Result>

const labelled = (names: Names) => ({ ...names, labelSingular: 'One of them', labelPlural: 'All of them' })

const outcomeOf = ({ status, body, text }: Answer): Result => {
  // REST's status corresponds to GraphQL's codes.
  const errors: readonly { extensions?: { code?: string } }[] = Array.isArray(body?.errors) ? body.errors : []
  const isFailed = errors.some(({ extensions }) => extensions?.code === 'INTERNAL_SERVER_ERROR')
  if (status >= 500 || isFailed) return { outcome: 'failed', text }
  return { outcome: status >= 400 || errors.length > 0 ? 'refused' : 'made', text }
}

interface Described {
  readonly id: string
  readonly nameSingular: string
  readonly fields: readonly { readonly id: string; readonly name: string }[]
}

const describe = async (client: Client, name: string): Promise<Described> => {
  const { body, text } = await client.get(`/rest/metadata/objects/${name}`)
  if (body?.data?.object === undefined) throw new Error(text)
  return body.data.object
}

const fieldId = async (client: Client, object: string, name: string): Promise<string> => {
  const found = (await describe(client, object)).fields.find((field) => field.name === name)
  if (found === undefined) throw new Error(`There is no field ${object}.${name}.`)
  return found.id
}

const fieldInput = async (client: Client, object: string, { name, inverse }: NewField) => {
  const { id } = await describe(client, object)
  const common = { objectMetadataId: id, name, label: 'A field' }
  return inverse === undefined
    ? { ...common, type: 'TEXT' }
    : {
        ...common,
        type: 'RELATION',
        relationCreationPayload: {
          targetObjectMetadataId: id,
          targetFieldLabel: inverse,
          targetFieldIcon: 'IconBox',
          type: 'MANY_TO_ONE',
        },
      }
}

const MUTATIONS = {
  createObject:
    'mutation ($input: CreateOneObjectInput!, $dry: Boolean) { createOneObject(input: $input, dryRun: $dry) { id } }',
  renameObject:
    'mutation ($input: UpdateOneObjectInput!, $dry: Boolean) { updateOneObject(input: $input, dryRun: $dry) { id } }',
  createField:
    'mutation ($input: CreateOneFieldMetadataInput!, $dry: Boolean) { createOneField(input: $input, dryRun: $dry) { id } }',
  renameField:
    'mutation ($input: UpdateOneFieldMetadataInput!, $dry: Boolean) { updateOneField(input: $input, dryRun: $dry) { id } }',
} as const

const inputOf = async (client: Client, change: Change): Promise<unknown> => {
  switch (change.kind) {
    case 'createObject':
      return { object: labelled(change.names) }
    case 'renameObject':
      return { id: (await describe(client, change.from)).id, update: change.names }
    case 'createField':
      return { field: await fieldInput(client, change.object, change.field) }
    case 'renameField':
      return { id: await fieldId(client, change.object, change.from), update: { name: change.name } }
  }
}

const overGraphql: EntryPoint = async (client, change, dry) =>
  outcomeOf(
    await client.request(
      'POST',
      '/metadata',
      { query: MUTATIONS[change.kind], variables: { input: await inputOf(client, change), dry } },
      GRAPHQL_ACCEPT,
    ),
  )

const overRest: EntryPoint = async (client, change, isDryRun) => {
  const query = isDryRun ? '?dry_run=true' : ''
  const root = '/rest/metadata'
  switch (change.kind) {
    case 'createObject':
      return outcomeOf(await client.request('POST', `${root}/objects${query}`, labelled(change.names)))
    case 'renameObject': {
      const { id } = await describe(client, change.from)
      return outcomeOf(await client.request('PATCH', `${root}/objects/${id}${query}`, change.names))
    }
    case 'createField': {
      const field = await fieldInput(client, change.object, change.field)
      return outcomeOf(await client.request('POST', `${root}/fields${query}`, field))
    }
    case 'renameField': {
      const id = await fieldId(client, change.object, change.from)
      return outcomeOf(await client.request('PATCH', `${root}/fields/${id}${query}`, { name: change.name }))
    }
  }
}

interface Documented extends Names {
  readonly fields: readonly { readonly name: string }[]
}

const newField = (object: string, { name, inverse }: NewField) =>
  inverse === undefined
    ? { name, type: 'TEXT' }
    : { name, type: 'RELATION', relation: { target: object, inverse: { name: inverse } } }

/** The objects of a document as they are after the change. */
const changed = (objects: readonly Documented[], change: Change): readonly unknown[] => {
  if (change.kind === 'createObject') return [...objects, labelled(change.names)]
  const name = change.kind === 'renameObject' ? change.from : change.object
  return objects.map((object) => {
    if (object.nameSingular !== name) return object
    if (change.kind === 'renameObject') return { ...object, ...change.names, renamedFrom: change.from }
    if (change.kind === 'createField')
      return { ...object, fields: [...object.fields, newField(name, change.field)] }
    const fields = object.fields.map((field) =>
      field.name === change.from ? { ...field, name: change.name, renamedFrom: change.from } : field,
    )
    return { ...object, fields }
  })
}

const byDocument: EntryPoint = async (client, change, isDryRun) => {
  const { body } = await client.get('/rest/metadata/model')
  const document = { ...body, objects: changed(body.objects, change) }
  const query = isDryRun ? '?dry_run=true' : ''
  return outcomeOf(await client.request('POST', `/rest/metadata/model/apply${query}`, document))
}

export const ENTRY_POINTS: Readonly<Record<string, EntryPoint>> = {
  GraphQL: overGraphql,
  REST: overRest,
  document: byDocument,
}
