// Indexes for record rules. Postgres applies a rule before all other conditions, so a restricted role cannot
// use the index of a condition that could reveal a hidden value (search, ilike). With the index of its rule
// it reads its own records instead of the whole table.

import { ruleIndexMethod } from '../../permission/predicate.ts'
import type { ObjectModel } from '../model.ts'
import { largeTableIndexes } from './largeTable.ts'
import { hasOurIndexes } from './orderIndexes.ts'
import type { LargeTableIndex } from './plan.ts'

/** A column that record rules of the workspace's roles compare. */
export interface RuleColumn {
  readonly table: string
  readonly column: string
  readonly operand: string
}

/** @param others indexes that the table has for other reasons */
const ruleIndexes = (
  object: ObjectModel,
  rules: readonly RuleColumn[],
  others: readonly LargeTableIndex[],
): readonly LargeTableIndex[] => {
  const first = [object.key, ...[...object.uniqueKeys, ...others].map(({ columns }) => columns)].map(
    ([column]) => column,
  )
  const wanted = new Map<string, LargeTableIndex>()
  for (const { table, column: name, operand } of rules) {
    const column = table === object.table ? object.columns.get(name) : undefined
    const method = column === undefined ? null : ruleIndexMethod(operand, column.type.isArray)
    if (method === null || (method === 'btree' && first.includes(name))) continue
    wanted.set(`${method} ${name}`, { columns: [name], options: [0], method, isForLookup: true })
  }
  return [...wanted.values()]
}

/** All that a large table needs. @param rules record rules of the workspace */
export const allLargeTableIndexes = (
  object: ObjectModel,
  rules: readonly RuleColumn[],
): readonly LargeTableIndex[] => {
  const indexes = largeTableIndexes(object)
  return hasOurIndexes(object) ? [...indexes, ...ruleIndexes(object, rules, indexes)] : indexes
}
