// What the primary does about its processes: it gathers answers, serves probes and metrics, and passes the
// requests of operators on.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Health, Phase } from '../http/health.ts'
import type { LogOutput } from '../http/log.ts'
import { createAdminServer, listenAdmin } from '../observe/adminServer.ts'
import { createForward } from './forward.ts'
import { createMergedText, METRICS_CONTENT_TYPE, type MetricsJson, retire } from './mergeMetrics.ts'
import { createProcessMetrics } from './processMetrics.ts'
import type { EndReason, WorkerPool, WorkerProcess } from './workerPool.ts'

const GATHER_WITHIN_MS = 3_000
const DRAIN_MS = 1_000

type Asked = Pick<WorkerProcess, 'channel' | 'isStuck'>

/** Answers of the processes that serve and answer in time; one that is stuck is not asked. */
export const gatherFrom = async <M extends Asked>(
  members: readonly M[],
  name: string,
  argument?: unknown,
): Promise<readonly { readonly member: M; readonly answer: unknown }[]> => {
  const asked = members
    .filter(({ isStuck }) => !isStuck())
    .map(async (member) => ({ member, answer: await member.channel.ask(name, argument, GATHER_WITHIN_MS) }))
  const settled = await Promise.allSettled(asked)
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

/** Keeps the last metrics of each process: one that is stuck or has ended still counts. */
export const createMachineMetrics = (workers: Pick<WorkerPool, 'serving' | 'states'>) => {
  const last = new Map<WorkerProcess, MetricsJson>()
  let retired: Promise<MetricsJson> = Promise.resolve([])
  const own = createProcessMetrics(workers.states)
  const mergedText = createMergedText()
  return {
    contentType: METRICS_CONTENT_TYPE,
    text: async (): Promise<string> => {
      for (const { member, answer } of await gatherFrom(workers.serving(), 'metrics'))
        if (workers.serving().includes(member)) last.set(member, answer as MetricsJson)
      return mergedText([...last.values(), await retired, await own.json()])
    },
    onEnd: (member: WorkerProcess, reason: EndReason | null): void => {
      if (reason !== null) own.onUnwantedEnd(reason)
      const ended = last.get(member)
      last.delete(member)
      if (ended !== undefined) retired = retired.then((before) => retire(before, ended))
    },
  }
}

interface PrimaryServicesOptions {
  readonly config: Config
  readonly log: LogOutput['log']
  readonly phase: () => Phase
  readonly workers: Pick<WorkerPool, 'serving'>
  readonly metrics: ReturnType<typeof createMachineMetrics>
}

/** Null: one of the processes is ready; the first one that is decides, however late the others answer. */
const obstacleOf = async (members: readonly Asked[]): Promise<string | null> => {
  let obstacle = 'no process responds'
  const isReady = async ({ channel }: Asked): Promise<true> => {
    const answer = await channel.ask('ready', undefined, GATHER_WITHIN_MS)
    if (answer === null) return true
    obstacle = String(answer)
    throw new Error(obstacle)
  }
  const asked = members.filter(({ isStuck }) => !isStuck()).map(isReady)
  return Promise.any(asked).then(
    () => null,
    () => obstacle,
  )
}

/** All processes see the same servers: the first one that answers is enough. */
const warningOf = async (members: readonly Asked[]): Promise<string | null> => {
  const asked = members
    .filter(({ isStuck }) => !isStuck())
    .map(({ channel }) => channel.ask('warning', undefined, GATHER_WITHIN_MS))
  const answer = await Promise.any(asked).catch(() => null)
  return typeof answer === 'string' ? answer : null
}

const healthOf = ({ phase, workers }: PrimaryServicesOptions): Health => ({
  phase,
  obstacle: () => obstacleOf(workers.serving()),
  warning: () => warningOf(workers.serving()),
  // The primary replaces single processes by itself; a restart would end the requests of the others.
  fault: () => {
    const serving = workers.serving()
    return serving.length > 0 && serving.every(({ isStuck }) => isStuck()) ? 'no process responds' : null
  },
})

/** A directory that other users cannot enter. */
const makeSocketDirectory = async (): Promise<string> => {
  try {
    return await mkdtemp(join(tmpdir(), 'tenantry-'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`ADMIN_API=private with several processes needs a directory for sockets: ${reason}.`, {
      cause,
    })
  }
}

/** Takes turns among the processes that can answer. */
const createTurns = (serving: WorkerPool['serving'], socketOf: (member: WorkerProcess) => string | null) => {
  let turn = 0
  return (): string | null => {
    const all = serving()
    const fit = all.filter((each) => !each.isStuck() && !each.isLeaving)
    const members = fit.length > 0 ? fit : all
    turn += 1
    const member = members[turn % members.length]
    return member === undefined ? null : socketOf(member)
  }
}

/** Null: ADMIN_PORT is off. */
export const openPrimaryServices = async (options: PrimaryServicesOptions) => {
  const { config, log, metrics, workers } = options
  if (config.adminPort === null) return null
  const { adminHost: host, adminAllowedHosts: allowedHosts, metricsToken: token } = config
  const health = healthOf(options)
  const sockets = config.adminApi === 'private' ? await makeSocketDirectory() : null
  const operatorSocket = ({ pid }: WorkerProcess) => (sockets === null ? null : join(sockets, String(pid)))
  const beyond = sockets === null ? undefined : createForward(createTurns(workers.serving, operatorSocket))
  const parts = { log, health, metrics, token, host, allowedHosts, operators: null, beyond }
  const server = createAdminServer(parts)
  const removeSockets = async (): Promise<void> => {
    if (sockets !== null) await rm(sockets, { recursive: true, force: true })
  }
  const port = await listenAdmin(server, config.adminPort, host).catch(async (error: unknown) => {
    await removeSockets()
    throw error
  })
  log.info({ host, port }, 'serving probes and metrics')
  return {
    port,
    operatorSocket,
    close: async (): Promise<void> => {
      await server.close(DRAIN_MS)
      await removeSockets()
    },
  }
}
