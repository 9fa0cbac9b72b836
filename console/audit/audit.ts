// The audit log of the workspace, from /console/audit, page by page.

import { useInfiniteQuery } from '@tanstack/react-query'
import type { AuditEntry as Entry } from '../../tenants/audit/pages.ts'
import { useApi } from '../session/provider.tsx'

export type AuditEntry = Omit<Entry, 'at'> & { readonly at: string }

interface Page {
  readonly entries: readonly AuditEntry[]
  readonly next: string | null
}

/** Groups of actions, by the beginning of their names. */
export const GROUPS = [
  { value: '', label: 'All actions' },
  { value: 'role.*', label: 'Roles and permissions' },
  { value: 'apiKey.*', label: 'API keys' },
  { value: 'member.*', label: 'Members' },
  { value: 'webhook.*', label: 'Webhooks' },
  { value: 'workspace.*', label: 'Workspace' },
] as const

/** Newest first. */
export const useAudit = (action: string) => {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: ['audit', action],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }): Promise<Page> => {
      const query = new URLSearchParams({
        ...(action === '' ? {} : { action }),
        ...(pageParam === null ? {} : { after: pageParam }),
      })
      return api.rest('GET', `/console/audit?${query}`)
    },
    getNextPageParam: ({ next }) => next,
    select: ({ pages }) => pages.flatMap(({ entries }) => entries),
    staleTime: 0,
  })
}
