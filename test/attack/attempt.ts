import type { Attempt } from './send.ts'

export const query = (parameters: Readonly<Record<string, string>>): string =>
  new URLSearchParams(parameters).toString()

export const graphql = (text: string, variables: Readonly<Record<string, unknown>> = {}): Attempt => ({
  method: 'POST',
  path: '/graphql',
  body: { query: text, variables },
})
