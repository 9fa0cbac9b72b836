// Dumps of the schemas of many workspaces, and of one. pg_dump refuses servers newer than itself.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { Pool } from 'pg'
import { memoryMb } from '../memory.ts'

const WATCH_MS = 500

export interface Dump {
  readonly seconds: number
  readonly megabytes: number
  /** Largest resident memory of pg_dump. */
  readonly memoryMb: number
}

/** Major version of the pg_dump that is installed; 0 without one. */
const readMajor = async (): Promise<number> => {
  try {
    const { stdout } = await promisify(execFile)('pg_dump', ['--version'])
    return Number(/\d+/.exec(stdout)?.[0] ?? 0)
  } catch {
    return 0
  }
}

/** Whether the pg_dump that is installed can dump this server. */
export const canDump = async (pool: Pool): Promise<boolean> => {
  const { rows } = await pool.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  return (await readMajor()) >= Math.floor((rows[0]?.version ?? Number.POSITIVE_INFINITY) / 10_000)
}

/** Definitions only. @param schema default: the whole database */
export const dumpSchema = async (url: string, schema?: string): Promise<Dump> => {
  const startMs = performance.now()
  const only = schema === undefined ? [] : ['--schema', `"${schema}"`]
  const child = spawn('pg_dump', ['--schema-only', '--dbname', url, ...only], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [bytes, largest] = [0, 0]
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  const watch = setInterval(() => {
    largest = Math.max(largest, memoryMb(child.pid ?? 0, 'resident'))
  }, WATCH_MS)
  const [code] = await once(child, 'close')
  clearInterval(watch)
  if (code !== 0) throw new Error(`pg_dump ended with code ${code}.`)
  return {
    seconds: (performance.now() - startMs) / 1000,
    megabytes: bytes / 1024 / 1024,
    memoryMb: largest,
  }
}
