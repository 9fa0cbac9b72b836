// What a start does in the database before it serves: it finds the servers, and runs migrations, the change
// feed, names of earlier versions, the keys that sign tokens.

import type { Pool } from 'pg'
import { gatewayUrl } from '../sql/gatewayRole.ts'
import type { Log } from '../sql/log.ts'
import { migrate } from '../sql/migrate.ts'
import { openCoordinator } from '../sql/placement.ts'
import { createServers, withLoginOf } from '../sql/servers/servers.ts'
import { openFeed } from '../tenants/changes/capture.ts'
import { warnNearCeiling } from '../tenants/quota/ceiling.ts'
import { pinNames } from '../tenants/upgrade/pinNames.ts'
import { createKeyring } from './auth/keyring.ts'
import { checkKeys, openSigningKeys } from './auth/signing.ts'
import type { Config } from './config.ts'
import { isUntouched } from './demo/firstStart.ts'
import type { GatewayOptions } from './gateway.ts'
import { ownerConnections } from './share.ts'

const prepare = async (pool: Pool, secretKey: string, log: Log, { capture, previousSecretKey }: Config) => {
  const keyring = createKeyring(secretKey, previousSecretKey)
  const { eventTriggers, ahead, login } = await migrate(pool, {
    ...keyring,
    checkKeys: (client) => checkKeys(client, keyring),
  })
  if (ahead.length > 0)
    log.warn({ migrations: ahead }, 'a newer version migrated the database; this one serves it unchanged')
  await openFeed(pool, capture)
  await pinNames(pool, log)
  await warnNearCeiling(pool, log)
  const isFirstStart = await isUntouched(pool)
  const signingKeys = await openSigningKeys(pool, keyring)
  return { eventTriggers, isFirstStart, keyring, signingKeys, login }
}

/** Refuses to start where no server accepts writes, or several do, and then changes nothing. */
export const prepareDatabase = async ({ config, ownerUrl, secretKey, log, tracing }: GatewayOptions) => {
  const servers = createServers(ownerUrl)
  const pool = openCoordinator(servers, { log, size: ownerConnections(config) })
  tracing?.owner(servers.current, pool)
  try {
    const prepared = await prepare(pool, secretKey, log, config)
    servers.watch(log)
    const requests = withLoginOf(servers, (url) => gatewayUrl(url, secretKey, prepared.login))
    return { ...prepared, pool, servers, requests }
  } catch (error) {
    await pool.end()
    throw error
  }
}
