// Keys by which an upsert finds the record that it updates. In: an object; out: its keys and what it takes to
// be named by them; whether records of a batch name the same one, as far as their own values show.

import type { Column, ObjectModel } from '../../../tenants/model/model.ts'
import { may } from '../model/permission.ts'
import type { Trashed } from '../read/trash.ts'
import { type BoundValues, DEFAULT } from './boundValue.ts'

/** A key by which a record can mean one that is there. */
export interface MatchKey {
  readonly columns: readonly Column[]
  readonly trashed: Trashed
  /** Whether the record gives all of its columns. */
  readonly isGivenBy: (cells: BoundValues) => boolean
}

/** Whether an upsert may take a record out of the trash. */
export const mayRestore = (
  object: ObjectModel,
): object is ObjectModel & { readonly softDelete: NonNullable<ObjectModel['softDelete']> } =>
  object.softDelete !== null && may(object, 'update', object.softDelete.name)

export const matchKeysOf = (object: ObjectModel): readonly MatchKey[] => {
  const candidates = [
    { columns: object.key, trashed: mayRestore(object) ? ('any' as const) : ('live' as const) },
    ...object.uniqueKeys.map(({ columns, liveOnly }) => ({
      columns,
      // The trash holds no names.
      trashed: liveOnly ? ('live' as const) : ('any' as const),
    })),
  ]
  const seen = new Set<string>()
  return candidates.flatMap(({ columns: names, trashed }) => {
    const signature = [...names].sort().join('\0')
    const columns = names.flatMap((name) => object.columns.get(name) ?? [])
    if (seen.has(signature) || columns.length === 0 || columns.length < names.length) return []
    seen.add(signature)
    const isGivenBy = (cells: BoundValues): boolean =>
      names.every((name) => {
        const cell = cells.get(name)
        return cell !== undefined && cell !== DEFAULT && cell.text !== null
      })
    return [{ columns, trashed, isGivenBy }]
  })
}

/**
 * What two records have in common when they name the same one by this key; null where only the database could
 * tell.
 */
const keyValue = (key: MatchKey, cells: BoundValues): string | null => {
  if (!key.isGivenBy(cells)) return null
  const texts = key.columns.map(({ name, type }) => {
    const text = cells.get(name)?.text
    return type.name === 'uuid' ? text?.toLowerCase() : text
  })
  return texts.every((text) => typeof text === 'string') ? JSON.stringify(texts) : null
}

/**
 * Whether a record gives columns of the key but not all: what the others are, and whose value that makes, the
 * database knows.
 */
const givesPart = (key: MatchKey, cells: BoundValues): boolean =>
  !key.isGivenBy(cells) && key.columns.some(({ name }) => cells.has(name))

/** What the records of a run give of one key. */
interface Given {
  readonly values: Set<string>
  isTouched: boolean
  isPartial: boolean
}

/**
 * Whether it may matter to a record what those of a run have written: the same value of the key, or parts of
 * one on either side.
 */
const meets = (key: MatchKey, { values, isTouched, isPartial }: Given, cells: BoundValues): boolean => {
  const value = keyValue(key, cells)
  if (value !== null && values.has(value)) return true
  if (key.columns.length === 1 || !isTouched) return false
  return givesPart(key, cells) || (isPartial && key.columns.some(({ name }) => cells.has(name)))
}

const add = (key: MatchKey, given: Given, cells: BoundValues): void => {
  const value = keyValue(key, cells)
  if (value !== null) given.values.add(value)
  given.isTouched ||= key.columns.some(({ name }) => cells.has(name))
  given.isPartial ||= givesPart(key, cells)
}

/**
 * The places at which a batch has to be divided, so that no record meets another one of its run: 0, and each
 * record that meets one of the run before it. A run promises nothing: records that name the same one by
 * different keys, or in another spelling of a value (1 and 1.0), are for the database to find.
 */
export const runsOf = (records: readonly BoundValues[], keys: readonly MatchKey[]): readonly number[] => {
  const starts: number[] = []
  let run: (readonly [MatchKey, Given])[] = []
  for (const [place, cells] of records.entries()) {
    if (place === 0 || run.some(([key, given]) => meets(key, given, cells))) {
      starts.push(place)
      run = keys.map((key) => [key, { values: new Set(), isTouched: false, isPartial: false }])
    }
    for (const [key, given] of run) add(key, given, cells)
  }
  return starts
}
