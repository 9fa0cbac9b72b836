// Listens to NOTIFY. Calls back once per payload, and once whenever payloads may have been missed. The
// connection is its own, reopened with back-off while the listener lives, and pinged regularly: a connection
// that died silently would otherwise never be noticed.

import pg from 'pg'
import type { Log } from './log.ts'
import { quoteIdentifier } from './placeholder.ts'

export interface ListenerOptions {
  readonly url: string
  readonly channel: string
  readonly onNotification: (payload: string) => void
  /**
   * Called each time listening starts, including the first time: anything read before that moment may have
   * changed unnoticed.
   */
  readonly onGap: () => void
  readonly log: Log
  readonly keepaliveMs?: number
}

export interface Listener {
  isListening(): boolean
  /**
   * Whether it listens and the server responded recently: a silently dead connection is detected within two
   * seconds.
   */
  isAnswering(): boolean
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

export const createListener = (options: ListenerOptions): Listener => {
  const { log, channel, keepaliveMs = KEEPALIVE_MS } = options
  let client: pg.Client | null = null
  let isListening = false
  let isClosed = false
  let failures = 0
  let answeredAtMs = 0
  let timer: NodeJS.Timeout | undefined

  const after = (delayMs: number, work: () => void): void => {
    clearTimeout(timer)
    timer = setTimeout(work, delayMs)
    timer.unref()
  }

  /** Keeps a throwing callback from breaking the connection. */
  const tell = (call: () => void): void => {
    try {
      call()
    } catch (error) {
      log.error({ err: error }, 'a callback for notifications failed')
    }
  }

  const onEnd = (ended: pg.Client): void => {
    if (client !== ended) return
    client = null
    isListening = false
    if (isClosed) return
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS) * (0.5 + Math.random())
    if (failures === 0) log.warn({ channel }, 'not listening for changes; connecting again')
    failures++
    after(delayMs, () => void connect())
  }

  const ask = async (asked: pg.Client): Promise<void> => {
    const silence = setTimeout(() => asked.connection.stream.destroy(), ANSWER_WITHIN_MS)
    try {
      await asked.query('select 1')
      answeredAtMs = performance.now()
    } catch {
      asked.connection.stream.destroy()
    }
    clearTimeout(silence)
    if (client === asked) after(keepaliveMs, () => void ask(asked))
  }

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: 'tenantry (listener)',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
    })
    client = next
    let lastError: Error | undefined
    next.on('error', (error) => {
      lastError = error
    })
    next.on('notification', ({ payload }) => tell(() => options.onNotification(payload ?? '')))
    try {
      await next.connect()
      next.once('end', () => {
        log.debug({ err: lastError, channel }, 'the listening connection ended')
        onEnd(next)
      })
      await next.query(`listen ${quoteIdentifier(channel)}`)
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
    tell(options.onGap)
    after(keepaliveMs, () => void ask(next))
  }
  void connect()

  return {
    isListening: () => isListening,
    isAnswering: () => isListening && performance.now() - answeredAtMs < keepaliveMs + SILENT_AFTER_MS,
    close: async () => {
      isClosed = true
      isListening = false
      clearTimeout(timer)
      await client?.end().catch(() => undefined)
    },
  }
}
