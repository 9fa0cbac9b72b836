// A client of server-sent events over a real socket.

import { request as httpRequest } from 'node:http'
import { until } from './until.ts'

export interface Event {
  readonly id: string
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: entries are what tests look into.
  readonly data: any
}

const eventOf = (block: string): Event | null => {
  const lines = new Map(
    block.split('\n').flatMap((line) => {
      const at = line.indexOf(': ')
      return at > 0 ? [[line.slice(0, at), line.slice(at + 2)] as const] : []
    }),
  )
  const event = lines.get('event')
  return event === undefined
    ? null
    : { id: lines.get('id') ?? '', event, data: JSON.parse(lines.get('data') || 'null') }
}

export type EventStream = Awaited<ReturnType<typeof openEventStream>>

/**
 * Resolves with the first event, or the end of an answer without one.
 * @param isSilent the stream begins without an event: resolves when it has begun
 */
export const openEventStream = async (
  url: string,
  headers: Record<string, string> = {},
  body?: unknown,
  isSilent = false,
) => {
  const events: Event[] = []
  let isEnded = false
  let hasBegun = false
  let status = 0
  let rest = ''
  const request = httpRequest(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  })
  request.on('response', (response) => {
    status = response.statusCode ?? 0
    response.setEncoding('utf8').on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n')
      if (blocks.length > 1) hasBegun = true
      rest = blocks.pop() ?? ''
      events.push(...blocks.flatMap((block) => eventOf(block) ?? []))
    })
    response.on('close', () => {
      isEnded = true
    })
  })
  request.on('error', () => {
    isEnded = true
  })
  request.end(body === undefined ? undefined : JSON.stringify(body))
  await until(
    'the stream is open',
    () => events.length > 0 || (isSilent && hasBegun) || (isEnded && status !== 0),
  )
  return {
    changes: () => events.filter(({ event }) => event === 'change'),
    events,
    status: () => status,
    /** What is left of an answer that is not a stream. */
    rest: () => rest,
    isEnded: () => isEnded,
    lastId: () => events.findLast(({ id }) => id !== '')?.id ?? '',
    close: () => request.destroy(),
  }
}
