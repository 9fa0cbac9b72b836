// `tenantry doctor`: looks at the configuration, the database, Redis and the disk, and returns what it found.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { findRunningEmbedded } from '../../sql/embedded.ts'
import { connectionTo } from '../../sql/placement.ts'
import { createServers } from '../../sql/servers/servers.ts'
import { createKeyring, type Keyring } from '../auth/keyring.ts'
import { type Config, ownerUrlOf } from '../config.ts'
import { connectRedis } from '../limits/redis.ts'
import type { CheckResult, Examined } from './check.ts'
import { CHECKS, checkDisk } from './checks.ts'
import { judgeServers } from './servers.ts'

interface Finding extends CheckResult {
  readonly check: string
}

const CONNECT_WITHIN_MS = 5_000
const STATEMENT_WITHIN_MS = 10_000

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The one of the environment, or of the data directory; null: neither exists. It is not created here. */
const findKeyring = async ({ secretKey, previousSecretKey, dataDir }: Config): Promise<Keyring | null> => {
  const found =
    secretKey ??
    (await readFile(join(dataDir, 'secret_key'), 'utf8').then(
      (text) => text.trim(),
      () => null,
    ))
  return found === null ? null : createKeyring(found, previousSecretKey)
}

const examine = async (examined: Examined): Promise<readonly Finding[]> => {
  const findings: Finding[] = []
  for (const [check, look] of CHECKS) {
    const result = await look(examined).catch(
      (error: unknown): CheckResult => ({
        status: 'fault',
        message: `The check failed: ${messageOf(error)}.`,
      }),
    )
    findings.push({ check, ...result })
  }
  return findings
}

const noConnection = (error: unknown): Finding => ({
  check: 'database',
  status: 'fault',
  message: `No connection: ${messageOf(error).replace(/\.$/, '')}.`,
  advice: 'Start Postgres, or correct DATABASE_URL.',
})

const checkDatabase = async (config: Config): Promise<readonly Finding[]> => {
  const ownerUrl = ownerUrlOf(config) ?? (await findRunningEmbedded(config.dataDir))
  if (ownerUrl === null)
    return [
      {
        check: 'database',
        status: 'warning',
        message: 'The embedded Postgres does not run.',
        advice: 'Start a gateway, or set DATABASE_URL.',
      },
    ]
  const servers = createServers(ownerUrl)
  const url = await servers.locate().catch(noConnection)
  if (typeof url !== 'string') return [url]
  const client = connectionTo(url, {
    application_name: 'tenantry doctor',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    // A pooler refuses a timeout of the session.
    query_timeout: STATEMENT_WITHIN_MS,
  })
  // A connection that breaks fails the check that uses it.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    return [noConnection(error)]
  }
  try {
    const examined = { config, client, ownerUrl: url, keyring: await findKeyring(config) }
    const ofServers = judgeServers(servers)
    return [...(ofServers === null ? [] : [{ check: 'servers', ...ofServers }]), ...(await examine(examined))]
  } finally {
    await client.end().catch(() => undefined)
  }
}

const REDIS_WITHIN_MS = 2_000

const checkRedis = async ({ redisUrl }: Config): Promise<CheckResult> => {
  if (redisUrl === null)
    return { status: 'ok', message: 'not configured: each gateway counts its own requests' }
  const redis = connectRedis(redisUrl, pino({ level: 'silent' }), REDIS_WITHIN_MS)
  try {
    await new Promise<void>((resolve, reject) => {
      redis.once('ready', resolve)
      redis.once('error', reject)
    })
    await redis.ping()
    return { status: 'ok', message: 'Redis answers' }
  } catch (error) {
    return {
      status: 'warning',
      message: `Redis does not answer: ${messageOf(error)}.`,
      advice: 'Start it, or correct REDIS_URL. Until then each gateway counts its own requests.',
    }
  } finally {
    redis.disconnect()
  }
}

export const diagnose = async (config: Config): Promise<readonly Finding[]> => {
  const [database, redis, disk] = await Promise.all([
    checkDatabase(config),
    checkRedis(config),
    checkDisk(config),
  ])
  return [...database, { check: 'redis', ...redis }, { check: 'disk', ...disk }]
}
