// One pipelined connection to Postgres. It takes any number of requests at a time and answers them in the
// order they were sent, each with its rows or its own error. A request is one group of messages closed by one
// Sync, hence one round trip and one implicit transaction: session settings, then the statement, prepared
// under a name of the connection's own.
//
// The driver (pg) connects, authenticates and encrypts; from then on this file reads and writes the socket,
// because the driver's general query path costs several times what a request may cost. The choice of a
// connection, retries and replacement are the pool's.

import type pg from 'pg'
import { bindSchema } from '../placeholder.ts'
import type { Rows, Statement, StatementText } from '../statement.ts'
import { createReader } from '../wire/reader.ts'
import { createWriter } from '../wire/writer.ts'
import { type Answer, createAnswers } from './answer.ts'
import { connectClient } from './connect.ts'
import { createPreparedNames } from './prepared.ts'
import { type Session, writeSessionSettings } from './session.ts'

/** A statement in flight, owned by its submitter. */
export interface Request {
  readonly session: Session
  readonly statement: Statement
  readonly text: StatementText
  /** No other request may queue behind it. */
  readonly isAlone: boolean
  /** False: parsed for this request alone, so that its outcome depends on no other. */
  readonly mayPrepare: boolean
  readonly resolve: (rows: Rows) => void
}

export interface PipelinedConnection<R extends Request> {
  /** Queues the request; throws when it cannot be encoded, and then sends nothing of it. */
  submit(request: R): void
  inFlight(): number
  /** Running a statement that must be alone. */
  isTaken(): boolean
  /** Unanswered requests, in order. */
  requests(): readonly R[]
  /** Since when Postgres has worked on the current statement; Infinity when idle. */
  busySinceMs(): number
  /** Timeout of the statement that Postgres works on; a timeout of 0 means none. */
  patienceMs(): number
  /** When the last request was answered; Infinity while one is in flight. */
  freeSinceMs(): number
  /** Number of prepared statements, and an estimate of the backend's memory. */
  prepared(): number
  backendBytes(): number
  readonly openedMs: number
  /** Finishes the requests in flight, then closes the connection. */
  drain(): void
  /** Breaks the connection; requests in flight are reported as lost. */
  destroy(cause: Error): void
}

export interface Failure {
  readonly error: Error
  /** The prepared statement was stale and refused before it began, so a retry is always safe. */
  readonly isRefused: boolean
  /** The statements of the session settings are gone: the connection must be replaced. */
  readonly isConnectionUnfit: boolean
}

export interface PipelinedConnectionOptions<R extends Request> {
  readonly login: pg.ClientConfig
  readonly maxPrepared: number
  readonly onFailed: (connection: PipelinedConnection<R>, request: R, failure: Failure) => void
  /** Called for every answer, before its request settles, with how long Postgres was busy with it. */
  readonly onAnswered: (request: R, busyMs: number, hasSucceeded: boolean) => void
  /** Called when the last request in flight is answered. */
  readonly onFree: () => void
  /** Called once, when the connection is closed. `unsent` requests never left this process. */
  readonly onClosed: (
    connection: PipelinedConnection<R>,
    cause: Error,
    sent: readonly R[],
    unsent: readonly R[],
  ) => void
}

interface Flight<R> {
  readonly request: R
  /** Key and name of its prepared statement; null and empty if it runs unprepared. */
  readonly key: string | null
  readonly name: string
  /** Whether this request prepares the statement. */
  readonly isNew: boolean
}

/** Measured on Postgres 18: backend memory per workspace touched and per prepared statement. */
const BYTES_PER_WORKSPACE = 45_000
const BYTES_PER_STATEMENT = 26_000

/** Errors before the start of a prepared statement that mean it is stale: it is prepared again. */
const STALE: ReadonlySet<string | undefined> = new Set([
  '26000', // invalid_sql_statement_name: it does not exist
  '42P05', // duplicate_prepared_statement
  '0A000', // cached plan must not change result type
  'XX000', // cache lookup failed: a type it names was dropped
])

const UNPREPARED = { name: '', isNew: true } as const
const CLOSED = 'Postgres closed the connection.'

