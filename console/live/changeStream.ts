// A stream of the workspace's changes by server-sent events. A ticket opens the stream and reconnects it; a
// ticket that is no longer valid is replaced.

import type { Api } from '../api/api.ts'
import { Failure, failureOf } from '../api/failure.ts'
import { isRecord, parseExact } from '../api/json.ts'
import type { RecordChange } from '../records/history/change.ts'
import type { Row } from '../records/value.ts'

export interface LiveChange extends RecordChange {
  /** Singular name; absent where the role can see no more than that there was a change. */
  readonly object?: string
  readonly id?: string | null
  /** Of a statement on a table without a key. */
  readonly rowCount?: number
  /** The record as it is now; null if it is gone. */
  readonly record: Row | null
  readonly previous: Row | null
}

export type StreamState =
  | { readonly status: 'connecting' | 'live' }
  | { readonly status: 'ended'; readonly failure: Failure }

/** As `POST /changes/tickets` takes it. */
export interface StreamQuery {
  readonly objects?: readonly string[]
  readonly operations?: readonly string[]
}

interface StreamListener {
  readonly onChange: (change: LiveChange) => void
  readonly onPosition: (position: string) => void
  readonly onState: (state: StreamState) => void
  /** Changes before this moment may be missing. */
  readonly onReset: () => void
}

interface Ticket {
  readonly data: { readonly ticket: string }
}

const RETRY_MS = 3_000

const bodyOf = (event: MessageEvent): Row => {
  const body: unknown = parseExact(String(event.data))
  return isRecord(body) ? body : {}
}

/** Events of the gateway; those of the connection itself, `open` among them, carry no data. */
const listen = (source: EventSource, name: string, work: (body: Row, id: string) => void): void =>
  source.addEventListener(name, (event) => {
    if (event instanceof MessageEvent) work(bodyOf(event), event.lastEventId)
  })

interface Connection extends StreamListener {
  readonly onEnd: (failure: Failure) => void
  /** The gateway refused the ticket. */
  readonly onRefused: () => void
}

const connectWith = (
  parameters: Readonly<Record<string, string>>,
  { onChange, onPosition, onState, onReset, onEnd, onRefused }: Connection,
): EventSource => {
  const source = new EventSource(`/changes/stream?${new URLSearchParams(parameters)}`)
  listen(source, 'open', (_, position) => {
    onPosition(position)
    onState({ status: 'live' })
  })
  listen(source, 'change', (entry, position) => {
    onPosition(position)
    onChange(entry as unknown as LiveChange)
  })
  listen(source, 'reset', (_, position) => {
    onPosition(position)
    onReset()
  })
  listen(source, 'end', ({ code, message }) => {
    source.close()
    onEnd(new Failure(String(message), { status: 0, code: String(code) }))
  })
  source.addEventListener('error', () => {
    // The browser reconnects by itself, except after a refusal.
    if (source.readyState === EventSource.CLOSED) onRefused()
    else onState({ status: 'connecting' })
  })
  return source
}

/**
 * @param after a position; null: now
 * @returns closes the stream
 */
export const openChangeStream = (
  api: Api,
  query: StreamQuery,
  after: string | null,
  listener: StreamListener,
): (() => void) => {
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let position = after
  const onEnd = (failure: Failure): void => listener.onState({ status: 'ended', failure })
  const connectLater = (): void => {
    listener.onState({ status: 'connecting' })
    retry = setTimeout(() => void connect(), RETRY_MS)
  }
  const connection: Connection = {
    ...listener,
    onPosition: (to) => {
      position = to
      listener.onPosition(to)
    },
    onEnd,
    onRefused: connectLater,
  }
  const connect = async (): Promise<void> => {
    try {
      const body = { ...query, include: ['record', 'previous'] }
      const { ticket } = (await api.rest<Ticket>('POST', '/changes/tickets', body)).data
      if (!isClosed)
        source = connectWith({ ticket, ...(position === null ? {} : { after: position }) }, connection)
    } catch (error) {
      const failure = failureOf(error)
      if (isClosed) return
      if (failure.status === 0 || failure.status >= 500) connectLater()
      else onEnd(failure)
    }
  }
  void connect()
  return () => {
    isClosed = true
    clearTimeout(retry)
    source?.close()
  }
}
