// A gateway on a database of its own, asked over a real socket.

import pino from 'pino'
import { readConfig } from '../../gateway/config.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/start.ts'
import { createKey } from '../../tenants/key.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace, type Workspace } from '../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase, PATIENT_MS } from './database.ts'

/** Names that break unquoted SQL. */
export const HOSTILE_NAME = 'O\'Brien "x"; drop schema public'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body, with the type that the test expects. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies are what tests look into.
  readonly body: any
}

export interface Client {
  readonly token: string
  readonly workspace: Workspace
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly get: (path: string) => Promise<Answer>
  readonly graphql: (query: string, variables?: Record<string, unknown>) => Promise<Answer>
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly database: OpenTestDatabase
  readonly url: string
  /** A new workspace and an Admin key to it. */
  readonly enter: (name?: string, options?: { readonly standardObjects?: boolean }) => Promise<Client>
  /** Another key to a workspace. */
  readonly client: (workspace: Workspace, roleLabel?: string) => Promise<Client>
  readonly close: () => Promise<void>
}

const DAY_MS = 86_400_000
/** A test of a bound sets it. Others would meet those of time on a busy machine. */
const UNBOUNDED = {
  API_RATE_LIMIT_PER_MINUTE: '1000000',
  REQUEST_TIMEOUT_MS: '100000',
  WORKSPACE_MAX_STATEMENTS: '64',
  // The tests of a file begin together, and their workspaces wait for one another.
  DATABASE_WAIT_MS: String(PATIENT_MS),
}

export const ask = async (
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : null,
  }
}

/**
 * The media type whose status distinguishes a document that cannot be executed (400) from one that was (200).
 */
export const GRAPHQL_ACCEPT = { accept: 'application/graphql-response+json, application/json;q=0.9' } as const

/** The same key and workspace at another gateway, such as a process of its own. */
export const clientAt = (url: string, { token, workspace }: Pick<Client, 'token' | 'workspace'>): Client => {
  const request: Client['request'] = (method, path, body, headers) =>
    ask(url + path, method, body, { authorization: `Bearer ${token}`, ...headers })
  return {
    token,
    workspace,
    request,
    get: (path) => request('GET', path),
    graphql: (query, variables) => request('POST', '/graphql', { query, variables }, GRAPHQL_ACCEPT),
  }
}

export interface TestGatewayOptions {
  readonly environment?: Record<string, string>
  /** Another gateway's database, to have two on one. */
  readonly database?: OpenTestDatabase
  readonly console?: GatewayOptions['console']
  readonly webhookWorld?: GatewayOptions['webhookWorld']
  readonly socketInitMs?: number
  readonly openPlacement?: GatewayOptions['openPlacement']
  readonly tracing?: GatewayOptions['tracing']
  readonly log?: GatewayOptions['log']
}

export const startTestGateway = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  const database = options.database ?? (await openTestDatabase())
  const config = readConfig({ PORT: '0', ...UNBOUNDED, ...options.environment })
  const gateway = await createGateway({
    config,
    ownerUrl: database.ownerUrl,
    secretKey: database.secretKey,
    ...(options.console === undefined ? {} : { console: options.console }),
    ...(options.webhookWorld === undefined ? {} : { webhookWorld: options.webhookWorld }),
    ...(options.socketInitMs === undefined ? {} : { socketInitMs: options.socketInitMs }),
    tracing: options.tracing,
    openPlacement: options.openPlacement,
    log: options.log ?? pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
  })
  const url = await gateway.listen()

  const client = async (workspace: Workspace, roleLabel = 'Admin'): Promise<Client> => {
    const role = await findRole(gateway.pool, workspace.id, roleLabel)
    const expiresAt = new Date(Date.now() + DAY_MS)
    const key = await createKey(gateway.pool, {
      workspaceId: workspace.id,
      roleId: role.id,
      name: `Key of ${roleLabel}`,
      expiresAt,
    })
    const token = await gateway.tokens.issue({
      keyId: key.id,
      workspaceId: workspace.id,
      tokenVersion: key.tokenVersion,
      expiresAt,
    })
    return clientAt(url, { token, workspace })
  }

  return {
    gateway,
    database,
    url,
    client,
    enter: async (name = HOSTILE_NAME, { standardObjects = true } = {}) =>
      client(await createWorkspace(gateway.pool, { name, standardObjects })),
    close: async () => {
      await gateway.close()
      if (options.database === undefined) await database.close()
    },
  }
}
