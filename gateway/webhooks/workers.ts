// The attempts that run in this gateway: at most so many at once, per host and per workspace too, so that one
// endpoint that hangs, or one workspace with many, delays no other.

import type { ClaimRequest } from '../../tenants/webhook/claim.ts'
import type { Deliver, DueDelivery } from './deliver.ts'
import { BREAK_AFTER } from './schedule.ts'

interface WorkersOptions<Delivery> {
  readonly claim: (request: ClaimRequest) => Promise<readonly Delivery[]>
  readonly deliver: Deliver<Delivery>
  /** Attempts of one webhook that run at the same time, over all gateways. */
  readonly perWebhook?: number
  readonly clock: () => number
  /** A running attempt ended; others may be due. */
  readonly onFree: () => void
}

export interface Workers {
  /** Starts what is due and may run. */
  readonly claim: () => Promise<void>
  readonly running: () => number
  /** Resolves when the running attempts have ended. */
  readonly idle: () => Promise<void>
}

const MAX_RUNNING = 200
const PER_WEBHOOK = 5
const PER_HOST = 20
const PER_WORKSPACE = 50
/** Longer than an attempt takes: 15 s for the request, and the statements before and after. */
const LEASE_MS = 60_000

const createCounts = () => {
  const counts = new Map<string, number>()
  return {
    add: (key: string, change: 1 | -1): void => {
      const count = (counts.get(key) ?? 0) + change
      if (count === 0) counts.delete(key)
      else counts.set(key, count)
    },
    of: (key: string): number => counts.get(key) ?? 0,
    reaching: (max: number): readonly string[] =>
      [...counts].flatMap(([key, count]) => (count >= max ? [key] : [])),
  }
}

export const createWorkers = <Delivery extends DueDelivery>({
  claim,
  deliver,
  perWebhook = PER_WEBHOOK,
  clock,
  onFree,
}: WorkersOptions<Delivery>): Workers => {
  const running = new Set<Promise<void>>()
  const hosts = createCounts()
  const workspaces = createCounts()

  const start = (delivery: Delivery): void => {
    const { host, workspaceId } = delivery.webhook
    const count = (change: 1 | -1): void => {
      hosts.add(host, change)
      workspaces.add(workspaceId, change)
    }
    count(1)
    const attempt = deliver(delivery).finally(() => {
      count(-1)
      running.delete(attempt)
      onFree()
    })
    running.add(attempt)
  }

  return {
    claim: async () => {
      const limit = MAX_RUNNING - running.size
      if (limit <= 0) return
      const claimed = await claim({
        now: new Date(clock()),
        limit,
        leaseMs: LEASE_MS,
        perWebhook,
        breakAfter: BREAK_AFTER,
        busyHosts: hosts.reaching(PER_HOST),
        busyWorkspaces: workspaces.reaching(PER_WORKSPACE),
      })
      for (const delivery of claimed) start(delivery)
    },
    running: () => running.size,
    idle: async () => {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
