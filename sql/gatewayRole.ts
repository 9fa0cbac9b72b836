// The role that requests log in as. Ensures that the role exists, with a password derived from the secret
// key, and that it can only `set role` to the roles of workspaces. Roles belong to the whole server: other
// databases, and gateways that start at the same moment, create the same one.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type pg from 'pg'
import { errorCode } from './errorCode.ts'
import { quoteIdentifier } from './placeholder.ts'

export const GATEWAY_ROLE = 'tenantry_gateway'

const gatewayPassword = (secretKey: string): string =>
  createHmac('sha256', secretKey).update(GATEWAY_ROLE).digest('base64url')

/** The owner's URL with the gateway's login in place of the owner's. */
export const gatewayUrl = (ownerUrl: string, secretKey: string): string => {
  const url = new URL(ownerUrl)
  url.username = ''
  url.password = ''
  // Query parameters, which the driver prefers, and which also work in a URL without a host (a Unix socket).
  url.searchParams.set('user', GATEWAY_ROLE)
  url.searchParams.set('password', gatewayPassword(secretKey))
  return url.href
}

/**
 * The SCRAM verifier that Postgres stores (RFC 5803), so that the password itself is neither sent nor logged.
 */
const scramVerifier = (password: string): string => {
  const iterations = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const keyed = (name: string): Buffer => createHmac('sha256', salted).update(name).digest()
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${keyed('Server Key').toString('base64')}`
}

/** SQLSTATEs that mean another session is creating or altering the role at this moment. */
const COLLISIONS: ReadonlySet<string | undefined> = new Set(['42710', '23505', 'XX000', '40001'])
const ATTEMPTS = 10

const createOrAlter = async (pool: pg.Pool, password: string): Promise<void> => {
  const role = quoteIdentifier(GATEWAY_ROLE)
  // The verifier contains no quotes: base64, digits and separators.
  const login = `login noinherit password '${scramVerifier(password)}'`
  const { rowCount } = await pool.query('select from pg_roles where rolname = $1', [GATEWAY_ROLE])
  // `alter role` omits the attributes, because only a superuser may name them. The role's attributes are
  // checked below.
  if (rowCount === 0) await pool.query(`create role ${role} ${login} nosuperuser nocreatedb nocreaterole`)
  else await pool.query(`alter role ${role} ${login}`)
}

const refusePowers = async (pool: pg.Pool): Promise<void> => {
  const { rows } = await pool.query<{ power: string }>(
    `select power from pg_roles, lateral (values
       (rolsuper, 'superuser'), (rolcreaterole, 'createrole'), (rolcreatedb, 'createdb'),
       (rolreplication, 'replication'), (rolbypassrls, 'bypassrls'), (rolinherit, 'inherit')) p (has, power)
     where rolname = $1 and has`,
    [GATEWAY_ROLE],
  )
  if (rows.length === 0) return
  const powers = rows.map(({ power }) => power)
  throw new Error(
    `The role ${GATEWAY_ROLE}, which requests log in as, has powers it must not have (${powers.join(', ')}). Take them ` +
      `away as a superuser: alter role ${GATEWAY_ROLE} ${powers.map((power) => `no${power}`).join(' ')}.`,
  )
}

export const ensureGatewayRole = async (pool: pg.Pool, secretKey: string): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await createOrAlter(pool, gatewayPassword(secretKey))
      break
    } catch (error) {
      if (COLLISIONS.has(errorCode(error)) && attempt < ATTEMPTS) continue
      if (errorCode(error) !== '42501') throw error
      throw new Error(
        `The owner of this database may not make or change the role ${GATEWAY_ROLE}, which requests log in as. Give it ` +
          'CREATEROLE (and, on Postgres 16 or newer, the role itself with admin option if it exists already).',
        { cause: error },
      )
    }
  }
  await refusePowers(pool)
}

/** The role may connect, and may neither create nor see anything outside the workspaces. */
export const confineGatewayRole = async (client: pg.ClientBase): Promise<void> => {
  const { rows } = await client.query<{ database: string; connects: boolean; creates: boolean }>(
    `select current_database() as database,
       has_database_privilege($1, current_database(), 'connect') as connects,
       coalesce((select has_schema_privilege($1, oid, 'create') from pg_namespace where nspname = 'public'), false) as creates`,
    [GATEWAY_ROLE],
  )
  const [rights] = rows
  if (rights === undefined) return
  if (!rights.connects) {
    await client.query(
      `grant connect on database ${quoteIdentifier(rights.database)} to ${quoteIdentifier(GATEWAY_ROLE)}`,
    )
  }
  // Databases created before Postgres 15 let every role create objects in "public".
  if (rights.creates) await client.query('revoke create on schema public from public')
}
