// The parts of a Postgres error that we read, and of the answer to one. sqlstate.ts maps one to the other.

/** API names of the columns and constraints in an error; absent if the caller has no model. */
export interface ErrorNames {
  /** API field of a column. */
  readonly field?: (table: string, column: string) => string | undefined
  /** API fields that a unique constraint or index covers. */
  readonly uniqueFields?: (table: string, constraint: string) => readonly string[] | undefined
  /** API fields of a foreign key. */
  readonly joinFields?: (table: string, constraint: string) => readonly string[] | undefined
}

export interface SqlAnswer {
  readonly code:
    | 'BAD_USER_INPUT'
    | 'FORBIDDEN'
    | 'CONFLICT'
    | 'TIMEOUT'
    | 'UNAVAILABLE'
    | 'INTERNAL_SERVER_ERROR'
  readonly message: string
  readonly subCode?: string
  readonly hint?: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/** The part of the driver's error that we read. */
export interface SqlError extends Error {
  readonly code: string
  readonly severity: string
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  /** Contains values: read here, never passed on. */
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  /** Position in the statement; absent if the error arose while the statement ran. */
  readonly position?: string | undefined
  /** The server's call stack, innermost first. */
  readonly where?: string | undefined
  /** Function in the server's source that raised it: unlike the message, language-independent. */
  readonly routine?: string | undefined
}

export type Rule = SqlAnswer | ((error: SqlError, names: ErrorNames) => SqlAnswer)

export const badInputAnswer = (message: string, subCode?: string): SqlAnswer =>
  subCode === undefined ? { code: 'BAD_USER_INPUT', message } : { code: 'BAD_USER_INPUT', message, subCode }
