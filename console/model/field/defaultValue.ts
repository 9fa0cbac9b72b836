// The API's encoding of default values: `"'NEW'"` is the text NEW, `"now"` and `"uuid"` are functions, and
// numbers, booleans and lists are plain JSON. Converts it to the text of inputs, and back.

export const unquoted = (value: unknown): string =>
  typeof value === 'string' && value.length >= 2 && value.startsWith("'") && value.endsWith("'")
    ? value.slice(1, -1)
    : ''

/** An empty text means no default. */
export const quoted = (text: string): string | null => (text === '' ? null : `'${text}'`)

export const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(unquoted).filter((text) => text !== '') : []

export const quotedList = (texts: readonly string[]): readonly string[] | null =>
  texts.length === 0 ? null : texts.map((text) => `'${text}'`)

export const defaultPartsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** A composite's default with one sub-field changed; null if no sub-field has a default. */
export const withDefaultPart = (
  value: unknown,
  name: string,
  part: unknown,
): Readonly<Record<string, unknown>> | null => {
  const parts = { ...defaultPartsOf(value), [name]: part }
  return Object.values(parts).every((each) => each === null) ? null : parts
}

/** A short text for tables. */
export const shownDefault = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  if (value === 'now' || value === 'uuid') return `${value}()`
  // A word for what the database computes: `sequence`, `expression`.
  if (typeof value === 'string' && !value.startsWith("'")) return value
  if (typeof value === 'string') return unquoted(value) === '' ? '“”' : unquoted(value)
  if (Array.isArray(value)) return listOf(value).join(', ')
  if (typeof value === 'object')
    return Object.values(value)
      .flatMap((part: unknown) => {
        const text = typeof part === 'string' ? unquoted(part) : ''
        return text === '' ? [] : [text]
      })
      .join(', ')
  return String(value)
}
