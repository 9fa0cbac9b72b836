// Records in the trash. In: an object, and a filter or an alias; out: whether the filter asks for them, and
// the condition that leaves them out.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'

/** No filter is deeper. */
const MAX_DEPTH = 32

/** Whether a filter says itself which records of the trash it wants. */
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

/** `deleted_at is null`, where there is a trash. */
export const liveOnly = (object: ObjectModel, alias: string): string | null =>
  object.softDelete === null ? null : `${alias}.${quoteIdentifier(object.softDelete.name)} is null`

/** Which records are meant, by their being in the trash. */
export type Trashed = 'live' | 'any' | 'trashed'

/** The condition on the trash; null where there is none to make. */
export const trashCondition = (object: ObjectModel, alias: string, trashed: Trashed): string | null => {
  const live = trashed === 'any' ? null : liveOnly(object, alias)
  return live === null || trashed === 'live' ? live : `not (${live})`
}
