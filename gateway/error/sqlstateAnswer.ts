// What an error of Postgres is and what an answer to one consists of. Not decided here: which answers which
// (sqlstate.ts).

/** How the columns and constraints of an error are called in the API; absent where the caller cannot know. */
export interface ErrorNames {
  /** API field of a column. */
  readonly field?: (table: string, column: string) => string | undefined
  /** API fields that a unique constraint or index covers. */
  readonly uniqueFields?: (table: string, constraint: string) => readonly string[] | undefined
  /** API fields that a foreign key consists of. */
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
  /** Quotes values: read by us, never passed on. */
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  /** Character of the statement that the error is about; absent where it arose while the statement ran. */
  readonly position?: string | undefined
  /** Where the server was, innermost first: functions that it was in. */
  readonly where?: string | undefined
  /** Function of the server that raised it: unlike the message, in no language. */
  readonly routine?: string | undefined
}

export type Rule = SqlAnswer | ((error: SqlError, names: ErrorNames) => SqlAnswer)

export const badInput = (message: string, subCode?: string): SqlAnswer =>
  subCode === undefined ? { code: 'BAD_USER_INPUT', message } : { code: 'BAD_USER_INPUT', message, subCode }
