// What the backend of a connection remembers, with estimates of its bytes: prepared statements and the tables
// it has touched. Postgres keeps what it has read about each table, its columns and indexes for the life of
// the connection, and the compiled triggers of each written table with their plans. So memory grows with the
// number of tables touched, over all workspaces.

import { LRUCache } from 'lru-cache'
import { PLACEHOLDER } from '../placeholder.ts'
import type { StatementText } from '../statement.ts'

/** Measured on Postgres 18 with the standard objects: 440 KB for a workspace whose ten tables are touched. */
const BYTES_PER_TABLE = 44_000
/**
 * Measured beside it, with the triggers that log changes: their functions are compiled once for each table
 * and kind of write. Deletes also plan the foreign keys to the table.
 */
const BYTES_PER_WRITE: Readonly<Record<string, number>> = {
  'insert into': 78_000,
  update: 84_000,
  'delete from': 220_000,
}

const TABLES = new RegExp(
  `(?:\\b(${Object.keys(BYTES_PER_WRITE).join('|')}) )?"${PLACEHOLDER}"\\."((?:[^"]|"")+)"`,
  'g',
)
/** Tables are named near the beginning of giant texts, which are batches. */
const SCANNED_CHARACTERS = 32_768

interface Touched {
  readonly texts: Set<number>
  /** Tables, and kinds of writes to them. */
  readonly uses: Set<string>
}

interface BackendMemory {
  /** Notes the tables that a statement names and writes. */
  readonly touch: (
    schema: string,
    text: string,
    { id, isRepeated }: Pick<StatementText, 'id' | 'isRepeated'>,
  ) => void
  /** Whether a statement has named tables of the schema. */
  readonly holds: (schema: string) => boolean
  readonly bytes: () => number
}

export const createBackendMemory = (): BackendMemory => {
  const schemas = new Map<string, Touched>()
  let total = 0

  const openSchema = (schema: string): Touched => {
    const touched = { texts: new Set<number>(), uses: new Set<string>() }
    schemas.set(schema, touched)
    return touched
  }

  const note = ({ uses }: Touched, use: string, bytes: number): void => {
    if (uses.has(use)) return
    uses.add(use)
    total += bytes
  }

  return {
    touch: (schema, text, { id, isRepeated }) => {
      const touched = schemas.get(schema) ?? openSchema(schema)
      if (touched.texts.has(id)) return
      if (isRepeated) touched.texts.add(id)
      for (const [, write = '', table = ''] of text.slice(0, SCANNED_CHARACTERS).matchAll(TABLES)) {
        note(touched, table, BYTES_PER_TABLE)
        if (write !== '') note(touched, `${write} ${table}`, BYTES_PER_WRITE[write] ?? 0)
      }
    },
    holds: (schema) => schemas.has(schema),
    bytes: () => total,
  }
}

interface PreparedNames {
  /**
   * The key's name; `isNew` means that the statement has yet to be parsed. The name is empty for a text that
   * is too large to be kept.
   */
  claim(key: string, text: string): { readonly name: string; readonly isNew: boolean }
  /** Drops the name, unless the key has another one by now. */
  forget(key: string, name: string): void
  /** Evicted names that the server can close. They stay listed until `closed`. */
  readonly toClose: readonly string[]
  closed(): void
  size(): number
  /** Estimated memory of their plans in the backend. */
  bytes(): number
}

/** Measured on Postgres 18: 122 KB for 2,000 characters, 625 KB for 12,000. */
const BYTES_PER_CHARACTER = 62

/**
 * Names of the statements that one connection keeps prepared. The key contains everything that a plan depends
 * on. Every preparation gets a name of its own, so a failed one is never mistaken for one that succeeded. The
 * least recently used names are evicted and listed for closing.
 */
export const createPreparedNames = (max: number, maxBytes: number): PreparedNames => {
  const toClose: string[] = []
  const names = new LRUCache<string, string>({
    max,
    maxSize: maxBytes,
    dispose: (name) => toClose.push(name),
  })
  let last = 0
  return {
    claim: (key, text) => {
      const known = names.get(key)
      if (known !== undefined) return { name: known, isNew: false }
      const size = BYTES_PER_CHARACTER * text.length + 1
      if (size > maxBytes) return { name: '', isNew: true }
      const name = `t${(++last).toString(36)}`
      names.set(key, name, { size })
      return { name, isNew: true }
    },
    forget: (key, name) => {
      if (names.peek(key) === name) names.delete(key)
    },
    toClose,
    closed: () => {
      toClose.length = 0
    },
    size: () => names.size,
    bytes: () => names.calculatedSize,
  }
}
