// A record as one JSON value in SQL. In: an object and how deep to go; out: a select list that names every value by its API
// name, or the same as one JSON expression. Depth 1 adds relations: to-one as an object or null, to-many as a list of at most 60 live records.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Model, ObjectModel, ToManyField, ToOneField } from '../../tenants/model/model.ts'
import { liveOnly } from '../query/filter.ts'
import { readPart, readScalar } from '../query/read.ts'
import type { Depth } from './request.ts'

const MAX_RELATED = 60

interface NamedValue {
  readonly name: string
  readonly sql: string
}

/** `row_to_json` writes compact JSON and takes any number of values, which `json_build_object` does not. */
const asJson = (values: readonly NamedValue[]): string => {
  const list = values.map(({ name, sql }) => `${sql} as ${quoteIdentifier(name)}`).join(', ')
  return `(select pg_catalog.row_to_json(named) from (select ${list}) named)`
}

const joinOn = (field: ToOneField | ToManyField, alias: string, other: string): string =>
  field.columns
    .map(
      (column, index) =>
        `${other}.${quoteIdentifier(field.targetColumns[index] ?? '')} = ${alias}.${quoteIdentifier(column)}`,
    )
    .join(' and ')

const selectRelated = (model: Model, field: ToOneField | ToManyField, alias: string): string | null => {
  const target = model.byTable.get(field.target)
  if (target === undefined) return null
  const other = 'related'
  const live = liveOnly(target, other)
  const where = joinOn(field, alias, other) + (live === null ? '' : ` and ${live}`)
  const from = `from ${inWorkspace(target.table)} ${other} where ${where}`
  const record = recordJson(model, target, other, 0)
  if (field.kind === 'toOne') return `(select ${record} ${from})`
  const key = target.key.map((column) => `${other}.${quoteIdentifier(column)}`).join(', ')
  const page = `select ${record} as record ${from}${key === '' ? '' : ` order by ${key}`} limit ${MAX_RELATED}`
  return `(select coalesce(pg_catalog.json_agg(page.record), '[]'::pg_catalog.json) from (${page}) page)`
}

const valuesOf = (model: Model, object: ObjectModel, alias: string, depth: Depth): NamedValue[] => {
  const values: NamedValue[] = []
  for (const field of object.fields.values()) {
    if (field.kind === 'scalar') {
      // A search vector is for searching: it is long, and nobody reads it.
      if (field.type !== 'TS_VECTOR')
        values.push({ name: field.name, sql: readScalar(model, object, field, alias).sql })
    } else if (field.kind === 'composite') {
      const parts = field.parts.map((entry) => ({
        name: entry.part.name,
        sql: readPart(object, entry, alias).sql,
      }))
      values.push({ name: field.name, sql: asJson(parts) })
    } else if (depth === 1) {
      const sql = selectRelated(model, field, alias)
      if (sql !== null) values.push({ name: field.name, sql })
    }
  }
  return values
}

const cache = new WeakMap<ObjectModel, Map<string, string>>()

/** The record that `alias` stands for, as a JSON value. Compiled once per object, alias and depth. */
export const recordJson = (model: Model, object: ObjectModel, alias: string, depth: Depth): string => {
  const compiled = cache.get(object) ?? new Map<string, string>()
  cache.set(object, compiled)
  const key = `${alias} ${depth}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const sql = asJson(valuesOf(model, object, alias, depth))
  compiled.set(key, sql)
  return sql
}

/** What names the record: its key fields as a JSON value. */
export const keyJson = (model: Model, object: ObjectModel, alias: string): string =>
  asJson(
    object.key.flatMap((name) => {
      for (const field of object.fields.values()) {
        if (field.kind === 'scalar' && field.column.name === name)
          return [{ name: field.name, sql: readScalar(model, object, { ...field, joinOf: null }, alias).sql }]
      }
      return []
    }),
  )
