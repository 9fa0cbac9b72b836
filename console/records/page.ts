// Loads pages of records. Cached under the object's name, so that one write makes all its pages stale.

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'
import type { Row } from './value.ts'
import type { Place } from './view.ts'

/** Prefix of all queries that a change of records makes stale. */
export const RECORDS_KEY = 'records'

export interface Sort {
  /** `name`, `address.addressCity`. */
  readonly path: string
  readonly isDescending: boolean
}

export interface Search {
  readonly filter: string | null
  readonly sort: Sort | null
  readonly isTrash: boolean
}

export interface RecordPage {
  /** Number of pages before this one. */
  readonly index: number
  readonly rows: readonly Row[]
  /** Null where the workspace counts nothing. */
  readonly totalCount: number | null
  readonly isEstimate: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
  readonly hasNextPage: boolean
}

interface Answer {
  readonly data: Readonly<Record<string, readonly Row[]>>
  readonly totalCount: number | null
  readonly totalCountIsEstimate?: true
  readonly pageInfo: Pick<RecordPage, 'startCursor' | 'endCursor' | 'hasNextPage'>
}

export const PAGE_SIZE = 50

const queryOf = ({ filter, sort, isTrash }: Search, { after, before }: Place): string => {
  const conditions = [isTrash ? 'deletedAt[is]:NOT_NULL' : null, filter].filter((each) => each !== null)
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) })
  if (conditions.length > 0) query.set('filter', conditions.join(','))
  if (sort !== null)
    query.set('order_by', `${sort.path}[${sort.isDescending ? 'DescNullsLast' : 'AscNullsLast'}]`)
  if (after !== null) query.set('starting_after', after)
  if (before !== null) query.set('ending_before', before)
  return query.toString()
}

export const useRecordPage = (plural: string, search: Search, place: Place) => {
  const api = useApi()
  return useQuery({
    queryKey: [RECORDS_KEY, plural, 'page', search, place],
    // The page stays visible until the next one has loaded.
    placeholderData: keepPreviousData,
    queryFn: async (): Promise<RecordPage> => {
      const answer = await api.records<Answer>(`/rest/${plural}?${queryOf(search, place)}`)
      return {
        index: place.index,
        rows: answer.data[plural] ?? [],
        totalCount: answer.totalCount,
        isEstimate: answer.totalCountIsEstimate === true,
        ...answer.pageInfo,
      }
    },
  })
}
