// Replaces the schemas of a dump by the workspace's schema: qualifiers in statements, in function bodies, in
// regclass literals and in search paths. Objects of extensions get the schema that the extension has here.

import { escapeLiteral } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { nameOf, type Token, tokensOf } from './tokens.ts'

export interface Renaming {
  readonly from: ReadonlySet<string>
  readonly to: string
  /** Schema of each function, type and operator class of the script's extensions. */
  readonly extensions: ReadonlyMap<string, string>
}

const OBJECT_TYPES = /^reg(class|type|proc|procedure|operator|oper|config|dictionary|collation)$/

/** The next token at or after `index` that is not a gap. */
const next = (tokens: readonly Token[], index: number): number => {
  let at = index
  while (tokens[at]?.kind === 'gap') at += 1
  return at
}

const isMark = (token: Token | undefined, mark: string): boolean =>
  token?.kind === 'mark' && token.text === mark

const operatorAt = (tokens: readonly Token[], index: number): string => {
  const end = tokens.findIndex((token, at) => at >= index && (token.kind !== 'mark' || token.text === ')'))
  return tokens
    .slice(index, end < 0 ? undefined : end)
    .map(({ text }) => text)
    .join('')
}

const TAKE_NAMES = /^(nextval|setval|currval|to_reg[a-z]+|pg_get_serial_sequence)$/

/** Whether a literal is cast to an object name, or passed to a function that takes one. */
const isObjectName = (tokens: readonly Token[], index: number): boolean => {
  if (isMark(tokens[index - 1], '(') && TAKE_NAMES.test(nameOf(tokens[index - 2]) ?? '')) return true
  let at = next(tokens, index + 1)
  if (!isMark(tokens[at], ':') || !isMark(tokens[at + 1], ':')) return false
  at = next(tokens, at + 2)
  if (nameOf(tokens[at]) === 'pg_catalog' && isMark(tokens[at + 1], '.')) at += 2
  return OBJECT_TYPES.test(nameOf(tokens[at]) ?? '')
}

const literalText = (token: Token): string | null =>
  token.text.startsWith("'") ? token.text.slice(1, -1).replaceAll("''", "'") : null

/** Indexes of the schema names in a search path. */
const pathTokens = (tokens: readonly Token[]): ReadonlySet<number> => {
  const found = new Set<number>()
  for (const [index, token] of tokens.entries()) {
    const isSetting = nameOf(token) === 'search_path' || literalText(token) === 'search_path'
    if (!isSetting) continue
    let at = next(tokens, index + 1)
    if (!isMark(tokens[at], '=') && !isMark(tokens[at], ',') && nameOf(tokens[at]) !== 'to') continue
    do {
      at = next(tokens, at + 1)
      if (nameOf(tokens[at]) === null && tokens[at]?.kind !== 'string') break
      found.add(at)
      at = next(tokens, at + 1)
    } while (isMark(tokens[at], ','))
  }
  return found
}

export const renameSchemas = (text: string, renaming: Renaming): string => {
  const { from, to, extensions } = renaming
  if (![...from].some((schema) => text.toLowerCase().includes(schema.toLowerCase()))) return text
  const tokens = tokensOf(text)
  const path = pathTokens(tokens)
  const target = quoteIdentifier(to)
  const inPath = (literal: string): string =>
    literal
      .split(',')
      .map((part) => (from.has(nameOf(tokensOf(part.trim())[0]) ?? '') ? ` ${target}` : part))
      .join(',')
      .trimStart()
  const renamed = (token: Token, index: number): string => {
    if (token.kind === 'body') {
      const tag = /^\$[^$]*\$/.exec(token.text)?.[0] ?? ''
      return tag + renameSchemas(token.text.slice(tag.length, -tag.length), renaming) + tag
    }
    const name = nameOf(token)
    if (path.has(index)) {
      if (name !== null) return from.has(name) ? target : token.text
      // One schema as a literal, or a whole path in set_config.
      return escapeLiteral(from.has(literalText(token) ?? '') ? to : inPath(literalText(token) ?? ''))
    }
    if (token.kind === 'string' && isObjectName(tokens, index))
      return escapeLiteral(renameSchemas(literalText(token) ?? '', renaming))
    if (name === null || !from.has(name) || !isMark(tokens[index + 1], '.') || isMark(tokens[index - 1], '.'))
      return token.text
    const home = extensions.get(nameOf(tokens[index + 2]) ?? operatorAt(tokens, index + 2))
    return home === undefined ? target : quoteIdentifier(home)
  }
  return tokens.map(renamed).join('')
}
