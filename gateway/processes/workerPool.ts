// The processes of one gateway, as the primary keeps them: it starts them, replaces the ones that end, and
// replaces all of them one by one on request. The primary shares the listening socket, so that a connection
// always finds a process that accepts it.

import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Channel, createChannel, type Handlers } from './channel.ts'
import { watchHandOver } from './handOver.ts'
import { createPulse, type Pulse, STUCK_MISSED, watchHeartbeats } from './heartbeat.ts'

export interface WorkerProcess {
  readonly pid: number
  readonly channel: Channel
  readonly isServing: () => boolean
  /**
   * It serves, and its event loop has not responded for a third of the time after which it is replaced. One
   * that starts loads the code meanwhile.
   */
  readonly isStuck: () => boolean
  /** Its end is wanted. */
  readonly isLeaving: boolean
}

interface Member extends WorkerProcess {
  readonly worker: Worker
  readonly startedAtMs: number
  readonly pulse: Pulse
  readonly serve: () => void
  isLeaving: boolean
  /** A new process takes its place: nothing else replaces it, should it exit before. */
  hasSuccessor: boolean
}

export type States = Readonly<Record<'starting' | 'serving' | 'stuck', number>>

/** Why a process ended that was not asked to. */
export type EndReason = 'crashed' | 'stuck'

interface WorkerPoolOptions {
  readonly count: number
  readonly log: Logger
  /** How the primary answers a process. */
  readonly handlersOf: (member: WorkerProcess) => Handlers
  /** No process can be started any more. */
  readonly onFailed: () => void
  /** @param reason null: the end was wanted */
  readonly onEnd: (member: WorkerProcess, reason: EndReason | null) => void
  /** Within which a process must have ended after it was asked to. */
  readonly stopWithinMs: number
  /** A process whose event loop has not responded for so long is replaced. */
  readonly timeoutMs: number
  /** The unit of the pauses between starts that fail. */
  readonly pauseMs?: number
}

export interface WorkerPool {
  /** Starts one process alone, then the others; rejects if the first one fails. */
  readonly start: () => Promise<void>
  /**
   * Replaces all that have started, one by one, once the start is over. Rejects if five new ones in a row
   * exit before they serve; the remaining old ones go on.
   */
  readonly replaceAll: () => Promise<void>
  readonly serving: () => readonly WorkerProcess[]
  /** Processes by their state. */
  readonly states: () => States
  readonly stop: (drains: boolean) => Promise<void>
}

const STEADY_MS = 10_000
const PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
/**
 * Ends in a row, each soon after the start, after which a gateway without any process gives up. Also new
 * processes in a row that exit before they serve, after which a replacement gives up.
 */
const MOST_FAILURES = 5

const createMember = (worker: Worker): Member => {
  let isServing = false
  const pulse = createPulse()
  return {
    worker,
    pid: worker.process.pid ?? 0,
    channel: createChannel((message) => void worker.send(message)),
    startedAtMs: Date.now(),
    isServing: () => isServing,
    isStuck: () => isServing && pulse.missed() >= STUCK_MISSED,
    pulse,
    serve: () => {
      isServing = true
    },
    isLeaving: false,
    hasSuccessor: false,
  }
}

/** The first end is repaired at once, further ones after growing pauses. */
const pauseMsOf = (failures: number, unitMs: number): number =>
  failures <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, unitMs * 2 ** failures)

/** Asks a process to end, and kills it when it does not in time. */
const end = async (
  member: Member,
  request: object,
  { stopWithinMs, log }: Pick<WorkerPoolOptions, 'stopWithinMs' | 'log'>,
): Promise<void> => {
  member.isLeaving = true
  if (member.worker.isDead()) return
  const ended = once(member.worker, 'exit')
  void member.channel.ask('stop', request, stopWithinMs).catch(() => {})
  const force = setTimeout(() => {
    log.error({ pid: member.pid }, 'killing a process that did not exit in time')
    member.worker.process.kill('SIGKILL')
  }, stopWithinMs)
  await ended
  clearTimeout(force)
}

/** Watches the event loops of all; one that does not respond in time is killed. */
const watchLoops = (
  members: ReadonlySet<Member>,
  killed: WeakSet<Member>,
  { timeoutMs, log }: Pick<WorkerPoolOptions, 'timeoutMs' | 'log'>,
): NodeJS.Timeout =>
  watchHeartbeats({
    members,
    timeoutMs,
    onStuck: ({ pid }) => log.warn({ pid, timeoutMs }, 'a process does not respond'),
    onDead: (member) => {
      log.error({ pid: member.pid, timeoutMs }, 'killing a process that did not respond in time')
      killed.add(member)
      member.worker.process.kill('SIGKILL')
    },
  })

const statesOf = (members: readonly Member[]): States => {
  const states = { starting: 0, serving: 0, stuck: 0 }
  for (const each of members)
    states[each.isStuck() ? 'stuck' : each.isServing() ? 'serving' : 'starting'] += 1
  return states
}

const endedEarly = (): Error =>
  Object.assign(new Error('A process exited before it served.'), { name: 'ProcessEnded' })

