// What the request path runs: SQL text that names its schema by the placeholder, and values as text. Also the short ids
// of texts: hashing kilobytes of SQL at each request would cost more than running it, so a text (or the name a caller
// gave it) is looked up once and goes by a number from then on. The ids are shared by all lanes of a process.

import { LRUCache } from 'lru-cache'

export interface Statement {
  /** SQL with the workspace's schema as the placeholder. */
  readonly text: string
  readonly values: readonly (string | null)[]
  /** A short stand-in for the text, where the caller has one: two texts must never share it. */
  readonly name?: string
}

/** Rows of a result, each column as Postgres writes it as text. */
export type Rows = readonly (readonly (string | null)[])[]

export interface StatementText {
  readonly id: number
  /**
   * Whether the text is worth a prepared statement. One costs a backend about 26 KB, so a text earns it at its second
   * use: the endless variety of batch sizes and one-off filters stays out.
   */
  readonly isRepeated: boolean
}

/** Counts one use of the statement's text. Texts too long to be remembered share the id 0. */
export type NoteText = (statement: Statement) => StatementText

const REMEMBERED_TEXTS = 5_000
/** Giant batches: their plan is not what costs, and they would crowd out everything else. */
const LONGEST_PREPARED_TEXT = 64 * 1024

export const createTextIds = (): NoteText => {
  const seen = new LRUCache<string, { id: number; isRepeated: boolean }>({ max: REMEMBERED_TEXTS })
  const once: StatementText = { id: 0, isRepeated: false }
  let lastId = 0
  return (statement) => {
    if (statement.text.length > LONGEST_PREPARED_TEXT) return once
    const key = statement.name ?? statement.text
    const known = seen.get(key)
    if (known === undefined) {
      seen.set(key, { id: ++lastId, isRepeated: false })
      return once
    }
    known.isRepeated = true
    return known
  }
}
