import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { importJWK, SignJWT } from 'jose'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { revokeKey } from '../../tenants/key.ts'
import { deleteWorkspace, restoreWorkspace } from '../../tenants/life/deletion.ts'
import { resumeWorkspace, suspendWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { until } from '../support/until.ts'
import { DAY_MS, HERE, openAuthentication } from './fixture.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

type Auth = Awaited<ReturnType<typeof openAuthentication>>

const refuses = async (
  t: ExecutionContext,
  { authenticator }: Auth,
  header: string | undefined,
  message: string,
  status = 401,
  what = header,
): Promise<void> => {
  const error = await t.throwsAsync(
    authenticator.authenticate(header, HERE),
    { name: 'Problem', message },
    what,
  )
  t.like(error, { status })
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const partsOf = (token: string): [string, string, string] => {
  const [head = '', body = '', signature = ''] = token.split('.')
  return [head, body, signature]
}
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(partsOf(token)[1], 'base64url').toString())

test('knows the caller by the key', async (t) => {
  const auth = await openAuthentication(pool)
  const workspace = await auth.newWorkspace()
  const { key, token } = await auth.issue(workspace.id, { label: 'Guest' })
  for (const header of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `]) {
    t.deepEqual(await auth.authenticator.authenticate(header, HERE), {
      workspaceId: workspace.id,
      callerId: key.id,
      keyId: key.id,
      workspaceMemberId: null,
      name: 'Guest "key"',
      roleId: key.roleId,
      roleLabel: 'Guest',
      pgRole: `${workspace.schemaName}_guest`,
      rateLimitPerMinute: null,
      workspaceRateLimitPerMinute: null,
      flags: new Set(),
    })
  }
})

test('issues the token that the contract describes', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { key, token } = await auth.issue(id)
  const header = JSON.parse(Buffer.from(partsOf(token)[0], 'base64url').toString())
  t.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ'])
  t.like(header, { alg: 'ES256', typ: 'JWT' })
  const iat = Math.floor(auth.clock.now() / 1000)
  t.deepEqual(claimsOf(token), {
    sub: id,
    type: 'API_KEY',
    workspaceId: id,
    jti: key.id,
    ver: 1,
    iat,
    exp: Math.floor((auth.clock.now() + 30 * DAY_MS) / 1000),
  })
})

test('asks for a token if there is none', async (t) => {
  const auth = await openAuthentication(pool)
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic dTpw', 'Token x', 'Bearerx y'])
    await refuses(t, auth, header, 'Missing authentication token')
})

test('recognises text that is not a token', async (t) => {
  const auth = await openAuthentication(pool)
  const noTokens = [
    'invalid-token',
    'a.b',
    'a.b.c',
    '..',
    `${base64url({})}..`,
    'a.b.c.d.e',
    '%00',
    'x'.repeat(10_000),
    'é.é.é',
  ]
  for (const token of noTokens) await refuses(t, auth, `Bearer ${token}`, 'No payload')
})

test('refuses tokens that are tampered with or signed with another key', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { token } = await auth.issue(id)
  const [head, body, signature] = partsOf(token)
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  const claims = claimsOf(token)
  const withHeader = (more: object): string => `${base64url({ ...header, ...more })}.${body}.${signature}`
  const { rows } = await pool.query('select kid, public_jwk from tenantry.signing_keys')
  const publicKey = createPublicKey({ key: rows[0].public_jwk, format: 'jwk' })
  const hs256 = (secret: string | Buffer): string => {
    const signed = `${base64url({ ...header, alg: 'HS256' })}.${body}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
  const unknownKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const forged: Readonly<Record<string, string>> = {
    'other claims': `${head}.${base64url({ ...claims, exp: Number(claims.exp) + 1 })}.${signature}`,
    'no signature': `${head}.${body}.`,
    'cut signature': `${head}.${body}.${signature.slice(0, -4)}`,
    'alg none': `${base64url({ alg: 'none', typ: 'JWT' })}.${body}.`,
    'alg none with kid': withHeader({ alg: 'none' }),
    'alg None with signature': withHeader({ alg: 'None' }),
    'HS256 with the public key as PEM': hs256(publicKey.export({ type: 'spki', format: 'pem' })),
    'HS256 with the public key as DER': hs256(publicKey.export({ type: 'spki', format: 'der' })),
    'HS256 with the public key as JWK': hs256(JSON.stringify(rows[0].public_jwk)),
    'HS256 with nothing': hs256(''),
    'another algorithm': withHeader({ alg: 'ES384' }),
    'unknown kid': withHeader({ kid: 'nobody' }),
    'kid of the prototype': withHeader({ kid: '__proto__' }),
    'no kid': `${base64url({ alg: 'ES256', typ: 'JWT' })}.${body}.${signature}`,
    'key in the header': await new SignJWT(claims)
      .setProtectedHeader({ ...header, jwk: createPublicKey(unknownKey).export({ format: 'jwk' }) })
      .sign(unknownKey),
    'the signature of another key': await new SignJWT(claims).setProtectedHeader(header).sign(unknownKey),
    'another typ': withHeader({ typ: 'at+jwt' }),
    'critical extension': withHeader({ crit: ['b64'], b64: false }),
  }
  for (const [what, forgery] of Object.entries(forged))
    await refuses(t, auth, `Bearer ${forgery}`, 'Token invalid.', 401, what)
  await t.notThrowsAsync(auth.authenticator.authenticate(`Bearer ${token}`, HERE))
})

test('refuses tokens of ours with other claims', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { token } = await auth.issue(id)
  const claims = claimsOf(token)
  const current = await (await openSigningKeys(pool, createKeyring(SECRET_KEY))).current()
  const sign = (changed: object, header: object = {}): Promise<string> =>
    new SignJWT({ ...claims, ...changed })
      .setProtectedHeader({ alg: 'ES256', kid: current.kid, typ: 'JWT', ...header })
      .sign(current.privateKey)
  for (const forgery of [
    await sign({ type: 'ACCESS' }),
    await sign({ type: undefined }),
    await sign({ jti: 'not-an-id' }),
    await sign({ jti: undefined }),
    await sign({ sub: undefined }),
    await sign({ exp: undefined }),
    await sign({ ver: '1' }),
    await sign({ workspaceId: '00000000-0000-7000-8000-000000000000' }),
    await sign({ nbf: Number(claims.exp) }),
    await sign({}, { typ: 'at+jwt' }),
    await sign({}, { typ: undefined }),
  ])
    await refuses(t, auth, `Bearer ${forgery}`, 'Token invalid.')
})

test("does not let a key into another key's workspace", async (t) => {
  const auth = await openAuthentication(pool)
  const [mine, theirs] = [await auth.newWorkspace(), await auth.newWorkspace()]
  const { key } = await auth.issue(mine.id)
  const token = await auth.tokens.issue({ ...key, keyId: key.id, workspaceId: theirs.id })
  await refuses(t, auth, `Bearer ${token}`, 'Token invalid.')
})

test('refuses a key after it is revoked, at once with a notification and within a minute without', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const [notified, unnotified] = [await auth.issue(id), await auth.issue(id)]
  await auth.authenticator.authenticate(notified.header, HERE)
  await auth.authenticator.authenticate(unnotified.header, HERE)
  await revokeKey(pool, notified.key.id)
  await revokeKey(pool, unnotified.key.id)
  auth.authenticator.invalidate(`key ${notified.key.id}`)
  await refuses(t, auth, notified.header, 'This API Key is revoked')
  await t.notThrowsAsync(auth.authenticator.authenticate(unnotified.header, HERE))
  auth.clock.pass(60_000)
  await refuses(t, auth, unnotified.header, 'This API Key is revoked')
})

