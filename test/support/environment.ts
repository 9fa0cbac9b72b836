// What test/run.ts hands to the test files: the one place where tests read the environment.

const required = (name: string): string => {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set. Tests are started by "npm test", which brings up what they need.`)
  }
  return value
}

export const NAMES = {
  adminUrl: 'TENANTRY_TEST_ADMIN_URL',
  template: 'TENANTRY_TEST_TEMPLATE',
  redisUrl: 'TENANTRY_TEST_REDIS_URL',
  browserUrl: 'TENANTRY_TEST_BROWSER_URL',
} as const

/**
 * The same for all tests, because the gateway's login role, whose password follows from it, belongs to the
 * whole server.
 */
export const SECRET_KEY = 'a secret key that only tests use, long enough to be accepted'

/** URL of a superuser of the test server. */
export const adminUrl = (): string => required(NAMES.adminUrl)
/** Name of the migrated database that test databases are cloned from. */
export const template = (): string => required(NAMES.template)
/** null: Redis is missing, and its tests report that they skip. */
export const redisUrl = (): string | null => process.env[NAMES.redisUrl] || null

/** Where the shared browser listens; null: it is missing, and its tests report that they skip. */
export const browserUrl = (): string | null => process.env[NAMES.browserUrl] || null

/** Number of requests that the attacks send: 20,000, or `ATTACK_ATTEMPTS`. */
export const attackAttempts = (): number => Number(process.env.ATTACK_ATTEMPTS ?? 20_000)

/**
 * `SCHEMA_SEEDS=1000+500`: generated schemas to look at, from which seed on and how many; null: the fixed
 * ones.
 */
export const schemaSeeds = (): { readonly first: number; readonly count: number } | null => {
  const [first, count] = (process.env.SCHEMA_SEEDS ?? '').split('+').map(Number)
  return first === undefined || count === undefined ? null : { first, count }
}

/** Programs of PgBouncer: the one of the system, and a newer one of `TEST_PGBOUNCER`. */
export const pgbouncers = (): readonly string[] => [
  'pgbouncer',
  ...(process.env.TEST_PGBOUNCER ? [process.env.TEST_PGBOUNCER] : []),
]

/** With TEST_ON_CITUS=1, databases of tests are on the cluster of TEST_CITUS_URL; null: on the test server. */
export const clusterOfTests = (): string | null => (process.env.TEST_ON_CITUS === '1' ? citusUrl() : null)

/** Of a superuser at the coordinator of a Citus cluster, `TEST_CITUS_URL`; null: its tests report that they skip. */
export const citusUrl = (): string | null => process.env.TEST_CITUS_URL || null
