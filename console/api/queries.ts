// The query and mutation caches. Queries stay fresh for half a minute and retry only after network or
// database faults, never after a refusal. Every mutation is followed up here, as its `meta` describes: stale
// queries are refetched, success is announced, failure is reported.

import { MutationCache, QueryClient, type QueryFilters, type QueryKey } from '@tanstack/react-query'
import type { Notices } from '../parts/notices.ts'
import { failureOf } from './failure.ts'

const FRESH_MS = 30_000
const MAX_RETRIES = 2

type Stale = readonly (QueryKey | QueryFilters)[]

/** Methods, so that each mutation may name the types of its input and output. */
export type ChangeMeta = {
  /** Queries that no longer hold. The mutation stays pending until those on the page are refetched. */
  readonly stale?: Stale
  /** The same, where it depends on the input. */
  staleAfter?(input: unknown): Stale
  /** Queries that no longer hold, refetched in the background. */
  readonly staleInBackground?: Stale
  /** The notice of success. */
  done?(input: unknown, output: unknown): string
  /** The component renders the error itself; otherwise it becomes a notice. */
  readonly showsFailure?: boolean
}

declare module '@tanstack/react-query' {
  interface Register {
    mutationMeta: ChangeMeta
  }
}

const isWorthRetrying = (attempts: number, error: unknown): boolean => {
  const { status } = failureOf(error)
  return attempts < MAX_RETRIES && (status === 0 || status >= 502)
}

const filtersOf = (entry: Stale[number]): QueryFilters => ('length' in entry ? { queryKey: entry } : entry)

export const createQueries = ({ notify, notifyFailure }: Notices): QueryClient => {
  const refetch = (stale: Stale): Promise<unknown> =>
    Promise.all(stale.map((entry) => queries.invalidateQueries(filtersOf(entry))))
  const mutationCache = new MutationCache({
    onSuccess: async (output, input, _result, { meta = {} }) => {
      void refetch(meta.staleInBackground ?? [])
      await refetch([...(meta.stale ?? []), ...(meta.staleAfter?.(input) ?? [])])
      if (meta.done !== undefined) notify({ kind: 'success', title: meta.done(input, output) })
    },
    onError: (error, _input, _result, { meta }) => {
      if (meta?.showsFailure !== true) notifyFailure(error)
    },
  })
  const queries = new QueryClient({
    mutationCache,
    defaultOptions: {
      // Refetching on focus would count against the session's rate limit. Requests fail at once while
      // offline: a paused request looks like one that hangs, and would be sent later without warning.
      queries: {
        staleTime: FRESH_MS,
        refetchOnWindowFocus: false,
        retry: isWorthRetrying,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
  return queries
}
