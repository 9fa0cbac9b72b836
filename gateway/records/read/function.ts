// Calls of functions in the workspace's schema, from arguments by API name to SQL: of the call, of its
// values, or of the condition that a record is among its results. Postgres checks whether the caller may call
// it.

import { CALL_END, inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ColumnType, FunctionModel, ObjectModel } from '../../../tenants/model/model.ts'
import { scalarTypeOf } from '../../../tenants/model/read/columnType.ts'
import { Problem } from '../../error/problem.ts'
import { wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { toColumnText } from '../values/value.ts'
import { columnsOf, WRITTEN } from '../writtenTable.ts'
import { type ReadForm, readValue } from './readForm.ts'

/** Stands for a column in the read form of a value without one. */
const columnOf = (name: string, type: ColumnType): Column => ({
  name,
  type,
  notNull: false,
  hasDefault: false,
  writable: true,
  comment: null,
})

const CALLED = 'called'
const VALUE = `${CALLED}.value`

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined

/** `"schema"."fn"("name" => $1::type)`. Omitted arguments with defaults are omitted here, too. */
export const compileCall = (
  e: Params,
  fn: FunctionModel,
  given: Readonly<Record<string, unknown>>,
): string => {
  const parameters = fn.arguments.flatMap(({ name, ownName, type, hasDefault, isRequired }) => {
    const value = given[name]
    if (value === undefined && hasDefault) return []
    if (isAbsent(value) && isRequired)
      throw new Problem('BAD_USER_INPUT', `Argument "${name}" of "${fn.fieldName}" is required`)
    const target = { path: name, type: scalarTypeOf(type), column: columnOf(name, type) }
    const text = isAbsent(value) ? null : toColumnText(value, target, true)
    return [`${quoteIdentifier(ownName)} => ${e.param(text, type.sql)}`]
  })
  return `${inWorkspace(fn.name)}(${parameters.join(', ')})`
}

/** The read form of the function's value; a function without a result returns `true`. */
export const readResult = ({ result, name }: FunctionModel, sql: string): ReadForm => {
  if (result.kind !== 'value') return { sql: 'true', json: 'boolean' }
  const form = readValue(columnOf(name, result.type), sql, false)
  // GraphQL declares it a Float, which cannot be NaN.
  return form.json === 'number' ? { ...form, json: 'finite' } : form
}

/** The values, one a row. */
export const compileValues = (call: string, fn: FunctionModel): string =>
  `select ${readResult(fn, VALUE).sql} as value from ${call}${CALL_END} as ${CALLED}(value)`

/** The value of a function that may write: it is called once, however often its result is read. */
export const compileEffect = (call: string, fn: FunctionModel): string =>
  `${WRITTEN} as materialized (${compileValues(call, fn)})`

const keysOf = (object: ObjectModel, alias: string): string =>
  object.key.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ')

/**
 * That the record is among the results of the call. The record itself is read from its table: grants and
 * record rules apply.
 */
export const compileAmong = (call: string, object: ObjectModel, alias: string): string =>
  `(${keysOf(object, alias)}) in (select ${keysOf(object, CALLED)} from ${call}${CALL_END} as ${CALLED})`

/**
 * The record returned by a function that may write, in the form of a write's own: the columns that the role
 * may read.
 */
export const compileRecord = (call: string, object: ObjectModel): string => {
  const [key = ''] = wholeOf(object).key
  // A function that returns no record returns one of nulls.
  return `${WRITTEN} as materialized (select ${columnsOf(object, CALLED)} from ${call} as ${CALLED} where ${CALLED}.${quoteIdentifier(key)} is not null)`
}

/**
 * A field computed from a whole record. The row is built from its columns, because the alias may stand for
 * the result of a write, which has no row type. Null for a missing record.
 */
export const compileComputed = (fn: FunctionModel, object: ObjectModel, alias: string): ReadForm => {
  const row = `row(${columnsOf(object, alias)})::${inWorkspace(object.table)}`
  const { sql, json } = readResult(fn, `${inWorkspace(fn.name)}(${row})`)
  const [key] = object.key
  if (key === undefined) return { sql, json }
  return { sql: `case when ${alias}.${quoteIdentifier(key)} is not null then ${sql} end`, json }
}
