// `node:http` without the cost of an import. An import reads every export of the module, and the one called
// WebSocket loads all of Node's own `fetch`: 80 ms of processor time instead of 7.

import type { IncomingMessage } from 'node:http'

export const { createServer, request, ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http')

declare module 'node:http' {
  /** Of Node 24. The types are those of Node 22, which PostGraphile's packages install too. */
  interface ServerOptions {
    readonly shouldUpgradeCallback?: (request: IncomingMessage) => boolean
  }
}
