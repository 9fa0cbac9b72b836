// Opens a connection with the driver: authenticated, encrypted where configured, with the statements of the
// session settings prepared and run once.

import pg from 'pg'
import type { Servers } from '../servers/servers.ts'
import { POOLED_SETTINGS, placedSettings, RESET, SESSION_SETTINGS, STARTUP_OPTIONS } from './session.ts'

const CONNECT_WITHIN_MS = 10_000

/** Where connections of a pool lead. */
export interface Login extends pg.ClientConfig {
  /** Chooses the server, instead of `connectionString`. */
  readonly servers?: Servers | undefined
  /** A connection pooler stands between. */
  readonly isPooled?: boolean | undefined
  /** One of several nodes: the condition of `placedSettings`. */
  readonly holdsSchema?: string | undefined
  /** The same for statements that cannot write. Default: `holdsSchema`. */
  readonly readsSchema?: string | undefined
}

/** Settings of a session that the server reports, at its start and after every change. */
export type ReportedSettings = Map<string, string>

export interface ConnectedClient {
  readonly client: pg.Client
  /** Process id of its backend; null through a pooler, where it changes. */
  readonly pid: number | null
  /** Kept up to date by the reader of the connection; empty through a pooler, which reports old ones. */
  readonly settings: ReportedSettings
}

const prepare = async (
  client: pg.Client,
  { servers, isPooled, holdsSchema, readsSchema }: Login,
): Promise<void> => {
  const settings = isPooled ? POOLED_SETTINGS : SESSION_SETTINGS
  const { name, text, values } =
    holdsSchema === undefined
      ? settings
      : {
          ...placedSettings(settings, holdsSchema, readsSchema),
          values: [...settings.values, null, null],
        }
  // One round trip: the client sends them together.
  await Promise.all([
    client.query({ name: RESET.name, text: RESET.text }),
    client.query({ name, text, values: [...values] }),
    servers?.verify(client),
  ])
}

/** The driver's types leave it out. */
const processIdOf = (client: pg.Client): number | null =>
  'processID' in client && typeof client.processID === 'number' ? client.processID : null

export const connectClient = async (
  login: Login,
  onError: (error: Error) => void,
): Promise<ConnectedClient> => {
  const { servers, isPooled = false, holdsSchema: _, readsSchema: __, ...config } = login
  const client = new pg.Client({
    application_name: 'tenantry',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    pipeline: true,
    ...(isPooled ? {} : { options: STARTUP_OPTIONS }),
    ...config,
    ...(servers === undefined ? {} : { connectionString: await servers.locate() }),
  })
  const settings: ReportedSettings = new Map()
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (!isPooled) settings.set(parameterName, parameterValue)
  })
  client.on('error', onError)
  try {
    await client.connect()
    await prepare(client, login)
  } catch (error) {
    servers?.doubt()
    await client.end().catch(() => undefined)
    throw error
  }
  return { client, settings, pid: isPooled ? null : processIdOf(client) }
}
