// TCP ports of 127.0.0.1.

import { connect } from 'node:net'

/** Whether a connection to the port succeeds. */
export const isServed = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
