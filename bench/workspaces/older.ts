// An older server, from the packages of test/postgres, in a directory of its own.

import { MAJORS, startOlderPostgres } from '../../test/support/olderPostgres.ts'

interface OlderServer {
  readonly ownerUrl: string
  readonly stop: () => Promise<void>
}

/** Has locks for a dump of all. @param text a major version */
export const startOlder = async (text: string): Promise<OlderServer> => {
  const major = MAJORS.find((each) => String(each) === text)
  const server =
    major === undefined ? null : await startOlderPostgres(major, { max_locks_per_transaction: '1024' })
  if (server === null) throw new Error(`Postgres ${text} is not installed: npm ci --prefix test/postgres`)
  return { ownerUrl: server.url, stop: server.stop }
}
