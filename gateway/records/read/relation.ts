// Join conditions of relations, and the meaning of records in the trash for them. Used wherever a relation is
// followed: filters, orders, both protocols' selections.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ObjectModel, ToManyField, ToOneField } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'

/**
 * The column of the record that decides whether references to it are visible: while the record is in the
 * trash, they read null, so its lists are empty. null if they always show the stored value.
 */
export const trashOfOwner = (field: ToManyField, target: ObjectModel): Column | null => {
  const [column = '', ...more] = field.targetColumns
  const reference = more.length > 0 ? undefined : target.references.get(column)
  return reference?.isOptional === true ? reference.softDelete : null
}

/**
 * The condition that joins rows of `other`, the relation's far side, to the record of `alias`.
 * @param target the object at the far side
 */
export const linkOf = (
  field: ToOneField | ToManyField,
  target: ObjectModel,
  alias: string,
  other: string,
): string => {
  const conditions = field.columns.map(
    (column, index) =>
      `${other}.${quoteIdentifier(field.targetColumns[index] ?? '')} = ${alias}.${quoteIdentifier(column)}`,
  )
  const trash = field.kind === 'toMany' ? trashOfOwner(field, target) : null
  if (trash !== null) conditions.push(`${alias}.${quoteIdentifier(trash.name)} is null`)
  return conditions.join(' and ')
}

export const recordNotFound = (): Problem =>
  new Problem('NOT_FOUND', 'Record not found', { subCode: 'RECORD_NOT_FOUND' })
