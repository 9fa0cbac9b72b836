// `npm run build`: builds the console into console/dist, with a compressed copy next to every file that
// shrinks. The old build serves until the new one is complete.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CONSOLE_DIRECTORY, CONSOLE_SOURCES } from './build.ts'
import { compressFiles } from './compressFiles.ts'

const bundle = async (directory: string): Promise<number> => {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js')
  const config = join(CONSOLE_SOURCES, 'vite.config.ts')
  const words = [vite, 'build', '--config', config, '--outDir', directory, '--emptyOutDir']
  const child = spawn(process.execPath, words, { stdio: 'inherit', cwd: dirname(CONSOLE_SOURCES) })
  // A signal to this process is meant for the bundler.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const [code] = await once(child, 'close')
  return typeof code === 'number' ? code : 1
}

const build = async (): Promise<number> => {
  // A directory per process: gateways that start together build side by side, and the last build wins.
  const directory = `${CONSOLE_DIRECTORY}.${process.pid}`
  try {
    const code = await bundle(directory)
    if (code !== 0) return code
    await compressFiles(directory)
    await rm(CONSOLE_DIRECTORY, { recursive: true, force: true })
    await rename(directory, CONSOLE_DIRECTORY)
    return 0
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

process.exitCode = await build()
