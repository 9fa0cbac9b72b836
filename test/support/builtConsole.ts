// Builds the console once before the tests, if it is missing or older than its sources.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONSOLE_DIRECTORY, CONSOLE_SOURCES } from '../../gateway/console/build.ts'

const COMMAND = fileURLToPath(new URL('../../gateway/console/buildCommand.ts', import.meta.url))
const LOCKFILE = fileURLToPath(new URL('../../package-lock.json', import.meta.url))

const changedAt = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.mtimeMs ?? 0

const isBuilt = async (): Promise<boolean> => {
  const entries = await readdir(CONSOLE_SOURCES, { recursive: true, withFileTypes: true })
  const sources = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(CONSOLE_DIRECTORY))
    .map((entry) => join(entry.parentPath, entry.name))
  const builtAt = await changedAt(join(CONSOLE_DIRECTORY, 'index.html'))
  const times = await Promise.all([...sources, LOCKFILE, COMMAND].map(changedAt))
  return times.every((time) => time < builtAt)
}

export const ensureBuiltConsole = async (): Promise<void> => {
  if (await isBuilt()) return
  const child = spawn(process.execPath, [COMMAND], { stdio: ['ignore', 'ignore', 'pipe'] })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`The console could not be built: ${printed}`)
}
