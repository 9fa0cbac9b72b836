// Why a request failed, as far as it matters for a retry.

import type pg from 'pg'
import type { ReportedSettings } from './connect.ts'
import type { StatementAnswer } from './statementAnswer.ts'

export interface Failure {
  readonly error: Error
  /** The prepared statement was stale and refused before it began, so a retry is always safe. */
  readonly isRefused: boolean
  /** The statements of the session settings are gone: the connection must be replaced. */
  readonly isConnectionUnfit: boolean
  /** The server is a standby or read-only: the statement was undone, and another server may run it. */
  readonly isDemoted: boolean
}

/** Errors before the start of a prepared statement that mean it is stale: it is prepared again. */
const STALE: ReadonlySet<string | undefined> = new Set([
  '26000', // invalid_sql_statement_name: it does not exist
  '42P05', // duplicate_prepared_statement
  '0A000', // cached plan must not change result type
  'XX000', // cache lookup failed: a type it names was dropped
])

/** read_only_sql_transaction */
const READ_ONLY = '25006'

/**
 * Whether the server reports that it takes writes. A function that makes its own transaction read-only gets
 * the same SQLSTATE as a write on a standby.
 */
const takesWrites = (settings: ReportedSettings): boolean =>
  settings.get('in_hot_standby') === 'off' && settings.get('default_transaction_read_only') === 'off'

export const failureOf = (
  error: pg.DatabaseError,
  answer: StatementAnswer,
  settings: ReportedSettings,
): Failure => {
  const isRefused = !answer.isStarted && STALE.has(error.code)
  return {
    error,
    isRefused,
    isConnectionUnfit: isRefused && !answer.areSettingsDone,
    isDemoted: error.code === READ_ONLY && !takesWrites(settings),
  }
}
