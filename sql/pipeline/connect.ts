// Opens a connection with the driver: authenticated, encrypted where configured, with the statements of the
// session settings prepared and run once.

import pg from 'pg'
import type { Servers } from '../servers/servers.ts'
import { RESET, SESSION_SETTINGS, STARTUP_OPTIONS } from './session.ts'

const CONNECT_WITHIN_MS = 10_000

/** Where connections of a pool lead. */
export interface Login extends pg.ClientConfig {
  /** Chooses the server, instead of `connectionString`. */
  readonly servers?: Servers | undefined
}

/** Settings of a session that the server reports, at its start and after every change. */
export type ReportedSettings = Map<string, string>

export interface ConnectedClient {
  readonly client: pg.Client
  /** Kept up to date by the reader of the connection. */
  readonly settings: ReportedSettings
}

const prepare = async (client: pg.Client, servers: Servers | undefined): Promise<void> => {
  // One round trip: the client sends them together.
  await Promise.all([
    client.query({ name: RESET.name, text: RESET.text }),
    client.query({
      name: SESSION_SETTINGS.name,
      text: SESSION_SETTINGS.text,
      values: [...SESSION_SETTINGS.values],
    }),
    servers?.admit(client),
  ])
}

export const connectClient = async (
  { servers, ...login }: Login,
  onError: (error: Error) => void,
): Promise<ConnectedClient> => {
  const client = new pg.Client({
    application_name: 'tenantry',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    options: STARTUP_OPTIONS,
    pipeline: true,
    ...login,
    ...(servers === undefined ? {} : { connectionString: await servers.locate() }),
  })
  const settings: ReportedSettings = new Map()
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) =>
    settings.set(parameterName, parameterValue),
  )
  client.on('error', onError)
  try {
    await client.connect()
    await prepare(client, servers)
  } catch (error) {
    servers?.doubt()
    await client.end().catch(() => undefined)
    throw error
  }
  return { client, settings }
}
