// Creates a new cluster. Afterwards the directory is a complete cluster or absent: an interrupted run leaves
// only `<dir>.partial`, which the next start deletes.

import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

interface NewCluster {
  readonly binaries: Binaries
  readonly account: Account | null
  readonly clusterDir: string
  readonly password: string
}

/**
 * The `-D` argument of a Postgres program. As root the program is started inside the directory with ".",
 * because its account may be unable to traverse the path from the root directory.
 */
export const asDataDirectory = (clusterDir: string, account: Account | null): string =>
  account !== null && process.platform === 'linux' ? '/proc/self/cwd' : clusterDir

/**
 * Environment for Postgres programs. It inherits nothing, so that no PG* variable or secret of the gateway
 * reaches them.
 */
export const POSTGRES_ENVIRONMENT: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' }

const runInitdb = async ({ binaries, account, password }: NewCluster, dir: string): Promise<void> => {
  const passwordFile = `${dir}.password`
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account !== null) await chown(passwordFile, account.uid, account.gid)
  const descriptor = openSync(passwordFile, 'r')
  try {
    const child = spawn(
      binaries.initdb,
      [
        `--pgdata=${asDataDirectory(dir, account)}`,
        '--username=postgres',
        '--auth=scram-sha-256',
        `--pwfile=${process.platform === 'win32' ? passwordFile : '/dev/fd/3'}`,
        '--encoding=UTF8',
        '--locale=C',
        // A locale-aware sort order that is the same on every machine: ICU ships with the programs.
        '--locale-provider=icu',
        '--icu-locale=und',
      ],
      {
        cwd: dir,
        env: POSTGRES_ENVIRONMENT,
        stdio: ['ignore', 'pipe', 'pipe', descriptor],
        ...account,
      },
    )
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk))
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        if (code === 0) resolve()
        else
          reject(new Error(`initdb failed (${signal ?? `exit code ${code}`}): ${output.trim().slice(-2000)}`))
      })
    })
  } finally {
    closeSync(descriptor)
    await rm(passwordFile, { force: true })
  }
}

export const createCluster = async (cluster: NewCluster): Promise<void> => {
  const partial = `${cluster.clusterDir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { mode: 0o700 })
  if (cluster.account !== null) await chown(partial, cluster.account.uid, cluster.account.gid)
  await runInitdb(cluster, partial)
  await rename(partial, cluster.clusterDir)
}
