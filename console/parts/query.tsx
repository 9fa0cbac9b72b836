// One question and its three states. In: a query of TanStack; out: bars while it runs, the failure with a way
// on, or what the children make of the answer. An answer that is shown stays while a newer one is fetched.

import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ErrorState } from './errorState.tsx'
import { Loading, type LoadingProps } from './loading.tsx'

export interface QueryProps<Data> extends LoadingProps {
  readonly of: UseQueryResult<Data>
  readonly children: (data: Data) => ReactNode
}

export const Query = <Data,>({ of: query, children, ...loading }: QueryProps<Data>) => {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <ErrorState failure={query.error} onRetry={query.refetch} />
  return <Loading {...loading} />
}
