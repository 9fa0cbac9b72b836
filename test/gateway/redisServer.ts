// A redis-server of one test, on a port of its own, which the test may kill and start again.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { freePort } from '../../sql/embedded/port.ts'
import { isServed } from '../support/port.ts'
import { until } from '../support/until.ts'

export const isRedisInstalled = spawnSync('redis-server', ['--version']).status === 0

export interface RedisServer {
  readonly url: string
  readonly start: () => Promise<void>
  /** SIGKILL: connections break in the middle. */
  readonly kill: () => Promise<void>
  /** SIGSTOP and SIGCONT: it accepts connections and answers nothing. */
  readonly freeze: () => void
  readonly thaw: () => void
}

const launch = (port: number) =>
  spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  })

export const startRedis = async (t: ExecutionContext): Promise<RedisServer> => {
  const port = await freePort()
  let child = launch(port)
  const waitUntilOpen = () => until('redis-server accepts connections', () => isServed(port))
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(kill)
  await waitUntilOpen()
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      child = launch(port)
      await waitUntilOpen()
    },
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}
