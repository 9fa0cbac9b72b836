// Encodes requests for one connection, and sends them. A request is one group of messages closed by one Sync:
// session settings, then the statement, prepared under a name of the connection's own.

import type { Socket } from 'node:net'
import { bindSchema } from '../placeholder.ts'
import { createWriter, type Writer } from '../wire/writer.ts'
import { createPreparedNames } from './backendMemory.ts'
import { placedValues, RESET, SESSION_SETTINGS, sessionSettings } from './session.ts'
import type { StatementRequest } from './statementRequest.ts'

/** An encoded request. */
export interface Flight<R> {
  readonly request: R
  /** Key and name of its prepared statement; null and empty if it runs unprepared. */
  readonly key: string | null
  readonly name: string
  /** Whether this request prepares the statement. */
  readonly isNew: boolean
}

export interface Encoder<R extends StatementRequest> {
  /** Throws when the request cannot be encoded, and then leaves nothing of it. */
  encode(request: R): Flight<R>
  /** Drops the prepared statement of a request. */
  forget(flight: Flight<R>): void
  /** Number of prepared statements. */
  prepared(): number
  /** Estimated memory of their plans in the backend. */
  preparedBytes(): number
  /** Bytes that wait to be sent. */
  size(): number
  take(): { readonly bytes: Buffer; readonly giveBack: () => void }
}

const writeSessionSettings = (
  writer: Writer,
  { session, statement, isRetryable }: StatementRequest,
  isPlaced: boolean,
): void => {
  writer.bind(RESET.name, [])
  writer.execute()
  const values = sessionSettings(session, statement)
  writer.bind(SESSION_SETTINGS.name, isPlaced ? [...values, ...placedValues(session, !isRetryable)] : values)
  writer.execute()
}

const UNPREPARED = { name: '', isNew: true } as const

/** @param isPlaced the session settings take the schema (`placedSettings`) */
export const createEncoder = <R extends StatementRequest>(
  maxPrepared: number,
  maxPreparedBytes: number,
  isPlaced: boolean,
): Encoder<R> => {
  const writer = createWriter()
  const names = createPreparedNames(maxPrepared, maxPreparedBytes)

  const encode = (request: R): Flight<R> => {
    const { session, statement, text } = request
    const { id, isRepeated } = text
    // With the version in the key, statements of an older data model become unreachable and age out.
    const key =
      isRepeated && request.mayPrepare ? `${id} ${session.version} ${session.role} ${session.schema}` : null
    const { name, isNew } = key === null ? UNPREPARED : names.claim(key, statement.text)
    const mark = writer.size()
    try {
      // In front, where no error of the request can skip them.
      for (const old of names.toClose) writer.closeStatement(old)
      writeSessionSettings(writer, request, isPlaced)
      if (isNew) writer.parse(name, bindSchema(statement.text, session.schema, session.shards))
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

  return {
    encode,
    forget: ({ key, name }) => {
      if (key !== null) names.forget(key, name)
    },
    prepared: names.size,
    preparedBytes: names.bytes,
    size: writer.size,
    take: writer.take,
  }
}

interface Outbox {
  /** Sends the encoded request at the end of this event-loop turn. */
  schedule(): void
  /** Number of scheduled requests that were not sent yet. */
  unsent(): number
}

/** Sends the requests of one event-loop turn in a single write. */
export const createOutbox = (
  socket: Pick<Socket, 'writable' | 'write'>,
  encoded: Pick<Encoder<StatementRequest>, 'size' | 'take'>,
): Outbox => {
  let unsent = 0
  let isFlushing = false
  const flush = (): void => {
    isFlushing = false
    if (encoded.size() === 0 || !socket.writable) return
    unsent = 0
    const { bytes, giveBack } = encoded.take()
    socket.write(bytes, giveBack)
  }
  return {
    schedule: () => {
      unsent++
      if (isFlushing) return
      isFlushing = true
      setImmediate(flush)
    },
    unsent: () => unsent,
  }
}
