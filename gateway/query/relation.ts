// How two tables of a relation are tied, and what is said when a record is not there. Used wherever a relation is followed: filters,
// orders, both faces' selections.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { ToManyField, ToOneField } from '../../tenants/model/model.ts'
import { Problem } from '../problem.ts'

/** The condition that ties rows of `other`, the relation's far side, to the record that `alias` stands for. */
export const linkOf = (field: ToOneField | ToManyField, alias: string, other: string): string =>
  field.columns
    .map(
      (column, index) =>
        `${other}.${quoteIdentifier(field.targetColumns[index] ?? '')} = ${alias}.${quoteIdentifier(column)}`,
    )
    .join(' and ')

export const recordNotFound = (): Problem =>
  new Problem('NOT_FOUND', 'Record not found', { subCode: 'RECORD_NOT_FOUND' })
