// A command of the command line: its words, its arguments and its action. Parsing, printing and exit codes
// are common to all (run.ts).

import type { Pool } from 'pg'
import type { Keyring } from '../auth/keyring.ts'
import type { Tokens } from '../auth/token.ts'
import type { Config } from '../config.ts'

export interface CommandSession {
  /** The owner's connections. */
  readonly pool: Pool
  /** The owner's URL; null if the server was started for this command and stops with it. */
  readonly lastingUrl: string | null
  readonly keyring: Keyring
  /** Address of the gateway, from the configuration. */
  readonly origin: string
  /** Where nodes of a Citus cluster are reached: `<in the cluster>=<here>`. */
  readonly citusNodeAddresses: Config['citusNodeAddresses']
  /** Days that a deleted workspace can be restored. */
  readonly graceDays: number
  /** Loaded when a command issues a token. */
  readonly tokens: () => Promise<Tokens>
  /** Asks a person at the terminal; false if there is no terminal. */
  readonly confirm: (question: string) => Promise<boolean>
}

export interface CommandOption {
  readonly type: 'string' | 'boolean'
  /** Placeholder of the value in the usage line. */
  readonly value?: string
  readonly meaning: string
}

export interface Input {
  /** One per argument, plus one if the command has an optional argument. */
  readonly arguments: readonly string[]
  readonly text: (option: string) => string | undefined
  readonly isSet: (option: string) => boolean
}

export interface CommandOutput {
  /** The output of `--json`. */
  readonly json: unknown
  /** The output for people. */
  readonly text: string
  /** The command has printed its output itself. */
  readonly isPrinted?: boolean
  /** The exit code is 1, although there is an output. */
  readonly hasFailed?: boolean
}

interface CommandLine {
  readonly summary: string
  readonly arguments: readonly string[]
  /** Optional; after the others. */
  readonly optionalArgument?: string
  readonly options?: Readonly<Record<string, CommandOption>>
}

interface DatabaseCommand extends CommandLine {
  readonly isLocal?: never
  /** @param print takes lines that come before the answer */
  readonly run: (
    session: CommandSession,
    input: Input,
    print: (line: string) => void,
  ) => Promise<CommandOutput>
  /** The answer to an input that needs no database; null: it needs one. */
  readonly runRemote?: (input: Input) => Promise<CommandOutput> | null
}

/** Opens no database. */
export interface LocalCommand extends CommandLine {
  readonly isLocal: true
  /** @param print takes lines that come before the answer */
  readonly run: (config: Config, input: Input, print: (line: string) => void) => Promise<CommandOutput>
}

export type Command = DatabaseCommand | LocalCommand
