// Claims deliveries for this gateway and has them attempted. Those of a webhook are claimed a few at a time,
// which wait here for their slots, so that a claim and a statement about images serve many.

import type { ClaimRequest } from '../../../tenants/webhook/claim.ts'
import type { Deliver, DueDelivery } from '../deliver.ts'
import { BREAK_AFTER } from '../schedule.ts'
import { createCounts, type Slots } from './slots.ts'

interface WorkersOptions<Delivery> {
  readonly claim: (request: ClaimRequest) => Promise<readonly Delivery[]>
  readonly deliver: Deliver<Delivery>
  readonly slots: Pick<Slots, 'stuckHosts' | 'stuckWorkspaces'>
  /** Requests of one webhook that run at the same time. */
  readonly perWebhook: number
  /** Deliveries of one webhook that are claimed ahead. */
  readonly perClaim?: number
  readonly clock: () => number
  /** A claimed delivery ended; others may be due. */
  readonly onFree: () => void
}

export interface Workers {
  /** Starts what is due and may run. */
  readonly claim: () => Promise<void>
  readonly running: () => number
  /** Resolves when the running attempts have ended. */
  readonly idle: () => Promise<void>
}

/** Deliveries that are claimed at the same time: in all, of one host, of one workspace. */
const MAX_CLAIMED = 300
const MAX_OF_HOST = 60
const MAX_OF_WORKSPACE = 200
/** Where a claim had reached these bounds, there is another one at these: between them and what may run. */
const REFILL = 250
const REFILL_OF_HOST = 40
const REFILL_OF_WORKSPACE = 125
/** Longer than an attempt takes: the time it is held, 15 s for the request, and the statements. */
const LEASE_MS = 60_000

/** What a claim did not look for, though it may be due. */
interface Passed {
  readonly isAny: boolean
  readonly hosts: ReadonlySet<string>
  readonly workspaces: ReadonlySet<string>
}

/** @param least claimed deliveries of a webhook: until then a claim finds none of it */
const createClaimedCounts = (least: number) => {
  const [webhooks, hosts, workspaces] = [createCounts(), createCounts(), createCounts()]
  let passed: Passed = { isAny: false, hosts: new Set(), workspaces: new Set() }
  return {
    ...{ hosts, workspaces },
    add: ({ id, host, workspaceId }: DueDelivery['webhook'], change: 1 | -1): void => {
      webhooks.add(id, change)
      hosts.add(host, change)
      workspaces.add(workspaceId, change)
    },
    pass: (next: Passed): void => {
      passed = next
    },
    /** Whether a claim may find others now that a delivery of the webhook ended. */
    mayClaim: ({ id, host, workspaceId }: DueDelivery['webhook'], claimed: number): boolean =>
      webhooks.of(id) < least ||
      (passed.isAny && claimed <= REFILL) ||
      (passed.hosts.has(host) && hosts.of(host) <= REFILL_OF_HOST) ||
      (passed.workspaces.has(workspaceId) && workspaces.of(workspaceId) <= REFILL_OF_WORKSPACE),
  }
}

export const createWorkers = <Delivery extends DueDelivery>({
  claim,
  deliver,
  slots,
  perWebhook,
  perClaim = 0,
  clock,
  onFree,
}: WorkersOptions<Delivery>): Workers => {
  const claimed = new Set<Promise<void>>()
  const counts = createClaimedCounts(Math.max(perWebhook, perClaim / 2))

  const start = (delivery: Delivery): void => {
    counts.add(delivery.webhook, 1)
    const attempt = deliver(delivery).finally(() => {
      counts.add(delivery.webhook, -1)
      claimed.delete(attempt)
      if (counts.mayClaim(delivery.webhook, claimed.size)) onFree()
    })
    claimed.add(attempt)
  }

  return {
    claim: async () => {
      const limit = MAX_CLAIMED - claimed.size
      const busyHosts = new Set([...slots.stuckHosts(), ...counts.hosts.reaching(MAX_OF_HOST)])
      const busyWorkspaces = new Set([
        ...slots.stuckWorkspaces(),
        ...counts.workspaces.reaching(MAX_OF_WORKSPACE),
      ])
      counts.pass({ isAny: limit <= 0, hosts: busyHosts, workspaces: busyWorkspaces })
      if (limit <= 0) return
      const found = await claim({
        ...{
          now: new Date(clock()),
          limit,
          leaseMs: LEASE_MS,
          perWebhook,
          perClaim,
          breakAfter: BREAK_AFTER,
        },
        ...{ busyHosts: [...busyHosts], busyWorkspaces: [...busyWorkspaces] },
      })
      counts.pass({ isAny: found.length === limit, hosts: busyHosts, workspaces: busyWorkspaces })
      for (const delivery of found) start(delivery)
    },
    running: () => claimed.size,
    idle: async () => {
      while (claimed.size > 0) await Promise.allSettled(claimed)
    },
  }
}
