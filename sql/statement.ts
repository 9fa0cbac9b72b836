// A statement of the request path: SQL text that names its schema by the placeholder, and values as text.
// Also short ids of texts: hashing kilobytes of SQL at each request would cost more than running it, so a
// text (or the name a caller gave it) is looked up once and identified by a number from then on. All
// connections of a process share the ids.

import { bindingSchema, PLACEHOLDER } from './placeholder.ts'

export interface Statement {
  /** SQL with the workspace's schema as the placeholder. */
  readonly text: string
  readonly values: readonly (string | null)[]
  /** A short name for the text, if the caller has one: two texts must never share it. */
  readonly name?: string
  /**
   * The values never change which plan is best: they are keys. A prepared statement is then planned at its
   * first execution; otherwise Postgres plans each of the first five.
   */
  readonly isKeyed?: boolean
}

/** Rows of a result, each column as Postgres writes it as text. */
export type Rows = readonly (readonly (string | null)[])[]

export interface StatementText {
  readonly id: number
  /**
   * Whether the text is worth a prepared statement. One costs a backend 26 KB or much more, so a text earns
   * it at its second use; one-off filters and the many possible batch sizes stay unprepared.
   */
  readonly isRepeated: boolean
  /** Its SQL command, in upper case; of a statement with CTEs, the one that writes. */
  readonly operation: string
}

/** Counts one use of the statement's text. */
export type NoteText = (statement: Statement) => StatementText

/** Ids by text, bounded by its owner. */
export interface TextCache {
  readonly get: (key: string) => StatementText | undefined
  readonly set: (key: string, text: StatementText, bytes: number) => unknown
}

const BYTES_PER_TEXT = 400
/** Giant batches: planning is a small part of their cost, and they would evict everything else. */
const LONGEST_PREPARED_TEXT = 64 * 1024
const FINGERPRINT_CHARACTERS = 512

/** Giant texts with the same beginning and length share an id: it identifies their latency, not the text. */
const fingerprintOf = (text: string): string => `${text.length} ${text.slice(0, FINGERPRINT_CHARACTERS)}`

const WRITING = /\b(insert) into |\b(update) "|\b(delete) from |\b(merge) into /i

/** Comments and parentheses may stand before the command. */
const FIRST_WORD = /^(?:[\s(]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*([a-z]+)/i

/** The SQL command in upper case; of a statement with CTEs, the one that writes. Empty if unknown. */
export const operationOf = (text: string): string => {
  const first = FIRST_WORD.exec(text)?.[1] ?? ''
  if (first.toLowerCase() !== 'with') return first.toUpperCase()
  return (
    WRITING.exec(text)
      ?.find((word, index) => index > 0 && word !== undefined)
      ?.toUpperCase() ?? 'SELECT'
  )
}

const TABLE = new RegExp(`"${PLACEHOLDER}"\\."((?:[^"]|"")+)"`)
/** Columns come first, conditions last. A trace of 3 KB more takes 15 µs longer to send. */
const SHOWN_AT_BEGINNING = 300
const SHOWN_AT_END = 700

/** Between words: a part of the placeholder would stay. */
const shortened = (text: string): string => {
  if (text.length <= SHOWN_AT_BEGINNING + SHOWN_AT_END) return text
  const end = text.lastIndexOf(' ', SHOWN_AT_BEGINNING)
  const start = text.indexOf(' ', text.length - SHOWN_AT_END)
  return `${text.slice(0, end < 0 ? 0 : end)} …${start < 0 ? '' : text.slice(start)}`
}

/** For a trace: the command, the table that the statement names first, and its text, shortened. */
export const describeStatement = (text: string) => ({
  operation: operationOf(text),
  table: TABLE.exec(text)?.[1]?.replaceAll('""', '"'),
  textIn: bindingSchema(shortened(text)),
})

export type DescribedStatement = ReturnType<typeof describeStatement>

export const createTextIds = (seen: TextCache): NoteText => {
  let lastId = 0
  return (statement) => {
    const isGiant = statement.text.length > LONGEST_PREPARED_TEXT
    const key = isGiant ? fingerprintOf(statement.text) : (statement.name ?? statement.text)
    const known = seen.get(key)
    if (known?.isRepeated === true || (known !== undefined && isGiant)) return known
    const text = {
      id: known?.id ?? ++lastId,
      isRepeated: known !== undefined,
      operation: known?.operation ?? operationOf(statement.text),
    }
    seen.set(key, text, BYTES_PER_TEXT + key.length)
    return text
  }
}
