// Durations and the heap, as the benches of many workspaces print them.

import v8 from 'node:v8'
import vm from 'node:vm'
import { quantile } from './median.ts'

/** A row of a table in Markdown. */
export const line = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`)

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`

/** @param times in milliseconds */
export const quantiles = (times: readonly number[]): string =>
  `p50 ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}`

/** @returns milliseconds */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** Bytes of the heap that are in use. */
export const openHeap = (): (() => number) => {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  return () => {
    collect()
    return process.memoryUsage().heapUsed
  }
}
