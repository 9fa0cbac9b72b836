// A PgBouncer in front of a Postgres, or null where there is none.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresAccount } from '../../sql/embedded/account.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { isServed } from './port.ts'
import { makeScratch } from './scratch.ts'
import { until } from './until.ts'

export interface PgBouncer {
  readonly mode: 'session' | 'transaction'
  /** Server connections for each user and database. */
  readonly connections: number
  /** Of Postgres. */
  readonly serverUrl: string
  /** Names with passwords. */
  readonly logins: Readonly<Record<string, string>>
}

/** `1.18.0`; null: the program is missing. */
export const pgbouncerVersion = (program: string): string | null => {
  try {
    return /PgBouncer (\S+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? null
  } catch {
    return null
  }
}

/** @returns the port, and what stops it */
export const startPgBouncer = async (
  program: string,
  { mode, connections, serverUrl, logins }: PgBouncer,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> => {
  const directory = await makeScratch('tenantry-pgbouncer-')
  const [config, users] = [join(directory, 'config'), join(directory, 'users')]
  const port = await freePort()
  const server = new URL(serverUrl)
  writeFileSync(
    users,
    Object.entries(logins)
      .map(([name, password]) => `"${name}" "${password}"\n`)
      .join(''),
  )
  writeFileSync(
    config,
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${connections}
`,
  )
  // It refuses to run as root.
  const account = postgresAccount(directory)
  if (account !== null) for (const file of [config, users]) chownSync(file, account.uid, account.gid)
  const child = spawn(program, [config], { stdio: 'ignore', ...account })
  const exited = once(child, 'exit')
  await until('PgBouncer is up', () => isServed(port))
  return {
    port,
    stop: async () => {
      child.kill('SIGINT')
      child.kill('SIGTERM')
      await exited
      await rm(directory, { recursive: true, force: true })
    },
  }
}
