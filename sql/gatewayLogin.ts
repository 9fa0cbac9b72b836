// The login of requests. Its password is derived from SECRET_KEY. There are two roles, used alternately, so
// that gateways with the key and with the one before it log in at the same time. A comment on each role has
// the fingerprint of its key; it is written with the password, in one transaction.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { isOnCluster } from './citus.ts'
import { errorCode } from './errorCode.ts'
import { GATEWAY_LOGINS, GATEWAY_ROLE, type GatewayLogin, gatewayPassword } from './gatewayRole.ts'
import { type Connection, inTransaction } from './ownerPool.ts'
import { quoteIdentifier } from './placeholder.ts'

export interface SecretKeys {
  readonly secretKey: string
  /** The one before, while it is being replaced. */
  readonly previousSecretKey?: string | null
}

/** Names a key without revealing it: 16 hexadecimal digits. */
export const fingerprintOf = (secretKey: string): string =>
  createHmac('sha256', secretKey).update('tenantry fingerprint').digest('hex').slice(0, 16)

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

const commentOf = (fingerprint: string): string =>
  `Requests of Tenantry, with the SECRET_KEY of fingerprint ${fingerprint}`
const FREE = 'Requests of Tenantry; free'

/** `unknown`: a version before this one set the password. */
type Holder = { readonly key: string } | 'free' | 'unknown'

interface Login {
  readonly role: GatewayLogin
  readonly exists: boolean
  readonly holder: Holder
  /** Sessions of all databases of the server. */
  readonly sessions: number
}

const holderOf = (comment: string | null): Holder => {
  if (comment === FREE) return 'free'
  const key = / of fingerprint ([0-9a-f]{16})$/.exec(comment ?? '')?.[1]
  return key === undefined ? 'unknown' : { key }
}

const readLogins = async (connection: Connection): Promise<readonly Login[]> => {
  const { rows } = await connection.query<{ role: string; comment: string | null; sessions: number }>(
    `select rolname as role, shobj_description(oid, 'pg_authid') as comment,
       (select count(*)::int from pg_stat_activity where usename = rolname) as sessions
     from pg_roles where rolname = any($1)`,
    [GATEWAY_LOGINS],
  )
  return GATEWAY_LOGINS.map((role) => {
    const row = rows.find((each) => each.role === role)
    return row === undefined
      ? { role, exists: false, holder: 'free', sessions: 0 }
      : { role, exists: true, holder: holderOf(row.comment), sessions: row.sessions }
  })
}

const isHeldBy = ({ holder }: Login, key: string | null): boolean =>
  typeof holder === 'object' && holder.key === key

/** Earlier versions have the first role alone, and no comment on it. */
const isOfEarlierVersion = ({ role, holder }: Login): boolean => role === GATEWAY_ROLE && holder === 'unknown'

const fingerprints = ({ secretKey, previousSecretKey }: SecretKeys) => ({
  own: fingerprintOf(secretKey),
  previous: previousSecretKey == null ? null : fingerprintOf(previousSecretKey),
})

/** The login that the key has or takes; undefined: gateways with other keys use both. */
const choose = (logins: readonly Login[], keys: SecretKeys): Login | undefined => {
  const { own, previous } = fingerprints(keys)
  const earlier = logins.find(isOfEarlierVersion)
  return (
    logins.find((login) => isHeldBy(login, own)) ??
    (previous === null ? earlier : undefined) ??
    logins.find(({ holder }) => holder === 'free') ??
    logins.find((login) => login !== earlier && !isHeldBy(login, previous) && login.sessions === 0)
  )
}

/** Since Postgres 16 the membership itself limits what it gives. */
const MEMBERSHIP_OPTIONS_SINCE = 160_000

const createOrAlter = async (client: pg.ClientBase, login: Login, keys: SecretKeys): Promise<void> => {
  const role = quoteIdentifier(login.role)
  // The verifier contains no quotes: base64, digits and separators.
  const attributes = `login noinherit password '${scramVerifier(gatewayPassword(keys.secretKey))}'`
  // `alter role` omits the attributes, because only a superuser may name them. The role's attributes are
  // checked afterwards.
  if (!login.exists)
    await client.query(`create role ${role} ${attributes} nosuperuser nocreatedb nocreaterole`)
  else await client.query(`alter role ${role} ${attributes}`)
  await client.query(`comment on role ${role} is '${commentOf(fingerprintOf(keys.secretKey))}'`)
  if (login.role === GATEWAY_ROLE || login.exists) return
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  const options = (rows[0]?.version ?? 0) >= MEMBERSHIP_OPTIONS_SINCE ? ' with inherit false, set true' : ''
  await client.query(`grant ${quoteIdentifier(GATEWAY_ROLE)} to ${role}${options}`)
}

