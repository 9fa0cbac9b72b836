// JSON columns can hold two nulls: of SQL and of JSON. Both read null, and are missing values for filters and
// aggregates.

import type { Column } from '../../../tenants/model/model.ts'
import { columnReference } from './comparable.ts'

export const isJson = ({ type }: Column): boolean =>
  !type.isArray && (type.name === 'json' || type.name === 'jsonb')

const isJsonNull = ({ type }: Column, sql: string): string =>
  `pg_catalog.${type.name}_typeof(${sql}) = 'null'`

/** @param sql of the column's type */
export const readsNull = (column: Column, sql: string): string =>
  isJson(column) ? `(${sql} is null or ${isJsonNull(column, sql)})` : `${sql} is null`

/** @param sql of the column's type */
export const readsValue = (column: Column, sql: string): string =>
  isJson(column) ? `(${sql} is not null and not ${isJsonNull(column, sql)})` : `${sql} is not null`

/** A column as text; null if it reads null. */
export const textIn = (alias: string, column: Column): string => {
  const reference = columnReference(alias, column)
  if (column.type.name === 'text') return reference
  const text = `${reference}::pg_catalog.text`
  return isJson(column) ? `case when not ${isJsonNull(column, reference)} then ${text} end` : text
}