/** Starts a process; settles once it serves or has ended. */
const startMember = (
  member: Member,
  { handlersOf, log }: Pick<WorkerPoolOptions, 'handlersOf' | 'log'>,
  onExit: (code: number | null, signal: string | null) => void,
): Promise<void> => {
  const { worker, channel, pid } = member
  const closeUnaccepted = watchHandOver(worker)
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
      const connections = closeUnaccepted()
      if (connections > 0)
        log.warn({ pid, connections }, 'closed connections that an exited process did not accept')
      onExit(code, signal)
      reject(endedEarly())
    })
  })
}

/** Counts ends in a row, each soon after the start. */
const createFailures = ({ log, pauseMs = PAUSE_MS }: Pick<WorkerPoolOptions, 'log' | 'pauseMs'>) => {
  let failures = 0
  return {
    /** @returns how long to wait with the next start; null: give up */
    add: (ended: Member, isAnyServing: boolean, facts: object): number | null => {
      failures = Date.now() - ended.startedAtMs < STEADY_MS ? failures + 1 : 0
      if (failures >= MOST_FAILURES && !isAnyServing) {
        log.fatal(facts, `${failures} processes in a row exited within ${STEADY_MS / 1000} s of their start`)
        return null
      }
      const waitMs = pauseMsOf(failures, pauseMs)
      log.error({ ...facts, waitMs }, 'a process exited; starting another one')
      return waitMs
    },
  }
}

interface Succession extends Pick<WorkerPoolOptions, 'log' | 'stopWithinMs' | 'pauseMs'> {
  readonly members: ReadonlySet<Member>
  /** Starts a process; settles once it serves or has exited. */
  readonly hire: () => Promise<void>
  /** Starts one in the place of a process that has exited. */
  readonly refill: (ended: Member) => void
  readonly isStopping: () => boolean
}

/** A start may fail for a moment: Postgres is away, or the machine is too busy. */
const hireSuccessor = async (succession: Succession): Promise<void> => {
  const { hire, isStopping, log, pauseMs = PAUSE_MS } = succession
  for (let failures = 1; ; failures += 1)
    try {
      return await hire()
    } catch (error) {
      if (failures === MOST_FAILURES || isStopping()) throw error
      const waitMs = pauseMsOf(failures, pauseMs)
      log.error({ waitMs }, 'a new process exited before it served; starting another one')
      await sleep(waitMs)
      if (isStopping()) throw error
    }
}

/** Starts a process in the place of each, then ends the old one. */
const succeedEach = async (succession: Succession): Promise<void> => {
  const { members, refill, isStopping } = succession
  for (const old of [...members]) {
    if (isStopping()) return
    // It has exited meanwhile, and was replaced.
    if (!members.has(old)) continue
    old.hasSuccessor = true
    try {
      await hireSuccessor(succession)
    } catch (error) {
      old.hasSuccessor = false
      if (!members.has(old)) refill(old)
      throw error
    }
    if (members.has(old)) await end(old, { isReplaced: true }, succession)
  }
}

const startAll = async (count: number, hire: (isExtra: boolean) => Promise<void>): Promise<void> => {
  await hire(true)
  await Promise.all(Array.from({ length: count - 1 }, () => hire(false).catch(() => {})))
}

export const createWorkerPool = (options: WorkerPoolOptions): WorkerPool => {
  const { count } = options
  const members = new Set<Member>()
  const killed = new WeakSet<Member>()
  const failures = createFailures(options)
  let isStopping = false
  /** The start, then each replacement. */
  let changing: Promise<void> = Promise.resolve()

  /** @param isExtra its end before it serves is the caller's matter */
  const hire = (isExtra: boolean): Promise<void> => {
    const member = createMember(cluster.fork())
    members.add(member)
    return startMember(member, options, (code, signal) => {
      members.delete(member)
      const isWanted = isStopping || member.isLeaving
      options.onEnd(member, isWanted ? null : killed.has(member) ? 'stuck' : 'crashed')
      const isCallers = (isExtra && !member.isServing()) || member.hasSuccessor
      if (!isWanted && !isCallers) void replace(member, code, signal)
    })
  }
  const replace = async (ended: Member, code: number | null, signal: string | null): Promise<void> => {
    const isAnyServing = [...members].some((each) => each.isServing())
    const waitMs = failures.add(ended, isAnyServing, { pid: ended.pid, code, signal })
    if (waitMs === null) return options.onFailed()
    await sleep(waitMs)
    if (!isStopping) await hire(false).catch(() => {})
  }
  const replaceEach = (): Promise<void> =>
    succeedEach({
      ...options,
      members,
      hire: () => hire(true),
      refill: (ended) => void replace(ended, null, null),
      isStopping: () => isStopping,
    })
  const loops = watchLoops(members, killed, options)
  const living = () => [...members].filter((each) => !each.worker.isDead())

  return {
    start: () => (changing = startAll(count, hire)),
    replaceAll: () => (changing = changing.then(replaceEach, replaceEach)),
    serving: () => living().filter((each) => each.isServing()),
    states: () => statesOf(living()),
    stop: async (drains) => {
      isStopping = true
      clearInterval(loops)
      await Promise.all([...members].map((member) => end(member, { drains }, options)))
    },
  }
}
