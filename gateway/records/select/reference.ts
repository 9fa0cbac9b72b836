// References as the API shows them: null while the record that they point to lies in the trash, or is hidden
// from the role. In: an object, one of its columns and the alias it is read under; out: SQL. Answers,
// filters, orders, groups and aggregates all take their references from here; writes and unique keys take
// what is stored.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ObjectModel, Reference } from '../../../tenants/model/model.ts'
import { columnReference } from '../read/comparable.ts'

const SEEN = 'live'

/** The id of the record that a reference leads to. */
const idOf = ({ column }: Reference): string => `${SEEN}.${quoteIdentifier(column)}`

/** `from … where …` of the record that is shown. @param which the condition on its id */
const seen = (reference: Reference, which: string): string => {
  const { table, softDelete } = reference
  const live = softDelete === null ? '' : ` and ${SEEN}.${quoteIdentifier(softDelete.name)} is null`
  return `from ${inWorkspace(table)} ${SEEN} where ${idOf(reference)} ${which}${live}`
}

/** The reference that the column is, where it may read null although something is stored. */
export const referenceAt = (object: ObjectModel, column: Column): Reference | undefined => {
  const reference = object.references.get(column.name)
  return reference?.isOptional === true ? reference : undefined
}

/** That the record it points to is shown. */
export const isShown = (reference: Reference, stored: string): string =>
  `exists (select ${seen(reference, `= ${stored}`)})`

/** The id as it is shown, looked up by the key: for the few rows of a page. */
export const shownId = (object: ObjectModel, column: Column, alias: string): string => {
  const reference = referenceAt(object, column)
  const stored = columnReference(alias, column)
  return reference === undefined ? stored : `(select ${idOf(reference)} ${seen(reference, `= ${stored}`)})`
}

/** The same for all rows of a table: Postgres may hash the targets instead of looking up each. */
export const shownInAll = (object: ObjectModel, column: Column, alias: string): string => {
  const reference = referenceAt(object, column)
  const stored = columnReference(alias, column)
  return reference === undefined ? stored : `case when ${isShown(reference, stored)} then ${stored} end`
}

/**
 * Those of the ids that are shown, as an array. They are looked up once, so an index of the foreign key still
 * serves.
 */
export const shownAmong = (reference: Reference, ids: string): string =>
  `array(select ${idOf(reference)} ${seen(reference, `= any(${ids})`)})`
