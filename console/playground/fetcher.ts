// The fetcher of GraphiQL. Returns refusals too, as GraphQL answers. The API has no subscriptions, so each
// request has one answer.

import type { Fetcher } from '@graphiql/toolkit'
import type { ExecutionResult } from 'graphql'
import type { Send } from './send.ts'

const headersOf = (given: unknown): Readonly<Record<string, string>> =>
  typeof given === 'object' && given !== null
    ? Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    : {}

export const createFetcher =
  (send: Send, path: string): Fetcher =>
  async ({ query, operationName, variables }, options) => {
    const response = await send(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...headersOf(options?.headers),
      },
      body: JSON.stringify({ query, operationName, variables }),
    })
    return (await response.json()) as ExecutionResult
  }
