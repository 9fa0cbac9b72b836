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
}

export interface Slots {
  /** @returns frees the slot; null: there was none in time */
  readonly take: (place: Place) => Promise<(() => void) | null>
  /** Hosts and workspaces that have as many requests as they may. */
  readonly fullHosts: () => readonly string[]
  readonly fullWorkspaces: () => readonly string[]
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

/** How many there are of each key. */
export const createCounts = () => {
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

type Taken = (() => void) | null

interface Held {
  readonly place: Place
  readonly resolve: (taken: Taken) => void
  readonly timer: NodeJS.Timeout
}

/** Counts what runs. */
const createRoom = (perWebhook: number) => {
  const [webhooks, hosts, workspaces] = [createCounts(), createCounts(), createCounts()]
  let running = 0
  return {
    isFor: ({ webhook: { id, host, workspaceId } }: Place): boolean =>
      running < MAX_RUNNING &&
      webhooks.of(id) < perWebhook &&
      hosts.of(host) < PER_HOST &&
      workspaces.of(workspaceId) < PER_WORKSPACE,
    count: ({ webhook: { id, host, workspaceId } }: Place, change: 1 | -1): void => {
      running += change
      webhooks.add(id, change)
      hosts.add(host, change)
      workspaces.add(workspaceId, change)
    },
    fullHosts: () => hosts.reaching(PER_HOST),
    fullWorkspaces: () => workspaces.reaching(PER_WORKSPACE),
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

export const createDeliverySlots = ({ perWebhook, holdMs = HOLD_MS }: SlotsOptions): Slots => {
  const room = createRoom(perWebhook)
  const held = createHeld(holdMs)
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

  const { fullHosts, fullWorkspaces } = room
  return {
    take: async (place) => {
      if (isClosed) return null
      return room.isFor(place) && !held.has(place.webhook.id) ? start(place) : held.hold(place)
    },
    ...{ fullHosts, fullWorkspaces, giveBack: held.giveBack },
    close: () => {
      isClosed = true
      for (const [id] of held.queues()) held.giveBack(id)
    },
  }
}
