// Metrics of the processes themselves, which the primary keeps.

import { Counter, Gauge, Registry } from 'prom-client'
import type { MetricDescription } from '../observe/metrics.ts'
import { describeMetric } from '../observe/metrics.ts'
import type { MetricsJson } from './mergeMetrics.ts'
import type { EndReason, States } from './workerPool.ts'

interface ProcessMetrics {
  readonly onUnwantedEnd: (reason: EndReason) => void
  readonly json: () => Promise<MetricsJson>
  readonly list: () => readonly MetricDescription[]
}

export const createProcessMetrics = (states: () => States): ProcessMetrics => {
  const registry = new Registry()
  new Gauge({
    name: 'tenantry_processes',
    help: 'Processes by state, if there are several; `stuck`: the event loop does not respond.',
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      for (const [state, count] of Object.entries(states())) this.set({ state }, count)
    },
  })
  const ends = new Counter({
    name: 'tenantry_process_ends_total',
    help: 'Processes that exited by themselves, or were killed because they did not respond.',
    labelNames: ['reason'] as const,
    registers: [registry],
  })
  for (const reason of ['crashed', 'stuck'] satisfies EndReason[]) ends.inc({ reason }, 0)
  return {
    onUnwantedEnd: (reason) => ends.inc({ reason }),
    json: async () => (await registry.getMetricsAsJSON()) as MetricsJson,
    list: () => registry.getMetricsAsArray().map(describeMetric),
  }
}
