// Keys by which an upsert finds the record to update, and whether records of a batch name the same one, as
// far as their own values show.

import type { Column, ObjectModel } from '../../../tenants/model/model.ts'
import { may } from '../model/permission.ts'
import type { Trashed } from '../read/trash.ts'
import { type BoundValues, DEFAULT } from './boundValue.ts'

/** A key that can match an existing record. */
export interface MatchKey {
  readonly columns: readonly Column[]
  readonly trashed: Trashed
  /** Whether the record has values for all of its columns. */
  readonly isGivenBy: (bound: BoundValues) => boolean
}

/** Whether an upsert may restore a record from the trash. */
export const mayRestore = (
  object: ObjectModel,
): object is ObjectModel & { readonly softDelete: NonNullable<ObjectModel['softDelete']> } =>
  object.softDelete !== null && may(object, 'update', object.softDelete.name)

export const matchKeysOf = (object: ObjectModel): readonly MatchKey[] => {
  const candidates = [
    { columns: object.key, trashed: mayRestore(object) ? ('any' as const) : ('live' as const) },
    ...object.uniqueKeys.map(({ columns, liveOnly }) => ({
      columns,
      // Records in the trash reserve no unique values.
      trashed: liveOnly ? ('live' as const) : ('any' as const),
    })),
  ]
  const seen = new Set<string>()
  return candidates.flatMap(({ columns: names, trashed }) => {
    const signature = [...names].sort().join('\0')
    const columns = names.flatMap((name) => object.columns.get(name) ?? [])
    if (seen.has(signature) || columns.length === 0 || columns.length < names.length) return []
    seen.add(signature)
    const isGivenBy = (bound: BoundValues): boolean =>
      names.every((name) => {
        const boundValue = bound.get(name)
        return boundValue !== undefined && boundValue !== DEFAULT && boundValue.text !== null
      })
    return [{ columns, trashed, isGivenBy }]
  })
}

/** Equal for two records that match the same one by this key; null if only the database can decide. */
const keyValue = (key: MatchKey, bound: BoundValues): string | null => {
  if (!key.isGivenBy(bound)) return null
  const texts = key.columns.map(({ name, type }) => {
    const text = bound.get(name)?.text
    return type.name === 'uuid' ? text?.toLowerCase() : text
  })
  return texts.every((text) => typeof text === 'string') ? JSON.stringify(texts) : null
}

/** Whether a record has some columns of the key but not all: the database knows the others. */
const givesPart = (key: MatchKey, bound: BoundValues): boolean =>
  !key.isGivenBy(bound) && key.columns.some(({ name }) => bound.has(name))

/** Values of one key in the records of a run. */
interface Given {
  readonly values: Set<string>
  isTouched: boolean
  isPartial: boolean
}

/** Whether a record depends on those of a run: the same value of the key, or parts of one on either side. */
const meets = (key: MatchKey, { values, isTouched, isPartial }: Given, bound: BoundValues): boolean => {
  const value = keyValue(key, bound)
  if (value !== null && values.has(value)) return true
  if (key.columns.length === 1 || !isTouched) return false
  return givesPart(key, bound) || (isPartial && key.columns.some(({ name }) => bound.has(name)))
}

const add = (key: MatchKey, given: Given, bound: BoundValues): void => {
  const value = keyValue(key, bound)
  if (value !== null) given.values.add(value)
  given.isTouched ||= key.columns.some(({ name }) => bound.has(name))
  given.isPartial ||= givesPart(key, bound)
}

/**
 * The positions at which a batch must be divided, so that no record collides with another of its run: 0, and
 * each record that collides with the run before it. Collisions by different keys, or by another spelling of a
 * value (1 and 1.0), are left to the database.
 */
export const runsOf = (records: readonly BoundValues[], keys: readonly MatchKey[]): readonly number[] => {
  const starts: number[] = []
  let run: (readonly [MatchKey, Given])[] = []
  for (const [place, bound] of records.entries()) {
    if (place === 0 || run.some(([key, given]) => meets(key, given, bound))) {
      starts.push(place)
      run = keys.map((key) => [key, { values: new Set(), isTouched: false, isPartial: false }])
    }
    for (const [key, given] of run) add(key, given, bound)
  }
  return starts
}
