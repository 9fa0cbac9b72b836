// The model as a role sees it: in the metadata API, OpenAPI and introspection. For a path to a field: `yes`,
// `hidden` if the object appears without the field, `gone` if the object does not appear.

import type { Client } from '../support/gateway.ts'
import type { Question } from './question.ts'

type Visibility = 'yes' | 'hidden' | 'gone'
type Fields = ReadonlyMap<string, () => Promise<Fields>>

const NONE: () => Promise<Fields> = async () => new Map()

const follow = async (fields: Fields | null, path: readonly string[]): Promise<Visibility> => {
  if (fields === null) return 'gone'
  let at = fields
  for (const name of path) {
    const next = at.get(name)
    if (next === undefined) return 'hidden'
    at = await next()
  }
  return 'yes'
}

interface VisibleObject {
  readonly nameSingular: string
  readonly fields: readonly { readonly name: string }[]
}
const named = (object: VisibleObject | undefined): Fields | null =>
  object === undefined ? null : new Map(object.fields.map(({ name }) => [name, NONE]))
const find = (objects: readonly VisibleObject[], name: string): VisibleObject | undefined =>
  objects.find(({ nameSingular }) => nameSingular === name)

const modelOverRest = async (client: Client, { object }: Question): Promise<Fields | null> =>
  named(find((await client.get('/rest/metadata/objects?limit=1000')).body.data.objects, object))

const MODEL = '{ objects(paging: { first: 100 }) { edges { node { nameSingular fieldsList { name } } } } }'
const modelOverGraphQL = async (client: Client, { object }: Question): Promise<Fields | null> => {
  const { body } = await client.request('POST', '/metadata', { query: MODEL })
  const objects: readonly VisibleObject[] = body.data.objects.edges.map(
    ({ node }: { node: { nameSingular: string; fieldsList: VisibleObject['fields'] } }) => ({
      nameSingular: node.nameSingular,
      fields: node.fieldsList,
    }),
  )
  return named(find(objects, object))
}

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

const schemaOverRest = async (client: Client, { object }: Question): Promise<Fields | null> => {
  const { body } = await client.get('/rest/open-api/core')
  const schemas: Readonly<Record<string, Schema>> = body.components.schemas
  const propertiesOf = (schema: Schema | undefined): Fields => {
    if (schema === undefined) return new Map()
    if (schema.$ref !== undefined) return propertiesOf(schemas[schema.$ref.split('/').at(-1) ?? ''])
    const own = Object.entries(schema.properties ?? {}).map(
      ([name, each]) => [name, async () => propertiesOf(each)] as const,
    )
    return new Map([
      ...own,
      ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((each) => [...propertiesOf(each)]),
    ])
  }
  const schema = schemas[`${object.charAt(0).toUpperCase()}${object.slice(1)}ForResponse`]
  return schema === undefined ? null : propertiesOf(schema)
}

const TYPE =
  'query ($name: String!) { __type(name: $name) { fields { name type { name ofType { name } } } } }'
interface VisibleField {
  readonly name: string
  readonly type: { readonly name: string | null; readonly ofType: { readonly name: string | null } | null }
}
const typeOverGraphQL = async (client: Client, name: string): Promise<Fields | null> => {
  const { body } = await client.graphql(TYPE, { name })
  if (body.data.__type === null) return null
  const fields: readonly VisibleField[] = body.data.__type.fields ?? []
  return new Map(
    fields.map(({ name: field, type }) => [
      field,
      async () => (await typeOverGraphQL(client, type.name ?? type.ofType?.name ?? '')) ?? new Map(),
    ]),
  )
}
const schemaOverGraphQL = (client: Client, { object }: Question): Promise<Fields | null> =>
  typeOverGraphQL(client, `${object.charAt(0).toUpperCase()}${object.slice(1)}`)

const WAYS = {
  model: [modelOverRest, modelOverGraphQL],
  schema: [schemaOverRest, schemaOverGraphQL],
} as const

/** The common result of both protocols; null for a question about records. */
export const visibilities = async (
  client: Client,
  line: Question,
): Promise<readonly [Visibility, Visibility] | null> => {
  const { operation, field } = line
  if (operation !== 'model' && operation !== 'schema') return null
  const [rest, graphql] = WAYS[operation]
  const path = operation === 'model' ? field.split('.').slice(0, 1) : field.split('.')
  return [await follow(await rest(client, line), path), await follow(await graphql(client, line), path)]
}
