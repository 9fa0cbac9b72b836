// Random changes through the metadata API: objects and fields of every type, created and renamed with awkward
// names. Returns the requests that ended in an internal error.

import type { Answer, Client } from '../support/gateway.ts'
import { readListing } from './faults.ts'
import { createNames } from './names.ts'
import type { Random } from './random.ts'

const TYPES = [
  'ACTOR',
  'ADDRESS',
  'ARRAY',
  'BOOLEAN',
  'CURRENCY',
  'DATE',
  'DATE_TIME',
  'EMAILS',
  'FILES',
  'FULL_NAME',
  'LINKS',
  'MULTI_SELECT',
  'NUMBER',
  'NUMERIC',
  'PHONES',
  'POSITION',
  'RATING',
  'RAW_JSON',
  'RICH_TEXT',
  'SELECT',
  'TEXT',
  'TS_VECTOR',
  'UUID',
]

const camel = (name: string): string => name.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase())

const CREATE_OBJECT =
  'mutation ($object: CreateObjectInput!) { createOneObject(input: { object: $object }) { id } }'
const UPDATE_OBJECT =
  'mutation ($id: UUID!, $update: UpdateObjectPayload!) { updateOneObject(input: { id: $id, update: $update }) { id } }'
const CREATE_FIELD =
  'mutation ($field: CreateFieldInput!) { createOneField(input: { field: $field }) { id } }'
const UPDATE_FIELD =
  'mutation ($id: UUID!, $update: UpdateFieldInput!) { updateOneField(input: { id: $id, update: $update }) { id } }'

type Change = readonly [query: string, variables: Record<string, unknown>]

const fieldOf = (
  random: Random,
  name: string,
  objects: readonly { readonly id: string }[],
): Record<string, unknown> => {
  const field = { objectMetadataId: random.pick(objects).id, name, label: name }
  const target = () => ({
    type: random.pick(['MANY_TO_ONE', 'ONE_TO_MANY']),
    targetObjectMetadataId: random.pick(objects).id,
    targetFieldLabel: `Inverse ${random.below(1000)}`,
    targetFieldIcon: 'IconX',
  })
  const kind = random.below(8)
  if (kind === 0) return { ...field, type: 'RELATION', relationCreationPayload: target() }
  if (kind === 1)
    return {
      ...field,
      type: 'MORPH_RELATION',
      morphRelationsCreationPayload: random
        .some(1, 2, target)
        .map((each) => ({ ...each, type: 'MANY_TO_ONE' })),
    }
  const type = random.pick(TYPES)
  return /SELECT/.test(type)
    ? {
        ...field,
        type,
        options: ['ONE', 'TWO'].map((value, position) => ({ value, label: value, position, color: 'red' })),
      }
    : { ...field, type }
}

const changeOf = async (client: Client, random: Random, name: string): Promise<Change> => {
  const { objects } = await readListing(client)
  const kind = objects.length === 0 ? 0 : random.below(10)
  const names = {
    nameSingular: name,
    namePlural: random.chance(0.8) ? `${name}s` : name,
    labelSingular: name,
    labelPlural: `${name}s`,
  }
  if (kind < 3) return [CREATE_OBJECT, { object: names }]
  const object = random.pick(objects)
  if (kind < 5) return [UPDATE_OBJECT, { id: object.id, update: names }]
  if (kind < 8) return [CREATE_FIELD, { field: fieldOf(random, name, objects) }]
  return [
    UPDATE_FIELD,
    {
      id: random.pick(object.fields).id,
      update: random.chance(0.8) ? { name, label: name } : { isActive: false },
    },
  ]
}

const isFault = ({ status, text }: Answer): boolean => status >= 500 || text.includes('INTERNAL_SERVER_ERROR')

export const changeAtRandom = async (
  client: Client,
  random: Random,
  count: number,
): Promise<readonly string[]> => {
  const names = createNames(random)
  const faults: string[] = []
  for (let made = 0; made < count; made += 1) {
    const name = random.chance(0.8) ? camel(names()) : names()
    const [query, variables] = await changeOf(client, random, name)
    const answer = await client.request('POST', '/metadata', { query, variables })
    if (isFault(answer))
      faults.push(`${JSON.stringify(variables)}: ${answer.status} ${answer.text.slice(0, 400)}`)
  }
  return faults
}
