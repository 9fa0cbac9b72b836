// References as the API shows them: null while their target is in the trash, or hidden from the role. From an
// object, one of its columns and an alias to SQL. Answers, filters, orders, groups and aggregates all use
// these; writes and unique keys use the stored value.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ObjectModel, Reference } from '../../../tenants/model/model.ts'
import { columnReference } from './comparable.ts'

const SEEN = 'live'

/** The id of the referenced record. */
const idOf = ({ column }: Reference): string => `${SEEN}.${quoteIdentifier(column)}`

/**
 * `from … where …` of the visible target.
 * @param which the condition on its id
 */
const seen = (reference: Reference, which: string): string => {
  const { table, softDelete } = reference
  const live = softDelete === null ? '' : ` and ${SEEN}.${quoteIdentifier(softDelete.name)} is null`
  return `from ${inWorkspace(table)} ${SEEN} where ${idOf(reference)} ${which}${live}`
}

/** The reference of the column, if it may read null in spite of a stored value. */
export const referenceAt = (object: ObjectModel, column: Column): Reference | undefined => {
  const reference = object.references.get(column.name)
  return reference?.isOptional === true ? reference : undefined
}

/** That its target is visible. */
export const targetIsShown = (reference: Reference, stored: string): string =>
  `exists (select ${seen(reference, `= ${stored}`)})`

/** The visible id of a stored one, looked up by the key. */
export const visibleOf = (reference: Reference, stored: string): string =>
  `(select ${idOf(reference)} ${seen(reference, `= ${stored}`)})`

/** The same of a column: for the few rows of a page. */
export const shownId = (object: ObjectModel, column: Column, alias: string): string => {
  const reference = referenceAt(object, column)
  const stored = columnReference(alias, column)
  if (reference === undefined) return stored
  return `case when ${stored} is not null then ${visibleOf(reference, stored)} end`
}

/** The same for all rows of a table: Postgres may hash the targets instead of looking up each. */
export const shownInAll = (object: ObjectModel, column: Column, alias: string): string => {
  const reference = referenceAt(object, column)
  const stored = columnReference(alias, column)
  return reference === undefined ? stored : `case when ${targetIsShown(reference, stored)} then ${stored} end`
}
