// Failed authentications in the audit log, counted by address and minute.

import type { Pool } from 'pg'

const FAILURES = { token: 'token.refused', signIn: 'signIn.failed', address: 'address.refused' } as const
export type FailureKind = keyof typeof FAILURES

export interface CountedFailures {
  readonly kind: FailureKind
  /** Null: of addresses beyond the number that is counted. */
  readonly address: string | null
  /** When the minute began. */
  readonly minute: Date
  readonly count: number
}

export const recordFailures = async (pool: Pool, rows: readonly CountedFailures[]): Promise<void> => {
  await pool.query(
    `insert into tenantry.audit (at, action, address, details)
     select at, action, address, jsonb_build_object('count', count)
     from unnest($1::timestamptz[], $2::text[], $3::text[], $4::integer[]) f (at, action, address, count)`,
    [
      rows.map(({ minute }) => minute),
      rows.map(({ kind }) => FAILURES[kind]),
      rows.map(({ address }) => address),
      rows.map(({ count }) => count),
    ],
  )
}
