// The command line's entry: environment, terminal and exit code around run.ts. Started by bin/tenantry.js.

import { createInterface } from 'node:readline/promises'
import { openSigningKeys } from '../auth/signing.ts'
import { createTokens } from '../auth/token.ts'
import { readConfig } from '../config.ts'
import { addressOf } from '../demo/address.ts'
import type { Session } from './command.ts'
import { openDatabase } from './database.ts'
import { runCommandLine } from './run.ts'

/** What goes wrong comes back as an error; the rest of the log is for the gateway. */
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

const withSession = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
  const config = readConfig(process.env)
  const { pool, lastingUrl, secretKey, close } = await openDatabase(config, QUIET)
  try {
    return await work({
      pool,
      lastingUrl,
      secretKey,
      origin: addressOf(config, config.port),
      confirm,
      tokens: async () => createTokens(await openSigningKeys(pool, secretKey)),
    })
  } finally {
    await close()
  }
}

// An ordinary exit takes an embedded Postgres with it, a death by signal would not.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))

process.exitCode = await runCommandLine(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  withSession,
})
