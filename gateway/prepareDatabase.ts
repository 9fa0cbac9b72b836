// What a start does in the database before it serves: it finds the servers, and runs migrations, the change
// feed, names of earlier versions, the keys that sign tokens.

import type { Pool } from 'pg'
import { isCoordinator } from '../sql/citus.ts'
import { gatewayUrl } from '../sql/gatewayRole.ts'
import type { Log } from '../sql/log.ts'
import { migrate } from '../sql/migrate.ts'
import { testPooledPath } from '../sql/pipeline/pooledPath.ts'
import {
  createSinglePlacement,
  openCoordinator,
  type Placement,
  type PlacementOptions,
  type RequestPath,
} from '../sql/placement.ts'
import { detectPooling, type Pooling } from '../sql/servers/pooler.ts'
import { refuseOtherDatabase } from '../sql/servers/sameDatabase.ts'
import { createServers, type Servers, withLoginOf } from '../sql/servers/servers.ts'
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
    log.warn(
      { migrations: ahead },
      'a newer version migrated the database; this version serves it without changing it',
    )
  await openFeed(pool, capture)
  await pinNames(pool, log)
  await warnNearCeiling(pool, log)
  const isFirstStart = await isUntouched(pool)
  const signingKeys = await openSigningKeys(pool, keyring)
  return { eventTriggers, isFirstStart, keyring, signingKeys, login }
}

const refuseShared = async (url: string, variable: string): Promise<Pooling> => {
  const pooling = await detectPooling(url)
  if (pooling !== 'transaction') return pooling
  throw new Error(
    `${variable} goes through a connection pooler in transaction mode, which loses LISTEN and other state of a ` +
      'session. Set DIRECT_DATABASE_URL to Postgres itself, or to a pooler in session mode.',
  )
}

/** How requests reach Postgres, tried out where a pooler stands between. */
const openRequestPath = async (
  { config: { databaseUrl, directDatabaseUrl } }: GatewayOptions,
  direct: RequestPath,
  withLogin: (url: string) => string,
): Promise<RequestPath> => {
  const isDirect = databaseUrl === null || directDatabaseUrl === null
  const servers = isDirect ? direct.servers : createServers(databaseUrl, withLogin)
  const isPooled = isDirect ? direct.isPooled : (await detectPooling(await servers.locate())) !== 'none'
  if (isPooled) await testPooledPath({ servers, isPooled })
  return { servers, isPooled }
}

/** The cluster's address of a node, and the gateway's. */
export const addressPair = (text: string): readonly [string, string] => {
  const [inCluster = '', outside = ''] = text.split('=')
  return [inCluster, outside]
}

/** One Postgres, or the nodes of a Citus cluster, whose coordinator this is. */
const choosePlacement = async (
  pool: Pool,
  servers: Servers,
  direct: RequestPath,
  { config, log }: GatewayOptions,
): Promise<(options: PlacementOptions) => Placement> => {
  if (!(await isCoordinator(pool))) return createSinglePlacement
  const { openCitus } = await import('../sql/nodes/openCitus.ts')
  const addresses = new Map(config.citusNodeAddresses.map(addressPair))
  return openCitus({ coordinator: pool, servers, requests: direct.servers, addresses, log })
}

/**
 * Refuses to start where no server accepts writes, or several do, where a pooler shares sessions, or where
 * the two URLs lead to two databases; and then changes nothing.
 */
export const prepareDatabase = async (options: GatewayOptions) => {
  const { config, ownerUrl, secretKey, log, tracing } = options
  const servers = createServers(ownerUrl)
  const variable = config.directDatabaseUrl === null ? 'DATABASE_URL' : 'DIRECT_DATABASE_URL'
  const pooling = await refuseShared(await servers.locate(), variable)
  if (config.databaseUrl !== null && config.directDatabaseUrl !== null)
    await refuseOtherDatabase(await createServers(config.databaseUrl).locate(), await servers.locate())
  const pool = openCoordinator(servers, {
    log,
    size: ownerConnections(config),
    waitMs: config.databaseWaitMs,
  })
  tracing?.owner(servers.current, pool)
  try {
    const prepared = await prepare(pool, secretKey, log, config)
    const withLogin = (url: string): string => gatewayUrl(url, secretKey, prepared.login)
    const direct = { servers: withLoginOf(servers, withLogin), isPooled: pooling !== 'none' }
    const requests = await openRequestPath(options, direct, withLogin)
    const placing = await choosePlacement(pool, servers, direct, options)
    servers.watch(log)
    return { ...prepared, pool, servers, direct, requests, placing }
  } catch (error) {
    await pool.end()
    throw error
  }
}
