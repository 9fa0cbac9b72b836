// Connections that the primary hands to a process. Node's cluster keeps each until the process has accepted
// it, even if the process exits before, while the client waits: such connections are closed here.

import type { Worker } from 'node:cluster'

interface Handle {
  readonly close: () => void
}

interface ClusterMessage {
  /** `newconn` hands a connection over. */
  readonly act?: unknown
  /** Number of the message. */
  readonly seq?: unknown
  /** Number of the message that is answered. */
  readonly ack?: unknown
}

const isMessage = (value: unknown): value is ClusterMessage => typeof value === 'object' && value !== null

const isHandle = (value: unknown): value is Handle =>
  typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'

/**
 * Notes the connections that a process has not accepted yet, by the messages of Node's cluster, which have a
 * number (`lib/internal/cluster/utils.js` in Node).
 * @returns closes them
 */
export const watchHandOver = ({ process: child }: Worker): (() => number) => {
  const unaccepted = new Map<unknown, Handle>()
  const send = child.send.bind(child) as (...given: unknown[]) => boolean
  const noting = (message: unknown, handle?: unknown, ...rest: unknown[]): boolean => {
    if (isMessage(message) && message.act === 'newconn' && isHandle(handle))
      unaccepted.set(message.seq, handle)
    return send(message, handle, ...rest)
  }
  Object.assign(child, { send: noting })
  child.on('internalMessage', (message: unknown) => {
    if (isMessage(message) && message.ack !== undefined) unaccepted.delete(message.ack)
  })
  return () => {
    const count = unaccepted.size
    for (const handle of unaccepted.values()) handle.close()
    unaccepted.clear()
    return count
  }
}
