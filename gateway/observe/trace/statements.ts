// A span for each round trip to Postgres on behalf of a request, a job or a delivery. A statement of a record
// request has its text, which holds no values. The owner's statements have none: DDL writes values into it.

import type { Attributes, Span } from '@opentelemetry/api'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { errorCode } from '../../../sql/errorCode.ts'
import type { ConnectionPool, Session } from '../../../sql/pipeline/pool.ts'
import { rememberLatest } from '../../../sql/servers/rememberLatest.ts'
import { describeStatement, operationOf } from '../../../sql/statement.ts'
import { failSpan, isSampled, KIND, type Spans, settled, writeTraceparent } from './spans.ts'

/** The server and database that a URL names. */
interface Server {
  readonly address: string
  readonly port: number
  readonly database: string
}

const SYSTEM = 'postgresql'
const DEFAULT_PORT = 5432

const readServer = (url: string): Server => {
  const { hostname, port, pathname, searchParams } = new URL(url)
  return {
    address: hostname === '' ? (searchParams.get('host') ?? 'localhost') : hostname,
    port: Number(port) || DEFAULT_PORT,
    database: decodeURIComponent(pathname.slice(1)),
  }
}

/** @param url of the server in use */
export const serverOf = (url: () => string): (() => Server) => {
  const serverAt = rememberLatest(readServer)
  return () => serverAt(url())
}

const attributesOf = (
  { address, port, database }: Server,
  operation: string,
  schema?: string,
): Attributes => ({
  'db.system.name': SYSTEM,
  'db.namespace': schema === undefined ? database : `${database}|${schema}`,
  ...(operation === '' ? {} : { 'db.operation.name': operation }),
  'server.address': address,
  'server.port': port,
})

const traced = <T>(span: Span, work: () => Promise<T>): Promise<T> =>
  settled(span, work, (error) => {
    const code = errorCode(error)
    if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) span.setAttribute('db.response.status_code', code)
    failSpan(span, code ?? (error instanceof Error ? error.name : '_OTHER'))
  })

type Claims = { readonly roleId?: unknown }

/** The change log stores the claims of a change, and its deliveries continue the trace. */
const withTrace = (session: Session, claims: Claims, span: Span): Session => ({
  ...session,
  claims: JSON.stringify({ ...claims, traceparent: writeTraceparent(span) }),
})

/** Whose statement it is, and the version of the workspace's model that it was made for. */
const sessionAttributes = ({ workspace, version }: Session, { roleId }: Claims): Attributes => ({
  'tenantry.workspace.id': workspace,
  'tenantry.model.version': version,
  ...(typeof roleId === 'string' ? { 'tenantry.role.id': roleId } : {}),
})

export const traceConnections = (
  spans: Spans,
  server: () => Server,
  pool: ConnectionPool,
): ConnectionPool => ({
  ...pool,
  run: (session, statement, how) => {
    const parent = spans.current()
    if (parent === undefined) return pool.run(session, statement, how)
    if (!isSampled(parent))
      // What changes nothing has no deliveries.
      return pool.run(
        how.retryable ? session : withTrace(session, JSON.parse(session.claims), parent),
        statement,
        how,
      )
    const claims = JSON.parse(session.claims)
    const caller = sessionAttributes(session, claims)
    if (parent.isRecording()) parent.setAttributes(caller)
    const { operation, table, text } = describeStatement(statement, session.schema)
    const summary = table === undefined ? operation : `${operation} ${table}`
    const attributes = (): Attributes => ({
      ...attributesOf(server(), operation, session.schema),
      'db.query.summary': summary,
      'db.query.text': text,
      ...caller,
      ...(table === undefined ? {} : { 'db.collection.name': table }),
    })
    const span = spans.begin({ name: summary, kind: KIND.client, attributes })
    return traced(span, async () => {
      const rows = await pool.run(how.retryable ? session : withTrace(session, claims, span), statement, how)
      span.setAttribute('db.response.returned_rows', rows.length)
      return rows
    })
  },
})

const textOf = (query: unknown): string => {
  if (typeof query === 'string') return query
  return query !== null && typeof query === 'object' && 'text' in query ? String(query.text) : ''
}

const traceClient = (spans: Spans, server: () => Server, client: ClientBase): void => {
  const send = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
  const query = (...given: unknown[]): Promise<unknown> => {
    const current = spans.current()
    if (current === undefined || !isSampled(current) || typeof given.at(-1) === 'function')
      return send(...given)
    const operation = operationOf(textOf(given[0]))
    const attributes = () => attributesOf(server(), operation)
    return traced(spans.begin({ name: operation || SYSTEM, kind: KIND.client, attributes }), () =>
      send(...given),
    )
  }
  Object.assign(client, { query })
}

/**
 * Traces the owner's statements. A query of the pool is sent by its caller's own code: the pool would send a
 * query that waited for a connection on behalf of the caller which released it.
 */
export const traceOwner = (spans: Spans, server: () => Server, pool: Pool): void => {
  pool.on('connect', (client: PoolClient) => traceClient(spans, server, client))
  const send = pool.query.bind(pool) as (...given: unknown[]) => Promise<unknown>
  const query = async (...given: unknown[]): Promise<unknown> => {
    if (typeof given.at(-1) === 'function') return send(...given)
    const client = await pool.connect()
    const run = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
    try {
      const result = await run(...given)
      client.release()
      return result
    } catch (error) {
      client.release(error instanceof Error ? error : true)
      throw error
    }
  }
  Object.assign(pool, { query })
}
