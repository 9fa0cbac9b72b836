// Servers of older majors, from the packages of test/postgres, or null if not installed. They run the tests
// of everything that depends on a version's SQL and catalogs, besides the gateway's own Postgres.

import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { postgresAccount } from '../../sql/embedded/account.ts'
import { binariesIn } from '../../sql/embedded/binaries.ts'
import { createCluster } from '../../sql/embedded/initdb.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { startPostmaster } from '../../sql/embedded/postmaster.ts'
import { makeScratch } from './scratch.ts'

export const MAJORS = [15, 16, 17] as const
export type Major = (typeof MAJORS)[number]

/** Of the superuser `postgres`. */
export const PASSWORD = 'pw'

export interface OlderPostgres {
  readonly port: number
  readonly clusterDir: string
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * Chosen by what they cost, about a quarter of a minute for each major: catalog queries, DDL, triggers,
 * privileges and pipelining are where majors differ. `TEST_POSTGRES=15 npm test` runs all files on one of
 * them.
 */
export const OLDER_FILES: readonly string[] = [
  'test/sql/{catalogPlans,eventTrigger,functions,migrate,pipeline,reader,upgrade}.test.ts',
  'test/query/plans.test.ts',
  'test/model/dumpedNames.test.ts',
  'test/tenants/{importDump,permissionRules,role}.test.ts',
]

const packageOf = (major: Major): string =>
  fileURLToPath(new URL(`../postgres/node_modules/postgres-${major}`, import.meta.url))

export const isInstalled = (major: Major): boolean => existsSync(packageOf(major))

export const startOlderPostgres = async (
  major: Major,
  settings: Readonly<Record<string, string>> = { fsync: 'off' },
): Promise<OlderPostgres | null> => {
  if (!isInstalled(major)) return null
  const directory = await makeScratch(`tenantry-postgres-${major}-`)
  const clusterDir = join(directory, 'cluster')
  const account = postgresAccount(clusterDir)
  const binaries = await binariesIn(packageOf(major), account)
  await createCluster({ binaries, account, clusterDir, password: PASSWORD })
  const port = await freePort()
  const postmaster = await startPostmaster({
    postgres: binaries.postgres,
    clusterDir,
    account,
    port,
    logFile: join(directory, 'log'),
    settings: { unix_socket_directories: '', ...settings, listen_addresses: '127.0.0.1' },
  })
  return {
    port,
    clusterDir,
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await postmaster.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
