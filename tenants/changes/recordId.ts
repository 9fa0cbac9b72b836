// The id of a record by the values of its key, as Postgres spells them: in paths of the API, and in the
// history.

/** Words of routes behind the name of an object, and dot segments (RFC 3986 §5.2.4). */
const RESERVED: ReadonlySet<string> = new Set(['duplicates', 'groupBy', 'merge', 'restore', '.', '..'])

const encodedBytes = (text: string): string =>
  text.replace(/./g, (each) => `%${Buffer.from(each).toString('hex')}`)

/**
 * The id as `/rest/{plural}/{id}` takes it, and as the API shows it: the percent-encoded values, separated by
 * commas.
 */
export const pathIdOf = (values: readonly string[]): string => {
  const id = values.map(encodeURIComponent).join(',')
  return RESERVED.has(id) ? encodedBytes(id) : id
}

/** The id as the history stores it: a single value is stored as it is. `record_id.sql` does the same. */
export const storedIdOf = (values: readonly string[]): string =>
  values.length === 1
    ? (values[0] ?? '')
    : values.map((value) => value.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',')
