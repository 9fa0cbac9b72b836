// Sizes of tables as Postgres estimates them, which decide how a change is made: in one transaction below
// 10,000 records, and above it without a statement that reads or rewrites the table under a lock.

import type { ClientBase, Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../../../sql/placeholder.ts'
import type { Described } from '../../describe/catalogRef.ts'
import type { ModelSources } from '../../read/sources.ts'

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

const largeRowsOf = ({ sources }: Described): number => sources.largeRows ?? LARGE_TABLE_ROWS

export const isLarge = (before: Described, { rows }: TableSize): boolean => rows >= largeRowsOf(before)

export const isSmall = (before: Described, table: string): boolean => !isLarge(before, sizeOf(before, table))

/** A row with its header and its pointer, without values. */
const LEAST_BYTES_PER_ROW = 28
/** Read in some milliseconds, also where most of it is dead. */
const COUNTED_BYTES = 16_000_000
const isInDoubt = (before: Described, table: string): boolean => {
  const { bytes } = sizeOf(before, table)
  return bytes >= largeRowsOf(before) * LEAST_BYTES_PER_ROW && bytes <= COUNTED_BYTES
}

/**
 * The sources with counted rows of tables that may be near the limit; null if there are none. A count ends at
 * the limit.
 */
export const countDoubtful = async (
  connection: Pool | ClientBase,
  before: Described,
  tables: readonly string[],
): Promise<ModelSources | null> => {
  const { sources } = before
  const { details, catalog, schemaName } = sources
  const counted = new Map<string, number>()
  for (const table of new Set(tables)) {
    const oid = catalog.relations.find(({ name, kind }) => name === table && kind === 'r')?.oid
    if (oid === undefined || !isInDoubt(before, table)) continue
    const sql = bindSchema(
      `select count(*)::int as count from (select from ${inWorkspace(table)} limit $1) t`,
      schemaName,
    )
    const { rows } = await connection.query<{ count: number }>(sql, [largeRowsOf(before)])
    counted.set(oid, rows[0]?.count ?? 0)
  }
  if (counted.size === 0) return null
  const sizes = details.sizes.map((size) => {
    const count = counted.get(size.relation)
    if (count === undefined) return size
    return { ...size, rows: count < largeRowsOf(before) ? count : Math.max(count, size.rows) }
  })
  return { ...sources, details: { ...details, sizes } }
}

/** How long a rewrite takes, roughly. */
export const rewriteSeconds = ({ bytes }: TableSize): number => Math.ceil(bytes / REWRITTEN_BYTES_PER_SECOND)
