// Calls of functions in the workspace's schema. In: a function of the model and the arguments by their names
// in the API; out: SQL of the call, of its values as both protocols read values, or of the condition that a
// record is among its results. Whether the caller may call it is for Postgres to say.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ColumnType, FunctionModel, ObjectModel } from '../../../tenants/model/model.ts'
import { scalarTypeOf } from '../../../tenants/model/read/columnType.ts'
import { Problem } from '../../error/problem.ts'
import { wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { type ReadForm, readValue } from '../select/readForm.ts'
import { toColumnText } from '../values/value.ts'
import { columnsOf, WRITTEN } from '../write/write.ts'

/** What stands in the place of a column where there is none. */
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

/** `"schema"."fn"("name" => $1::type)`. What is left out and has a default is left out here, too. */
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

/** How the value of a function leaves the database; a function without a result answers `true`. */
export const readResult = ({ result, name }: FunctionModel, sql: string): ReadForm => {
  if (result.kind !== 'value') return { sql: 'true', json: 'boolean' }
  const form = readValue(columnOf(name, result.type), sql, false)
  // GraphQL calls it a Float, which has no form for NaN.
  return form.json === 'number' ? { ...form, json: 'finite' } : form
}

/** The values, one a row. */
export const compileValues = (call: string, fn: FunctionModel): string =>
  `select ${readResult(fn, VALUE).sql} as value from ${call} as ${CALLED}(value)`

/** The value of a function that may write: it is called once, whatever reads its result. */
export const compileEffect = (call: string, fn: FunctionModel): string =>
  `${WRITTEN} as materialized (${compileValues(call, fn)})`

const keysOf = (object: ObjectModel, alias: string): string =>
  object.key.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ')

/**
 * That the record is among those that the call gives. The record itself is read from its table: grants and
 * record rules hold.
 */
export const compileAmong = (call: string, object: ObjectModel, alias: string): string =>
  `(${keysOf(object, alias)}) in (select ${keysOf(object, CALLED)} from ${call} as ${CALLED})`

/**
 * The record that a function which may write gives, as a write leaves its own: what the role may read of it.
 */
export const compileRecord = (call: string, object: ObjectModel): string => {
  const [key = ''] = wholeOf(object).key
  // A function that gives no record gives one of nulls.
  return `${WRITTEN} as materialized (select ${columnsOf(object, CALLED)} from ${call} as ${CALLED} where ${CALLED}.${quoteIdentifier(key)} is not null)`
}

/**
 * A field that is computed of a whole record. The row is put together of its columns: the alias may stand for
 * what a write has left, which is of no type. A record that is not there computes nothing.
 */
export const compileComputed = (fn: FunctionModel, object: ObjectModel, alias: string): ReadForm => {
  const row = `row(${columnsOf(object, alias)})::${inWorkspace(object.table)}`
  const { sql, json } = readResult(fn, `${inWorkspace(fn.name)}(${row})`)
  const [key] = object.key
  if (key === undefined) return { sql, json }
  return { sql: `case when ${alias}.${quoteIdentifier(key)} is not null then ${sql} end`, json }
}
