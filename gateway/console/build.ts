// Builds the console in the background, in a low-priority process, unless a build exists or the build tools
// are not installed.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'

export const CONSOLE_SOURCES = fileURLToPath(new URL('../../console', import.meta.url))
export const CONSOLE_DIRECTORY = join(CONSOLE_SOURCES, 'dist')

/** `absent`: no build is running; the console may be built or not. */
export type BuildState = 'absent' | 'building' | 'failed'

interface ConsoleBuild {
  readonly state: () => BuildState
  /** Starts a build if there is none; returns at once. */
  readonly start: () => void
  readonly stop: () => Promise<void>
}

const COMMAND = fileURLToPath(new URL('buildCommand.ts', import.meta.url))
/** Tail of a failed build's output. */
const MAX_LOGGED = 4_000

const isPossible = (): boolean => {
  try {
    createRequire(import.meta.url).resolve('vite/package.json')
    return existsSync(join(CONSOLE_SOURCES, 'index.html'))
  } catch {
    return false
  }
}

const giveWay = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  } catch {
    // The process has exited, or the system does not support priorities.
  }
}

export const createConsoleBuild = (log: Logger): ConsoleBuild => {
  let state: BuildState = 'absent'
  let child: ChildProcess | null = null

  const run = (): void => {
    state = 'building'
    let printed = ''
    const started = spawn(process.execPath, [COMMAND], { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    giveWay(started)
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(-MAX_LOGGED)
      })
    started.on('error', (error) => log.warn({ err: error }, 'cannot start the build of the console'))
    started.on('close', (code, signal) => {
      child = null
      state = code === 0 ? 'absent' : 'failed'
      if (code === 0) log.info('built the console')
      else if (signal === null) log.warn({ printed }, 'cannot build the console; `npm run build` tries again')
    })
  }

  return {
    state: () => state,
    start: () => {
      if (!existsSync(join(CONSOLE_DIRECTORY, 'index.html')) && isPossible()) run()
    },
    stop: async () => {
      const running = child
      if (running === null) return
      const closed = new Promise((resolve) => running.once('close', resolve))
      running.kill('SIGTERM')
      await closed
    },
  }
}
