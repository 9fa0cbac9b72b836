// Join conditions of relations, and the meaning of records in the trash for them. Used wherever a relation is
// followed: filters, orders, groups, both protocols' selections.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, Model, ObjectModel, ToManyField, ToOneField } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import { liveOnly } from './trash.ts'

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
 * @param isLookedUp whether Postgres must look up the rows for each record, by an index, and may not merge or
 * hash both tables
 */
export const linkOf = (
  field: ToOneField | ToManyField,
  target: ObjectModel,
  alias: string,
  other: string,
  isLookedUp = false,
): string => {
  const conditions = field.columns.map((column, index) => {
    const own = `${alias}.${quoteIdentifier(column)}`
    const value = isLookedUp ? `any(array[${own}])` : own
    return `${other}.${quoteIdentifier(field.targetColumns[index] ?? '')} = ${value}`
  })
  const trash = field.kind === 'toMany' ? trashOfOwner(field, target) : null
  if (trash !== null) conditions.push(`${alias}.${quoteIdentifier(trash.name)} is null`)
  return conditions.join(' and ')
}

/**
 * SQL that reads from the record of `alias`.
 * @param exists that there is the record; null if there always is
 */
export type ReadReached = (alias: string, exists: string | null) => string

/** Left joins over to-one relations, which add no rows: a foreign key refers to one record at most. */
export interface Joins {
  /** Reads from the active record at the end of `hops` from the record of `alias`; null if there is none. */
  readonly read: (alias: string, hops: readonly ToOneField[], value: ReadReached) => string
  /** All of them, to follow the table in `from`; empty without any. */
  readonly sql: () => string
}

interface Reached {
  readonly alias: string
  readonly exists: string | null
}

/** A path is joined once, however many terms use it. */
export const createJoins = (e: Params, model: Model): Joins => {
  const known = new Map<string, Reached>()
  const joins: string[] = []
  const step = (alias: string, hop: ToOneField): Reached | null => {
    const target = model.byTable.get(hop.target)
    if (target === undefined) return null
    const path = `${alias} ${hop.name}`
    const before = known.get(path)
    if (before !== undefined) return before
    const next = e.alias()
    const live = liveOnly(target, next)
    const on = linkOf(hop, target, alias, next) + (live === null ? '' : ` and ${live}`)
    joins.push(` left join ${inWorkspace(target.table)} ${next} on ${on}`)
    const reached = {
      alias: next,
      exists: `${next}.${quoteIdentifier(hop.targetColumns[0] ?? '')} is not null`,
    }
    known.set(path, reached)
    return reached
  }
  return {
    read: (alias, hops, value) => {
      const reached = hops.reduce<Reached | null>((at, hop) => at && step(at.alias, hop), {
        alias,
        exists: null,
      })
      return reached === null ? 'null' : value(reached.alias, reached.exists)
    },
    sql: () => joins.join(''),
  }
}

export const recordNotFound = (): Problem =>
  new Problem('NOT_FOUND', 'Record not found', { subCode: 'RECORD_NOT_FOUND' })
