// A span for each round trip to Postgres on behalf of a request, a job or a delivery. A statement of a record
// request has its text, which holds no values. The owner's statements have none: DDL writes values into it.

import type { ClientBase, Pool, PoolClient } from 'pg'
import { errorCode } from '../../../sql/errorCode.ts'
import type { ConnectionPool, Rows, Session } from '../../../sql/pipeline/pool.ts'
import { remembering } from '../../../sql/remembering.ts'
import { rememberLatest } from '../../../sql/servers/rememberLatest.ts'
import { type DescribedStatement, describeStatement, operationOf } from '../../../sql/statement.ts'
import type { Span, SpanAttributes, SpanDetails } from './span.ts'
import { KIND, type Spans, writeTraceparent } from './spans.ts'

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
): SpanAttributes => {
  const attributes: SpanAttributes = {
    'db.system.name': SYSTEM,
    'db.namespace': schema === undefined ? database : `${database}|${schema}`,
    'server.address': address,
    'server.port': port,
  }
  if (operation !== '') attributes['db.operation.name'] = operation
  return attributes
}

/** Result of a statement, known before its span is exported. */
interface Outcome {
  rows: number | null
  sqlState: string | null
}

const SQLSTATE = /^[0-9A-Z]{5}$/

const outcomeAttributes = ({ rows, sqlState }: Outcome): SpanAttributes => ({
  ...(rows === null ? {} : { 'db.response.returned_rows': rows }),
  ...(sqlState === null ? {} : { 'db.response.status_code': sqlState }),
})

/** Ends the span with the result; the result stays the caller's. */
const traced = <T>(span: Span, outcome: Outcome, result: Promise<T>, rowsOf: (result: T) => number | null) =>
  result.then(
    (answer) => {
      outcome.rows = rowsOf(answer)
      span.end()
      return answer
    },
    (error: unknown) => {
      const code = errorCode(error)
      if (code !== undefined && SQLSTATE.test(code)) outcome.sqlState = code
      span.error = code ?? (error instanceof Error ? error.name : '_OTHER')
      span.end()
      throw error
    },
  )

/**
 * The change log stores the claims of a change, and its deliveries continue the trace. Claims are an object
 * with members, so one more can follow: parsing and writing them takes several times as long.
 */
const withTrace = (session: Session, span: Span): Session => ({
  ...session,
  claims: `${session.claims.slice(0, -1)},"traceparent":"${writeTraceparent(span)}"}`,
})

/** Whose statement it is, and the version of the model that it was made for. Reads the claims once. */
const callerOf = ({ workspace, version, claims }: Session): (() => SpanAttributes) => {
  let read: SpanAttributes | null = null
  return () => {
    if (read !== null) return read
    const { roleId }: { readonly roleId?: unknown } = JSON.parse(claims)
    read = { 'tenantry.workspace.id': workspace, 'tenantry.model.version': version }
    if (typeof roleId === 'string') read['tenantry.role.id'] = roleId
    return read
  }
}

interface Facts {
  /** Without its values. */
  readonly described: () => DescribedStatement
  readonly server: Server
  readonly schema: string
  readonly caller: () => SpanAttributes
  readonly outcome: Outcome
}

/** Longer texts are shortened at once, so that spans which wait for their export hold little. */
const LONGEST_HELD_TEXT = 4_096
/** Most requests run the same few statements, and describing one takes 2 µs. At most 1 MB with the texts. */
const MOST_KEPT = 128

const createDescribing = (): ((text: string) => Facts['described']) => {
  const describe = remembering(MOST_KEPT, describeStatement)
  return (text) => {
    if (text.length <= LONGEST_HELD_TEXT) return () => describe(text)
    const described = describeStatement(text)
    return () => described
  }
}

/** Takes the facts alone: a closure of the caller would hold the statement's values until the export. */
const detailsOf =
  ({ described, server, schema, caller, outcome }: Facts) =>
  (): SpanDetails => {
    const { operation, table, textIn } = described()
    const name = table === undefined ? operation : `${operation} ${table}`
    const attributes = attributesOf(server, operation, schema)
    attributes['db.query.summary'] = name
    attributes['db.query.text'] = textIn(schema)
    if (table !== undefined) attributes['db.collection.name'] = table
    return { name, attributes: Object.assign(attributes, caller(), outcomeAttributes(outcome)) }
  }

const countRows = ({ length }: Rows): number => length

export const traceConnections = (
  spans: Spans,
  server: () => Server,
  pool: ConnectionPool,
): ConnectionPool => {
  const describing = createDescribing()
  const run: ConnectionPool['run'] = (session, statement, options) => {
    const parent = spans.current()
    if (parent === undefined) return pool.run(session, statement, options)
    // What changes nothing has no deliveries.
    if (!parent.isSampled)
      return pool.run(options.retryable ? session : withTrace(session, parent), statement, options)
    const { schema } = session
    const caller = callerOf(session)
    const outcome = { rows: null, sqlState: null }
    const described = describing(statement.text)
    parent.further = caller
    const span = spans.begin({
      kind: KIND.client,
      details: detailsOf({ described, server: server(), schema, caller, outcome }),
    })
    const sent = options.retryable ? session : withTrace(session, span)
    return traced(span, outcome, pool.run(sent, statement, options), countRows)
  }
  return { ...pool, run }
}

const textOf = (query: unknown): string => {
  if (typeof query === 'string') return query
  return query !== null && typeof query === 'object' && 'text' in query ? String(query.text) : ''
}

const ownerDetails = (operation: string, server: Server, outcome: Outcome) => (): SpanDetails => ({
  name: operation || SYSTEM,
  attributes: Object.assign(attributesOf(server, operation), outcomeAttributes(outcome)),
})

const traceClient = (spans: Spans, server: () => Server, client: ClientBase): void => {
  const send = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
  const query = (...given: unknown[]): Promise<unknown> => {
    const current = spans.current()
    if (current === undefined || !current.isSampled || typeof given.at(-1) === 'function')
      return send(...given)
    const outcome = { rows: null, sqlState: null }
    const details = ownerDetails(operationOf(textOf(given[0])), server(), outcome)
    return traced(spans.begin({ kind: KIND.client, details }), outcome, send(...given), () => null)
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
