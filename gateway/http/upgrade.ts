// Upgrades to WebSocket. Such a request passes through the app like any other, so that it is logged, measured
// and refused in the same way: its response belongs to the socket until a handler takes the socket over.

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { ServerResponse } from './nodeHttp.ts'

interface Upgrade {
  readonly socket: Socket
  /** What the client has sent beyond the request. */
  readonly head: Buffer
}

export interface Upgrades {
  /** Other requests for an upgrade are answered as if they had not asked for it (RFC 9110 §7.8). */
  readonly isUpgrade: (request: IncomingMessage) => boolean
  readonly responseTo: (request: IncomingMessage, upgrade: Upgrade) => InstanceType<typeof ServerResponse>
  /** Undefined: a request without an upgrade. */
  readonly of: (request: IncomingMessage) => Upgrade | undefined
}

/** @param path matches the request targets that a socket can be opened at */
export const createUpgrades = (path: RegExp): Upgrades => {
  const upgrades = new WeakMap<IncomingMessage, Upgrade>()
  return {
    isUpgrade: ({ method, headers, url = '' }) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && path.test(url),
    responseTo: (request, upgrade) => {
      const { socket } = upgrade
      upgrades.set(request, upgrade)
      const response = new ServerResponse(request)
      response.shouldKeepAlive = false
      response.assignSocket(socket)
      response.once('finish', () => socket.end())
      // Node has taken off its own listener; without one an error would be uncaught.
      socket.on('error', () => socket.destroy())
      return response
    },
    of: (request) => upgrades.get(request),
  }
}
