// Parts of filters: SQL conditions that are joined, where none of them restricts nothing, and conditions on
// how many related records of one match.

import { isRecord } from '../../../tenants/model/json.ts'

const joined = (conditions: readonly string[], word: 'and' | 'or'): string =>
  conditions.length === 0
    ? 'true'
    : conditions.length === 1
      ? String(conditions[0])
      : `(${conditions.join(` ${word} `)})`

export const all = (conditions: readonly string[]): string => joined(conditions, 'and')

export const any = (conditions: readonly string[]): string => joined(conditions, 'or')

/** How many related records of one must match, over a relation to many. */
export const QUANTIFIERS = ['some', 'every', 'none'] as const
type Quantifier = (typeof QUANTIFIERS)[number]

export const isQuantifier = (name: string): name is Quantifier => QUANTIFIERS.some((known) => known === name)

/**
 * Whether one related record shows that the condition does not hold. Then few records may match, while
 * Postgres expects many: for a page it would merge both tables and read each related record up to there. A
 * look-up by the foreign key stops at the one that decides.
 */
export const isDecidedByOne = (quantifier: string): boolean => quantifier === 'every' || quantifier === 'none'

/** Whether a filter may have such a condition. */
export const hasDecidedByOne = (filter: unknown): boolean => {
  if (Array.isArray(filter)) return filter.some(hasDecidedByOne)
  if (!isRecord(filter)) return false
  return Object.entries(filter).some(([key, value]) => isDecidedByOne(key) || hasDecidedByOne(value))
}

/**
 * @param related `select … where …` of the related records
 * @param condition on one of them
 */
export const quantified = (quantifier: Quantifier, related: string, condition: string): string => {
  switch (quantifier) {
    case 'some':
      return `exists (${related} and ${condition})`
    case 'none':
      return `not exists (${related} and ${condition})`
    case 'every':
      return `not exists (${related} and (${condition}) is not true)`
  }
}
