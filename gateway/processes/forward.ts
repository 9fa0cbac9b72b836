// Passes a request on to a process that serves, over its Unix socket, as it came: operators reach any of the
// processes at the port of the primary.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { Problem, toRestBody } from '../error/problem.ts'
import { request as send } from '../http/nodeHttp.ts'

/** They belong to one connection (RFC 9110, 7.6.1), or are ours to set. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'upgrade',
  'x-forwarded-for',
])

/** @param raw names and values in turn @returns the same, without those of the connection */
const passedOn = (raw: readonly string[], alsoDropped?: string): string[] =>
  raw.filter((_, index) => {
    const name = raw[index - (index % 2)]?.toLowerCase() ?? ''
    return !NOT_PASSED.has(name) && name !== alsoDropped
  })

const refuse = (response: ServerResponse): void => {
  const problem = new Problem('UNAVAILABLE', 'No process can answer at the moment. Please try again.')
  const headers = { 'retry-after': '1', 'content-type': 'application/json; charset=utf-8' }
  response.writeHead(problem.status, headers)
  response.end(JSON.stringify(toRestBody(problem)))
}

const forwardTo = (socketPath: string, request: IncomingMessage, response: ServerResponse): void => {
  const address = request.socket.remoteAddress ?? ''
  const headers = [...passedOn(request.rawHeaders), 'X-Forwarded-For', address]
  const { method, url: path } = request
  const passed = send({ socketPath, method, path, agent: false, headers, insecureHTTPParser: false })
  const fail = (): void => {
    if (response.headersSent) response.destroy()
    else refuse(response)
  }
  passed.on('error', fail)
  passed.on('response', (answer) => {
    const { statusCode = 502, statusMessage, rawHeaders } = answer
    // Node chunks the body by itself.
    response.writeHead(statusCode, statusMessage, passedOn(rawHeaders, 'transfer-encoding'))
    pipeline(answer, response, () => {})
  })
  response.once('close', () => passed.destroy())
  request.pipe(passed)
}

/** @param socketOf of a process that serves; null: there is none */
export const createForward =
  (socketOf: () => string | null): RequestListener =>
  (request, response) => {
    const socketPath = socketOf()
    if (socketPath === null) refuse(response)
    else forwardTo(socketPath, request, response)
  }
