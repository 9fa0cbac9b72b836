// The entry of one change for a caller, given which of its images the caller may see.

import type { ChangeActor, FeedRow, Layout, RowOperation } from '../../tenants/changes/feed.ts'
import {
  type ChangeOperation,
  changedFieldsOf,
  changeOperationOf,
  isReported,
  type ReadChange,
  recordIdOf,
} from './entry.ts'
import type { ImageVisibility } from './visibility.ts'

/** A change as the API shows it; fields that the caller may not see are absent. */
export interface ChangeEntry {
  readonly at: string
  readonly actor: ChangeActor | null
  readonly object?: string
  readonly operation: ChangeOperation
  readonly id?: string | null
  /** The id before the change, where the change replaced it. */
  readonly previousId?: string | null
  /** Rows that a statement on a table without a key changed. */
  readonly rowCount?: number
  readonly changedFields?: readonly string[]
}

/** A change with the columns that its table had when its images were taken. */
export interface Change extends ReadChange {
  readonly layout: Layout
}

export interface ShownChange {
  readonly row: FeedRow
  readonly entry: ChangeEntry
  /** The images that the caller may see; null for none. */
  readonly change: Change | null
}

/** A change of a whole table, or of a table without a key. It has no images to hide. */
const wholeTable = (change: Change): ShownChange => {
  const { row, object } = change
  const rowCount = row.rowCount === null ? {} : { rowCount: row.rowCount }
  const entry = {
    at: row.at,
    actor: row.actor,
    object: object.nameSingular,
    operation: changeOperationOf(change),
    ...rowCount,
  }
  return { row, entry, change: null }
}

const ROWS: readonly RowOperation[] = ['i', 'u', 'd']

/** A change of one record, though its images may have been erased. */
const isOfRecord = ({ row }: Change): boolean => ROWS.includes(row.operation)

/** All that a caller learns of images that cannot be judged, or were erased. */
const bare = (change: Change): ShownChange => ({
  row: change.row,
  entry: { at: change.row.at, actor: change.row.actor, operation: changeOperationOf(change) },
  change: null,
})

/** @param before whether the caller may see the image; null if the change has no such image */
export const shownChange = (
  change: Change,
  before: ImageVisibility | null,
  after: ImageVisibility | null,
): ShownChange | null => {
  if (before === null && after === null) return isOfRecord(change) ? bare(change) : wholeTable(change)
  const visibilities = [before, after]
  if (!visibilities.includes('visible')) return visibilities.includes('unknown') ? bare(change) : null
  if (after === 'unknown') return bare(change)
  const { row, object } = change
  // A record that is hidden from the caller by now goes by the key that the caller knew.
  const seen = after === 'hidden' ? { ...change, after: null } : change
  const head = { at: row.at, actor: row.actor, object: object.nameSingular, id: recordIdOf(seen) }
  // The caller can no longer see the record. The entry omits its new values.
  if (after === 'hidden') return { row, entry: { ...head, operation: 'removed' }, change: null }
  const operation = changeOperationOf(change)
  if (before !== null && before !== 'visible')
    return { row, entry: { ...head, operation }, change: { ...change, before: null } }
  const previousId = recordIdOf({ ...change, after: null })
  const named = after !== null && before !== null && previousId !== head.id ? { ...head, previousId } : head
  if (row.operation !== 'u' || !row.isComplete) return { row, entry: { ...named, operation }, change }
  const changedFields = changedFieldsOf(change)
  if (operation === 'updated' && !isReported(changedFields)) return null
  return { row, entry: { ...named, operation, changedFields }, change }
}

/** JSON of an entry with its records. @param names of the records */
export const writeEntry = (
  entry: object,
  position: string,
  names: readonly string[],
  records: readonly (string | null)[],
): string => {
  const head = JSON.stringify({ ...entry, position }).slice(0, -1)
  const tail = names.map((name, at) => `"${name}":${records[at] ?? 'null'}`)
  return `${[head, ...tail].join(',')}}`
}
