// TypeScript types from a running gateway, as the role of an API key sees the workspace.

import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'postgraphile/graphql'
import { Refusal } from '../../tenants/refusal.ts'
import type { Protocol } from '../http/context.ts'
import type { Schema } from '../openapi/schema.ts'
import { graphqlTypes } from './graphql.ts'
import { restTypes } from './rest.ts'

interface Source {
  /** Of the gateway. */
  readonly url: URL
  readonly key: string
}

/** The JSON of a 200; rejects with a Refusal for any other answer. */
const ask = async ({ url, key }: Source, path: string, query?: string): Promise<unknown> => {
  const target = new URL(path, url.href.replace(/\/*$/, '/'))
  const question = query === undefined ? {} : { method: 'POST', body: JSON.stringify({ query }) }
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answer = await fetch(target, { ...question, headers }).catch((error: Error) => {
    throw new Refusal('CONFLICT', `${target} does not answer: ${error.message}.`)
  })
  const text = await answer.text()
  if (!answer.ok) throw new Refusal('CONFLICT', `${target} returned ${answer.status}: ${text.slice(0, 300)}`)
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('CONFLICT', `${target} did not return JSON. Is it a gateway?`)
  }
}

export const fetchTypes = async (source: Source, protocol: Protocol): Promise<string> => {
  if (protocol === 'graphql') {
    const { data } = (await ask(source, 'graphql', getIntrospectionQuery())) as {
      readonly data: IntrospectionQuery
    }
    return graphqlTypes(buildClientSchema(data))
  }
  // The document is public: a key that is refused would get one without the workspace.
  await ask(source, 'graphql', '{ __typename }')
  const { components } = (await ask(source, 'rest/open-api/core')) as {
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  }
  return restTypes(components.schemas)
}
