// Sends the requests of one event-loop turn in a single write.

import type { Socket } from 'node:net'

interface Outbox {
  /** Sends the encoded request at the end of this event-loop turn. */
  schedule(): void
  /** Number of scheduled requests that were not sent yet. */
  unsent(): number
}

interface Encoded {
  size(): number
  take(): { readonly bytes: Buffer; readonly giveBack: () => void }
}

export const createOutbox = (socket: Pick<Socket, 'writable' | 'write'>, encoded: Encoded): Outbox => {
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
