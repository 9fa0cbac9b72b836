// The server process of one cluster: starts it, waits until it is ready, stops it, and stops one that an
// earlier gateway left behind. Ports, passwords and the reaction to an unexpected exit are the caller's.

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { asDataDirectory, POSTGRES_ENVIRONMENT } from './initdb.ts'
import { isAlive } from './lock.ts'

const POLL_MS = 10
/** Until the server writes its status. Afterwards it recovers from a crash, in its own time, or exits. */
const STATUS_WITHIN_MS = 300_000
const FAST_STOP_WITHIN_MS = 30_000

interface PostmasterOptions {
  readonly postgres: string
  readonly clusterDir: string
  readonly account: Account | null
  readonly port: number
  readonly settings: Readonly<Record<string, string>>
  readonly logFile: string
}

export interface Postmaster {
  readonly pid: number
  /** Settles when the process has exited. */
  readonly exited: Promise<void>
  /** Ends sessions, writes a checkpoint, and returns when the process has exited. */
  stop(): Promise<void>
}

/** Lines of postmaster.pid: process id first, the status ("ready", padded) eighth. */
const readPidFile = (clusterDir: string): readonly string[] => {
  try {
    return readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

const tailOf = async (path: string): Promise<string> => {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const length = Math.min(size, 2000)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8')
  } finally {
    await file.close()
  }
}

const waitUntilReady = async (
  pid: number,
  clusterDir: string,
  hasExited: () => boolean,
): Promise<boolean> => {
  const deadline = performance.now() + STATUS_WITHIN_MS
  while (!hasExited()) {
    const lines = readPidFile(clusterDir)
    const status = Number(lines[0]) === pid ? lines[7]?.trim() : undefined
    if (status === 'ready') return true
    if (status !== 'starting' && performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return false
}

/** Requests a fast shutdown, and an immediate one if that takes too long. Both are safe for the data. */
const end = async (pid: number, isGone: () => boolean): Promise<void> => {
  for (const [signal, withinMs] of [
    ['SIGINT', FAST_STOP_WITHIN_MS],
    ['SIGQUIT', 10_000],
  ] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const deadline = performance.now() + withinMs
    while (performance.now() < deadline) {
      if (isGone()) return
      await sleep(POLL_MS)
    }
  }
  throw new Error(`Postgres (process ${pid}) does not stop. End it by hand, then start the gateway again.`)
}

export const startPostmaster = async (options: PostmasterOptions): Promise<Postmaster> => {
  const { clusterDir, account } = options
  const log = openSync(options.logFile, 'a', 0o600)
  const child = spawn(
    options.postgres,
    [
      '-D',
      asDataDirectory(clusterDir, account),
      ...Object.entries({ ...options.settings, port: String(options.port) }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    {
      cwd: clusterDir,
      env: POSTGRES_ENVIRONMENT,
      // A session of its own: Ctrl-C in a terminal reaches only the gateway, which stops the server after its
      // last request.
      detached: true,
      // A file instead of a pipe, because the server outlives a gateway that is killed.
      stdio: ['ignore', log, log],
      ...account,
    },
  )
  closeSync(log)
  child.unref()
  let hasExited = false
  let spawnError: Error | undefined
  const exited = new Promise<void>((resolve) => {
    const done = (error?: Error): void => {
      hasExited = true
      spawnError = error
      resolve()
    }
    child.once('error', done)
    child.once('exit', () => done())
  })
  const { pid } = child
  if (pid === undefined || !(await waitUntilReady(pid, clusterDir, () => hasExited))) {
    if (pid !== undefined && !hasExited) await end(pid, () => hasExited)
    throw new Error(`Postgres did not start:\n${(await tailOf(options.logFile)).trim()}`, {
      cause: spawnError,
    })
  }
  return { pid, exited, stop: () => (hasExited ? exited : end(pid, () => hasExited)) }
}

/** Whether the process is a server on this very directory: a server's working directory is its cluster. */
const servesCluster = (pid: number, clusterDir: string): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterDir)
  } catch {
    // Without /proc (macOS) trust the pid file; with /proc, an unreadable process is not ours.
    return process.platform !== 'linux'
  }
}

/**
 * Stops a server that a killed gateway left on the cluster; returns its process id, or null if there was
 * none.
 */
export const stopOrphan = async (clusterDir: string): Promise<number | null> => {
  const pid = Number(readPidFile(clusterDir)[0])
  if (!Number.isInteger(pid) || pid <= 1) return null
  if (isAlive(pid) && servesCluster(pid, clusterDir)) {
    await end(pid, () => !isAlive(pid))
    return pid
  }
  // The process id is stale and may belong to an unrelated process. Postgres would mistake a process of the
  // same account for a server.
  rmSync(join(clusterDir, 'postmaster.pid'), { force: true })
  return null
}
