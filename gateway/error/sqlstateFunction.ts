// The function of the workspace that raised an error of Postgres, parsed from the error's context.

/** A context line for the body of a function that ran, or was about to. */
const FUNCTIONS_IN: readonly RegExp[] = [
  // A name may contain anything, including line breaks.
  /^SQL function "(.+?)" (?:statement|during)/ms,
  /^compilation of PL\/pgSQL function "(.+?)" near line/ms,
  // Quoted if necessary, with schema and arguments. Errors that a function raises itself have a context of
  // this form.
  /^PL\/pgSQL function (?:.+\.)?("(?:[^"]|"")+"|[^"(.]+)\(.* line \d+ at (?!RAISE)/m,
]

/** The context of the function that writes a batch row by row: not a function of the workspace. */
const IN_TURN = /^PL\/pgSQL function tenantry_request\.in_turn\(.*$/m

/** The function that raised an error. */
export const functionOf = ({ where = '' }: { readonly where?: string | undefined }): string | undefined =>
  FUNCTIONS_IN.map((pattern) => pattern.exec(where.replace(IN_TURN, ''))?.[1])
    .find((name) => name !== undefined)
    ?.replace(/^"(.*)"$/, '$1')
    .replaceAll('""', '"')

/**
 * Whether the fault is in a type name inside a value: its position then refers to that value, not to the
 * statement.
 */
export const isOfTypeName = ({ where = '' }: { readonly where?: string | undefined }): boolean =>
  /^invalid type name "/m.test(where)
