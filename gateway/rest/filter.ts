// The `filter` parameter, parsed to a filter object as in GraphQL, with values still text. Grammar:
//   filter := list          list := item {"," item}      item := group | predicate
//   group  := ("and"|"or"|"not") "(" list ")"             predicate := path "[" comparator "]" ":" value
//   value  := quoted | raw | "[" element {"," element} "]"
// Quoted values may contain anything; a backslash escapes a quote or a backslash. Names and operators are
// checked later.

import { badInputOf, type Problem } from '../error/problem.ts'
import { isOperatorName, OPERATOR_NAMES, operatorDefinition } from '../records/read/filterOperator.ts'

const MAX_DEPTH = 20

type Filter = Readonly<Record<string, unknown>>

interface Input {
  readonly text: string
  at: number
}

const bad = badInputOf('INVALID_ARGS_FILTER')

const shown = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

const isQuote = (char: string | undefined): boolean => char === '"' || char === "'"

/** Reads a quoted value; `at` moves from the opening quote to after the closing one. */
const quoted = (input: Input): string => {
  const quote = input.text[input.at]
  let value = ''
  for (let at = input.at + 1; at < input.text.length; at += 1) {
    const char = input.text[at] ?? ''
    const next = input.text[at + 1]
    if (char === '\\' && (isQuote(next) || next === '\\')) {
      value += next
      at += 1
    } else if (char === quote) {
      input.at = at + 1
      return value
    } else value += char
  }
  throw bad(`'filter' invalid. A quoted value does not end: ${shown(input.text.slice(input.at))}`)
}

const skipSpace = (input: Input): void => {
  while (input.text[input.at] === ' ') input.at += 1
}

/** End of an unquoted value: a comma, or a bracket that it did not open itself. */
const rawEnd = ({ text, at }: Input, terminators: string): number => {
  let open = 0
  for (let end = at; end < text.length; end += 1) {
    const char = text[end] ?? ''
    if (open === 0 && terminators.includes(char)) return end
    if (char === '(') open += 1
    else if (char === ')') open -= 1
  }
  return text.length
}

const raw = (input: Input, terminators: string): string => {
  const end = rawEnd(input, terminators)
  const value = input.text.slice(input.at, end).trim()
  input.at = end
  return value
}

/** A value up to the end of the predicate. */
const single = (input: Input, terminators: string): string | null => {
  skipSpace(input)
  if (!isQuote(input.text[input.at])) return raw(input, terminators) || null
  const value = quoted(input)
  skipSpace(input)
  const char = input.text[input.at]
  return char === undefined || terminators.includes(char) ? value : null
}

const elements = (input: Input): string[] | null => {
  input.at += 1
  const items: string[] = []
  skipSpace(input)
  if (input.text[input.at] === ']') {
    input.at += 1
    return items
  }
  while (input.at < input.text.length) {
    const item = single(input, ',]')
    if (item === null) return null
    items.push(item)
    const char = input.text[input.at]
    input.at += 1
    if (char === ']') return items
  }
  return null
}

const nested = (path: readonly string[], value: Filter): Filter =>
  path.reduceRight<Filter>((inner, name) => ({ [name]: inner }), value)

const predicate = (input: Input): Filter => {
  const start = input.at
  const whole = (): string => shown(input.text.slice(start, rawEnd({ text: input.text, at: start }, ',')))
  const malformed = (): Problem => bad(`'filter' invalid for '${whole()}'. eg: price[gte]:10`)
  const head = /^\s*([^[\](),:"']+)\[([^[\]]+)\]:/.exec(input.text.slice(start, start + 400))
  if (head === null) throw malformed()
  const [matched, path = '', comparator = ''] = head
  if (!isOperatorName(comparator))
    throw bad(
      `'filter' invalid for '${whole()}', comparator ${comparator} not in ${OPERATOR_NAMES.join(', ')}`,
    )
  input.at += matched.length
  skipSpace(input)
  const names = path.trim().split('.')
  if (operatorDefinition(comparator).takes !== 'list') {
    const value = single(input, ',)')
    if (value === null) throw malformed()
    return nested(names, { [comparator]: value })
  }
  const items = input.text[input.at] === '[' ? elements(input) : null
  if (items === null)
    throw bad(
      `'filter' invalid for '${comparator}' operator. Received '${shown(raw(input, ',)'))}' but array value expected eg: 'field[${comparator}]:[value_1,value_2]'`,
    )
  return nested(names, { [comparator]: items })
}

const item = (input: Input, depth: number): Filter => {
  skipSpace(input)
  const group = /^(and|or|not)\(/.exec(input.text.slice(input.at, input.at + 4))
  if (group === null) return predicate(input)
  if (depth >= MAX_DEPTH) throw bad(`'filter' invalid. It may be nested at most ${MAX_DEPTH} levels deep`)
  const [opening, conjunction = ''] = group
  input.at += opening.length
  const items = list(input, depth + 1)
  if (input.text[input.at] !== ')') throw bad(`'filter' invalid. 1 close bracket is missing in the query`)
  input.at += 1
  if (conjunction !== 'not') return { [conjunction]: items }
  const [only] = items
  if (only === undefined || items.length > 1)
    throw bad(`'filter' invalid. 'not' conjunction should contain only 1 condition. eg: not(field[eq]:1)`)
  return { not: only }
}

const list = (input: Input, depth: number): Filter[] => {
  const items = [item(input, depth)]
  skipSpace(input)
  while (input.text[input.at] === ',') {
    input.at += 1
    items.push(item(input, depth))
    skipSpace(input)
  }
  return items
}

/** Counts brackets outside quotes, to report how many are missing. */
const missingBrackets = (text: string): number => {
  let balance = 0
  let quote: string | null = null
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (quote !== null) {
      if (char === '\\') at += 1
      else if (char === quote) quote = null
    } else if (isQuote(char) && /[:[,]\s*$/.test(text.slice(Math.max(0, at - 8), at))) quote = char
    else if (char === '(') balance += 1
    else if (char === ')') balance -= 1
  }
  return balance
}

const checkBrackets = (text: string): void => {
  const missing = missingBrackets(text)
  if (missing === 0) return
  const count = Math.abs(missing)
  const which = missing > 0 ? 'close' : 'open'
  throw bad(`'filter' invalid. ${count} ${which} bracket${count > 1 ? 's are' : ' is'} missing in the query`)
}

/** The parsed filter; undefined for an empty text. Throws Problem BAD_USER_INPUT. */
export const parseFilter = (text: string | undefined): Filter | undefined => {
  if (text === undefined || text.trim() === '') return undefined
  checkBrackets(text)
  const input: Input = { text, at: 0 }
  const items = list(input, 0)
  if (input.at < text.length)
    throw bad(`'filter' invalid for '${shown(text.slice(input.at))}'. eg: price[gte]:10`)
  const [only] = items
  return items.length === 1 && only !== undefined ? only : { and: items }
}
