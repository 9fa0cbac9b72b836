// Opens a connection with the driver: authenticated, encrypted where configured, with the statements of the
// session settings prepared and run once.

import pg from 'pg'
import { RESET, SESSION_SETTINGS, STARTUP_OPTIONS } from './session.ts'

const CONNECT_WITHIN_MS = 10_000

export const connectClient = async (
  login: pg.ClientConfig,
  onError: (error: Error) => void,
): Promise<pg.Client> => {
  const client = new pg.Client({
    application_name: 'tenantry',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    options: STARTUP_OPTIONS,
    ...login,
  })
  client.on('error', onError)
  await client.connect()
  try {
    await client.query({ name: RESET.name, text: RESET.text })
    await client.query({
      name: SESSION_SETTINGS.name,
      text: SESSION_SETTINGS.text,
      values: [...SESSION_SETTINGS.values],
    })
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  return client
}
