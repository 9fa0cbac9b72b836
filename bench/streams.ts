// `npm run bench -- --streams`: the change feed under load. Prints how long a change takes from the write to
// a stream, how long one change takes to reach all of many streams of one role, and the memory that open
// streams take.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, type ClientRequest, request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../sql/placeholder.ts'
import type { Contender } from './contender.ts'

const LATENCY_WRITES = 300
const FAN_OUT = 1_000
const OPEN = 3_000
const FAN_OUT_ROUNDS = 9

interface Database {
  readonly pool: Pool
  readonly schema: string
}

interface Listener {
  /** Resolves with the time at which the next change arrived. */
  readonly next: () => Promise<number>
  readonly close: () => void
}

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

const listen = async (origin: string, token: string): Promise<Listener> => {
  let waiting: ((atMs: number) => void) | null = null
  const request: ClientRequest = httpRequest(`${origin}/changes/stream?objects=company`, {
    agent,
    headers: { authorization: `Bearer ${token}` },
  })
  request.end()
  const [response] = await once(request, 'response')
  if (response.statusCode !== 200) throw new Error(`A stream was answered with ${response.statusCode}.`)
  response.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('event: change')) waiting?.(performance.now())
  })
  return {
    next: () =>
      new Promise((resolve) => {
        waiting = resolve
      }),
    close: () => request.destroy(),
  }
}

const listenMany = async (origin: string, token: string, count: number): Promise<readonly Listener[]> => {
  const listeners: Listener[] = []
  while (listeners.length < count) {
    const some = Math.min(50, count - listeners.length)
    listeners.push(...(await Promise.all(Array.from({ length: some }, () => listen(origin, token)))))
  }
  return listeners
}

const write = async (origin: string, token: string, name: string): Promise<number> => {
  const startMs = performance.now()
  const response = await fetch(`${origin}/rest/companies`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  await response.arrayBuffer()
  if (response.status !== 201) throw new Error(`A write was answered with ${response.status}.`)
  return startMs
}

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0)

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** The same in SQL, as by hand: no request of a gateway announces it. */
const writeBySql = async ({ pool, schema }: Database, name: string): Promise<number> => {
  const startMs = performance.now()
  await pool.query(bindSchema(`insert into ${inWorkspace('company')} (name) values ($1)`, schema), [name])
  return startMs
}

const measureLatency = async (
  what: string,
  { origin }: Contender,
  token: string,
  writeOne: (name: string) => Promise<number>,
): Promise<void> => {
  const listener = await listen(origin, token)
  const times: number[] = []
  for (let count = 0; count < LATENCY_WRITES; count += 1) {
    const arrived = listener.next()
    const startMs = await writeOne(`latency ${count}`)
    times.push((await arrived) - startMs)
    await sleep(10)
  }
  listener.close()
  times.sort((a, b) => a - b)
  console.log(
    `${what} to stream: p50 ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms (${times.length} writes)`,
  )
}

const measureFanOut = async ({ origin }: Contender, token: string): Promise<void> => {
  const listeners = await listenMany(origin, token, FAN_OUT)
  const times: number[] = []
  for (let round = 0; round < FAN_OUT_ROUNDS; round += 1) {
    const arrived = Promise.all(listeners.map((listener) => listener.next()))
    const startMs = await write(origin, token, `fan-out ${round}`)
    times.push(Math.max(...(await arrived)) - startMs)
  }
  for (const listener of listeners) listener.close()
  times.sort((a, b) => a - b)
  console.log(`one change to ${FAN_OUT} streams, last one: p50 ${at(times, 0.5)} ms, max ${at(times, 1)} ms`)
}

const measureMemory = async ({ origin, pid }: Contender, token: string): Promise<void> => {
  await sleep(1_000)
  const before = rssMb(pid)
  const listeners = await listenMany(origin, token, OPEN)
  await sleep(2_000)
  console.log(`${OPEN} open streams: ${(rssMb(pid) - before).toFixed(0)} MB more`)
  for (const listener of listeners) listener.close()
}

/** @param gateway with limits on streams that allow as many */
export const measureStreams = async (
  gateway: Contender,
  token: string,
  database: Database,
): Promise<void> => {
  await measureLatency('write', gateway, token, (name) => write(gateway.origin, token, name))
  await measureLatency('write by SQL', gateway, token, (name) => writeBySql(database, name))
  await measureFanOut(gateway, token)
  await measureMemory(gateway, token)
}
