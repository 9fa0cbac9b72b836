// Reads the deliveries of a webhook, page by page, and sends one again.

import { useInfiniteQuery } from '@tanstack/react-query'
import type { Api } from '../api/api.ts'
import { isRecord } from '../api/json.ts'
import { useApi } from '../session/provider.tsx'
import {
  Deliveries,
  type DeliveryFragment,
  Redeliver,
  type WebhookDeliveryStatus,
} from './webhooks.graphql.ts'

export type DeliveryStatus = WebhookDeliveryStatus

export interface Attempt {
  readonly at: string
  readonly ms: number
  /** HTTP status; absent without an answer. */
  readonly status?: number
  readonly error?: string
  /** The beginning of the answer. */
  readonly answer?: string
}

export interface Delivery extends Omit<DeliveryFragment, 'attempts'> {
  readonly attempts: readonly Attempt[]
}

export const DELIVERIES_KEY = ['deliveries'] as const

const PAGE_SIZE = 50
const POLL_MS = 2_000
/** A delivery that a gateway is sending is due again after a minute. */
const SOON_MS = 90_000

const isAttempt = (value: unknown): value is Attempt =>
  isRecord(value) && typeof value.at === 'string' && typeof value.ms === 'number'

const attemptsIn = (json: unknown): readonly Attempt[] => (Array.isArray(json) ? json.filter(isAttempt) : [])

const isDueSoon = ({ nextAttemptAt }: Delivery): boolean =>
  nextAttemptAt !== null && new Date(nextAttemptAt).getTime() < Date.now() + SOON_MS

/** Newest change first. Refetched while a delivery is due. */
export const useDeliveries = (webhookId: string, status: DeliveryStatus | null) => {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: [...DELIVERIES_KEY, webhookId, status],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam }): Promise<readonly Delivery[]> => {
      const { webhookDeliveries } = await api.metadata(Deliveries, {
        webhookId,
        status,
        first: PAGE_SIZE,
        after: pageParam,
      })
      return webhookDeliveries.map((each) => ({ ...each, attempts: attemptsIn(each.attempts) }))
    },
    getNextPageParam: (last) => (last.length < PAGE_SIZE ? null : (last.at(-1)?.id ?? null)),
    select: ({ pages }) => pages.flat(),
    refetchInterval: ({ state }) => (state.data?.pages.flat().some(isDueSoon) === true ? POLL_MS : false),
  })
}

export const redeliver = (api: Api, deliveryId: string): Promise<unknown> =>
  api.metadata(Redeliver, { deliveryId })
