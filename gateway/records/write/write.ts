// Writes, for both protocols: from data in API names and a condition to a statement that writes, or to common
// table expressions, the last of which is named `written` and has the object's columns. New records are
// compiled by insert.ts, upserts by upsert.ts.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { badInputOf } from '../../error/problem.ts'
import { raise } from '../../error/raise.ts'
import { checkObject, may, wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { compileFilter } from '../read/filter.ts'
import type { Trashed } from '../read/trash.ts'
import { columnsOf, type SingleWrite, WRITTEN, type Written } from '../writtenTable.ts'
import { valuesToWrite, withFilled } from './assign.ts'
import { type Author, authorValues } from './author.ts'
import { type BoundValues, sqlValue } from './boundValue.ts'
import { keepingUnseen, splitFixed, whereUnchanged } from './unchanged.ts'

export type { Author } from './author.ts'

/** The alias of the written table. */
export const TABLE_ALIAS = WRITTEN

const bad = badInputOf('INVALID_ARGS_DATA')

/** A condition on the given alias. */
export type Where = (alias: string) => string

export const setsOf = (sets: ReadonlyMap<string, string>): string =>
  [...sets].map(([name, sql]) => `${quoteIdentifier(name)} = ${sql}`).join(', ')

/** A column that can be assigned to itself; empty if the database computes all of them. */
export const writableColumn = (object: ObjectModel): string => {
  const whole = wholeOf(object)
  const candidates = [...object.key, ...object.columns.keys()].filter(
    (name) => whole.columns.get(name)?.writable === true,
  )
  return candidates.find((name) => may(object, 'update', name)) ?? candidates[0] ?? ''
}

const update = (e: Params, object: ObjectModel, bound: BoundValues, where: Where): Written => {
  const { written, fixed } = splitFixed(e, bound)
  const sets = new Map(
    [...written].map(([name, boundValue]) => {
      const sql = boundValue.sql(e, 0)
      return [name, boundValue.text === undefined ? sql : keepingUnseen(e, object, name, TABLE_ALIAS, sql)]
    }),
  )
  // An update without columns must still return the record.
  const anyColumn = writableColumn(object)
  if (anyColumn === '') {
    const isUnchanged = whereUnchanged(e, fixed, TABLE_ALIAS, 'true', 'pg_catalog.bool')
    return `${WRITTEN} as (select ${columnsOf(object, TABLE_ALIAS)} from ${inWorkspace(object.table)} as ${TABLE_ALIAS} where ${where(TABLE_ALIAS)} and ${isUnchanged})`
  }
  if (sets.size === 0) sets.set(anyColumn, `${TABLE_ALIAS}.${quoteIdentifier(anyColumn)}`)
  const [[first, sql] = []] = sets
  const column = wholeOf(object).columns.get(first ?? '')
  // Checked at the assignment: by then the record is known to match, and still has its stored values.
  if (first !== undefined && sql !== undefined && column !== undefined && fixed.length > 0)
    sets.set(first, whereUnchanged(e, fixed, TABLE_ALIAS, sql, column.type.sql))
  const statement = `update ${inWorkspace(object.table)} as ${TABLE_ALIAS} set ${setsOf(sets)} where ${where(TABLE_ALIAS)}`
  return { object, statement: () => statement }
}

/** The time of the last change, if the object is ours and the role may write it. */
export const touched = (object: ObjectModel): BoundValues =>
  new Map(
    object.emptyStringForNull &&
      wholeOf(object).columns.has('updated_at') &&
      may(object, 'update', 'updated_at')
      ? [['updated_at', sqlValue(() => 'pg_catalog.now()')]]
      : [],
  )

/** Updates the records that `where` selects. The id of a managed record never changes. */
export const compileUpdate = (
  e: Params,
  model: Model,
  object: ObjectModel,
  data: unknown,
  author: Author,
  where: Where,
): Written => {
  const given = valuesToWrite(model, object, data, 'update')
  const bound = withFilled(given, authorValues(object, author, 'update', 'updated_by'), touched(object))
  return update(e, object, bound, where)
}

const trash = (e: Params, object: ObjectModel, value: string, where: Where): Written => {
  if (object.softDelete === null)
    throw bad(`Records of ${object.nameSingular} have no trash: their table has no "deleted_at" column`)
  const state = new Map([[object.softDelete.name, sqlValue(() => value)]])
  return update(e, object, withFilled(state, touched(object)), where)
}

/** Soft-deletes active records. */
export const compileSoftDelete = (e: Params, object: ObjectModel, where: Where): Written => {
  checkObject('delete', object)
  return trash(e, object, 'pg_catalog.now()', where)
}

/** Restores records from the trash. */
export const compileRestore = (e: Params, object: ObjectModel, where: Where): Written => {
  checkObject('restore', object)
  return trash(e, object, 'null', where)
}

/** Deletes records permanently. */
export const compileDestroy = (object: ObjectModel, where: Where): SingleWrite => {
  checkObject('destroy', object)
  return {
    object,
    statement: () => `delete from ${inWorkspace(object.table)} as ${TABLE_ALIAS} where ${where(TABLE_ALIAS)}`,
  }
}

/** Operations of bulk writes, with the records they may include. */
export type Bulk = 'update' | 'delete' | 'destroy' | 'restore'

const REACH: Readonly<Record<Bulk, Trashed>> = {
  update: 'live',
  delete: 'live',
  // Like a single one: records in the trash are deleted permanently too.
  destroy: 'any',
  restore: 'trashed',
}
const VERBS: Readonly<Record<Bulk, string>> = {
  update: 'update',
  delete: 'delete',
  destroy: 'delete',
  restore: 'restore',
}

interface BulkOptions {
  readonly maxRecords: number
  /** Values of the filter are text from a URL. */
  readonly isLenient?: boolean
}

/**
 * The condition of a bulk write: the filter, which must not be empty, and at most `maxRecords` matching
 * records. Counted first and in the same snapshot, so that the write touches all of them or none.
 */
export const bulkWhere = (
  e: Params,
  model: Model,
  object: ObjectModel,
  bulk: Bulk,
  filter: unknown,
  { maxRecords, isLenient = false }: BulkOptions,
): Where => {
  const condition: Where = (alias) =>
    compileFilter(e, model, object, alias, filter, {
      isLenient,
      isMandatory: true,
      trashed: REACH[bulk],
    })
  return (alias) => {
    const tooMany = raise(e, {
      subCode: 'TOO_MANY_RECORDS_TO_UPDATE',
      message: `Cannot ${VERBS[bulk]} more than ${maxRecords} records at once`,
    })
    const counted = `select from ${inWorkspace(object.table)} counted where ${condition('counted')} limit ${maxRecords + 1}`
    const fits = `(select case when pg_catalog.count(*) > ${maxRecords} then ${tooMany} else 0 end from (${counted}) matching) = 0`
    return `${condition(alias)} and ${fits}`
  }
}
