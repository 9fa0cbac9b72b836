// `npm run bench -- --restarts 50`: rolling restarts under load, with connections that are kept alive. Two
// gateways behind a client that takes turns among those that are ready, as a balancer does; then one gateway
// of two processes, which SIGUSR2 replaces. Prints the requests and the failures; a failure is an answer
// outside 2xx or a connection that broke. Nothing is sent twice. A restart takes seconds, most of them until
// the new gateway is ready, so each is counted on stderr.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender } from './contender.ts'

const WORKERS = 8
const LOOK_MS = 100
const REPLACED_WITHIN_MS = 120_000
/** Every so many requests one writes. */
const WRITE_EVERY = 10

interface Upstream {
  readonly contender: Contender
  readonly agent: Agent
  isReady: boolean
}

interface Tally {
  readonly startedMs: number
  requests: number
  readonly failures: string[]
  slowestMs: number
}

const openUpstream = (contender: Contender): Upstream => ({
  contender,
  agent: new Agent({ keepAlive: true, maxSockets: WORKERS }),
  isReady: true,
})

const statusOf = async (
  { contender, agent }: Upstream,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<number> => {
  const method = body === undefined ? 'GET' : 'POST'
  const sent = httpRequest(`${contender.origin}${path}`, { agent, method, headers })
  sent.end(body)
  const [answer] = await once(sent, 'response')
  answer.resume()
  await once(answer, 'end')
  return answer.statusCode ?? 0
}

/** Looks at `/readyz`, as a balancer does. */
const watchReadiness = (upstreams: ReadonlySet<Upstream>): NodeJS.Timeout =>
  setInterval(() => {
    for (const upstream of upstreams)
      statusOf(upstream, '/readyz').then(
        (status) => {
          upstream.isReady = status === 200
        },
        () => {
          upstream.isReady = false
        },
      )
  }, LOOK_MS)

/** Sends requests until the work is over. */
const underLoad = async (
  upstreams: ReadonlySet<Upstream>,
  token: string,
  work: (tally: Tally) => Promise<void>,
): Promise<Tally> => {
  const tally: Tally = { startedMs: performance.now(), requests: 0, failures: [], slowestMs: 0 }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let isOver = false
  const send = async (upstream: Upstream, turn: number): Promise<void> => {
    const startedMs = performance.now()
    const body = turn % WRITE_EVERY === 0 ? JSON.stringify({ name: `Restart ${turn}` }) : undefined
    const path = body === undefined ? '/rest/companies?limit=20' : '/rest/companies'
    try {
      const status = await statusOf(upstream, path, headers, body)
      if (status >= 300) tally.failures.push(String(status))
    } catch (error) {
      tally.failures.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
    }
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedMs)
  }
  const worker = async (): Promise<void> => {
    while (!isOver) {
      const ready = [...upstreams].filter(({ isReady }) => isReady)
      tally.requests += 1
      const upstream = ready[tally.requests % ready.length]
      if (upstream === undefined) tally.failures.push('none is ready')
      else await send(upstream, tally.requests)
      await sleep(upstream === undefined ? LOOK_MS : 2)
    }
  }
  const workers = Array.from({ length: WORKERS }, worker)
  try {
    await work(tally)
  } finally {
    isOver = true
    await Promise.all(workers)
  }
  return tally
}

const secondsSince = (startedMs: number): string => ((performance.now() - startedMs) / 1_000).toFixed(0)

const progress = (done: number, restarts: number, { startedMs, requests, failures }: Tally): void =>
  console.error(
    `${done} of ${restarts} restarts in ${secondsSince(startedMs)} s: ${requests} requests, ${failures.length} failed`,
  )

const report = (name: string, restarts: number, tally: Tally): void => {
  const { startedMs, requests, failures, slowestMs } = tally
  const counts = Object.entries(Object.groupBy(failures, (failure) => failure))
  const named = counts.map(([failure, all = []]) => `${all.length} × ${failure}`).join(', ')
  console.log(
    `| ${name} | ${restarts} | ${secondsSince(startedMs)} | ${requests} | ${failures.length}${named === '' ? '' : ` (${named})`} | ${slowestMs.toFixed(0)} |`,
  )
}

type StartGateway = (environment: Readonly<Record<string, string>>) => Promise<Contender>

const restartGateways = async (start: StartGateway, token: string, restarts: number): Promise<void> => {
  const environment = { DRAIN_DELAY_SECONDS: '1', CONSOLE: 'off' }
  const upstreams = new Set([openUpstream(await start(environment)), openUpstream(await start(environment))])
  const watch = watchReadiness(upstreams)
  const tally = await underLoad(upstreams, token, async (running) => {
    for (let round = 0; round < restarts; round += 1) {
      const [old] = upstreams
      if (old === undefined) throw new Error('No gateway is left.')
      upstreams.add(openUpstream(await start(environment)))
      await old.contender.stop()
      upstreams.delete(old)
      old.agent.destroy()
      progress(round + 1, restarts, running)
    }
  })
  clearInterval(watch)
  for (const { contender, agent } of upstreams) {
    agent.destroy()
    await contender.stop()
  }
  report('two gateways, SIGTERM', restarts, tally)
}

const processesOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/)

const replaceAll = async (pid: number): Promise<void> => {
  const before = processesOf(pid)
  process.kill(pid, 'SIGUSR2')
  const until = Date.now() + REPLACED_WITHIN_MS
  for (;;) {
    await sleep(LOOK_MS)
    const now = processesOf(pid)
    if (now.length === before.length && !now.some((each) => before.includes(each))) return
    if (Date.now() > until) throw new Error('SIGUSR2 did not replace the processes.')
  }
}

const restartProcesses = async (start: StartGateway, token: string, restarts: number): Promise<void> => {
  const upstream = openUpstream(await start({ PROCESSES: '2', CONSOLE: 'off' }))
  const { contender, agent } = upstream
  const tally = await underLoad(new Set([upstream]), token, async (running) => {
    for (let done = 0; done < restarts; ) {
      await replaceAll(contender.pid)
      done += 2
      progress(done, restarts, running)
    }
  })
  agent.destroy()
  await contender.stop()
  report('two processes, SIGUSR2', restarts, tally)
}

/** @param restarts of gateways, and of processes @returns once all have ended */
export const measureRestarts = async (
  start: StartGateway,
  token: string,
  restarts: number,
): Promise<void> => {
  console.log('| what | restarts | s | requests | failed | slowest ms |')
  console.log('|---|---|---|---|---|---|')
  await restartGateways(start, token, restarts)
  await restartProcesses(start, token, restarts)
}
