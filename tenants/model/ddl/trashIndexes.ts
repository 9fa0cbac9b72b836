// The index of the trash, which the indexes for orders leave out: for its lists, and for the job that empties
// it.

import type { ObjectModel } from '../model.ts'
import { pageKeyOf } from './orderIndexes.ts'
import type { LargeTableIndex } from './plan.ts'

export const trashIndexes = (object: ObjectModel): readonly LargeTableIndex[] => {
  const key = pageKeyOf(object)
  if (key === null || object.softDelete === null) return []
  return [{ columns: [object.softDelete.name, key], options: [0, 0], method: 'btree', omitsNulls: true }]
}
