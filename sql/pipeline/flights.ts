// Requests in flight on one connection, in the order they were sent, and how long Postgres has worked on the
// first of them.

export interface Flight<R> {
  readonly request: R
  /** Key and name of its prepared statement; null and empty if it runs unprepared. */
  readonly key: string | null
  readonly name: string
  /** Whether this request prepares the statement. */
  readonly isNew: boolean
}

interface Flights<R> {
  add(flight: Flight<R>): void
  /** Removes the first flight, which was answered at `nowMs`. */
  answered(nowMs: number): Flight<R> | undefined
  /** Removes all flights of a lost connection. */
  lost(): readonly R[]
  count(): number
  first(): R | undefined
  requests(): readonly R[]
  some(matches: (request: R) => boolean): boolean
  /** Since when Postgres has worked on the first one; Infinity when idle. */
  busySinceMs(): number
  /** When the last one was answered; Infinity while one is in flight. */
  freeSinceMs(): number
}

export const createFlights = <R>(): Flights<R> => {
  const queue: Flight<R>[] = []
  let busySinceMs = Number.POSITIVE_INFINITY
  let freeSinceMs = performance.now()
  return {
    add: (flight) => {
      queue.push(flight)
      if (queue.length > 1) return
      busySinceMs = performance.now()
      freeSinceMs = Number.POSITIVE_INFINITY
    },
    answered: (nowMs) => {
      const flight = queue.shift()
      if (flight === undefined) return undefined
      busySinceMs = queue.length === 0 ? Number.POSITIVE_INFINITY : nowMs
      freeSinceMs = queue.length === 0 ? nowMs : Number.POSITIVE_INFINITY
      return flight
    },
    lost: () => queue.splice(0).map(({ request }) => request),
    count: () => queue.length,
    first: () => queue[0]?.request,
    requests: () => queue.map(({ request }) => request),
    some: (matches) => queue.some(({ request }) => matches(request)),
    busySinceMs: () => busySinceMs,
    freeSinceMs: () => freeSinceMs,
  }
}
