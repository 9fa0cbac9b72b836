// The memory that all caches of the gateway may take together: CACHE_MEMORY_MB, or a share of what the
// process may have.

import { getHeapStatistics } from 'node:v8'
import { ConfigError } from '../config.ts'

interface MemoryLimits {
  /** Of V8: `--max-old-space-size`, or derived from the machine. */
  readonly heapBytes: number
  /** Of the container (its cgroup); null without one. */
  readonly containerBytes: number | null
}

const MB = 1024 * 1024
/** Code, libraries and one compilation, before anything is kept. */
const BASE_HEAP_BYTES = 128 * MB
/** Requests need the rest; a heap that is nearly full spends its time on collection. */
const SHARE_OF_HEAP = 0.4
/** Memory of an idle process, and buffers outside the heap. */
const SHARE_OF_CONTAINER = 0.2
const LARGEST_DEFAULT_BYTES = 1024 * MB
const SMALLEST_BYTES = 16 * MB
const LARGEST_SHARE_OF_HEAP = 0.7

const memoryLimits = (): MemoryLimits => {
  const heapBytes = getHeapStatistics().heap_size_limit
  // 0 or a number beyond all memory if there is no limit.
  const constrained = process.constrainedMemory()
  return { heapBytes, containerBytes: constrained > 0 && constrained < 2 ** 50 ? constrained : null }
}

/** @param megabytes as configured; null: derived from the limits. Throws ConfigError above what fits. */
export const cacheBytes = (
  megabytes: number | null,
  { heapBytes, containerBytes }: MemoryLimits = memoryLimits(),
): number => {
  if (megabytes === null) {
    const ofContainer = (containerBytes ?? Number.POSITIVE_INFINITY) * SHARE_OF_CONTAINER
    const derived = Math.min(
      (heapBytes - BASE_HEAP_BYTES) * SHARE_OF_HEAP,
      ofContainer,
      LARGEST_DEFAULT_BYTES,
    )
    return Math.max(SMALLEST_BYTES, Math.floor(derived))
  }
  const largest = Math.floor((heapBytes * LARGEST_SHARE_OF_HEAP) / MB)
  if (megabytes <= largest) return megabytes * MB
  throw new ConfigError([
    `  CACHE_MEMORY_MB is ${megabytes}; the heap limit of ${Math.floor(heapBytes / MB)} MB leaves room for ${largest}. ` +
      'Lower it, or raise the limit with NODE_OPTIONS=--max-old-space-size.',
  ])
}
