// `npm run build`: builds the console into console/dist, with a compressed twin beside every file that
// shrinks. The old build serves until the new one is complete.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { CONSOLE_DIRECTORY, CONSOLE_SOURCES } from './build.ts'
import { type Encoding, SUFFIXES } from './files.ts'

const COMPRESSIBLE = new Set([
  '.css',
  '.html',
  '.js',
  '.json',
  '.svg',
  '.ttf',
  '.txt',
  '.wasm',
  '.webmanifest',
])
const MIN_BYTES = 1_024
/** The highest, 11, takes ten times as long for 3 % less. */
const BROTLI_QUALITY = 9

const COMPRESS: Readonly<Record<Encoding, (data: Buffer) => Promise<Buffer>>> = {
  br: (data) =>
    promisify(brotliCompress)(data, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
      },
    }),
  gzip: (data) => promisify(gzip)(data, { level: constants.Z_BEST_COMPRESSION }),
}

const compressFile = async (path: string): Promise<void> => {
  const data = await readFile(path)
  if (data.length < MIN_BYTES) return
  for (const [encoding, suffix] of SUFFIXES) {
    const compressed = await COMPRESS[encoding](data)
    if (compressed.length < data.length) await writeFile(path + suffix, compressed)
  }
}

const compressAll = async (directory: string): Promise<void> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  for (const entry of entries)
    if (entry.isFile() && COMPRESSIBLE.has(extname(entry.name)))
      await compressFile(join(entry.parentPath, entry.name))
}

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
    await compressAll(directory)
    await rm(CONSOLE_DIRECTORY, { recursive: true, force: true })
    await rename(directory, CONSOLE_DIRECTORY)
    return 0
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

process.exitCode = await build()
