// Heartbeats: the primary asks every process whether its event loop responds. It counts its own questions,
// not seconds: after the machine was suspended or the primary had no CPU, all processes are still on time.

import type { Channel } from './channel.ts'

export interface Pulse {
  /** Questions in a row without an answer. */
  readonly missed: () => number
  /** Asks, or counts a question that is still unanswered. */
  readonly ask: (channel: Channel) => void
}

/** Unanswered questions after which a process is replaced. */
const MOST_MISSED = 30
/** Unanswered questions after which a process counts as stuck. */
export const STUCK_MISSED = 10
/** A start loads the code and may wait for the migrations of another gateway. */
const STARTING_FACTOR = 4
const LONGEST_BEAT_MS = 1_000
/** Longer than any bound: the answer of a process that is only slow must not be lost. */
const ANSWER_WITHIN_MS = 3_600_000

export const createPulse = (): Pulse => {
  let missed = 0
  let isAsked = false
  const answered = (): void => {
    isAsked = false
    missed = 0
  }
  return {
    missed: () => missed,
    ask: (channel) => {
      if (isAsked) {
        missed += 1
        return
      }
      isAsked = true
      // A channel that is closed belongs to a process that has ended.
      channel.ask('beat', undefined, ANSWER_WITHIN_MS).then(answered, () => {})
    },
  }
}

interface Watched {
  readonly pid: number
  readonly channel: Channel
  readonly pulse: Pulse
  readonly isServing: () => boolean
  readonly isLeaving: boolean
}

interface Heartbeats<W> {
  readonly members: ReadonlySet<W>
  /** A process that has not responded for so long is replaced. */
  readonly timeoutMs: number
  readonly onStuck: (member: W) => void
  readonly onDead: (member: W) => void
}

/** @returns clear it in the end */
export const watchHeartbeats = <W extends Watched>({
  members,
  timeoutMs,
  onStuck,
  onDead,
}: Heartbeats<W>): NodeJS.Timeout => {
  const beat = (member: W): void => {
    // Another timer bounds the end of a process.
    if (member.isLeaving) return
    member.pulse.ask(member.channel)
    const missed = member.pulse.missed()
    if (missed === STUCK_MISSED && member.isServing()) onStuck(member)
    if (missed === (member.isServing() ? MOST_MISSED : MOST_MISSED * STARTING_FACTOR)) onDead(member)
  }
  const everyMs = Math.min(LONGEST_BEAT_MS, timeoutMs / MOST_MISSED)
  return setInterval(() => {
    for (const member of members) beat(member)
  }, everyMs).unref()
}