test('refuses a key that is gone, and one that never was', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { key, header } = await auth.issue(id)
  await auth.authenticator.authenticate(header, HERE)
  await pool.query('delete from tenantry.api_keys where id = $1', [key.id])
  auth.authenticator.invalidateAll()
  await refuses(t, auth, header, 'This API Key is revoked')
  const token = await auth.tokens.issue({ ...key, keyId: '00000000-0000-7000-8000-000000000000' })
  await refuses(t, auth, `Bearer ${token}`, 'This API Key is revoked')
})

test('refuses older tokens of a key once its version is raised', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { key, header } = await auth.issue(id)
  await pool.query('update tenantry.api_keys set token_version = 2 where id = $1', [key.id])
  await refuses(t, auth, header, 'This API Key is revoked')
  const fresh = await auth.tokens.issue({ ...key, keyId: key.id, tokenVersion: 2 })
  await t.notThrowsAsync(auth.authenticator.authenticate(`Bearer ${fresh}`, HERE))
})

test('distinguishes an expired token from an expired key', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const longKey = await auth.issue(id, { days: 10, tokenDays: 1 })
  const longToken = await auth.issue(id, { days: 1, tokenDays: 10 })
  for (const { header } of [longKey, longToken]) await auth.authenticator.authenticate(header, HERE)
  auth.clock.pass(DAY_MS + 4_000)
  await t.notThrowsAsync(auth.authenticator.authenticate(longKey.header, HERE), 'clocks may differ by 5 s')
  await refuses(t, auth, longToken.header, 'This API Key is expired')
  auth.clock.pass(2_000)
  await refuses(t, auth, longKey.header, 'Token has expired.')
  // The same without anything remembered.
  const cold = await openAuthentication(pool)
  cold.clock.pass(DAY_MS + 6_000)
  await refuses(t, cold, longKey.header, 'Token has expired.')
  await refuses(t, cold, longToken.header, 'This API Key is expired')
})

