// Connects a lane. In: the gateway's login; out: the driver's client, authenticated, encrypted where asked for, with the
// preamble's statements prepared and tried once.

import pg from 'pg'
import { PREAMBLE, RESET, STARTUP_OPTIONS } from './session.ts'

const CONNECT_WITHIN_MS = 10_000

export const connectLane = async (
  connection: pg.ClientConfig,
  onError: (error: Error) => void,
): Promise<pg.Client> => {
  const client = new pg.Client({
    application_name: 'tenantry',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    options: STARTUP_OPTIONS,
    ...connection,
  })
  client.on('error', onError)
  await client.connect()
  try {
    await client.query({ name: RESET.name, text: RESET.text })
    await client.query({ name: PREAMBLE.name, text: PREAMBLE.text, values: [...PREAMBLE.values] })
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  return client
}
