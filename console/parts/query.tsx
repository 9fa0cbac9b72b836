// Renders the states of a query: loading, error with retry, or data. Data stays visible while it is
// refetched.

import type { ReactNode } from 'react'
import { ErrorState } from './errorState.tsx'
import { Loading, type LoadingProps } from './loading.tsx'

/** Of one page or of several. */
interface QueryState<Data> {
  readonly data: Data | undefined
  readonly isError: boolean
  readonly error: Error | null
  readonly refetch: () => unknown
}

interface QueryProps<Data> extends LoadingProps {
  readonly of: QueryState<Data>
  readonly children: (data: Data) => ReactNode
}

export const Query = <Data,>({ of: query, children, ...loading }: QueryProps<Data>) => {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <ErrorState failure={query.error} onRetry={query.refetch} />
  return <Loading {...loading} />
}
