// Indexes for lists inside records: the related records of one, in the order of their key. By the foreign key
// alone Postgres collects and sorts all of them, of a company with half a million people as well. It plans
// for an average company, where both cost the same, so the index of the foreign key alone has to go.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../model.ts'
import { pageKeyOf } from './orderIndexes.ts'
import type { LargeTableIndex } from './plan.ts'

export const relationIndexes = (object: ObjectModel): readonly LargeTableIndex[] => {
  const key = pageKeyOf(object)
  if (key === null) return []
  return [...object.fields.values()].flatMap((field): LargeTableIndex[] => {
    const [column, ...more] = field.kind === 'toOne' ? field.columns : []
    if (column === undefined || more.length > 0 || column === key) return []
    const columns = [column, key]
    const index: LargeTableIndex = {
      ...{ columns, keys: columns.map(quoteIdentifier), options: [0, 0], method: 'btree' },
      // Of the targets of a morph relation, a record has one.
      omitsNulls: object.columns.get(column)?.notNull !== true,
    }
    // For the foreign key's own checks and actions: records in the trash have their references, too.
    const all = { ...index, replacesShorter: true }
    return object.softDelete === null ? [all] : [{ ...index, isLiveOnly: true }, all]
  })
}