/** SQLSTATEs that mean another session is creating or altering the role at this moment. */
const COLLISIONS: ReadonlySet<string | undefined> = new Set(['42710', '23505', 'XX000', '40001'])
const ATTEMPTS = 10
/** Sessions of a gateway that ended are there for a moment. */
const AGAIN_AFTER_MS = 200

const refusePowers = async (pool: pg.Pool, role: GatewayLogin): Promise<void> => {
  const { rows } = await pool.query<{ power: string }>(
    `select power from pg_roles, lateral (values
       (rolsuper, 'superuser'), (rolcreaterole, 'createrole'), (rolcreatedb, 'createdb'),
       (rolreplication, 'replication'), (rolbypassrls, 'bypassrls'), (rolinherit, 'inherit')) p (has, power)
     where rolname = $1 and has`,
    [role],
  )
  if (rows.length === 0) return
  const powers = rows.map(({ power }) => power)
  throw new Error(
    `The role ${role}, which requests log in as, has privileges that it must not have (${powers.join(', ')}). Remove them ` +
      `as a superuser: alter role ${role} ${powers.map((power) => `no${power}`).join(' ')}.`,
  )
}

const takeLogin = (pool: pg.Pool, keys: SecretKeys): Promise<GatewayLogin | null> =>
  inTransaction(pool, async (client) => {
    const login = choose(await readLogins(client), keys)
    if (login === undefined) return null
    if (!((await isOnCluster(client)) && isHeldBy(login, fingerprints(keys).own)))
      await createOrAlter(client, login, keys)
    return login.role
  })

/**
 * Creates the login, or sets its password again; on a cluster once for each key, since that fails while a
 * node is away. Throws if gateways with other keys use both roles.
 */
export const ensureGatewayLogin = async (pool: pg.Pool, keys: SecretKeys): Promise<GatewayLogin> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const role = await takeLogin(pool, keys)
      if (role !== null) {
        await refusePowers(pool, role)
        return role
      }
      if (attempt === ATTEMPTS)
        throw new Error(
          `Gateways with other secret keys use both login roles of requests, ${GATEWAY_LOGINS.join(' and ')}. Finish ` +
            'the rotation of SECRET_KEY that is under way, on all databases of this server, before the next one.',
        )
      await sleep(AGAIN_AFTER_MS)
    } catch (error) {
      if (COLLISIONS.has(errorCode(error)) && attempt < ATTEMPTS) continue
      if (errorCode(error) !== '42501') throw error
      throw new Error(
        `The owner of this database may not make or change the roles ${GATEWAY_LOGINS.join(' and ')}, which requests ` +
          'log in as. Give it CREATEROLE (and, on Postgres 16 or newer, a role that exists already with admin option).',
        { cause: error },
      )
    }
  }
}

/** The login that has the key's password. Changes nothing. */
export const findGatewayLogin = async (
  connection: Connection,
  secretKey: string,
): Promise<GatewayLogin | null> => {
  const logins = await readLogins(connection)
  const own = fingerprintOf(secretKey)
  return (logins.find((login) => isHeldBy(login, own)) ?? logins.find(isOfEarlierVersion))?.role ?? null
}

const loginOfPrevious = (logins: readonly Login[], keys: SecretKeys): Login | undefined => {
  const { own, previous } = fingerprints(keys)
  const isOwnKnown = logins.some((login) => isHeldBy(login, own))
  return (
    logins.find((login) => isHeldBy(login, previous)) ??
    (isOwnKnown && previous !== null ? logins.find(isOfEarlierVersion) : undefined)
  )
}

/** Databases with sessions of gateways that have the previous key. */
export const readPreviousSessions = async (
  connection: Connection,
  keys: SecretKeys,
): Promise<readonly { readonly database: string; readonly isThis: boolean; readonly sessions: number }[]> => {
  const login = loginOfPrevious(await readLogins(connection), keys)
  if (login === undefined) return []
  const { rows } = await connection.query<{ database: string; isThis: boolean; sessions: number }>(
    `select datname as database, datname = current_database() as "isThis", count(*)::int as sessions
     from pg_stat_activity where usename = $1 group by datname order by datname`,
    [login.role],
  )
  return rows
}

/** Takes the password from the previous key's login, and frees the login for the next rotation. */
export const freePreviousLogin = (pool: pg.Pool, keys: SecretKeys): Promise<GatewayLogin | null> =>
  inTransaction(pool, async (client) => {
    const login = loginOfPrevious(await readLogins(client), keys)
    if (login === undefined) return null
    await client.query(`alter role ${quoteIdentifier(login.role)} password null`)
    await client.query(`comment on role ${quoteIdentifier(login.role)} is '${FREE}'`)
    return login.role
  })
