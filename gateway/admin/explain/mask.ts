// Masks the literals of SQL text and of plans, so that an answer repeats no value of a request or a record.
// A scanner of Postgres' lexical rules (SQL syntax, §4.1): identifiers, keywords and parameters stay.

const MASK = '?'

interface Token {
  /** Where the next one begins. */
  readonly end: number
  readonly kind: 'word' | 'literal' | 'other'
}

/** The end of quoted text, whose quote is doubled inside it. Text without an end is literal to its end. */
const endOfQuoted = (text: string, start: number, quote: string, hasBackslashes: boolean): number => {
  for (let at = start + 1; at < text.length; at += 1) {
    if (hasBackslashes && text[at] === '\\') at += 1
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1
      at += 1
    }
  }
  return text.length
}

/** Block comments nest. */
const endOfComment = (text: string, start: number): number => {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const two = text.slice(at, at + 2)
    if (two === '/*') depth += 1
    if (two === '*/') depth -= 1
    if (two === '/*' || two === '*/') at += 1
    if (depth === 0) return at + 1
  }
  return text.length
}

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const NUMBER = /0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?/iy
const PARAMETER = /\$\d+/y
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
const PREFIXES: readonly string[] = ['e', 'b', 'x', 'n']

const endOfDollarQuoted = (text: string, at: number): number | null => {
  const tag = matchAt(DOLLAR_QUOTE, text, at)
  if (tag === '') return null
  const close = text.indexOf(tag, at + tag.length)
  return close < 0 ? text.length : close + tag.length
}

const wordAt = (text: string, at: number): Token => {
  const word = matchAt(WORD, text, at)
  const end = at + word.length
  const prefix = word.toLowerCase()
  if (text[end] === "'" && PREFIXES.includes(prefix))
    return { kind: 'literal', end: endOfQuoted(text, end, "'", prefix === 'e') }
  if (prefix === 'u' && text.slice(end, end + 2) === "&'")
    return { kind: 'literal', end: endOfQuoted(text, end + 1, "'", false) }
  return { kind: 'word', end }
}

const tokenAt = (text: string, at: number): Token => {
  const char = text[at] ?? ''
  const two = text.slice(at, at + 2)
  if (char === "'") return { kind: 'literal', end: endOfQuoted(text, at, "'", false) }
  if (char === '"') return { kind: 'other', end: endOfQuoted(text, at, '"', false) }
  if (two === '--') {
    const end = text.indexOf('\n', at)
    return { kind: 'literal', end: end < 0 ? text.length : end }
  }
  if (two === '/*') return { kind: 'literal', end: endOfComment(text, at) }
  if (char === '$') {
    const parameter = matchAt(PARAMETER, text, at)
    if (parameter !== '') return { kind: 'other', end: at + parameter.length }
    const end = endOfDollarQuoted(text, at)
    return end === null ? { kind: 'other', end: at + 1 } : { kind: 'literal', end }
  }
  if (matchAt(WORD, text, at) !== '') return wordAt(text, at)
  const number = matchAt(NUMBER, text, at)
  return number === '' ? { kind: 'other', end: at + 1 } : { kind: 'literal', end: at + number.length }
}

/** Names of subplans; the number behind one belongs to it. */
const NUMBERED = new Set(['subplan', 'initplan'])
/** Before `true` and `false` as part of an operator. */
const TESTS = new Set(['is', 'not'])

/** SQL text with `?` in place of every literal and comment. */
export const maskLiterals = (text: string): string => {
  let masked = ''
  let before = ''
  for (let at = 0; at < text.length; ) {
    const { kind, end } = tokenAt(text, at)
    const token = text.slice(at, end)
    const word = token.toLowerCase()
    const isBoolean = kind === 'word' && (word === 'true' || word === 'false') && !TESTS.has(before)
    const isNumber = kind === 'literal' && NUMBERED.has(before) && /^\d+$/.test(token)
    masked += (kind === 'literal' && !isNumber) || isBoolean ? MASK : token
    if (token.trim() !== '') before = word
    at = end
  }
  return masked
}

/** Properties of plan nodes with names and terms of Postgres; all others may repeat a value. */
const NAMES = new Set([
  ...['Node Type', 'Strategy', 'Partial Mode', 'Operation', 'Command', 'Join Type', 'Scan Direction'],
  ...['Parent Relationship', 'Subplan Name', 'Relation Name', 'Schema', 'Alias', 'Index Name', 'CTE Name'],
  ...['Function Name', 'Table Function Name', 'Tuplestore Name', 'Sort Method', 'Sort Space Type'],
  ...['Cache Mode', 'Conflict Resolution', 'Conflict Arbiter Indexes', 'Trigger Name', 'Relation'],
])

/** A plan in JSON with its expressions masked. */
export const maskPlan = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') return NAMES.has(name) ? value : maskLiterals(value)
  if (Array.isArray(value)) return value.map((each: unknown) => maskPlan(each, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskPlan(each, key)]))
}
