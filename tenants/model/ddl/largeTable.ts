// Indexes of tables with many records. Small tables do without them, so that a workspace is created fast and
// takes little room; largeTables.ts builds them when a table has grown. Each rule names the indexes that one
// kind of request needs. Only for tables of Tenantry's own DDL: a table made in SQL keeps the indexes that
// its owner gave it.

import type { ObjectModel } from '../model.ts'
import { duplicateIndexes } from './duplicateIndexes.ts'
import { hasOurIndexes, orderIndexes } from './orderIndexes.ts'
import type { LargeTableIndex } from './plan.ts'
import { relationIndexes } from './relationIndexes.ts'
import { trashIndexes } from './trashIndexes.ts'

/** Takes the complete object, not a role's view of it. */
type IndexRule = (object: ObjectModel) => readonly LargeTableIndex[]

const RULES: readonly IndexRule[] = [orderIndexes, relationIndexes, duplicateIndexes, trashIndexes]

/** What follows from the object alone. */
export const largeTableIndexes = (object: ObjectModel): readonly LargeTableIndex[] =>
  hasOurIndexes(object) ? RULES.flatMap((rule) => rule(object)) : []
