// The cache of what was asked. Out: a QueryClient that believes an answer for half a minute and asks again
// only where that can help: after faults of the network or the database, never after a refusal.

import { QueryClient } from '@tanstack/react-query'
import { failureOf } from './failure.ts'

const FRESH_MS = 30_000
const MAX_RETRIES = 2

const isWorthRetrying = (attempts: number, error: unknown): boolean => {
  const { status } = failureOf(error)
  return attempts < MAX_RETRIES && (status === 0 || status >= 502)
}

export const createQueries = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      // Each look at the page would cost a request of the session's limit. What cannot be sent fails at once:
      // a request that waits for the network looks like one that hangs, and would be sent later unasked.
      queries: {
        staleTime: FRESH_MS,
        refetchOnWindowFocus: false,
        retry: isWorthRetrying,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
