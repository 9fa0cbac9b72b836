// Who a statement runs as. In: a Session; out: the two prepared statements that go in front of every
// statement of the request path, in the same implicit transaction. The gateway's login role may do nothing by
// itself, so a statement whose session settings are missing or wrong is refused by Postgres.
//
// First `reset all` (about 3 µs), so that nothing a function of some workspace has set for the session
// outlives its request; then one select of transaction-local settings, gone at the Sync that ends the
// request, whether it commits or fails. The role is not among the settings that `reset all` resets: it is set
// anew here each time.

import type { Writer } from '../wire/writer.ts'

export interface Session {
  readonly schema: string
  /** Id of the workspace. */
  readonly workspace: string
  readonly version: number
  /** Postgres role of the workspace. */
  readonly role: string
  /** JSON; readable in SQL as `current_setting('tenantry.claims')`. */
  readonly claims: string
  readonly timeoutMs: number
  /** How many statements of the workspace may be alone on a connection at once. */
  readonly maxLongStatements: number
}

/** Prepared on every connection before its first request. */
export const RESET = { name: 'tenantry_reset', text: 'reset all' } as const
export const SESSION_SETTINGS = {
  name: 'tenantry_preamble',
  // No result is ever null, so no row comes back: each would be read and thrown away once per request.
  // Temporary objects are named last in the path, where they cannot stand in for a type or a table of the
  // catalog.
  text: `select where set_config('role', $1, true) is null
    or set_config('search_path', 'pg_catalog, pg_temp', true) is null
    or set_config('TimeZone', 'UTC', true) is null
    or set_config('statement_timeout', $2, true) is null
    or set_config('tenantry.claims', $3, true) is null`,
  /** For a first execution that only checks that the statement can run. */
  values: ['none', '0', '{}'],
} as const
/** How many statements end before the request's own one begins. */
export const SETTINGS_STATEMENTS = 2

/**
 * Settings the connection starts with. Those of the session settings are equal to it, so that the server has
 * no change to report at the end of every request; the others say how values are written as text, whatever
 * the server's own settings are.
 */
export const STARTUP_OPTIONS =
  '-c search_path=pg_catalog,pg_temp -c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=1'

export const writeSessionSettings = (writer: Writer, session: Session): void => {
  writer.bind(RESET.name, [])
  writer.execute()
  writer.bind(SESSION_SETTINGS.name, [session.role, String(session.timeoutMs), session.claims])
  writer.execute()
}
