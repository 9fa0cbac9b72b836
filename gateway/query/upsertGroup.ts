// Which records of an upsert mean the same one, as far as their own values tell. In: the records' cells and the keys that can match;
// out: groups of which the last record counts. Values that differ in writing alone (1 and 1.0) are not seen to be the same here;
// such twins meet in the unique index, and the batch is refused as a whole.

import type { Column, ObjectModel } from '../../tenants/model/model.ts'
import { type Cells, DEFAULT } from './cell.ts'
import type { Trashed } from './filter.ts'
import { may } from './permission.ts'

/** A key by which a record can mean one that is there. */
export interface MatchKey {
  readonly columns: readonly Column[]
  readonly trashed: Trashed
  /** Whether the record gives all of its columns. */
  readonly isGivenBy: (cells: Cells) => boolean
}

export interface UpsertGroup {
  /** The place of its last record, counted from 1. */
  readonly number: number
  /** The last record, which is the one to write. */
  readonly cells: Cells
  /** All records: each may say by another key what the group means. */
  readonly members: readonly Cells[]
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
    const isGivenBy = (cells: Cells): boolean =>
      names.every((name) => {
        const cell = cells.get(name)
        return cell !== undefined && cell !== DEFAULT && cell.text !== null
      })
    return [{ columns, trashed, isGivenBy }]
  })
}

/** What two records have in common when they mean the same one by this key; null where only the database could tell. */
const identity = (key: MatchKey, index: number, cells: Cells): string | null => {
  if (!key.isGivenBy(cells)) return null
  const texts = key.columns.map(({ name, type }) => {
    const text = cells.get(name)?.text
    return type.name === 'uuid' ? text?.toLowerCase() : text
  })
  return texts.every((text) => typeof text === 'string') ? JSON.stringify([index, ...texts]) : null
}

/** @returns the groups, and for each record the number of its group */
export const groupOf = (
  records: readonly Cells[],
  keys: readonly MatchKey[],
): { readonly groups: readonly UpsertGroup[]; readonly numbers: readonly number[] } => {
  // Union-find: each record points at one that it belongs with, the roots at themselves.
  const parents = records.map((_, index) => index)
  const rootOf = (index: number): number => {
    const parent = parents[index] ?? index
    return parent === index ? index : rootOf(parent)
  }
  const owners = new Map<string, number>()
  for (const [index, cells] of records.entries()) {
    for (const [place, key] of keys.entries()) {
      const name = identity(key, place, cells)
      if (name === null) continue
      const owner = owners.get(name)
      // The later record becomes the root, so the root is the one to write.
      if (owner !== undefined) parents[rootOf(owner)] = index
      owners.set(name, index)
    }
  }
  const roots = records.map((_, index) => rootOf(index))
  const groups = [...new Set(roots)].map((root) => ({
    number: root + 1,
    cells: records[root] ?? new Map(),
    members: records.filter((_, index) => roots[index] === root),
  }))
  return { groups, numbers: roots.map((root) => root + 1) }
}
