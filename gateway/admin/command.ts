// What a command of the command line is: its words, its arguments and what it does. Parsing, printing and
// exit codes are the same for all of them (run.ts).

import type { Pool } from 'pg'
import type { Tokens } from '../auth/token.ts'

export interface Session {
  /** The owner's connections. */
  readonly pool: Pool
  /** The owner's URL; null when the database's server was started for this command and ends with it. */
  readonly lastingUrl: string | null
  readonly secretKey: string
  /** Address of the gateway, as the configuration has it. */
  readonly origin: string
  /** Opened when a command mints a token. */
  readonly tokens: () => Promise<Tokens>
  /** Asks a person at the terminal; false where there is nobody to ask. */
  readonly confirm: (question: string) => Promise<boolean>
}

export interface Option {
  readonly type: 'string' | 'boolean'
  /** Stands for the value in the usage line. */
  readonly value?: string
  readonly meaning: string
}

export interface Input {
  /** As many as the command has arguments, or one more where it has an optional one. */
  readonly arguments: readonly string[]
  readonly text: (option: string) => string | undefined
  readonly isSet: (option: string) => boolean
}

export interface Answer {
  /** What `--json` prints. */
  readonly json: unknown
  /** What people read. */
  readonly text: string
}

export interface Command {
  readonly summary: string
  readonly arguments: readonly string[]
  /** May be left out; after the others. */
  readonly optionalArgument?: string
  readonly options?: Readonly<Record<string, Option>>
  readonly run: (session: Session, input: Input) => Promise<Answer>
}
