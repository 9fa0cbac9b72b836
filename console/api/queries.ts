// The cache of what was asked. Out: a QueryClient that believes an answer for half a minute and asks again only where that can
// help: after faults of the network or the database, never after a refusal.

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
      // Each look at the page would cost a request of the session's limit.
      queries: { staleTime: FRESH_MS, refetchOnWindowFocus: false, retry: isWorthRetrying },
      mutations: { retry: false },
    },
  })
