// Compares the databases behind DATABASE_URL and DIRECT_DATABASE_URL. With two of them, models would be
// created in one and requests sent to the other.

import { errorCode } from '../errorCode.ts'
import { openProbe } from './pooler.ts'

/** The start of a server has microseconds, and every login may read it, unlike the system identifier. */
const IDENTITY_SQL = `select current_database() as name,
  concat_ws(' ', oid, extract(epoch from pg_postmaster_start_time())) as identity
  from pg_database where datname = current_database()`

interface Identity {
  readonly name: string
  readonly identity: string
}

/** Errors of Postgres and of PgBouncer: the pooler may allow only the logins of requests. */
const isRefusedLogin = (error: unknown): boolean => /^(?:28...|08P01)$/.test(errorCode(error) ?? '')

const identityOf = async (url: string): Promise<Identity | undefined> => {
  const client = await openProbe(url)
  try {
    return (await client.query<Identity>(IDENTITY_SQL)).rows[0]
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Changes nothing. Where a login is refused, the databases are not compared. */
export const refuseOtherDatabase = async (databaseUrl: string, directUrl: string): Promise<void> => {
  const direct = await identityOf(directUrl)
  const requests = await identityOf(databaseUrl).catch((error: unknown) => {
    if (isRefusedLogin(error)) return undefined
    throw error
  })
  if (requests === undefined || direct === undefined || requests.identity === direct.identity) return
  throw new Error(
    `DATABASE_URL and DIRECT_DATABASE_URL lead to two databases ("${requests.name}" and "${direct.name}"), not to ` +
      'the same one. Nothing was changed. Correct one of them.',
  )
}