const PAUSES = [
  {
    ...{ what: 'suspended', status: 403, message: 'This workspace is suspended' },
    ...{ pause: suspendWorkspace, resume: resumeWorkspace },
  },
  {
    ...{ what: 'deleted', status: 401, message: 'Workspace not found', resume: restoreWorkspace },
    pause: (owner: typeof pool, id: string) => deleteWorkspace(owner, id, 7),
  },
]
for (const { what, status, message, pause, resume } of PAUSES)
  for (const isRemembered of [true, false])
    test(`keys are refused with ${status} while their workspace is ${what}, and work from its notification on, ${isRemembered ? 'known before' : 'used meanwhile for the first time'}`, async (t) => {
      const auth = await openAuthentication(pool)
      const { id } = await auth.newWorkspace()
      const { header } = await auth.issue(id)
      if (isRemembered) await auth.authenticator.authenticate(header, HERE)
      await pause(pool, id)
      auth.authenticator.invalidate(`workspace ${id} 1`)
      await refuses(t, auth, header, message, status)
      await refuses(t, auth, header, message, status)
      await resume(pool, id)
      auth.authenticator.invalidate(`workspace ${id} 1`)
      await t.notThrowsAsync(auth.authenticator.authenticate(header, HERE))
    })

test('sees that a role was renamed, and ignores notifications that mean nothing to it', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { key, header } = await auth.issue(id, { label: 'Member' })
  const before = await auth.authenticator.authenticate(header, HERE)
  for (const payload of ['', 'key', 'role', 'nonsense x', `key ${id}`, `workspace ${key.id}`])
    auth.authenticator.invalidate(payload)
  t.is(
    await auth.authenticator.authenticate(header, HERE),
    before,
    'the very same object: nothing was read again',
  )
  await pool.query(`update tenantry.roles set label = 'Crew' where id = $1`, [key.roleId])
  auth.authenticator.invalidate(`role ${key.roleId}`)
  t.is((await auth.authenticator.authenticate(header, HERE)).roleLabel, 'Crew')
})

test('writes the last use of a key at most once a minute', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const { key, header } = await auth.issue(id)
  const lastUse = async (): Promise<Date | null> =>
    (await pool.query('select last_used_at from tenantry.api_keys where id = $1', [key.id])).rows[0]
      .last_used_at
  t.is(await lastUse(), null)
  await auth.authenticator.authenticate(header, HERE)
  await until('the first use is written', async () => (await lastUse()) !== null)
  const first = await lastUse()
  auth.clock.pass(59_000)
  await auth.authenticator.authenticate(header, HERE)
  await auth.authenticator.close()
  t.deepEqual(await lastUse(), first)
  auth.clock.pass(2_000)
  await auth.authenticator.authenticate(header, HERE)
  await auth.authenticator.close()
  t.notDeepEqual(await lastUse(), first)
  t.deepEqual(auth.errors, [])
})

test('verifies tokens of a key that another process has rotated in, and of the one it replaced', async (t) => {
  const auth = await openAuthentication(pool)
  const { id } = await auth.newWorkspace()
  const old = await auth.issue(id)
  await pool.query('update tenantry.signing_keys set retired_at = now()')
  const rotated = await openAuthentication(pool)
  const fresh = await rotated.issue(id)
  t.notDeepEqual(partsOf(old.token)[0], partsOf(fresh.token)[0])
  await t.notThrowsAsync(rotated.authenticator.authenticate(old.header, HERE))
  auth.clock.pass(10_000)
  await t.notThrowsAsync(auth.authenticator.authenticate(fresh.header, HERE))
  const { rows } = await pool.query('select public_jwk from tenantry.signing_keys')
  await t.notThrowsAsync(Promise.all(rows.map(({ public_jwk: jwk }) => importJWK(jwk, 'ES256'))))
})
