// TCP ports of 127.0.0.1 for servers that keep theirs over restarts.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that the kernel gives to outgoing connections and to `listen(0)` (from 32768 on Linux, from
 * 49152 elsewhere) and below the node ports of Kubernetes: a server that restarts finds its port free again.
 */
const LOWEST = 16_384
const ABOVE_HIGHEST = 30_000
const ATTEMPTS = 100

export const isFreePort = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)))
  })

/** A random port on which nothing listens. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, ABOVE_HIGHEST)
    if (await isFreePort(port)) return port
  }
  throw new Error(`No port of 127.0.0.1 between ${LOWEST} and ${ABOVE_HIGHEST - 1} was found free.`)
}
