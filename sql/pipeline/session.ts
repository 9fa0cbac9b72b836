// The session settings of a statement: two prepared statements that precede every statement of the request
// path, in the same implicit transaction. The gateway's login role has no rights of its own, so Postgres
// refuses a statement whose session settings are missing or wrong.
//
// First `reset all` (about 3 µs), so that no setting made by a workspace's function outlives its request: it
// returns to the startup settings. Then one select of transaction-local settings, which end with the Sync of
// the request, whether it commits or fails. `reset all` does not reset the role: it is set again each time.
// Each setting costs 5 µs: the ones with the same value in every request are startup settings.

import type { ShardNames } from '../placeholder.ts'
import type { Statement } from '../statement.ts'

export interface Session {
  readonly schema: string
  /** Names of its tables on the node that holds them, where they have others than in the model. */
  readonly shards?: ShardNames | undefined
  /** Id of the workspace. */
  readonly workspace: string
  readonly version: number
  /** Postgres role of the workspace. */
  readonly role: string
  /** JSON; readable in SQL as `current_setting('tenantry.claims')`. */
  readonly claims: string
  readonly timeoutMs: number
  /** Limit of the workspace's statements that run alone on a connection at the same time. */
  readonly maxLongStatements: number
}

/** Prepared on every connection before its first request. */
export const RESET = { name: 'tenantry_reset', text: 'reset all' } as const
export const SESSION_SETTINGS = {
  name: 'tenantry_settings',
  // The result is never null, so the filter returns no row: each would be read and discarded once per
  // request.
  text: `select where set_config('role', $1, true) is null
    or set_config('statement_timeout', $2, true) is null
    or set_config('tenantry.claims', $3, true) is null
    or case when $4 = 'auto' then false else set_config('plan_cache_mode', $4, true) is null end`,
  /** For a first execution that only checks that the statement can run. */
  values: ['none', '0', '{}', 'auto'],
} as const

/** The values of `SESSION_SETTINGS` for a statement. */
export const sessionSettings = (
  { role, timeoutMs, claims }: Pick<Session, 'role' | 'timeoutMs' | 'claims'>,
  { isKeyed = false }: Pick<Statement, 'isKeyed'>,
): readonly string[] => [role, String(timeoutMs), claims, isKeyed ? 'force_generic_plan' : 'auto']

/**
 * The same through a connection pooler, which takes no startup settings of ours: everything is local to the
 * transaction.
 */
export const POOLED_SETTINGS = {
  ...SESSION_SETTINGS,
  text: `${SESSION_SETTINGS.text}
    or set_config('search_path', 'pg_catalog, pg_temp', true) is null
    or set_config('TimeZone', 'UTC', true) is null
    or set_config('plan_cache_mode', $4, true) is null
    or set_config('DateStyle', 'ISO', true) is null
    or set_config('IntervalStyle', 'postgres', true) is null
    or set_config('bytea_output', 'hex', true) is null
    or set_config('extra_float_digits', '1', true) is null`,
} as const
/** An unknown setting: reading it fails, and names it in the error in every language. */
const ELSEWHERE = 'tenantry.schema_is_elsewhere'
/** undefined_object */
const UNKNOWN_SETTING = '42704'

const READ = 'read'
const WRITE = 'write'

/** The further values of `placedSettings`. */
export const placedValues = ({ schema }: Pick<Session, 'schema'>, mayWrite: boolean): readonly string[] => [
  schema,
  mayWrite ? WRITE : READ,
]

/**
 * The same on a node among several, which takes the schema as a further value and fails, before anything
 * else, where the node does not hold it.
 * @param holdsSchema condition in SQL on the schema's name, `$5`
 * @param readsSchema the same for statements that cannot write
 */
export const placedSettings = <Settings extends { readonly text: string }>(
  settings: Settings,
  holdsSchema: string,
  readsSchema = holdsSchema,
): Settings => ({
  ...settings,
  // Null: the first execution, for no workspace. A case alone keeps the order of evaluation.
  text: settings.text.replace(
    'select where ',
    `select where case when $5::pg_catalog.text is null then false
      when case when $6::pg_catalog.text = '${READ}' then ${readsSchema} else ${holdsSchema} end then false
      else pg_catalog.current_setting('${ELSEWHERE}') is null end or `,
  ),
})

/** Whether the session settings failed because another node holds the schema: nothing ran. */
export const isElsewhere = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === UNKNOWN_SETTING &&
  error.message.includes(ELSEWHERE)

/** Number of CommandComplete messages before the request's own statement. */
export const SETTINGS_STATEMENTS = 2

/**
 * Startup settings of the connection, to which `reset all` returns. They fix names in statements and the text
 * format of values, independent of the server's configuration. pg_temp is last in the path, where a temporary
 * object cannot hide a type or table of the catalog.
 */
export const STARTUP_OPTIONS = String.raw`-c search_path=pg_catalog,\ pg_temp -c TimeZone=UTC -c plan_cache_mode=auto -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=1`
