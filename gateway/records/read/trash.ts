// The condition that excludes records in the trash, and whether a filter asks for them.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'

/** No filter is deeper. */
const MAX_DEPTH = 32

/** Whether a filter mentions the trash itself. */
export const mentionsTrash = (object: ObjectModel, filter: unknown, depth = 0): boolean => {
  if (typeof filter !== 'object' || filter === null || depth > MAX_DEPTH) return false
  if (Array.isArray(filter)) return filter.some((item) => mentionsTrash(object, item, depth + 1))
  return Object.entries(filter).some(([key, value]) => {
    if (value === undefined) return false
    if (key === 'and' || key === 'or' || key === 'not') return mentionsTrash(object, value, depth + 1)
    const field = object.fields.get(key)
    return field?.kind === 'scalar' && field.column === object.softDelete
  })
}

/** `deleted_at is null`, if the object has a trash. */
export const liveOnly = (object: ObjectModel, alias: string): string | null =>
  object.softDelete === null ? null : `${alias}.${quoteIdentifier(object.softDelete.name)} is null`

/** Which records are included, by their state. */
export type Trashed = 'live' | 'any' | 'trashed'

/** The condition on the trash; null if there is none. */
export const trashCondition = (object: ObjectModel, alias: string, trashed: Trashed): string | null => {
  const live = trashed === 'any' ? null : liveOnly(object, alias)
  return live === null || trashed === 'live' ? live : `not (${live})`
}
