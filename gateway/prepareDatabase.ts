// What a start does in the database before it serves: migrations, the change feed, names of earlier versions,
// the keys that sign tokens.

import type { Pool } from 'pg'
import type { Log } from '../sql/log.ts'
import { migrate } from '../sql/migrate.ts'
import { openFeed } from '../tenants/changes/capture.ts'
import { pinNames } from '../tenants/upgrade/pinNames.ts'
import { createKeyring } from './auth/keyring.ts'
import { checkKeys, openSigningKeys } from './auth/signing.ts'
import type { Config } from './config.ts'
import { isUntouched } from './demo/firstStart.ts'

export const prepareDatabase = async (
  pool: Pool,
  secretKey: string,
  log: Log,
  { capture, previousSecretKey }: Pick<Config, 'capture' | 'previousSecretKey'>,
) => {
  const keyring = createKeyring(secretKey, previousSecretKey)
  const { eventTriggers, ahead, login } = await migrate(pool, {
    ...keyring,
    checkKeys: (client) => checkKeys(client, keyring),
  })
  if (ahead.length > 0)
    log.warn({ migrations: ahead }, 'a newer version migrated the database; this one serves it unchanged')
  await openFeed(pool, capture)
  await pinNames(pool, log)
  const isFirstStart = await isUntouched(pool)
  const signingKeys = await openSigningKeys(pool, keyring)
  return { eventTriggers, isFirstStart, keyring, signingKeys, login }
}
