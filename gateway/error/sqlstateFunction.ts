// The function of the workspace that an error of Postgres arose in, read from the error's context.

/** Where Postgres says that it was: the body of a function that it ran, or was about to. */
const FUNCTIONS_IN: readonly RegExp[] = [
  // A name may hold anything, line breaks included.
  /^SQL function "(.+?)" (?:statement|during)/ms,
  /^compilation of PL\/pgSQL function "(.+?)" near line/ms,
  // Quoted where it must be, with its schema and its arguments. What a function raises by itself is said by
  // it.
  /^PL\/pgSQL function (?:.+\.)?("(?:[^"]|"")+"|[^"(.]+)\(.* line \d+ at (?!RAISE)/m,
]

/** Where Postgres was inside the function that writes a batch in turn: no function of the workspace. */
const IN_TURN = /^PL\/pgSQL function tenantry_request\.in_turn\(.*$/m

/** The function that an error arose in. */
export const functionOf = ({ where = '' }: { readonly where?: string | undefined }): string | undefined =>
  FUNCTIONS_IN.map((pattern) => pattern.exec(where.replace(IN_TURN, ''))?.[1])
    .find((name) => name !== undefined)
    ?.replace(/^"(.*)"$/, '$1')
    .replaceAll('""', '"')

/**
 * Whether the fault is in the name of a type that is a value: its position is one in that value, not in the
 * statement.
 */
export const isOfTypeName = ({ where = '' }: { readonly where?: string | undefined }): boolean =>
  /^invalid type name "/m.test(where)
