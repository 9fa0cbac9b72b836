// The other processes of the machine, as one of them sees them: all questions go through the primary.

import type { Counters } from '../limits/counters.ts'
import type { Reloaded } from '../reload.ts'
import type { Channel, Handlers } from './channel.ts'
import { createLeasedCounter } from './leasedCounter.ts'

export interface Siblings {
  /** Counts that all processes share, in the memory of the primary. */
  readonly counters: Counters
  /** Where the primary serves probes and metrics. */
  readonly adminPort: number | null
  /** Path of the Unix socket at which the primary reaches the operators' part; null: it is public. */
  readonly operatorSocket: string | null
  /** Answers of all processes that answer in time, this one included. */
  readonly gather: <T>(name: string, argument?: unknown) => Promise<readonly T[]>
  /** What the primary and the other processes may ask of this one. */
  readonly answer: (handlers: Handlers) => void
  /** Of all processes. */
  readonly reload: () => Promise<Reloaded>
}

const RELOAD_WITHIN_MS = 30_000

export const createSiblings = (
  channel: Channel,
  places: Pick<Siblings, 'adminPort' | 'operatorSocket'>,
): Siblings => ({
  ...places,
  counters: {
    create: (name, windowSeconds) => createLeasedCounter({ channel, name, windowSeconds }),
    close: () => {},
  },
  gather: async <T>(name: string, argument?: unknown) =>
    (await channel.ask('gather', { name, argument })) as readonly T[],
  answer: channel.answer,
  reload: async () => (await channel.ask('reload', undefined, RELOAD_WITHIN_MS)) as Reloaded,
})
