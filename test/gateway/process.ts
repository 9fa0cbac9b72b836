// A gateway as an operator starts it: a process of its own, seen through its output, its signals and its exit
// code.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { until } from '../support/until.ts'

const MAIN = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url))

export interface GatewayProcess {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits for the welcome; the address in it. */
  readonly url: () => Promise<string>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Waits for the end; null after a signal that was not handled. */
  readonly exitCode: () => Promise<number | null>
}

export const scratchDirectory = async (t: ExecutionContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'tenantry-main-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Remembers what is to be done in the end. */
export type TearDown = (work: () => Promise<void>) => void

export const startGateway = (
  { teardown }: { readonly teardown: TearDown },
  environment: Readonly<Record<string, string>>,
  entry = MAIN,
): GatewayProcess => {
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', CONSOLE: 'off', ...environment },
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  }
  const closed = once(child, 'close')
  teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await closed
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    url: async () => {
      await until(
        'the gateway welcomes',
        () => written.stdout.includes('curl') || written.stdout.includes('npx'),
      )
      return /^Tenantry serves at (\S+)$/m.exec(written.stdout)?.[1] ?? ''
    },
    signal: (signal) => void child.kill(signal),
    exitCode: async () => {
      await closed
      return child.exitCode
    },
  }
}
