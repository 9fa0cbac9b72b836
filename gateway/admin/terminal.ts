// Terminal side of the command line: configuration, questions, signals and the exit code.

import { createInterface } from 'node:readline/promises'
import { openSigningKeys } from '../auth/signing.ts'
import { createTokens } from '../auth/token.ts'
import { addressOf } from '../demo/address.ts'
import { readSettings } from '../settingSources.ts'
import type { CommandSession } from './command.ts'
import { openDatabase } from './database.ts'
import { runCommandLine } from './run.ts'

/** Failures are returned as errors; the rest of the log is meant for the gateway. */
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

type Environment = Readonly<Record<string, string | undefined>>

const withSession = async <T>(
  environment: Environment,
  work: (session: CommandSession) => Promise<T>,
): Promise<T> => {
  const config = await readSettings(environment)
  const { pool, lastingUrl, keyring, close } = await openDatabase(config, QUIET)
  try {
    return await work({
      pool,
      lastingUrl,
      keyring,
      origin: addressOf(config, config.port),
      citusNodeAddresses: config.citusNodeAddresses,
      graceDays: config.graceDays,
      confirm,
      tokens: async () => createTokens(await openSigningKeys(pool, keyring)),
    })
  } finally {
    await close()
  }
}

interface Output {
  /** Each takes a line. */
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
}

/** Runs a command in this process. @returns its exit code */
export const runCommand = (
  environment: Environment,
  words: readonly string[],
  output: Output,
): Promise<number> =>
  runCommandLine(words, {
    ...output,
    readConfig: () => readSettings(environment),
    withSession: (work) => withSession(environment, work),
  })

export const runInTerminal = async (environment: Environment, words: readonly string[]): Promise<void> => {
  // A regular exit stops an embedded Postgres, death by a signal would not.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code))
  // The reader of a pipe has seen enough (`| head`). Node ignores SIGPIPE, so the write fails instead.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(141)
    })
  process.exitCode = await runCommand(environment, words, {
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
  })
}
