// B-trees of the beginnings of texts, beside an index of trigrams. Postgres' statistics estimate how many
// records begin so, for all roles; `starts_with` is leakproof, so its index serves a role with record rules;
// and a total is counted in the index. Of a pattern on a table with record rules Postgres always expects
// few records, collects all that match, and sorts them.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../model.ts'
import { hasOurIndexes } from './orderIndexes.ts'
import type { LargeTableIndex } from './plan.ts'

export const TRIGRAMS = 'gin_trgm_ops'
const BEGINNINGS = 'text_pattern_ops'

export const isOfBeginnings = (classes: readonly string[]): boolean => classes.includes(BEGINNINGS)

/** @param keys SQL of an index's keys */
export const areOfBeginnings = (keys: readonly string[] = []): boolean =>
  keys.some((key) => key.endsWith(BEGINNINGS))

/** The key of a text. */
export const beginningsKey = (column: string): string => `${quoteIdentifier(column)} pg_catalog.${BEGINNINGS}`

/** @param texts names of columns with an index of trigrams */
export const textIndexes = (object: ObjectModel, texts: readonly string[]): readonly LargeTableIndex[] =>
  hasOurIndexes(object)
    ? texts.map((column) => ({
        ...{ columns: [column], keys: [beginningsKey(column)], options: [0], method: 'btree' as const },
        isLiveOnly: object.softDelete !== null,
      }))
    : []
