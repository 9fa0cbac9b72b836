// Values that a write cannot change. In: cells of columns that cannot be written and the alias of the stored record; out: SQL that goes
// on where all of them hold what is stored, and fails with the field's name where one does not.

import type { ObjectModel } from '../../../tenants/model/model.ts'
import { wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { raise } from '../raise.ts'
import { columnReference, comparable } from '../read/comparable.ts'
import type { BoundValue, BoundValues, Fixed } from './boundValue.ts'

const JSONB = 'pg_catalog.jsonb'
const TEXTS = new Set(['text', 'varchar'])

/** A fixed value that a write was given. @param sql of the value, as the type */
export interface GivenFixed {
  readonly fixed: Fixed
  readonly value: (type: string) => string
}

/** Equal values of JSON are written in several ways; absent text of our own objects is empty text. */
const differs = ({ fixed: { column }, value }: GivenFixed, alias: string): string => {
  const { isArray, name } = column.type
  if (name.startsWith('json') && !isArray)
    return `${columnReference(alias, column)}::${JSONB} is distinct from ${value(JSONB)}`
  const { sql, type } = comparable(column, alias)
  return TEXTS.has(name) && !isArray
    ? `coalesce(${sql}, '') <> coalesce(${value(type)}, '')`
    : `${sql} is distinct from ${value(type)}`
}

/** BoundValues to write, and those that only have to be equal. */
export const splitFixed = (
  e: Params,
  cells: BoundValues,
): { readonly written: BoundValues; readonly fixed: readonly GivenFixed[] } => ({
  written: new Map([...cells].filter(([, { fixed }]) => fixed === undefined)),
  fixed: [...cells.values()].flatMap(({ fixed, text }: BoundValue) =>
    fixed === undefined ? [] : [{ fixed, value: (type: string) => e.param(text ?? null, type) }],
  ),
})

const refuse = (e: Params, { message }: Fixed): string => raise(e, { subCode: 'INVALID_ARGS_DATA', message })

/**
 * The expression, evaluated only where the stored record holds the fixed values.
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

/** The condition, which fails where it holds: a new record has no value that the given one could be. */
export const unlessFixed = (e: Params, given: readonly GivenFixed[], condition: string): string => {
  const [first] = given
  return first === undefined
    ? condition
    : `case when ${condition} then ${refuse(e, first.fixed)} is null else false end`
}

/**
 * SQL to assign, which leaves an instant as it is where clients see the same millisecond: what an answer has cut off is not lost when it
 * is sent back.
 */
export const keepingMicroseconds = (
  object: ObjectModel,
  name: string,
  alias: string,
  sql: string,
): string => {
  const column = wholeOf(object).columns.get(name)
  if (!object.blanksAbsent || column?.type.name !== 'timestamptz' || column.type.isArray) return sql
  const stored = columnReference(alias, column)
  return `case when pg_catalog.date_trunc('milliseconds', ${stored}) = ${sql} then ${stored} else ${sql} end`
}
