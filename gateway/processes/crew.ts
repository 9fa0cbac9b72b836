// The processes of one gateway, as the primary keeps them: it starts them, replaces the ones that end, and
// replaces all of them one by one on request. The primary shares the listening socket, so that a connection
// always finds a process that accepts it.

import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Channel, createChannel, type Handlers } from './channel.ts'

export interface WorkerProcess {
  readonly pid: number
  readonly channel: Channel
  readonly isServing: () => boolean
  /** When it last answered, in milliseconds since the epoch. */
  readonly beatAtMs: () => number
}

interface CrewMember extends WorkerProcess {
  readonly worker: Worker
  readonly startedAtMs: number
  readonly serve: () => void
  readonly beat: () => void
  /** Its end is wanted. */
  isLeaving: boolean
}

interface CrewOptions {
  readonly count: number
  readonly log: Logger
  /** How the primary answers a process. */
  readonly handlersOf: (member: WorkerProcess) => Handlers
  /** No process can be started any more. */
  readonly onFailed: () => void
  readonly onEnd: (member: WorkerProcess) => void
  /** Within which a process must have ended after it was asked to. */
  readonly stopWithinMs: number
}

export interface Crew {
  /** Starts one process alone, then the others; rejects if the first one fails. */
  readonly start: () => Promise<void>
  /** Replaces all, one by one; stops at the first new one that does not start. */
  readonly replaceAll: () => Promise<void>
  readonly serving: () => readonly WorkerProcess[]
  readonly stop: (drains: boolean) => Promise<void>
}

const BEAT_MS = 1_000
const STEADY_MS = 10_000
const LONGEST_PAUSE_MS = 30_000
/** Ends in a row, each soon after the start, after which a gateway without any process gives up. */
const MOST_FAILURES = 5

const createMember = (worker: Worker): CrewMember => {
  let isServing = false
  let beatAtMs = Date.now()
  return {
    worker,
    pid: worker.process.pid ?? 0,
    channel: createChannel((message) => void worker.send(message)),
    startedAtMs: Date.now(),
    isServing: () => isServing,
    serve: () => {
      isServing = true
      beatAtMs = Date.now()
    },
    beatAtMs: () => beatAtMs,
    beat: () => {
      beatAtMs = Date.now()
    },
    isLeaving: false,
  }
}

/** The first end is repaired at once, further ones after growing pauses. */
const pauseMs = (failures: number): number =>
  failures <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures)

/** Asks a process to end, and kills it when it does not in time. */
const end = async (
  member: CrewMember,
  how: object,
  { stopWithinMs, log }: Pick<CrewOptions, 'stopWithinMs' | 'log'>,
): Promise<void> => {
  member.isLeaving = true
  if (member.worker.isDead()) return
  const ended = once(member.worker, 'exit')
  void member.channel.ask('stop', how, stopWithinMs).catch(() => {})
  const force = setTimeout(() => {
    log.error({ pid: member.pid }, 'a process did not end in time and is killed')
    member.worker.process.kill('SIGKILL')
  }, stopWithinMs)
  await ended
  clearTimeout(force)
}

/** Notes which processes still answer. */
const keepBeat = (members: ReadonlySet<CrewMember>): NodeJS.Timeout =>
  setInterval(() => {
    for (const { channel, beat } of members) channel.ask('beat', undefined, STEADY_MS).then(beat, () => {})
  }, BEAT_MS).unref()

const endedEarly = (): Error =>
  Object.assign(new Error('A process ended before it served.'), { name: 'ProcessEnded' })

/** Starts a process; settles once it serves or has ended. */
const startMember = (
  member: CrewMember,
  { handlersOf, log }: Pick<CrewOptions, 'handlersOf' | 'log'>,
  onExit: (code: number | null, signal: string | null) => void,
): Promise<void> => {
  const { worker, channel, pid } = member
  worker.on('error', (error) => log.warn({ err: error, pid }, 'a process cannot be reached'))
  worker.on('message', channel.onMessage)
  return new Promise((resolve, reject) => {
    const serving = (): void => {
      member.serve()
      resolve()
    }
    channel.answer({ ...handlersOf(member), serving })
    worker.on('exit', (code, signal) => {
      channel.close()
      onExit(code, signal)
      reject(endedEarly())
    })
  })
}

export const createCrew = (options: CrewOptions): Crew => {
  const { count, log } = options
  const members = new Set<CrewMember>()
  let failures = 0
  let isStopping = false
  let replacing: Promise<void> = Promise.resolve()

  /** @param isExtra its end before it serves is the caller's matter */
  const hire = (isExtra: boolean): Promise<void> => {
    const member = createMember(cluster.fork())
    members.add(member)
    return startMember(member, options, (code, signal) => {
      members.delete(member)
      options.onEnd(member)
      const isPlanned = isStopping || member.isLeaving || (isExtra && !member.isServing())
      if (!isPlanned) void replace(member, code, signal)
    })
  }
  const replace = async (ended: CrewMember, code: number | null, signal: string | null): Promise<void> => {
    failures = Date.now() - ended.startedAtMs < STEADY_MS ? failures + 1 : 0
    const hasGivenUp = failures >= MOST_FAILURES && ![...members].some((each) => each.isServing())
    const waitMs = pauseMs(failures)
    log.error({ pid: ended.pid, code, signal, waitMs }, 'a process ended; another one takes its place')
    if (hasGivenUp) return options.onFailed()
    await sleep(waitMs)
    if (!isStopping) await hire(false).catch(() => {})
  }
  const replaceEach = async (): Promise<void> => {
    for (const old of [...members]) {
      if (isStopping) return
      await hire(true)
      await end(old, { isReplaced: true }, options)
    }
  }
  const beats = keepBeat(members)

  return {
    start: async () => {
      await hire(true)
      await Promise.all(Array.from({ length: count - 1 }, () => hire(false).catch(() => {})))
    },
    replaceAll: () => {
      replacing = replacing.then(replaceEach, replaceEach)
      return replacing
    },
    serving: () => [...members].filter((each) => each.isServing() && !each.worker.isDead()),
    stop: async (drains) => {
      isStopping = true
      clearInterval(beats)
      await Promise.all([...members].map((member) => end(member, { drains }, options)))
    },
  }
}
