// What the primary does for its processes and about them: it counts requests for all, gathers answers, and
// serves probes and metrics.

import type { Config } from '../config.ts'
import type { Health, Phase } from '../http/health.ts'
import type { LogOutput } from '../http/log.ts'
import { type Counter, createMemoryCounter } from '../limits/counter.ts'
import { createAdminServer } from '../observe/adminServer.ts'
import type { Crew, WorkerProcess } from './crew.ts'
import { METRICS_CONTENT_TYPE, type MetricsJson, mergedText, retire } from './mergeMetrics.ts'
import type { CountQuestion } from './siblings.ts'

/** A process that has not answered for so long is stuck. */
const STUCK_MS = 10_000
const GATHER_WITHIN_MS = 3_000
const DRAIN_MS = 1_000

/** Counters of all processes. */
export const createCounting = () => {
  const counters = new Map<string, Counter>()
  return ({ how, name, windowSeconds, key }: CountQuestion) => {
    let counter = counters.get(name)
    if (counter === undefined) {
      counter = createMemoryCounter({ name, windowSeconds })
      counters.set(name, counter)
    }
    return counter[how](key)
  }
}

/** Answers of the processes that serve and answer in time. */
export const gatherFrom = async (
  members: readonly WorkerProcess[],
  name: string,
  argument?: unknown,
): Promise<readonly { readonly member: WorkerProcess; readonly answer: unknown }[]> => {
  const asked = members.map(async (member) => ({
    member,
    answer: await member.channel.ask(name, argument, GATHER_WITHIN_MS),
  }))
  const settled = await Promise.allSettled(asked)
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

/** Keeps the last metrics of each process: one that is stuck or has ended still counts. */
export const createMachineMetrics = (serving: Crew['serving']) => {
  const last = new Map<WorkerProcess, MetricsJson>()
  let retired: Promise<MetricsJson> = Promise.resolve([])
  return {
    contentType: METRICS_CONTENT_TYPE,
    text: async (): Promise<string> => {
      for (const { member, answer } of await gatherFrom(serving(), 'metrics'))
        if (serving().includes(member)) last.set(member, answer as MetricsJson)
      return mergedText([...last.values(), await retired])
    },
    onEnd: (member: WorkerProcess): void => {
      const ended = last.get(member)
      last.delete(member)
      if (ended !== undefined) retired = retired.then((before) => retire(before, ended))
    },
  }
}

interface DeskOptions {
  readonly config: Config
  readonly log: LogOutput['log']
  readonly phase: () => Phase
  readonly serving: Crew['serving']
  readonly metrics: ReturnType<typeof createMachineMetrics>
}

const healthOf = ({ phase, serving }: DeskOptions): Health => ({
  phase,
  isDatabaseThere: async () => (await gatherFrom(serving(), 'ready')).some(({ answer }) => answer === null),
  fault: () => {
    const stuck = serving().filter(({ beatAtMs }) => Date.now() - beatAtMs() > STUCK_MS)
    return stuck.length === 0 ? null : 'a process does not answer'
  },
})

/** Null: ADMIN_PORT is off. */
export const openDesk = async (options: DeskOptions) => {
  const { config, log, metrics } = options
  if (config.adminPort === null) return null
  const { adminHost: host, adminAllowedHosts: allowedHosts, metricsToken: token } = config
  const health = healthOf(options)
  const server = createAdminServer({ log, health, metrics, token, host, allowedHosts, operators: null })
  const port = await server.listen(config.adminPort, host)
  log.info({ host, port }, 'probes and metrics are served')
  return { port, close: () => server.close(DRAIN_MS) }
}
