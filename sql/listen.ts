// Listens to NOTIFY. Calls back once per payload, and once whenever payloads may have been missed. The
// connection is its own, reopened with back-off while the listener lives, and pinged regularly: a connection
// that died silently would otherwise never be noticed.

import pg from 'pg'
import type { Election } from './election.ts'
import type { Log } from './log.ts'
import { quoteIdentifier } from './placeholder.ts'
import type { Servers } from './servers/servers.ts'

export interface ListenerOptions {
  readonly servers: Servers
  readonly channel: string
  readonly onNotification: (payload: string) => void
  /**
   * Called each time listening starts, including the first time: anything read before that moment may have
   * changed unnoticed.
   */
  readonly onGap: () => void
  readonly log: Log
  readonly keepaliveMs?: number
  /** Held over this connection. */
  readonly election?: Election | undefined
}

export interface Listener {
  isListening(): boolean
  /**
   * Whether it listens and the server responded recently: a silently dead connection is detected within two
   * seconds.
   */
  isAnswering(): boolean
  /** Milliseconds since the server responded last; infinite before the first time. */
  silentMs(): number
  close(): Promise<void>
}

const FIRST_RETRY_MS = 100
/** Until it listens again, caches are valid for a second. */
const LONGEST_RETRY_MS = 1_000
const CONNECT_WITHIN_MS = 5_000
const ANSWER_WITHIN_MS = 5_000
const KEEPALIVE_MS = 1_000
/** After the ping. */
const SILENT_AFTER_MS = 1_000

/** Keeps a throwing callback from breaking the connection. */
const guard = (call: () => void, log: Log): void => {
  try {
    call()
  } catch (error) {
    log.error({ err: error }, 'a callback for notifications failed')
  }
}

/** Null: no server accepts writes. */
const createClient = async ({ servers, log, channel }: ListenerOptions): Promise<pg.Client | null> => {
  const url = await servers.locate().catch((error: unknown) => {
    log.debug({ err: error, channel }, 'no server accepts the listening connection')
    return null
  })
  if (url === null) return null
  return new pg.Client({
    connectionString: url,
    application_name: 'tenantry (listener)',
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
  })
}

/** Connects and listens. @param onEnd called once the connection has ended */
const listen = async (
  client: pg.Client,
  { channel, log, servers }: Pick<ListenerOptions, 'channel' | 'log' | 'servers'>,
  onEnd: () => void,
): Promise<void> => {
  let lastError: Error | undefined
  client.on('error', (error) => {
    lastError = error
  })
  await client.connect()
  client.once('end', () => {
    log.debug({ err: lastError, channel }, 'the listening connection ended')
    onEnd()
  })
  await Promise.all([client.query(`listen ${quoteIdentifier(channel)}`), servers.verify(client)])
}

/** Pings the server; a connection without an answer in time is broken. */
const isAlive = async (client: pg.Client, election: Election | undefined): Promise<boolean> => {
  const silence = setTimeout(() => client.connection.stream.destroy(), ANSWER_WITHIN_MS)
  try {
    await (election === undefined ? client.query('select 1') : election.ping(client))
    return true
  } catch {
    client.connection.stream.destroy()
    return false
  } finally {
    clearTimeout(silence)
  }
}

const pauseAfter = (failures: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS) * (0.5 + Math.random())

/** One pending piece of work, which a new one replaces. */
const createTimer = () => {
  let timer: NodeJS.Timeout | undefined
  const clear = (): void => clearTimeout(timer)
  return {
    set: (delayMs: number, work: () => void): void => {
      clear()
      timer = setTimeout(work, delayMs).unref()
    },
    clear,
  }
}

export const createListener = (options: ListenerOptions): Listener => {
  const { log, channel, servers, election, keepaliveMs = KEEPALIVE_MS } = options
  let client: pg.Client | null = null
  let isListening = false
  let isClosed = false
  let failures = 0
  let answeredAtMs = Number.NEGATIVE_INFINITY
  const timer = createTimer()

  const onEnd = (ended: pg.Client | null): void => {
    if (client !== ended) return
    client = null
    isListening = false
    election?.reset()
    if (isClosed) return
    servers.doubt()
    if (failures === 0) log.warn({ channel }, 'not listening for changes; connecting again')
    timer.set(pauseAfter(failures++), () => void connect())
  }

  const keepAlive = async (asked: pg.Client): Promise<void> => {
    if (await isAlive(asked, election)) answeredAtMs = performance.now()
    if (client === asked) timer.set(keepaliveMs, () => void keepAlive(asked))
  }

  const connect = async (): Promise<void> => {
    const next = await createClient(options)
    if (next === null || isClosed) return onEnd(null)
    client = next
    next.on('notification', ({ payload }) => guard(() => options.onNotification(payload ?? ''), log))
    try {
      await listen(next, options, () => onEnd(next))
    } catch (error) {
      log.debug({ err: error, channel }, 'cannot listen')
      next.connection.stream.destroy()
      onEnd(next)
      return
    }
    if (client !== next) return
    failures = 0
    isListening = true
    answeredAtMs = performance.now()
    guard(options.onGap, log)
    timer.set(keepaliveMs, () => void keepAlive(next))
  }
  servers.onMove(() => client?.connection.stream.destroy())
  void connect()

  return {
    isListening: () => isListening,
    isAnswering: () => isListening && performance.now() - answeredAtMs < keepaliveMs + SILENT_AFTER_MS,
    silentMs: () => performance.now() - answeredAtMs,
    close: async () => {
      isClosed = true
      isListening = false
      timer.clear()
      await client?.end().catch(() => undefined)
    },
  }
}
