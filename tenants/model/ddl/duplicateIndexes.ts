// Indexes for the criteria of duplicates. Postgres combines them for a record's criteria, so each criterion
// needs one: a unique key and an order's index serve as well.

import type { ObjectModel } from '../model.ts'
import { orderIndexes } from './orderIndexes.ts'
import type { LargeTableIndex } from './plan.ts'

export const duplicateIndexes = (object: ObjectModel): readonly LargeTableIndex[] => {
  const others = [...object.uniqueKeys, ...orderIndexes(object)]
  return object.duplicateCriteria
    .filter((columns) => others.every((other) => !columns.every((name, at) => other.columns[at] === name)))
    .map((columns) => ({ columns, options: columns.map(() => 0), method: 'btree' }))
}
