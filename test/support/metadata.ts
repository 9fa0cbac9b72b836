// Asks /metadata, and fails where it answers with errors that a test did not ask for.

import { type Answer, type Client, GRAPHQL_ACCEPT } from './gateway.ts'

export interface MetadataClient {
  /** Status, headers and body as they are. */
  readonly raw: (query: string, variables?: Record<string, unknown>) => Promise<Answer>
  /** `data`; throws where there are errors. */
  // biome-ignore lint/suspicious/noExplicitAny: data is what tests look into.
  readonly ask: (query: string, variables?: Record<string, unknown>) => Promise<any>
  /** The first error; throws where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: errors are what tests look into.
  readonly refused: (query: string, variables?: Record<string, unknown>) => Promise<any>
  readonly createObject: (nameSingular: string, more?: Record<string, unknown>) => Promise<string>
  readonly createField: (field: Record<string, unknown>) => Promise<string>
  /** Id of an object, by its singular name. */
  readonly objectId: (nameSingular: string) => Promise<string>
}

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

export const metadataOf = (client: Client): MetadataClient => {
  const raw: MetadataClient['raw'] = (query, variables) =>
    client.request('POST', '/metadata', { query, variables }, GRAPHQL_ACCEPT)
  const ask: MetadataClient['ask'] = async (query, variables) => {
    const { body, text } = await raw(query, variables)
    if (body?.data == null || body.errors !== undefined) throw new Error(text)
    return body.data
  }
  return {
    raw,
    ask,
    refused: async (query, variables) => {
      const { body, text } = await raw(query, variables)
      if (body?.errors === undefined) throw new Error(`It was not refused: ${text}`)
      return body.errors[0]
    },
    createObject: async (nameSingular, more) => {
      const label = capitalised(nameSingular)
      const object = {
        nameSingular,
        namePlural: `${nameSingular}s`,
        labelSingular: label,
        labelPlural: `${label}s`,
        ...more,
      }
      const query = 'mutation ($input: CreateOneObjectInput!) { createOneObject(input: $input) { id } }'
      return (await ask(query, { input: { object } })).createOneObject.id
    },
    createField: async (field) => {
      const query = 'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }'
      return (await ask(query, { input: { field } })).createOneField.id
    },
    objectId: async (nameSingular) => {
      const query = '{ objects(paging: { first: 1000 }) { edges { node { id nameSingular } } } }'
      const { objects } = await ask(query)
      const edge = objects.edges.find(
        ({ node }: { node: { nameSingular: string } }) => node.nameSingular === nameSingular,
      )
      if (edge === undefined) throw new Error(`There is no object ${nameSingular}.`)
      return edge.node.id
    },
  }
}
