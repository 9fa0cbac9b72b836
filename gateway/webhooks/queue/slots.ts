// Slots of the requests that run at the same time: at most so many, per webhook, host and workspace too, so
// that one endpoint that hangs, or one workspace with many, delays no other. Deliveries are claimed ahead of
// their slots; one that finds none soon is given back.

/** A delivery, by what its slots are counted. */
interface Place {
  readonly webhook: { readonly id: string; readonly host: string; readonly workspaceId: string }
}

interface SlotsOptions {
  readonly perWebhook: number
  /** How long a delivery is held for a slot. */
  readonly holdMs?: number
  /** How long a full host or workspace counts as moving after one of its requests ended. */
  readonly movingMs?: number
}

export interface Slots {
  /** @returns frees the slot; null: there was none in time */
  readonly take: (place: Place) => Promise<(() => void) | null>
  /**
   * Hosts and workspaces that have as many requests as they may, none of which ended lately: what is claimed
   * for them would find no slot. While their requests end, more is claimed ahead, so that each slot that gets
   * free is taken at once.
   */
  readonly stuckHosts: () => readonly string[]
  readonly stuckWorkspaces: () => readonly string[]
  /** Gives back what is held of a webhook. */
  readonly giveBack: (webhookId: string) => void
  /** Gives back what is held, now and from now on. */
  readonly close: () => void
}

const MAX_RUNNING = 200
const PER_HOST = 20
const PER_WORKSPACE = 50
/** Settings and rights of a webhook hold for what was claimed before they changed, at most so long. */
const HOLD_MS = 1_000
const MOVING_MS = 250

/** How many, or how much, there is of each key. */
export const createCounts = () => {
  const counts = new Map<string, number>()
  return {
    add: (key: string, change: number): void => {
      const count = (counts.get(key) ?? 0) + change
      if (count === 0) counts.delete(key)
      else counts.set(key, count)
    },
    of: (key: string): number => counts.get(key) ?? 0,
    reaching: (max: number): readonly string[] =>
      [...counts].flatMap(([key, count]) => (count >= max ? [key] : [])),
  }
}

type Taken = (() => void) | null

interface Held {
  readonly place: Place
  readonly resolve: (taken: Taken) => void
  readonly timer: NodeJS.Timeout
}

/** Counts what runs of each key, up to a maximum, and when the last of it ended. */
const createLimit = (max: number, movingMs: number) => {
  const counts = createCounts()
  const endedAt = new Map<string, number>()
  return {
    has: (key: string): boolean => counts.of(key) < max,
    count: (key: string, change: 1 | -1): void => {
      counts.add(key, change)
      if (counts.of(key) === 0) endedAt.delete(key)
      else if (change === -1) endedAt.set(key, performance.now())
    },
    stuck: (): readonly string[] => {
      const since = performance.now() - movingMs
      return counts.reaching(max).filter((key) => (endedAt.get(key) ?? Number.NEGATIVE_INFINITY) <= since)
    },
  }
}

/** Counts what runs. */
const createRoom = ({ perWebhook, movingMs = MOVING_MS }: SlotsOptions) => {
  const webhooks = createCounts()
  const hosts = createLimit(PER_HOST, movingMs)
  const workspaces = createLimit(PER_WORKSPACE, movingMs)
  let running = 0
  return {
    isFor: ({ webhook: { id, host, workspaceId } }: Place): boolean =>
      running < MAX_RUNNING && webhooks.of(id) < perWebhook && hosts.has(host) && workspaces.has(workspaceId),
    count: ({ webhook: { id, host, workspaceId } }: Place, change: 1 | -1): void => {
      running += change
      webhooks.add(id, change)
      hosts.count(host, change)
      workspaces.count(workspaceId, change)
    },
    stuckHosts: hosts.stuck,
    stuckWorkspaces: workspaces.stuck,
  }
}

/** Deliveries that wait for a slot, by webhook; each for a while. */
const createHeld = (holdMs: number) => {
  const queues = new Map<string, readonly Held[]>()
  const keep = (webhookId: string, queue: readonly Held[]): void => {
    queues.delete(webhookId)
    if (queue.length > 0) queues.set(webhookId, queue)
  }
  return {
    has: (webhookId: string): boolean => queues.has(webhookId),
    queues: () => [...queues],
    keep,
    hold: (place: Place): Promise<Taken> =>
      new Promise((resolve) => {
        const { id } = place.webhook
        const timer = setTimeout(() => {
          keep(id, queues.get(id)?.filter((each) => each.timer !== timer) ?? [])
          resolve(null)
        }, holdMs)
        queues.set(id, [...(queues.get(id) ?? []), { place, resolve, timer }])
      }),
    giveBack: (webhookId: string): void => {
      for (const { resolve, timer } of queues.get(webhookId) ?? []) {
        clearTimeout(timer)
        resolve(null)
      }
      queues.delete(webhookId)
    },
  }
}

export const createDeliverySlots = (options: SlotsOptions): Slots => {
  const room = createRoom(options)
  const held = createHeld(options.holdMs ?? HOLD_MS)
  let isClosed = false

  const start = (place: Place): (() => void) => {
    room.count(place, 1)
    return () => {
      room.count(place, -1)
      startHeld()
    }
  }

  /** The webhook that started last is looked at last. */
  const startHeld = (): void => {
    for (const [id, queue] of held.queues()) {
      let started = 0
      for (const { place, timer, resolve } of queue) {
        if (!room.isFor(place)) break
        clearTimeout(timer)
        resolve(start(place))
        started += 1
      }
      if (started > 0) held.keep(id, queue.slice(started))
    }
  }

  const { stuckHosts, stuckWorkspaces } = room
  return {
    take: async (place) => {
      if (isClosed) return null
      return room.isFor(place) && !held.has(place.webhook.id) ? start(place) : held.hold(place)
    },
    ...{ stuckHosts, stuckWorkspaces, giveBack: held.giveBack },
    close: () => {
      isClosed = true
      for (const [id] of held.queues()) held.giveBack(id)
    },
  }
}
