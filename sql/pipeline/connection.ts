// One pipelined connection to Postgres. It takes any number of requests at a time and answers them in the
// order they were sent, each with its rows or its own error. A request is one group of messages closed by one
// Sync, hence one round trip and one implicit transaction.
//
//   submit ─> encoded ─ end of the event-loop turn ─> in flight ─ ReadyForQuery ─> resolved, or onFailed
//                 └────────── connection closed ──────────┴─> onClosed (unsent, sent)
//
// The driver (pg) connects, authenticates and encrypts; from then on this file reads and writes the socket,
// because the driver's general query path costs several times what a request may cost. The choice of a
// connection, retries and replacement are the pool's.

import type pg from 'pg'
import { createReader } from '../wire/reader.ts'
import { createBackendMemory } from './backendMemory.ts'
import { type ConnectedClient, connectClient, type Login, type ReportedSettings } from './connect.ts'
import { createEncoder, createOutbox, type Encoder, type Flight } from './encoder.ts'
import { type Failure, failureOf } from './failure.ts'
import { withModelNames } from './shardError.ts'
import { createAnswers, type StatementAnswer } from './statementAnswer.ts'
import type { StatementOutcome, StatementRequest } from './statementRequest.ts'

export interface PipelinedConnection<R extends StatementRequest> {
  /** Process id of its backend; null through a pooler. */
  readonly pid: number | null
  /** Queues the request; throws when it cannot be encoded, and then sends nothing of it. */
  submit(request: R): void
  inFlight(): number
  /** Running a statement that must be alone. */
  isTaken(): boolean
  /** Has a large write, and the next one. */
  isWritingMuch(): boolean
  /** Whether its backend has read the tables of the schema. */
  holds(schema: string): boolean
  /** Whether a request of the workspace is in flight. */
  isRunning(workspace: string): boolean
  /** Has no room for further schemas. */
  isFull(): boolean
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
  /** From the server, since the connection was opened. */
  bytesRead(): number
  /** Finishes the requests in flight, then closes the connection. */
  drain(): void
  /** Breaks the connection; requests in flight are reported as lost. */
  destroy(cause: Error): void
}

