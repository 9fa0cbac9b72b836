// Values that a write cannot change: SQL that succeeds if the columns contain the given values already, and
// otherwise fails with the field's name.

import type { Column, ObjectModel } from '../../../tenants/model/model.ts'
import { raise } from '../../error/raise.ts'
import type { Params } from '../params.ts'
import { columnReference, comparable } from '../read/comparable.ts'
import { isJson, readsNull } from '../read/jsonNull.ts'
import { compareLists } from '../values/innerList.ts'
import type { BoundValue, BoundValues, Fixed } from './boundValue.ts'

const JSONB = 'pg_catalog.jsonb'
const TEXTS = new Set(['text', 'varchar'])

/**
 * A fixed value in a write.
 * @param sql of the value, as the type
 */
export interface GivenFixed {
  readonly fixed: Fixed
  readonly value: (type: string) => string
}

/**
 * Equal values of JSON and of lists have several spellings; absent text of our own objects equals empty text.
 */
const differs = ({ fixed: { column }, value }: GivenFixed, alias: string): string => {
  const { isArray, name } = column.type
  if (isJson(column))
    return `nullif(${columnReference(alias, column)}::${JSONB}, 'null'::${JSONB}) is distinct from ${value(JSONB)}`
  const { sql, type } = comparable(column, alias)
  if (isArray) {
    const given = value(type)
    return `(${sql} is distinct from ${given} and ${compareLists(column, sql, given).isAlike} is not true)`
  }
  return TEXTS.has(name)
    ? `coalesce(${sql}, '') <> coalesce(${value(type)}, '')`
    : `${sql} is distinct from ${value(type)}`
}

/** Values to write, and values that only have to be equal. */
export const splitFixed = (
  e: Params,
  bound: BoundValues,
): { readonly written: BoundValues; readonly fixed: readonly GivenFixed[] } => ({
  written: new Map([...bound].filter(([, { fixed }]) => fixed === undefined)),
  fixed: [...bound.values()].flatMap(({ fixed, text }: BoundValue) =>
    fixed === undefined ? [] : [{ fixed, value: (type: string) => e.param(text ?? null, type) }],
  ),
})

const refuse = (e: Params, { message }: Fixed): string => raise(e, { subCode: 'INVALID_ARGS_DATA', message })

/**
 * The expression, evaluated only if the stored record has the fixed values.
 * @param type SQL of the expression's type
 */
export const whereUnchanged = (
  e: Params,
  given: readonly GivenFixed[],
  alias: string,
  sql: string,
  type: string,
): string => {
  const refusals = given.map(
    (each) => `when ${differs(each, alias)} then ${refuse(e, each.fixed)}::pg_catalog.text::${type}`,
  )
  return refusals.length === 0 ? sql : `case ${refusals.join(' ')} else ${sql} end`
}

/** The condition, which fails where it holds: a new record has no stored value to be equal to. */
export const unlessFixed = (e: Params, given: readonly GivenFixed[], condition: string): string => {
  const [first] = given
  return first === undefined
    ? condition
    : `case when ${condition} then ${refuse(e, first.fixed)} is null else false end`
}

const keepingMicroseconds = (stored: string, sql: string): string =>
  `case when pg_catalog.date_trunc('milliseconds', ${stored}) = ${sql} then ${stored} else ${sql} end`

/** A stored null of JSON stays: an answer shows it like the null of SQL, which the column may refuse. */
const keepingJsonNull = (column: Column, stored: string, sql: string): string =>
  `case when ${sql} is null and ${readsNull(column, stored)} then ${stored} else ${sql} end`

/**
 * A list that repeats an inner list as text came from an answer and was changed: writing it would lose all
 * inner lists.
 */
const keepingInnerLists = (e: Params, column: Column, path: string, stored: string, sql: string): string => {
  const refusal = raise(e, {
    subCode: 'INVALID_ARGS_DATA',
    message: `Field "${path}" of the record holds lists inside its list, which cannot be changed as texts: send them as lists, over REST`,
  })
  const { isAlike, repeatsInner } = compareLists(column, stored, sql)
  return `case when ${isAlike} then ${stored} when ${repeatsInner} then ${refusal}::pg_catalog.text::${column.type.sql} else ${sql} end`
}

/** The API name of a column's field. */
const pathOf = (object: ObjectModel, name: string): string => {
  for (const field of object.fields.values())
    if (field.kind === 'scalar' && field.column.name === name) return field.name
  return name
}

/**
 * SQL to assign, which leaves a value as it is if an answer shows the same: the digits of an instant that an
 * answer truncates, the lists inside a list and the null of JSON are not lost when the answer is sent back.
 */
export const keepingUnseen = (
  e: Params,
  object: ObjectModel,
  name: string,
  alias: string,
  sql: string,
): string => {
  // A column that the role may not read was in no answer that could be sent back.
  const column = object.columns.get(name)
  if (column === undefined) return sql
  const stored = columnReference(alias, column)
  if (isJson(column)) return keepingJsonNull(column, stored, sql)
  if (column.type.isArray) return keepingInnerLists(e, column, pathOf(object, name), stored, sql)
  return object.emptyStringForNull && column.type.name === 'timestamptz'
    ? keepingMicroseconds(stored, sql)
    : sql
}
