// Whether a connection pooler stands between the gateway and Postgres, and whether it fits.

import { findGatewayLogin } from '../../sql/gatewayLogin.ts'
import { GATEWAY_ROLE, gatewayUrl } from '../../sql/gatewayRole.ts'
import { testPooledPath } from '../../sql/pipeline/pooledPath.ts'
import { detectPooling } from '../../sql/servers/pooler.ts'
import { refuseOtherDatabase } from '../../sql/servers/sameDatabase.ts'
import { createServers } from '../../sql/servers/servers.ts'
import type { Check, CheckResult, Examined } from './check.ts'

/** The path of requests, tried out where a pooler stands between. */
const checkRequestPath = async (
  { client, config, keyring, ownerUrl }: Examined,
  isOfOwner: boolean,
): Promise<CheckResult> => {
  const databaseUrl = isOfOwner ? ownerUrl : config.databaseUrl
  if (databaseUrl === null || keyring === null)
    return { status: 'ok', message: 'requests use DATABASE_URL once there is a secret key' }
  const login = (await findGatewayLogin(client, keyring.secretKey)) ?? GATEWAY_ROLE
  const servers = createServers(databaseUrl, (url) => gatewayUrl(url, keyring.secretKey, login))
  try {
    if (!isOfOwner) await refuseOtherDatabase(await createServers(databaseUrl).locate(), ownerUrl)
    const pooling = await detectPooling(await servers.locate())
    if (pooling !== 'none') await testPooledPath({ servers, isPooled: true })
    const message = isOfOwner
      ? TEXTS[pooling]
      : `requests: ${TEXTS[pooling]}; everything else goes to DIRECT_DATABASE_URL`
    return { status: 'ok', message }
  } catch (error) {
    return {
      status: 'fault',
      message: error instanceof Error ? error.message : String(error),
      advice:
        'DATABASE_URL must lead to the same database. A pooler must allow the login role of requests, support prepared statements, and end settings with their transaction.',
    }
  }
}

const TEXTS = {
  none: 'no pooler',
  session: 'a pooler in session mode',
  transaction: 'a pooler in transaction mode',
} as const

export const checkPooler: Check = async (examined) => {
  const pooling = await detectPooling(examined.ownerUrl)
  const { directDatabaseUrl } = examined.config
  if (pooling === 'transaction')
    return {
      status: 'fault',
      message: `${directDatabaseUrl === null ? 'DATABASE_URL' : 'DIRECT_DATABASE_URL'} goes through a connection pooler in transaction mode.`,
      advice: 'Point DIRECT_DATABASE_URL to Postgres itself, or to a pooler in session mode.',
    }
  const isOfOwner = directDatabaseUrl === null
  return isOfOwner && pooling === 'none'
    ? { status: 'ok', message: TEXTS[pooling] }
    : checkRequestPath(examined, isOfOwner)
}
