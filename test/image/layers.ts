// What a command writes into a stage, kept as Docker keeps layers: a command that finds the same files, and the
// same installed packages, is not run again.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const LAYERS = join(MODULES, '.cache/layers')

const hashOf = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

/** Hashes of all files by path; packages that npm installs are left out. */
const hashesIn = async (directory: string, below = ''): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>()
  for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
    const path = join(below, entry.name)
    if (entry.isDirectory() && entry.name !== 'node_modules')
      for (const [file, hash] of await hashesIn(directory, path)) found.set(file, hash)
    else if (entry.isFile()) found.set(path, hashOf(await readFile(join(directory, path))))
  }
  return found
}

const keep = async (layer: string, directory: string, written: readonly string[]): Promise<void> => {
  const unfinished = `${layer}.${process.pid}`
  // One of each command: nothing asks for the older ones any more.
  await rm(dirname(layer), { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  for (const path of written) await cp(join(directory, path), join(unfinished, path))
  await rename(unfinished, layer)
}

/** Runs a command in a directory, or puts there what it wrote when it ran on the same files. */
export const runLayer = async (
  command: string,
  directory: string,
  run: () => Promise<unknown>,
): Promise<void> => {
  const before = await hashesIn(directory)
  const installed = await readFile(join(MODULES, '.package-lock.json'))
  const files = [...before].toSorted(([one], [other]) => (one < other ? -1 : 1)).flat()
  const layer = join(LAYERS, hashOf(command), hashOf(process.version, installed, ...files))
  if (existsSync(layer)) {
    await cp(layer, directory, { recursive: true })
    return
  }
  await run()
  const after = await hashesIn(directory)
  const written = [...after].filter(([path, hash]) => before.get(path) !== hash).map(([path]) => path)
  await keep(layer, directory, written)
}
