// Splits a statement into tokens, which concatenate to the statement again. A literal keeps its quotes.

import { closeComments, closeEscaped, closeQuoted, DOLLAR_TAG, matchAt, WORD } from './closing.ts'

export interface Token {
  /** `gap`: spaces and comments; `body`: a dollar-quoted text; `mark`: anything else. */
  readonly kind: 'gap' | 'word' | 'quoted' | 'string' | 'body' | 'mark'
  readonly text: string
}

const SPACES = /\s+/y
const LINE_COMMENT = /--[^\n]*/y

const endOf = (text: string, end: number): number => (end < 0 ? text.length : end)

const tokenAt = (text: string, at: number): Token => {
  const upTo = (kind: Token['kind'], end: number): Token => ({ kind, text: text.slice(at, endOf(text, end)) })
  const gap = matchAt(SPACES, text, at) ?? matchAt(LINE_COMMENT, text, at)
  if (gap !== null) return { kind: 'gap', text: gap }
  if (text.startsWith('/*', at)) return upTo('gap', closeComments(text, at + 2, 1)[0])
  if (text[at] === "'") return upTo('string', closeQuoted(text, at + 1, "'"))
  if (text[at] === '"') return upTo('quoted', closeQuoted(text, at + 1, '"'))
  if (/^e'$/i.test(text.slice(at, at + 2))) return upTo('string', closeEscaped(text, at + 2))
  const tag = matchAt(DOLLAR_TAG, text, at)
  if (tag !== null) {
    const end = text.indexOf(tag, at + tag.length)
    return upTo('body', end < 0 ? -1 : end + tag.length)
  }
  const word = matchAt(WORD, text, at)
  return word === null ? { kind: 'mark', text: text[at] ?? '' } : { kind: 'word', text: word }
}

export const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

/** The name in a token, folded as Postgres folds it; null if the token is not a name. */
export const nameOf = (token: Token | undefined): string | null => {
  if (token?.kind === 'word') return token.text.toLowerCase()
  return token?.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : null
}
