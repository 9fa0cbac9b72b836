import test from 'ava'
import { decrypt, encrypt } from '../../gateway/auth/encryption.ts'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { createTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'

test('makes one key when several processes start at the same moment', async (t) => {
  const { pool } = await createTestDatabase(t)
  const opened = await Promise.all(
    Array.from({ length: 5 }, () => openSigningKeys(pool, createKeyring(SECRET_KEY))),
  )
  const current = await Promise.all(opened.map((keys) => keys.current()))
  t.is(new Set(current.map(({ kid }) => kid)).size, 1)
  t.is((await pool.query('select from tenantry.signing_keys')).rowCount, 1)
})

test('keeps the private half unreadable', async (t) => {
  const { pool } = await createTestDatabase(t)
  await openSigningKeys(pool, createKeyring(SECRET_KEY))
  const { rows } = await pool.query('select public_jwk, private_jwk from tenantry.signing_keys')
  t.deepEqual(Object.keys(rows[0].public_jwk).sort(), ['crv', 'kty', 'x', 'y'])
  t.false(rows[0].private_jwk.includes('"d"'))
})

test('explains what to do if SECRET_KEY has changed', async (t) => {
  const { pool } = await createTestDatabase(t)
  await openSigningKeys(pool, createKeyring(SECRET_KEY))
  await t.throwsAsync(openSigningKeys(pool, createKeyring(`not ${SECRET_KEY}`)), {
    message: /SECRET_KEY cannot decrypt the signing key/,
  })
})

test('queries the database for unknown keys once in ten seconds at most', async (t) => {
  const { pool } = await createTestDatabase(t)
  let nowMs = 0
  const { publicKey } = await openSigningKeys(pool, createKeyring(SECRET_KEY), () => nowMs)
  await pool.query('alter table tenantry.signing_keys rename to hidden')
  t.is(await publicKey('nobody'), undefined)
  nowMs = 10_000
  await t.throwsAsync(publicKey('nobody'), { message: /signing_keys/ }, 'now it looks')
  t.is(await publicKey('nobody'), undefined, 'and not again so soon')
})

test('decrypts only what it has encrypted', (t) => {
  const plain = Buffer.from('secret')
  const encrypted = encrypt(SECRET_KEY, 'purpose', plain)
  t.is(encrypted.byteLength, plain.byteLength + 28)
  t.deepEqual(decrypt(SECRET_KEY, 'purpose', encrypted), plain)
  t.notDeepEqual(encrypt(SECRET_KEY, 'purpose', plain), encrypted)
  t.throws(() => decrypt('another secret', 'purpose', encrypted))
  t.throws(() => decrypt(SECRET_KEY, 'another purpose', encrypted))
  for (const at of [0, 12, encrypted.byteLength - 1]) {
    const changed = Buffer.from(encrypted)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    t.throws(() => decrypt(SECRET_KEY, 'purpose', changed))
  }
})
