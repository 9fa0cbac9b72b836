// Splits a stream of SQL, as pg_dump and people write it, into statements with their lines, rows of `copy …
// from stdin`, and psql commands. Buffers no more than one statement.

import { closeComments, closeEscaped, closeQuoted, DOLLAR_TAG, matchAt, WORD } from './closing.ts'

export type Piece =
  | { readonly kind: 'statement'; readonly text: string; readonly line: number }
  /** Its rows come before the next piece and must be read to their end. */
  | {
      readonly kind: 'copy'
      readonly text: string
      readonly line: number
      readonly rows: AsyncIterable<string>
    }
  /** A line outside of statements that begins with a backslash. */
  | { readonly kind: 'command'; readonly text: string; readonly line: number }

interface State {
  /** The literal, name or comment that is still open at the end of the line. */
  inside: "'" | '"' | 'escape' | 'comment' | 'dollar' | null
  tag: string
  comments: number
  parentheses: number
  /** Bodies of `begin atomic … end`, in which semicolons end no statement. */
  blocks: number
  /** First words of the statement, in lower case. */
  words: string[]
}

const MOST_WORDS = 5

const fresh = (): State => ({ inside: null, tag: '', comments: 0, parentheses: 0, blocks: 0, words: [] })

/** Position after the end of the open construct; -1 if the line ends first. */
const leave = (line: string, at: number, state: State): number => {
  let end: number
  if (state.inside === 'comment') [end, state.comments] = closeComments(line, at, state.comments)
  else if (state.inside === 'dollar') {
    end = line.indexOf(state.tag, at)
    if (end >= 0) end += state.tag.length
  } else if (state.inside === 'escape') end = closeEscaped(line, at)
  else end = closeQuoted(line, at, state.inside ?? "'")
  if (end >= 0) state.inside = null
  return end
}

const isRoutine = ([first, ...rest]: readonly string[]): boolean =>
  first === 'create' &&
  ['function', 'procedure'].includes((rest[0] === 'or' && rest[1] === 'replace' ? rest[2] : rest[0]) ?? '')

const count = (state: State, word: string): void => {
  if (state.words.length < MOST_WORDS) state.words.push(word)
  if (state.parentheses > 0 || !isRoutine(state.words)) return
  if (word === 'begin' || (word === 'case' && state.blocks > 0)) state.blocks += 1
  else if (word === 'end' && state.blocks > 0) state.blocks -= 1
}

const enter = (line: string, at: number, state: State): number => {
  const char = line[at]
  if (char === "'" || char === '"') {
    state.inside = char
    return at + 1
  }
  if (line.startsWith('/*', at)) {
    state.inside = 'comment'
    state.comments = 1
    return at + 2
  }
  const tag = char === '$' ? matchAt(DOLLAR_TAG, line, at) : null
  if (tag !== null) {
    state.inside = 'dollar'
    state.tag = tag
    return at + tag.length
  }
  const word = matchAt(WORD, line, at)
  if (word === null) {
    if (char === '(') state.parentheses += 1
    if (char === ')') state.parentheses -= 1
    return at + 1
  }
  if (/^e$/i.test(word) && line[at + 1] === "'") {
    state.inside = 'escape'
    return at + 2
  }
  count(state, word.toLowerCase())
  return at + word.length
}

/** Position after the semicolon that ends the statement; -1 if the statement continues on the next line. */
const endIn = (line: string, from: number, state: State): number => {
  let at = from
  while (at >= 0 && at < line.length) {
    if (state.inside !== null) at = leave(line, at, state)
    else if (line.startsWith('--', at)) return -1
    else if (line[at] === ';' && state.parentheses <= 0 && state.blocks === 0) return at + 1
    else at = enter(line, at, state)
  }
  return -1
}

/** Lines, including their line terminators. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield `${line}\n`
  }
  if (rest !== '') yield rest
}

const CHUNK_LENGTH = 65_536
const END_OF_ROWS = /^\\\.\r?\n?$/

async function* rowsOf(lines: AsyncIterator<string>, read: () => void): AsyncGenerator<string> {
  let chunk = ''
  for (;;) {
    const { value, done } = await lines.next()
    if (done === true) break
    read()
    if (END_OF_ROWS.test(value)) break
    chunk += value
    if (chunk.length < CHUNK_LENGTH) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

const COPY_FROM_STDIN = /\bfrom\s+stdin\b/i

export async function* splitScript(chunks: AsyncIterable<string>): AsyncGenerator<Piece> {
  const lines = linesOf(chunks)
  let read = 0
  let state = fresh()
  let text = ''
  let begun = 1
  for (;;) {
    const { value: line, done } = await lines.next()
    if (done === true) break
    read += 1
    if (text === '') begun = read
    const isBetween = state.inside === null && state.words.length === 0 && state.parentheses === 0
    if (isBetween && /^\s*\\/.test(line)) {
      yield { kind: 'command', text: line.trim(), line: read }
      continue
    }
    let from = 0
    for (let end = endIn(line, from, state); end >= 0; end = endIn(line, from, state)) {
      const statement = text + line.slice(from, end)
      const isCopy = state.words[0] === 'copy' && COPY_FROM_STDIN.test(statement)
      text = ''
      state = fresh()
      from = end
      if (isCopy) {
        const rows = rowsOf(lines, () => {
          read += 1
        })
        yield { kind: 'copy', text: statement, line: begun, rows }
        from = line.length
      } else yield { kind: 'statement', text: statement, line: begun }
      begun = read
    }
    const rest = line.slice(from)
    text = text === '' && rest.trim() === '' ? '' : text + rest
  }
  if (state.words.length > 0 || state.inside !== null) yield { kind: 'statement', text, line: begun }
}
