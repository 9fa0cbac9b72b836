// A server under test, as a process of its own. In: a command and its environment; out: its origin once it
// answers, and its end.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../sql/embedded/port.ts'

export interface Contender {
  readonly name: string
  readonly origin: string
  readonly pid: number
  /** Has no effect once it has ended. */
  readonly stop: () => Promise<void>
}

const isUp = async (origin: string): Promise<boolean> => {
  try {
    await fetch(origin)
    return true
  } catch {
    return false
  }
}

const waitUntilUp = async (name: string, origin: string, child: ChildProcess): Promise<void> => {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}.`)
    if (await isUp(origin)) return
    await sleep(100)
  }
  throw new Error(`${name} does not answer at ${origin}.`)
}

/** @param commandLine arguments of Node, made from the port that was found */
export const start = async (
  name: string,
  commandLine: (port: number) => readonly string[],
  environment: (port: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Contender> => {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, commandLine(port), {
    env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production', ...environment(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await waitUntilUp(name, origin, child)
  return {
    name,
    origin,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
