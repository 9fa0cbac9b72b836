// Metrics of the caches, which share one budget. Each cache has a name of the code; there are about twenty.

import { Counter, Gauge, type Registry } from 'prom-client'
import type { CacheBudget } from '../cache/budget.ts'

export interface CacheSource {
  readonly caches: Pick<CacheBudget, 'report' | 'maxBytes'>
}

type Amount = 'entries' | 'bytes'
type Count = 'hits' | 'misses' | 'evictions'

const labelNames = ['cache'] as const

export const watchCaches = (registry: Registry, { caches }: CacheSource): void => {
  const registers = [registry]
  const amount = (field: Amount, help: string): void => {
    new Gauge({
      name: `tenantry_cache_${field}`,
      help,
      labelNames,
      registers,
      collect() {
        for (const use of caches.report()) this.set({ cache: use.name }, use[field])
      },
    })
  }
  const count = (field: Count, help: string): void => {
    new Counter({
      name: `tenantry_cache_${field}_total`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const use of caches.report()) this.inc({ cache: use.name }, use[field])
      },
    })
  }
  amount('entries', 'Entries of each cache.')
  amount('bytes', 'Estimated bytes of each cache.')
  count('hits', 'Look-ups that found an entry.')
  count('misses', 'Look-ups that found no entry.')
  count('evictions', 'Entries that were evicted to free memory.')
  new Gauge({
    name: 'tenantry_cache_max_bytes',
    help: 'Memory limit of all caches together.',
    registers,
  }).set(caches.maxBytes)
}
