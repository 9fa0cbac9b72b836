// Estimates what a backend keeps beside its prepared statements (prepared.ts). Postgres keeps what it has
// read about each table, its columns and indexes for the life of the connection, so memory grows with the
// number of tables touched, over all workspaces.

import { PLACEHOLDER } from '../placeholder.ts'
import type { StatementText } from '../statement.ts'

/** Measured on Postgres 18 with the standard objects: 440 KB for a workspace whose ten tables are touched. */
const BYTES_PER_TABLE = 44_000

const TABLES = new RegExp(`"${PLACEHOLDER}"\\."((?:[^"]|"")+)"`, 'g')
/** Tables are named near the beginning of giant texts, which are batches. */
const SCANNED_CHARACTERS = 32_768

interface Touched {
  readonly texts: Set<number>
  readonly tables: Set<string>
}

interface BackendMemory {
  /** Notes the tables that a statement names. */
  readonly touch: (
    schema: string,
    text: string,
    { id, isRepeated }: Pick<StatementText, 'id' | 'isRepeated'>,
  ) => void
  readonly bytes: () => number
}

export const createBackendMemory = (): BackendMemory => {
  const schemas = new Map<string, Touched>()
  let tables = 0

  const openSchema = (schema: string): Touched => {
    const touched = { texts: new Set<number>(), tables: new Set<string>() }
    schemas.set(schema, touched)
    return touched
  }

  return {
    touch: (schema, text, { id, isRepeated }) => {
      const touched = schemas.get(schema) ?? openSchema(schema)
      if (touched.texts.has(id)) return
      if (isRepeated) touched.texts.add(id)
      const before = touched.tables.size
      for (const [, name = ''] of text.slice(0, SCANNED_CHARACTERS).matchAll(TABLES)) touched.tables.add(name)
      tables += touched.tables.size - before
    },
    bytes: () => tables * BYTES_PER_TABLE,
  }
}
