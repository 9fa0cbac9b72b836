// The secret that encrypts signing keys, if the operator sets none: from the file `secret_key` in the data
// directory, created at the first start. Several processes that start together agree on one.

import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'secret_key'
const SECRET_BYTES = 32

const readIfThere = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new Error(`The secret key in ${path} cannot be read.`, { cause: error })
  }
}

/**
 * Written completely under another name and linked into place: a crash leaves no partial file, and the first
 * writer wins.
 */
const make = async (path: string): Promise<void> => {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** The secret of `dataDir`, or null if there is none. */
export const findSecretKey = async (dataDir: string): Promise<string | null> => {
  const path = join(dataDir, FILE)
  const secret = await readIfThere(path)
  if (secret === null || secret.length >= SECRET_BYTES) return secret
  throw new Error(`The secret key in ${path} is damaged. Restore it, or set SECRET_KEY to the value it had.`)
}

/** The secret of `dataDir`; created with mode 0600 if there is none. */
export const loadSecretKey = async (dataDir: string): Promise<string> => {
  const kept = await findSecretKey(dataDir)
  if (kept !== null) return kept
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await make(join(dataDir, FILE))
  return loadSecretKey(dataDir)
}
