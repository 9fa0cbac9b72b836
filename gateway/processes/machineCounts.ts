// Counts of events of all processes, in windows that start with a key's first event, in the memory of the
// primary. A process takes events in advance (leasedCounter.ts): the count includes the ones it still holds,
// so that all processes together never exceed a limit.

export interface TakeQuestion {
  readonly counter: string
  readonly windowSeconds: number
  readonly key: string
  readonly limit: number
  /** Events that wait for the answer. */
  readonly needed: number
  /** Further ones, to hold in advance. */
  readonly extra: number
}

export interface GiveQuestion {
  readonly counter: string
  readonly key: string
  /** Of the window that they were taken in. */
  readonly endsAtMs: number
  readonly count: number
}

export type LookQuestion = Pick<TakeQuestion, 'counter' | 'windowSeconds' | 'key'>

export interface MachineCount {
  /** Of all processes, with what they hold in advance. */
  readonly events: number
  /** End of the window, in milliseconds since the epoch. */
  readonly endsAtMs: number
}

export interface Taken extends MachineCount {
  readonly granted: number
}

interface Window {
  events: number
  readonly endsAtMs: number
}

/** Expired windows are dropped after this many additions. */
const LEAST_SWEPT = 1_000
/** All processes together hold at most this part of what is left of a limit in advance. */
const MOST_HELD = 1 / 4

interface MachineCounts {
  readonly take: (question: TakeQuestion) => Taken
  /** Takes back events that were not used. */
  readonly give: (question: GiveQuestion) => void
  readonly look: (question: LookQuestion) => MachineCount
}

/** @param now milliseconds since the epoch */
export const createMachineCounts = (processes: number, now: () => number = Date.now): MachineCounts => {
  const windows = new Map<string, Window>()
  let sweepAt = LEAST_SWEPT
  const sweep = (): void => {
    for (const [name, { endsAtMs }] of windows) if (endsAtMs <= now()) windows.delete(name)
    sweepAt = windows.size * 2 + LEAST_SWEPT
  }
  const nameOf = ({ counter, key }: Pick<TakeQuestion, 'counter' | 'key'>): string => `${counter} ${key}`
  const windowOf = (question: LookQuestion): Window => {
    const known = windows.get(nameOf(question))
    return known !== undefined && known.endsAtMs > now()
      ? known
      : { events: 0, endsAtMs: now() + question.windowSeconds * 1000 }
  }
  return {
    take: (question) => {
      const { limit, needed, extra } = question
      const window = windowOf(question)
      const room = Math.max(0, limit - window.events)
      const used = Math.min(needed, room)
      const held = Math.min(extra, Math.floor(((room - used) * MOST_HELD) / processes))
      window.events += used + held
      windows.set(nameOf(question), window)
      if (windows.size > sweepAt) sweep()
      return { granted: used + held, events: window.events, endsAtMs: window.endsAtMs }
    },
    give: (question) => {
      const window = windows.get(nameOf(question))
      if (window?.endsAtMs !== question.endsAtMs) return
      window.events = Math.max(0, window.events - question.count)
    },
    look: (question) => {
      const { events, endsAtMs } = windowOf(question)
      return { events, endsAtMs }
    },
  }
}
