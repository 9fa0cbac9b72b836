// Claims deliveries for this gateway and has them attempted. Those of a webhook are claimed a few at a time,
// which wait here for their slots, so that a claim and a statement about images serve many.

import type { Claimed, ClaimRequest } from '../../../tenants/webhook/claim.ts'
import type { Deliver, DueDelivery } from '../deliver.ts'
import { BREAK_AFTER } from '../schedule.ts'
import { createCounts, type Slots } from './slots.ts'

interface WorkersOptions<Delivery> {
  readonly claim: (request: ClaimRequest) => Promise<Claimed<Delivery>>
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
/** Bytes of the images of claimed deliveries: in all, and of one workspace or claim. */
const MAX_BYTES = 48_000_000
const MAX_BYTES_OF_WORKSPACE = 6_000_000
/** Longer than an attempt takes: the time it is held, 15 s for the request, and the statements. */
const LEASE_MS = 60_000

/** What a claim did not look for, though it may be due. */
interface Passed {
  readonly isAny: boolean
  readonly hosts: ReadonlySet<string>
  readonly workspaces: ReadonlySet<string>
}

/** @param least claimed deliveries of a webhook: until then a claim finds none of it */
const createClaimedCounts = (least: number, slots: Pick<Slots, 'stuckHosts' | 'stuckWorkspaces'>) => {
  const [webhooks, hosts, workspaces, bytes] = [
    createCounts(),
    createCounts(),
    createCounts(),
    createCounts(),
  ]
  let totalBytes = 0
  let passed: Passed = { isAny: false, hosts: new Set(), workspaces: new Set() }
  return {
    busy: () => ({
      hosts: new Set([...slots.stuckHosts(), ...hosts.reaching(MAX_OF_HOST)]),
      workspaces: new Set([
        ...slots.stuckWorkspaces(),
        ...workspaces.reaching(MAX_OF_WORKSPACE),
        ...bytes.reaching(MAX_BYTES_OF_WORKSPACE),
      ]),
    }),
    bytes: () => totalBytes,
    add: ({ webhook: { id, host, workspaceId }, bytes: size }: DueDelivery, change: 1 | -1): void => {
      webhooks.add(id, change)
      hosts.add(host, change)
      workspaces.add(workspaceId, change)
      if (size > 0) bytes.add(workspaceId, change * size)
      totalBytes += change * size
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
  const counts = createClaimedCounts(Math.max(perWebhook, perClaim / 2), slots)
  let most = MAX_CLAIMED

  const start = (delivery: Delivery): void => {
    counts.add(delivery, 1)
    const attempt = deliver(delivery).finally(() => {
      counts.add(delivery, -1)
      claimed.delete(attempt)
      if (counts.mayClaim(delivery.webhook, claimed.size)) onFree()
    })
    claimed.add(attempt)
  }

  return {
    claim: async () => {
      const limit = Math.min(most, MAX_CLAIMED - claimed.size)
      const maxBytes = Math.min(MAX_BYTES_OF_WORKSPACE, MAX_BYTES - counts.bytes())
      const busy = counts.busy()
      const isFull = limit <= 0 || maxBytes <= 0
      counts.pass({ isAny: isFull, ...busy })
      if (isFull) return
      const { deliveries, isCut } = await claim({
        ...{
          now: new Date(clock()),
          limit,
          maxBytes,
          leaseMs: LEASE_MS,
          perWebhook,
          perClaim,
          breakAfter: BREAK_AFTER,
        },
        ...{ busyHosts: [...busy.hosts], busyWorkspaces: [...busy.workspaces] },
      })
      // What does not fit is claimed and given back: the next claim is not much larger.
      most = isCut ? Math.max(1, 2 * deliveries.length) : Math.min(MAX_CLAIMED, 2 * most)
      counts.pass({ isAny: isCut || deliveries.length === limit, ...busy })
      for (const delivery of deliveries) start(delivery)
    },
    running: () => claimed.size,
    idle: async () => {
      while (claimed.size > 0) await Promise.allSettled(claimed)
    },
  }
}
