// The other processes of the machine, as one of them sees them: all questions go through the primary.

import { type Counter, createMemoryCounter } from '../limits/counter.ts'
import type { Counters } from '../limits/counters.ts'
import type { Reloaded } from '../reload.ts'
import type { Channel, Handlers } from './channel.ts'

export interface Siblings {
  /** Counts that all processes share, in the memory of the primary. */
  readonly counters: Counters
  /** Where the primary serves probes and metrics. */
  readonly adminPort: number | null
  /** Answers of all processes that answer in time, this one included. */
  readonly gather: <T>(name: string, argument?: unknown) => Promise<readonly T[]>
  /** What the primary and the other processes may ask of this one. */
  readonly answer: (handlers: Handlers) => void
  /** Of all processes. */
  readonly reload: () => Promise<Reloaded>
}

/** The question `count`, answered by the primary. */
export interface CountQuestion {
  readonly how: keyof Counter
  readonly name: string
  readonly windowSeconds: number
  readonly key: string
}

const RELOAD_WITHIN_MS = 30_000

const createCounter = ({ ask }: Channel, name: string, windowSeconds: number): Counter => {
  const own = createMemoryCounter({ name, windowSeconds })
  const asked = (how: keyof Counter, key: string) =>
    ask('count', { how, name, windowSeconds, key } satisfies CountQuestion)
  const counted = (how: 'add' | 'look') => async (key: string) => {
    try {
      return (await asked(how, key)) as Awaited<ReturnType<Counter['add']>>
    } catch {
      // A busy primary must not refuse requests.
      return own[how](key)
    }
  }
  return {
    add: counted('add'),
    look: counted('look'),
    remove: (key) => void asked('remove', key).catch(() => {}),
  }
}

export const createSiblings = (channel: Channel, adminPort: number | null): Siblings => ({
  adminPort,
  counters: {
    create: (name, windowSeconds) => createCounter(channel, name, windowSeconds),
    close: () => {},
  },
  gather: async <T>(name: string, argument?: unknown) =>
    (await channel.ask('gather', { name, argument })) as readonly T[],
  answer: channel.answer,
  reload: async () => (await channel.ask('reload', undefined, RELOAD_WITHIN_MS)) as Reloaded,
})
