// Sizes of tables as Postgres estimates them, which decide how a change is made: in one transaction below
// 10,000 records, and above it without a statement that reads or rewrites the table under a lock.

import type { Described } from '../../describe/catalogRef.ts'

/** Below it a scan takes a few milliseconds, so blocking is harmless. */
export const LARGE_TABLE_ROWS = 10_000

/** Before the first analyse there is no estimate of the rows. */
const BYTES_PER_ROW = 100

/** With its indexes; cautious, for a machine with other work. */
const REWRITTEN_BYTES_PER_SECOND = 20_000_000

interface TableSize {
  readonly rows: number
  readonly bytes: number
}

const NONE: TableSize = { rows: 0, bytes: 0 }

/** Of a table that existed before the change; empty for a new one. */
export const sizeOf = (before: Described, table: string): TableSize => {
  const oid = before.model.byTable.has(table)
    ? before.sources.catalog.relations.find((relation) => relation.name === table)?.oid
    : undefined
  const size = before.sources.details.sizes.find((each) => each.relation === oid)
  if (size === undefined) return NONE
  const { rows, bytes } = size
  return { rows: rows >= 0 ? Math.round(rows) : Math.ceil(bytes / BYTES_PER_ROW), bytes }
}

export const isLarge = ({ rows }: TableSize): boolean => rows >= LARGE_TABLE_ROWS

export const isSmall = (before: Described, table: string): boolean => !isLarge(sizeOf(before, table))

/** How long a rewrite takes, roughly. */
export const rewriteSeconds = ({ bytes }: TableSize): number => Math.ceil(bytes / REWRITTEN_BYTES_PER_SECOND)
