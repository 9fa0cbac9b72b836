// Decodes query strings and path segments. Lenient by design: clients send patterns such as `%ac%` unencoded,
// so invalid encodings are taken literally and nothing here ever fails.

const ENCODED_RUN = /(?:%[0-9a-f]{2})+/gi

/** Length of the UTF-8 sequence that a byte starts; 0 if it starts none. */
const sequenceLength = (byte: number): number => {
  if (byte < 0x80) return 1
  if (byte >= 0xc2 && byte < 0xe0) return 2
  if (byte >= 0xe0 && byte < 0xf0) return 3
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0
}

const decodeOrKeep = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** A run of `%XX`: valid UTF-8 sequences are decoded, the bytes between them stay as written. */
const decodeRun = (run: string): string => {
  const whole = decodeOrKeep(run)
  if (whole !== null) return whole
  let text = ''
  for (let at = 0; at < run.length; ) {
    const length = sequenceLength(Number.parseInt(run.slice(at + 1, at + 3), 16))
    const sequence = run.slice(at, at + 3 * Math.max(length, 1))
    const decoded = length === 0 ? null : decodeOrKeep(sequence)
    text += decoded ?? run.slice(at, at + 3)
    at += decoded === null ? 3 : sequence.length
  }
  return text
}

export const decodePercent = (text: string): string =>
  text.includes('%') ? text.replace(ENCODED_RUN, decodeRun) : text

/** Parameters in order of appearance; a repeated name has several values. */
export type Query = ReadonlyMap<string, readonly string[]>

const decodeComponent = (text: string): string => decodePercent(text.replaceAll('+', ' '))

/** @param search without its question mark */
export const parseQuery = (search: string): Query => {
  const query = new Map<string, string[]>()
  if (search === '') return query
  for (const pair of search.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decodeComponent(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : decodeComponent(pair.slice(at + 1))
    const values = query.get(name)
    if (values === undefined) query.set(name, [value])
    else values.push(value)
  }
  return query
}
