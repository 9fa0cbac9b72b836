// The share of one process in what belongs to the machine.

import { availableParallelism } from 'node:os'
import { cacheBytes } from './cache/memory.ts'
import type { Config } from './config.ts'
import { MOST_PROCESSES } from './settings/server.ts'

const MB = 1024 * 1024
/** Below this a gateway compiles the same models over and over. */
const LEAST_CACHE_MB = 16
/** One each for the locks of jobs, for building an index, for a transaction and for single queries. */
const LEAST_OWNER_CONNECTIONS = 4
const OWNER_CONNECTIONS = 5

/** `auto`: the CPUs that the cgroup and the affinity of the process allow. */
export const processesOf = ({ processes }: Pick<Config, 'processes'>): number =>
  processes === 'auto' ? Math.min(availableParallelism(), MOST_PROCESSES) : processes

const shareOf = (amount: number, processes: number): number => Math.ceil(amount / processes)

/** The settings of one of several processes: connections, cache memory and streams are divided. */
export const shareOfConfig = (config: Config, processes: number): Config => {
  const cacheMb = Math.floor(cacheBytes(config.cacheMemoryMb) / MB / processes)
  return Object.freeze({
    ...config,
    processes,
    connections: shareOf(config.connections, processes),
    cacheMemoryMb: Math.max(LEAST_CACHE_MB, cacheMb),
    maxStreams: shareOf(config.maxStreams, processes),
  })
}

/** With `auto` the number is not decided yet: counted as one. */
const countOf = ({ processes }: Pick<Config, 'processes'>): number => (processes === 'auto' ? 1 : processes)

/** The owner's connections of one process. */
export const ownerConnections = (config: Pick<Config, 'processes'>): number =>
  Math.max(LEAST_OWNER_CONNECTIONS, shareOf(OWNER_CONNECTIONS, countOf(config)))

/**
 * The most connections of a gateway: of each process, the permanent, further and spare ones for requests,
 * the owner's, and one that listens.
 */
export const mostConnections = (config: Config): number => {
  const processes = processesOf(config)
  const own = processes === 1 ? config : shareOfConfig(config, processes)
  return processes * (own.connections * (4 + own.poolGrowth) + ownerConnections(own) + 1)
}
