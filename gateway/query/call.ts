// Calls of functions in the workspace's schema. In: a function of the model and the arguments by their names in the API; out: SQL of the
// call, of its value as both faces read values, or of the condition that a record is among its results. Whether the caller may
// call it is for Postgres to say.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import { scalarTypeOf } from '../../tenants/model/columnType.ts'
import type { Column, ColumnType, FunctionModel, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../problem.ts'
import type { Emitter } from './emit.ts'
import { type ReadForm, readValue } from './read.ts'
import { toColumnText } from './value.ts'
import { WRITTEN } from './write.ts'

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

/** `"schema"."fn"($1::type, "name" => $2::type)`. */
export const compileCall = (
  e: Emitter,
  { name, arguments: args }: FunctionModel,
  given: Readonly<Record<string, unknown>>,
): string => {
  let areNamed = false
  const parameters = args.flatMap((argument): readonly string[] => {
    const value = given[argument.name]
    if (value === undefined && argument.hasDefault) {
      areNamed = true
      return []
    }
    if ((value === undefined || value === null) && argument.isRequired)
      throw new Problem('BAD_USER_INPUT', `Argument "${argument.name}" is required`)
    const { type } = argument
    const target = { path: argument.name, type: scalarTypeOf(type), column: columnOf(argument.name, type) }
    const text = value === undefined || value === null ? null : toColumnText(value, target, true)
    const parameter = e.param(text, type.sql)
    return [
      areNamed && argument.ownName !== null
        ? `${quoteIdentifier(argument.ownName)} => ${parameter}`
        : parameter,
    ]
  })
  return `${inWorkspace(name)}(${parameters.join(', ')})`
}

/** How the value of a function leaves the database. */
export const readResult = ({ result, name }: FunctionModel, sql: string): ReadForm =>
  result.kind === 'value'
    ? readValue(columnOf(name, result.type), sql, false)
    : { sql: `true`, json: 'boolean' }

/** The values, one a row. */
export const compileValues = (call: string, fn: FunctionModel): string =>
  `select ${readResult(fn, VALUE).sql} as value from ${call} as ${CALLED}(value)`

/** The same of a function that may write: it is called once, whatever reads its result. */
export const compileEffect = (call: string, fn: FunctionModel): string =>
  `${WRITTEN} as materialized (${compileValues(call, fn)})`

const keysOf = (object: ObjectModel, alias: string): string =>
  object.key.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ')

/** That the record is among those that the call gives. */
export const compileAmong = (call: string, object: ObjectModel, alias: string): string =>
  `(${keysOf(object, alias)}) in (select ${keysOf(object, CALLED)} from ${call} as ${CALLED})`

/** The records that a function which may write gives, as a write leaves its own. */
export const compileRecords = (call: string, object: ObjectModel): string => {
  const columns = [...object.columns.keys()].map((name) => `${CALLED}.${quoteIdentifier(name)}`).join(', ')
  const [key = ''] = object.key
  // A function that gives no record gives one of nulls.
  return `${WRITTEN} as materialized (select ${columns} from ${call} as ${CALLED} where ${CALLED}.${quoteIdentifier(key)} is not null)`
}

/** A field that is computed of a whole record. */
export const compileComputed = (fn: FunctionModel, alias: string): ReadForm =>
  readResult(fn, `${inWorkspace(fn.name)}(${alias})`)
