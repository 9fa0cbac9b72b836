// Metrics of the process: CPU, memory, garbage collection and how late the event loop is. Names are those of
// OpenTelemetry's semantic conventions for Node and V8.

import { constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { type Aggregator, Counter, Gauge, Histogram, type Registry } from 'prom-client'

const NANOSECONDS = 1e9
const MICROSECONDS = 1e6
const DELAY_RESOLUTION_MS = 10
/** In seconds. */
const GC_BUCKETS = [0.001, 0.01, 0.1, 1]

const GC_TYPES: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

const watchProcess = (registers: Registry[]): void => {
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / MICROSECONDS)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since the epoch.',
    aggregator: 'min',
    registers,
  }).set(performance.timeOrigin / 1000)
}

const watchHeap = (registers: Registry[]): void => {
  const space = (
    name: string,
    help: string,
    read: (bytes: ReturnType<typeof getHeapSpaceStatistics>[number]) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['v8js_heap_space_name'] as const,
      registers,
      collect() {
        for (const each of getHeapSpaceStatistics())
          this.set({ v8js_heap_space_name: each.space_name }, read(each))
      },
    })
  space('v8js_memory_heap_used_bytes', 'Used bytes of a heap space.', (each) => each.space_used_size)
  space('v8js_memory_heap_space_size_bytes', 'Size of a heap space.', (each) => each.space_size)
  space(
    'v8js_memory_heap_space_available_size_bytes',
    'Available bytes of a heap space.',
    (each) => each.space_available_size,
  )
}

type GarbageCollection = PerformanceEntry & { readonly detail: { readonly kind: number } }

/** @returns a function that stops the observation */
const watchGarbageCollection = (registers: Registry[]): (() => void) => {
  const durations = new Histogram({
    name: 'v8js_gc_duration_seconds',
    help: 'Duration of garbage collections.',
    labelNames: ['v8js_gc_type'] as const,
    buckets: GC_BUCKETS,
    registers,
  })
  const observer = new PerformanceObserver((list) => {
    // Node's types leave out what entries of this type hold.
    for (const { detail, duration } of list.getEntries() as GarbageCollection[]) {
      const { kind } = detail
      durations.observe({ v8js_gc_type: GC_TYPES[kind] ?? 'other' }, duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

/** @returns a function that stops the observation */
const watchEventLoop = (registers: Registry[]): (() => void) => {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
  delay.enable()
  const gauge = (name: string, help: string, read: () => number, aggregator: Aggregator = 'max') =>
    new Gauge({
      name: `nodejs_eventloop_delay_${name}_seconds`,
      aggregator,
      help: `${help} of the event loop's delay since the last scrape.`,
      registers,
      collect() {
        const nanoseconds = read()
        // Without a sample the mean is not a number.
        this.set(Number.isFinite(nanoseconds) ? nanoseconds / NANOSECONDS : 0)
      },
    })
  gauge('min', 'Minimum', () => (delay.count === 0 ? 0 : delay.min), 'min')
  gauge('max', 'Maximum', () => delay.max)
  gauge('mean', 'Mean', () => delay.mean, 'average')
  gauge('stddev', 'Standard deviation', () => delay.stddev, 'average')
  gauge('p50', 'Median', () => delay.percentile(50))
  gauge('p90', '90th percentile', () => delay.percentile(90))
  gauge('p99', '99th percentile', () => delay.percentile(99))
  let last = performance.eventLoopUtilization()
  new Gauge({
    name: 'nodejs_eventloop_utilization',
    help: 'Share of time that the event loop was busy since the last scrape.',
    aggregator: 'average',
    registers,
    collect() {
      const now = performance.eventLoopUtilization()
      this.set(performance.eventLoopUtilization(now, last).utilization)
      last = now
      // Collected last of this group: the next collection has a window of its own.
      delay.reset()
    },
  })
  return () => delay.disable()
}

/** @returns a function that stops the observation */
export const watchRuntime = (registry: Registry): (() => void) => {
  const registers = [registry]
  watchProcess(registers)
  watchHeap(registers)
  const stops = [watchGarbageCollection(registers), watchEventLoop(registers)]
  return () => {
    for (const stop of stops) stop()
  }
}