export const openConnection = async <R extends Request>(
  options: PipelinedConnectionOptions<R>,
): Promise<PipelinedConnection<R>> => {
  let lostBy: Error | undefined
  const client = await connectClient(options.login, (error) => {
    lostBy ??= error
  })
  const socket = client.connection.stream
  const writer = createWriter()
  const flights: Flight<R>[] = []
  const workspaces = new Set<string>()
  const names = createPreparedNames(options.maxPrepared)
  let unsent = 0
  let isFlushing = false
  let isDraining = false
  let busySinceMs = Number.POSITIVE_INFINITY
  let freeSinceMs = performance.now()

  const fail = ({ request, key, name, isNew }: Flight<R>, error: pg.DatabaseError, answer: Answer): void => {
    const isStale = !answer.isStarted && STALE.has(error.code)
    if (key !== null && ((isNew && !answer.isParsed) || isStale)) names.forget(key, name)
    options.onFailed(connection, request, {
      error,
      isRefused: isStale,
      isConnectionUnfit: isStale && !answer.areSettingsDone,
    })
  }

  const onAnswer = (answer: Answer): void => {
    const flight = flights.shift()
    if (flight === undefined) return
    const now = performance.now()
    const busyMs = now - busySinceMs
    busySinceMs = flights.length === 0 ? Number.POSITIVE_INFINITY : now
    freeSinceMs = flights.length === 0 ? now : Number.POSITIVE_INFINITY
    options.onAnswered(flight.request, busyMs, answer.error === null)
    if (answer.error === null) flight.request.resolve(answer.rows)
    else fail(flight, answer.error, answer)
    if (flights.length > 0) return
    if (isDraining) goodbye()
    else options.onFree()
  }

  const flush = (): void => {
    isFlushing = false
    if (writer.size() === 0 || !socket.writable) return
    unsent = 0
    const { bytes, giveBack } = writer.take()
    socket.write(bytes, giveBack)
  }

  const destroy = (cause: Error): void => {
    lostBy ??= cause
    socket.destroy()
  }

  const goodbye = (): void => {
    client.end().catch(() => undefined)
  }

  const write = (request: R): Flight<R> => {
    const { session, statement, text } = request
    const { id, isRepeated } = text
    // With the version in the key, statements of an older data model become unreachable and age out.
    const key =
      isRepeated && request.mayPrepare ? `${id} ${session.version} ${session.role} ${session.schema}` : null
    const { name, isNew } = key === null ? UNPREPARED : names.claim(key)
    const mark = writer.size()
    try {
      // In front, where no error of the request can skip them.
      for (const old of names.toClose) writer.closeStatement(old)
      writeSessionSettings(writer, session)
      if (isNew) writer.parse(name, bindSchema(statement.text, session.schema))
      writer.bind(name, statement.values)
      writer.execute()
      writer.sync()
    } catch (cause) {
      writer.truncate(mark)
      if (key !== null && isNew) names.forget(key, name)
      throw cause
    }
    names.closed()
    return { request, key, name, isNew }
  }

  const submit = (request: R): void => {
    flights.push(write(request))
    workspaces.add(request.session.schema)
    unsent++
    if (flights.length === 1) {
      busySinceMs = performance.now()
      freeSinceMs = Number.POSITIVE_INFINITY
    }
    if (isFlushing) return
    // All requests of one event-loop turn leave in one write.
    isFlushing = true
    setImmediate(flush)
  }

  if (socket.destroyed) throw lostBy ?? new Error(CLOSED)
  socket.removeAllListeners('data')
  socket.on('data', createReader(createAnswers({ onAnswer, onFatal: destroy })))
  client.once('end', () => {
    const requests = flights.splice(0).map((flight) => flight.request)
    const sent = requests.length - unsent
    options.onClosed(connection, lostBy ?? new Error(CLOSED), requests.slice(0, sent), requests.slice(sent))
  })

  const connection: PipelinedConnection<R> = {
    submit,
    inFlight: () => flights.length,
    isTaken: () => flights[0]?.request.isAlone === true,
    requests: () => flights.map(({ request }) => request),
    busySinceMs: () => busySinceMs,
    patienceMs: () => flights[0]?.request.session.timeoutMs || Number.POSITIVE_INFINITY,
    freeSinceMs: () => freeSinceMs,
    prepared: names.size,
    backendBytes: () => workspaces.size * BYTES_PER_WORKSPACE + names.size() * BYTES_PER_STATEMENT,
    openedMs: performance.now(),
    drain: () => {
      isDraining = true
      if (flights.length === 0) goodbye()
    },
    destroy,
  }
  return connection
}
