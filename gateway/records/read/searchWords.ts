// Search words as text for to_tsquery. Every word must begin a word of the record. A run of digits may be a
// phone number, in any of the usual formats: its digits may also begin any part of a number (the vector
// contains every suffix of a number, tenants/model/ddl/bootstrap.ts).

const WORD = /[\p{L}\p{N}]+/gu
/** Digits, and the characters that people put between them. */
const RUN = /\d(?:[\d\s().\-/]*\d)?/g
const MIN_DIGITS = 4
/**
 * Prefixes that are dialled but not part of the number: zeros, the exit code of North America, the trunk
 * prefix of Russia.
 */
const PREFIXES = [/^0+/, /^011/, /^8(?=\d{10}$)/]

const allOf = (words: readonly string[]): string => words.map((word) => `${word}:*`).join(' & ')

const phoneOf = (run: string): readonly string[] => {
  const digits = run.replaceAll(/\(\s*0\s*\)/g, '').replaceAll(/\D/g, '')
  if (digits.length < MIN_DIGITS) return []
  const forms = [digits, ...PREFIXES.map((prefix) => digits.replace(prefix, ''))]
  return [...new Set(forms)].filter((form) => form !== '')
}

const runQuery = (run: string): string => {
  const words = run.match(WORD) ?? []
  const plain = allOf(words)
  const phone = phoneOf(run).filter((form) => words.length !== 1 || form !== words[0])
  return phone.length === 0 ? plain : `(${[`(${plain})`, ...phone.map((form) => `${form}:*`)].join(' | ')})`
}

/** Empty if there is no word. */
export const searchQuery = (input: string): string => {
  const text = input.normalize('NFKC')
  const parts: string[] = []
  let at = 0
  const addWords = (between: string): void => {
    const words = between.match(WORD) ?? []
    if (words.length > 0) parts.push(allOf(words))
  }
  for (const { 0: run, index } of text.matchAll(RUN)) {
    // Digits within a word, as in "b2b", are part of it.
    if (/[\p{L}\p{N}]$/u.test(text.slice(0, index)) || /^[\p{L}\p{N}]/u.test(text.slice(index + run.length)))
      continue
    addWords(text.slice(at, index))
    parts.push(runQuery(run))
    at = index + run.length
  }
  addWords(text.slice(at))
  return parts.join(' & ')
}
