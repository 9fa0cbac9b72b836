// Counts of one process among several. Where a key is busy, the process takes events in advance from the
// primary, twice as many as it used lately, and gives back the rest after a moment: a message for each lease
// instead of one for each request. What it takes is counted when it is taken, so the processes together never
// exceed a limit. A process may refuse early while others hold events, for LEASE_MS and one sweep at most.

import { type Count, type Counter, createMemoryCounter } from '../limits/counter.ts'
import type { Channel } from './channel.ts'
import type { GiveQuestion, LookQuestion, MachineCount, Taken, TakeQuestion } from './machineCounts.ts'

/** For so long a process holds events, and refuses a key that the primary has refused. */
const LEASE_MS = 100
/** A key whose last events were taken so lately is busy. */
const BUSY_MS = 300
const MOST_EXTRA = 10_000
const LEAST_SWEPT = 1_000

interface Lease {
  /** Window of the events, in milliseconds since the epoch. */
  endsAtMs: number
  /** Events of the machine, with the ones that are left here. */
  total: number
  left: number
  takenAtMs: number
  /** Used since they were taken. */
  used: number
  refusedUntilMs: number
  isAsking: boolean
  readonly waiting: ((count: Count) => void)[]
}

interface Place {
  readonly channel: Pick<Channel, 'ask'>
  readonly name: string
  readonly windowSeconds: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

const newLease = (): Lease => ({
  ...{ endsAtMs: 0, total: 0, left: 0, takenAtMs: 0, used: 0, refusedUntilMs: 0, isAsking: false },
  waiting: [],
})

/** Gives back what is left of leases whose time is over. */
const createReturns = (give: (key: string, lease: Lease) => void, now: () => number) => {
  const held = new Map<string, Lease>()
  let timer: NodeJS.Timeout | null = null
  const sweep = (): void => {
    for (const [key, lease] of held) {
      if (lease.left > 0 && now() - lease.takenAtMs < LEASE_MS) continue
      held.delete(key)
      if (lease.left > 0) give(key, lease)
    }
    timer = held.size === 0 ? null : setTimeout(sweep, LEASE_MS).unref()
  }
  return (key: string, lease: Lease): void => {
    held.set(key, lease)
    if (timer === null) timer = setTimeout(sweep, LEASE_MS).unref()
  }
}

/** The lease of each key; the ones of windows that have ended are dropped from time to time. */
const createLeases = (now: () => number) => {
  const leases = new Map<string, Lease>()
  let sweepAt = LEAST_SWEPT
  const leaseOf = (key: string): Lease => {
    const known = leases.get(key)
    if (known !== undefined) return known
    const lease = newLease()
    leases.set(key, lease)
    if (leases.size > sweepAt) {
      for (const [each, { endsAtMs, isAsking }] of leases)
        if (endsAtMs <= now() && !isAsking && each !== key) leases.delete(each)
      sweepAt = leases.size * 2 + LEAST_SWEPT
    }
    return lease
  }
  return { leases, leaseOf }
}

const createUses = (now: () => number) => ({
  use: (lease: Lease): Count => {
    lease.left -= 1
    lease.used += 1
    return { events: lease.total - lease.left, resetMs: Math.max(0, lease.endsAtMs - now()) }
  },
  refused: (lease: Lease, limit: number): Count => ({
    events: Math.max(limit + 1, lease.total),
    resetMs: Math.max(0, lease.endsAtMs - now()),
  }),
})

/** Serves the waiting requests with what the primary granted. */
const createSettle = (hold: (key: string, lease: Lease) => void, now: () => number) => {
  const { use, refused } = createUses(now)
  return (key: string, lease: Lease, limit: number, taken: Taken): void => {
    const { granted, events, endsAtMs } = taken
    const isSameWindow = lease.endsAtMs === endsAtMs
    lease.left = granted + (isSameWindow ? lease.left : 0)
    Object.assign(lease, { endsAtMs, total: events, takenAtMs: now(), used: 0 })
    while (lease.left > 0 && lease.waiting.length > 0) lease.waiting.shift()?.(use(lease))
    if (lease.left > 0) hold(key, lease)
    if (granted > 0) return
    lease.refusedUntilMs = now() + LEASE_MS
    for (const resolve of lease.waiting.splice(0)) resolve(refused(lease, limit))
  }
}

export const createLeasedCounter = ({ channel, name, windowSeconds, now = Date.now }: Place): Counter => {
  const own = createMemoryCounter({ name, windowSeconds })
  const { leases, leaseOf } = createLeases(now)
  const give = (key: string, lease: Lease): void => {
    const given: GiveQuestion = { counter: name, key, endsAtMs: lease.endsAtMs, count: lease.left }
    lease.total -= lease.left
    lease.left = 0
    channel.ask('give', given).catch(() => {})
  }
  const hold = createReturns(give, now)
  const { use, refused } = createUses(now)
  const settle = createSettle(hold, now)
  const ask = async (key: string, lease: Lease, limit: number): Promise<void> => {
    lease.isAsking = true
    while (lease.waiting.length > 0) {
      const isBusy = now() - lease.takenAtMs < BUSY_MS
      const extra = isBusy ? Math.min(MOST_EXTRA, lease.used * 2) : 0
      const needed = lease.waiting.length
      const question: TakeQuestion = { counter: name, windowSeconds, key, limit, needed, extra }
      try {
        settle(key, lease, limit, (await channel.ask('take', question)) as Taken)
      } catch {
        // A busy primary must not refuse requests.
        for (const resolve of lease.waiting.splice(0)) resolve(await own.add(key, limit))
      }
    }
    lease.isAsking = false
  }
  return {
    add: (key, limit) => {
      const lease = leaseOf(key)
      if (now() < lease.endsAtMs) {
        if (lease.left > 0) return Promise.resolve(use(lease))
        if (now() < lease.refusedUntilMs) return Promise.resolve(refused(lease, limit))
      }
      return new Promise((resolve) => {
        lease.waiting.push(resolve)
        if (!lease.isAsking) void ask(key, lease, limit)
      })
    },
    look: async (key) => {
      try {
        const question: LookQuestion = { counter: name, windowSeconds, key }
        const { events, endsAtMs } = (await channel.ask('look', question)) as MachineCount
        const lease = leases.get(key)
        const left = lease?.endsAtMs === endsAtMs ? lease.left : 0
        return { events: Math.max(0, events - left), resetMs: events === 0 ? 0 : endsAtMs - now() }
      } catch {
        return own.look(key)
      }
    },
    remove: (key) => {
      const lease = leases.get(key)
      if (lease === undefined || now() >= lease.endsAtMs) return
      lease.left += 1
      lease.takenAtMs = now()
      hold(key, lease)
    },
  }
}
