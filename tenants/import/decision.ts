// Decides whether a statement of a script runs, is skipped, or aborts the import. Skipped are a dump's
// statements about its own database and its owners: here the roles of the workspace define the rights.

import { nameOf, type Token, tokensOf } from './tokens.ts'

export type Decision =
  | { readonly kind: 'run' }
  /** May name a role or setting that this server does not have; then it is skipped. */
  | { readonly kind: 'try'; readonly what: string }
  | { readonly kind: 'skip'; readonly what: string | null }
  | { readonly kind: 'refuse'; readonly message: string; readonly hint: string }
  | { readonly kind: 'extension'; readonly name: string }

const RUN: Decision = { kind: 'run' }
const skip = (what: string | null): Decision => ({ kind: 'skip', what })

const MOST_TOKENS = 60
const UTF8 = new Set(['utf8', 'utf-8', 'unicode', 'sql_ascii'])

const unquoted = (token: Token | undefined): string =>
  nameOf(token) ?? token?.text.replace(/^'(.*)'$/s, '$1') ?? ''

/** Matches consecutive words and returns what follows them. */
const after = (tokens: readonly Token[], ...words: readonly string[]): Token | null => {
  for (let at = 0; at + words.length <= tokens.length; at += 1)
    if (
      words.every((word, index) => tokens[at + index]?.kind === 'word' && nameOf(tokens[at + index]) === word)
    )
      return tokens[at + words.length] ?? null
  return null
}

const TRANSACTION: Readonly<Record<string, Decision>> = {
  begin: skip(null),
  start: skip(null),
  commit: skip(null),
  end: skip(null),
  rollback: {
    kind: 'refuse',
    message: 'The script rolls back its changes.',
    hint: 'A script is imported completely or not at all. Remove the ROLLBACK.',
  },
}

const ofSchema = (tokens: readonly Token[], first: string, from: ReadonlySet<string>): Decision | null => {
  const named =
    ['create', 'alter', 'drop'].includes(first) && nameOf(tokens[1]) === 'schema'
      ? tokens.slice(2).find((token) => !['if', 'not', 'exists'].includes(nameOf(token) ?? ''))
      : (after(tokens, 'on', 'schema') ?? undefined)
  return named !== undefined && from.has(nameOf(named) ?? '') ? skip(null) : null
}

const ofSet = (tokens: readonly Token[]): Decision => {
  const name = nameOf(tokens[1]) ?? ''
  if (name === 'client_encoding') {
    const encoding = unquoted(tokens[3]).toLowerCase()
    if (UTF8.has(encoding)) return skip(null)
    return {
      kind: 'refuse',
      message: `The script is written in ${encoding}.`,
      hint: 'Make the dump with --encoding=UTF8.',
    }
  }
  return name === 'search_path' ? RUN : { kind: 'try', what: `SET ${name}` }
}

const ofExtension = (tokens: readonly Token[]): Decision => {
  const name = tokens.slice(2).find((token) => !['if', 'not', 'exists'].includes(nameOf(token) ?? ''))
  return { kind: 'extension', name: nameOf(name) ?? '' }
}

const isOwner = (tokens: readonly Token[]): boolean => after(tokens, 'owner', 'to') !== null

/** @param from the dump's original schemas. */
export const decisionOf = (text: string, from: ReadonlySet<string>): Decision => {
  const tokens = tokensOf(text.slice(0, 4000))
    .filter(({ kind }) => kind !== 'gap')
    .slice(0, MOST_TOKENS)
  const [first, second] = [nameOf(tokens[0]) ?? '', nameOf(tokens[1]) ?? '']
  const transaction = TRANSACTION[first === 'abort' ? 'rollback' : first]
  if (transaction !== undefined) return transaction
  const schema = ofSchema(tokens, first, from)
  if (schema !== null) return schema
  if (first === 'set') return ofSet(tokens)
  if (second === 'database' || after(tokens, 'on', 'database') !== null) return skip('DATABASE')
  if (first === 'create' && second === 'extension') return ofExtension(tokens)
  if (first === 'comment' && nameOf(tokens[2]) === 'extension') return skip(null)
  if (first === 'alter' && second === 'default') return { kind: 'try', what: 'ALTER DEFAULT PRIVILEGES' }
  if (first === 'alter' && isOwner(tokens)) return skip('OWNER TO')
  if (first === 'grant' || first === 'revoke') return { kind: 'try', what: first.toUpperCase() }
  return RUN
}
