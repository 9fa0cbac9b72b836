// Recognises composite fields in flat columns: `address_street1` … `address_lng` read as one ADDRESS called
// `address`. Purely structural, so a composite made by hand in SQL is recognised too.

import { COMPOSITE_TYPES, COMPOSITES, type CompositePart, type CompositeType } from '../compositeType.ts'
import type { Column } from '../model.ts'

export interface CompositeColumns {
  readonly type: CompositeType
  /** Common prefix of the columns' names, without the underscore. */
  readonly prefix: string
  readonly parts: readonly { readonly part: CompositePart; readonly column: Column }[]
}

const TEXTS = new Set(['text', 'varchar', 'bpchar'])

const holds = (column: Column, part: CompositePart): boolean => {
  if (column.type.isArray) return false
  if (part.sql === 'enum') return column.type.enum !== null
  return part.sql === 'text' ? TEXTS.has(column.type.name) : column.type.name === part.sql
}

/** Types with more columns first, so that the widest match of a prefix wins. */
const WIDEST_FIRST = COMPOSITE_TYPES.toSorted(
  (a, b) => COMPOSITES[b].parts.length - COMPOSITES[a].parts.length,
)

/**
 * The composites that the columns form; no column belongs to two of them, and columns in `keys` to none (they
 * are needed as fields of their own).
 */
export const findComposites = (
  columns: ReadonlyMap<string, Column>,
  keys: ReadonlySet<string>,
): readonly CompositeColumns[] => {
  const taken = new Set(keys)
  const found: CompositeColumns[] = []
  for (const type of WIDEST_FIRST) {
    const { parts } = COMPOSITES[type]
    const suffix = `_${parts[0]?.suffix}`
    for (const name of columns.keys()) {
      if (!name.endsWith(suffix)) continue
      const prefix = name.slice(0, -suffix.length)
      const matched = parts.flatMap((part) => {
        const column = columns.get(`${prefix}_${part.suffix}`)
        return column !== undefined && !taken.has(column.name) && holds(column, part)
          ? [{ part, column }]
          : []
      })
      if (prefix === '' || matched.length < parts.length) continue
      for (const { column } of matched) taken.add(column.name)
      found.push({ type, prefix, parts: matched })
    }
  }
  return found
}
