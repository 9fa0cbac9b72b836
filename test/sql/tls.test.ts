// TLS to Postgres and Redis: the server's certificate and name are verified, with a CA of one's own, and
// client certificates are sent. The certificates are made by openssl for this test.

import { execFile } from 'node:child_process'
import { chown, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import pino from 'pino'
import { connectRedis } from '../../gateway/limits/redis.ts'
import { postgresAccount } from '../../sql/embedded/account.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { launchRedis } from '../support/launchRedis.ts'
import { createTestLog } from '../support/log.ts'
import { makeScratch } from '../support/scratch.ts'

const run = promisify(execFile)

/** Whether the server sends its CA is up to its version of OpenSSL. */
const UNKNOWN_CA =
  /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/

/** Two CAs, of which one signed the server's certificate for "localhost" alone, and a client's. */
const makeCertificates = async (t: ExecutionContext) => {
  const directory = await makeScratch('tenantry-tls-')
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const at = (name: string): string => join(directory, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  for (const ca of ['ca', 'other'])
    await run('openssl', [
      ...['req', '-x509', ...key, '-subj', `/CN=${ca}`, '-keyout', at(`${ca}.key`), '-out', at(`${ca}.pem`)],
    ])
  for (const name of ['localhost', 'client'])
    await run('openssl', [
      ...['req', '-x509', ...key, '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-subj', `/CN=${name}`],
      ...['-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)],
    ])
  return { directory, at }
}

test('a gateway verifies Postgres by sslrootcert, for the owner and for requests', async (t) => {
  const { directory, at } = await makeCertificates(t)
  const dataDir = join(directory, 'data')
  const account = postgresAccount(join(dataDir, 'postgres'))
  if (account !== null)
    for (const file of ['localhost.key', 'localhost.pem']) await chown(at(file), account.uid, account.gid)
  const server = await startEmbeddedPostgres({
    dataDir,
    log: createTestLog(),
    settings: {
      ...{ fsync: 'off', ssl: 'on', ssl_cert_file: at('localhost.pem'), ssl_key_file: at('localhost.key') },
      ssl_ca_file: at('ca.pem'),
    },
  })
  t.teardown(server.stop)
  const urlWith = (parameters: Record<string, string>, host = 'localhost'): string => {
    const url = new URL(server.ownerUrl)
    url.hostname = host
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href
  }
  const verified = { sslmode: 'verify-full', sslrootcert: at('ca.pem') }
  const refusal = async (url: string): Promise<string> => {
    const pool = createOwnerPool(url, { size: 1 })
    try {
      await pool.query('select 1')
      return 'connected'
    } catch (error) {
      return String(Object(error).code)
    } finally {
      await pool.end()
    }
  }
  t.is(await refusal(urlWith(verified)), 'connected')
  t.is(await refusal(urlWith(verified, '127.0.0.1')), 'ERR_TLS_CERT_ALTNAME_INVALID')
  t.regex(await refusal(urlWith({ ...verified, sslrootcert: at('other.pem') })), UNKNOWN_CA)
  t.regex(await refusal(urlWith({ sslmode: 'verify-full' })), UNKNOWN_CA)

  const ownerUrl = urlWith({ ...verified, sslcert: at('client.pem'), sslkey: at('client.key') })
  const pool = createOwnerPool(ownerUrl)
  const gateway = await startTestGateway({
    database: {
      ...{ name: 'postgres', ownerUrl, gatewayUrl: ownerUrl, secretKey: SECRET_KEY, pool },
      close: () => pool.end(),
    },
  })
  t.teardown(gateway.close)
  const client = await gateway.enter('Encrypted')
  t.is((await client.get('/rest/companies')).status, 200)
  const { rows } = await pool.query<{ user: string; encrypted: boolean; certificate: boolean }>(
    `select distinct usename as user, ssl as encrypted, client_dn is not null as certificate
     from pg_stat_ssl join pg_stat_activity using (pid)
     where backend_type = 'client backend' and application_name like 'tenantry%' order by usename`,
  )
  t.deepEqual(
    rows.map(({ encrypted, certificate }) => [encrypted, certificate]),
    rows.map(() => [true, true]),
  )
  t.true(rows.some(({ user }) => user === 'tenantry_gateway'))
})

test('rediss:// verifies Redis by sslrootcert and sends a client certificate', async (t) => {
  const { at } = await makeCertificates(t)
  const port = await freePort()
  const redis = await launchRedis([
    ...['--port', '0', '--tls-port', String(port)],
    ...['--tls-cert-file', at('localhost.pem'), '--tls-key-file', at('localhost.key')],
    ...['--tls-ca-cert-file', at('ca.pem'), '--tls-auth-clients', 'yes'],
  ])
  if (redis === null) {
    t.log('skipped: redis-server is missing, or has no TLS')
    t.pass()
    return
  }
  t.teardown(() => redis.kill())
  const attempt = async (parameters: Record<string, string>, host = 'localhost'): Promise<string> => {
    const url = new URL(`rediss://${host}:${port}`)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    const client = connectRedis(url.href, pino({ level: 'silent' }), 10_000)
    try {
      return await new Promise<string>((resolve) => {
        client.once('ready', () => void client.ping().then(resolve))
        client.once('error', (error) => resolve(String(Object(error).code)))
      })
    } finally {
      client.disconnect()
    }
  }
  const mutual = { sslrootcert: at('ca.pem'), sslcert: at('client.pem'), sslkey: at('client.key') }
  t.is(await attempt(mutual), 'PONG')
  t.is(await attempt(mutual, '127.0.0.1'), 'ERR_TLS_CERT_ALTNAME_INVALID')
  t.regex(await attempt({ ...mutual, sslrootcert: at('other.pem') }), UNKNOWN_CA)
  t.not(await attempt({ sslrootcert: at('ca.pem') }), 'PONG')
  t.throws(() => connectRedis(`redis://localhost:${port}?sslrootcert=x`, pino({ level: 'silent' })), {
    message: /requires rediss:/,
  })
})
