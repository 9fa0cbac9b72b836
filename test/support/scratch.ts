// Directories for the data of test servers: in memory where there is room for it, because tests create and
// drop hundreds of databases, and a file system on a disk takes an eighth of their processor time for it.

import { chmod, mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** More than the databases and the log of a whole run. */
const ROOM_BYTES = 6 * 2 ** 30

const hasRoom = async (): Promise<boolean> => {
  try {
    const { bavail, bsize } = await statfs(MEMORY)
    return bavail * bsize >= ROOM_BYTES
  } catch {
    // Only Linux has it.
    return false
  }
}

/** A new directory that other accounts may walk through, which a server may run as; the caller removes it. */
export const makeScratch = async (prefix: string): Promise<string> => {
  const directory = await mkdtemp(join((await hasRoom()) ? MEMORY : tmpdir(), prefix))
  await chmod(directory, 0o755)
  return directory
}
