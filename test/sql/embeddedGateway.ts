// A stand-in for a gateway, started as a process of its own so that embedded.test.ts can kill it: starts the
// embedded Postgres of a data directory, prints its URL, and waits.

import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import { createTestLog } from '../support/log.ts'

const { ownerUrl, stop } = await startEmbeddedPostgres({
  dataDir: process.argv[2] ?? '',
  log: createTestLog(),
})
process.once('SIGTERM', () => void stop().then(() => process.exit()))
// An uncaught error: the server must not outlive us.
process.once('SIGUSR2', () => {
  throw new Error('uncaught')
})
setInterval(() => undefined, 60_000)
// Last: a signal may follow the line at once, and must find its handler.
process.stdout.write(`${ownerUrl}\n`)
