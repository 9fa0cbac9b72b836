// Estimates what a backend keeps beside its prepared statements (prepared.ts). Postgres keeps what it has
// read about each table, its columns and indexes for the life of the connection, and the compiled triggers of
// each written table with their plans. So memory grows with the number of tables touched, over all
// workspaces.

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
