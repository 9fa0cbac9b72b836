// A receiver of webhooks on a free port: keeps what it gets, and answers as the test wants.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '../support/until.ts'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are what tests look into.
  readonly body: any
}

export interface Receiver {
  readonly url: (path?: string) => string
  readonly port: number
  /** What came to a path, in order. */
  readonly at: (path: string) => readonly Received[]
  /** Waits until so many requests came to a path. */
  readonly next: (path: string, count: number) => Promise<readonly Received[]>
  /** How requests to a path are answered from now on; 200 without a body by default. */
  readonly answer: (path: string, answer: (response: ServerResponse) => void) => void
  /** The status of the answers to a path from now on, by the body. */
  // biome-ignore lint/suspicious/noExplicitAny: as in Received.
  readonly answerBy: (path: string, statusOf: (body: any) => number) => void
  readonly close: () => Promise<void>
}

export const startReceiver = async (): Promise<Receiver> => {
  const received: Received[] = []
  const answers = new Map<string, (response: ServerResponse, body: unknown) => void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const path = request.url ?? ''
      const body = JSON.parse(text)
      received.push({ path, headers: request.headers, text, body })
      const answer = answers.get(path)
      if (answer === undefined) response.end()
      else answer(response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const at: Receiver['at'] = (path) => received.filter((each) => each.path === path)
  return {
    port,
    url: (path = '/') => `http://127.0.0.1:${port}${path}`,
    at,
    next: async (path, count) => {
      await until(`${count} requests to ${path}, not ${at(path).length}`, () => at(path).length >= count)
      return at(path)
    },
    answer: (path, answer) => {
      answers.set(path, answer)
    },
    answerBy: (path, statusOf) => {
      answers.set(path, (response, body) => response.writeHead(statusOf(body)).end())
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