interface PipelinedConnectionOptions<R extends StatementRequest> {
  readonly login: Login
  readonly maxPrepared: number
  /** Prepared statements take two thirds of it at most. The pool replaces the connection at the whole. */
  readonly maxBackendBytes: number
  readonly onFailed: (connection: PipelinedConnection<R>, request: R, failure: Failure) => void
  /**
   * Called for every answer, before its request settles, with how long Postgres was busy with it.
   */
  readonly onAnswered: (request: R, outcome: StatementOutcome) => void
  /** Called after the answer to a statement that was new to the backend: its memory has grown. */
  readonly onGrown: () => void
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

/** Requests in flight in the order they were sent, and how long Postgres has worked on the first one. */
interface Flights<R> {
  add(flight: Flight<R>): void
  /** Removes the first flight, which was answered at `nowMs`. */
  answered(nowMs: number): Flight<R> | undefined
  /** Removes all flights of a lost connection. */
  lost(): readonly R[]
  count(): number
  first(): R | undefined
  requests(): readonly R[]
  some(matches: (request: R) => boolean): boolean
  /** Since when Postgres has worked on the first one; Infinity when idle. */
  busySinceMs(): number
  /** When the last one was answered; Infinity while one is in flight. */
  freeSinceMs(): number
}

const createFlights = <R>(): Flights<R> => {
  const queue: Flight<R>[] = []
  let busySinceMs = Number.POSITIVE_INFINITY
  let freeSinceMs = performance.now()
  return {
    add: (flight) => {
      queue.push(flight)
      if (queue.length > 1) return
      busySinceMs = performance.now()
      freeSinceMs = Number.POSITIVE_INFINITY
    },
    answered: (nowMs) => {
      const flight = queue.shift()
      if (flight === undefined) return undefined
      busySinceMs = queue.length === 0 ? Number.POSITIVE_INFINITY : nowMs
      freeSinceMs = queue.length === 0 ? nowMs : Number.POSITIVE_INFINITY
      return flight
    },
    lost: () => queue.splice(0).map(({ request }) => request),
    count: () => queue.length,
    first: () => queue[0]?.request,
    requests: () => queue.map(({ request }) => request),
    some: (matches) => queue.some(({ request }) => matches(request)),
    busySinceMs: () => busySinceMs,
    freeSinceMs: () => freeSinceMs,
  }
}

/** Of the memory of a backend, at most. */
const PREPARED_SHARE = 2 / 3
/**
 * Beyond this part of its memory a backend gets no further workspaces: the rest is for other tables of the
 * workspaces that it holds.
 */
const FULL = 0.75
/** The second one begins when the first ends: Postgres does not wait for this process in between. */
const MOST_LARGE_WRITES = 2
const CLOSED = 'Postgres closed the connection.'

/** The first error of a connection, which explains its end. */
interface Loss {
  cause: Error | undefined
}

const endingOf = (client: pg.Client, loss: Loss) => ({
  loss,
  isDraining: false,
  goodbye: (): void => {
    client.end().catch(() => undefined)
  },
  destroy: (cause: Error): void => {
    loss.cause ??= cause
    client.connection.stream.destroy()
  },
})

/** Resolves the request, or classifies its failure. */
const settle = <R extends StatementRequest>(
  connection: PipelinedConnection<R>,
  encoder: Encoder<R>,
  flight: Flight<R>,
  answer: StatementAnswer,
  settings: ReportedSettings,
  onFailed: PipelinedConnectionOptions<R>['onFailed'],
): void => {
  if (answer.error === null) {
    flight.request.resolve(answer.rows)
    return
  }
  const failure = failureOf(withModelNames(answer.error, flight.request.session.shards), answer, settings)
  if ((flight.isNew && !answer.isParsed) || failure.isRefused) encoder.forget(flight)
  onFailed(connection, flight.request, failure)
}

const roomOf = <R extends StatementRequest>(
  memory: ReturnType<typeof createBackendMemory>,
  { prepared, preparedBytes }: Encoder<R>,
  maxBackendBytes: number,
): Pick<PipelinedConnection<R>, 'holds' | 'backendBytes' | 'isFull' | 'prepared'> => {
  const backendBytes = (): number => memory.bytes() + preparedBytes()
  const most = FULL * maxBackendBytes
  return {
    holds: memory.holds,
    backendBytes,
    isFull: () => backendBytes() > most || preparedBytes() > most * PREPARED_SHARE,
    prepared,
  }
}

const encoderOf = <R extends StatementRequest>({
  login,
  maxPrepared,
  maxBackendBytes,
}: PipelinedConnectionOptions<R>): Encoder<R> =>
  createEncoder(maxPrepared, Math.floor(maxBackendBytes * PREPARED_SHARE), login.holdsSchema !== undefined)

const pipelineOver = <R extends StatementRequest>(
  { client, settings, pid }: ConnectedClient,
  ending: ReturnType<typeof endingOf>,
  options: PipelinedConnectionOptions<R>,
): PipelinedConnection<R> => {
  const socket = client.connection.stream
  const encoder = encoderOf(options)
  const flights = createFlights<R>()
  const outbox = createOutbox(socket, encoder)
  const memory = createBackendMemory()

  const onAnswer = (answer: StatementAnswer): void => {
    const now = performance.now()
    const busyMs = now - flights.busySinceMs()
    const flight = flights.answered(now)
    if (flight === undefined) return
    const sqlstate = answer.error === null ? null : (answer.error.code ?? '')
    options.onAnswered(flight.request, { busyMs, sqlstate, rows: answer.rows.length })
    if (flight.isNew) options.onGrown()
    settle(connection, encoder, flight, answer, settings, options.onFailed)
    if (flights.count() === 0) (ending.isDraining ? ending.goodbye : options.onFree)()
  }
  socket.removeAllListeners('data')
  socket.on('data', createReader(createAnswers({ onAnswer, settings, onFatal: ending.destroy })))
  client.once('end', () => {
    const requests = flights.lost()
    const sent = requests.length - outbox.unsent()
    const cause = ending.loss.cause ?? new Error(CLOSED)
    options.onClosed(connection, cause, requests.slice(0, sent), requests.slice(sent))
  })

  const connection: PipelinedConnection<R> = {
    pid,
    submit: (request) => {
      const flight = encoder.encode(request)
      flights.add(flight)
      // A prepared statement has touched its tables before.
      if (flight.isNew) memory.touch(request.session.schema, request.statement.text, request.text)
      outbox.schedule()
    },
    inFlight: flights.count,
    isTaken: () => flights.first()?.isAlone === true,
    isWritingMuch: () =>
      flights.requests().filter(({ isLargeWrite }) => isLargeWrite).length >= MOST_LARGE_WRITES,
    ...roomOf(memory, encoder, options.maxBackendBytes),
    isRunning: (workspace) => flights.some(({ session }) => session.workspace === workspace),
    requests: flights.requests,
    busySinceMs: flights.busySinceMs,
    patienceMs: () => flights.first()?.session.timeoutMs || Number.POSITIVE_INFINITY,
    freeSinceMs: flights.freeSinceMs,
    openedMs: performance.now(),
    bytesRead: () => ('bytesRead' in socket ? Number(socket.bytesRead) : 0),
    drain: () => {
      ending.isDraining = true
      if (flights.count() === 0) ending.goodbye()
    },
    destroy: ending.destroy,
  }
  return connection
}

export const openConnection = async <R extends StatementRequest>(
  options: PipelinedConnectionOptions<R>,
): Promise<PipelinedConnection<R>> => {
  const loss: Loss = { cause: undefined }
  const connected = await connectClient(options.login, (error) => {
    loss.cause ??= error
  })
  const { client } = connected
  if (client.connection.stream.destroyed) throw loss.cause ?? new Error(CLOSED)
  return pipelineOver(connected, endingOf(client, loss), options)
}
