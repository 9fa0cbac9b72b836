// Builds the console once before the tests, if it is missing or older than its sources. It is built as for the
// images, from the files that the Dockerfile names: the test of the images finds it there.

import { cp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONSOLE_DIRECTORY, CONSOLE_SOURCES } from '../../gateway/console/build.ts'
import { createReplay, emptyDirectory, REPOSITORY } from '../image/replay.ts'

const COMMAND = fileURLToPath(new URL('../../gateway/console/buildCommand.ts', import.meta.url))
const LOCKFILE = join(REPOSITORY, 'package-lock.json')
/** Its stage of the Dockerfile. */
const STAGE = 'console'

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
  const directory = await emptyDirectory()
  try {
    const read = (name: string): Promise<string> => readFile(join(REPOSITORY, name), 'utf8')
    const images = await createReplay(await read('Dockerfile'), await read('.dockerignore'), directory, STAGE)
    const image = images.get(STAGE)
    if (image === undefined) throw new Error(`The Dockerfile has no stage "${STAGE}".`)
    await rm(CONSOLE_DIRECTORY, { recursive: true, force: true })
    await cp(join(image.root, image.cwd, 'console/dist'), CONSOLE_DIRECTORY, { recursive: true })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
