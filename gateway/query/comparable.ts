// How a column takes part in comparisons and sorting. In: a column; out: an SQL expression and the type of values to compare
// it with. Types whose operators are not certain to be in pg_catalog (extensions, xml, geometry …) compare as text, since
// statements run with `search_path = pg_catalog`.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { Column } from '../../tenants/model/model.ts'

const ORDERED = new Set([
  'uuid',
  'text',
  'varchar',
  'bpchar',
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'bool',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'timetz',
  'interval',
  'inet',
])

export interface Comparable {
  readonly sql: string
  /** SQL of the type that values are cast to. */
  readonly type: string
}

const TEXT = 'pg_catalog.text'

export const columnReference = (alias: string, column: Column): string =>
  `${alias}.${quoteIdentifier(column.name)}`

export const comparable = (column: Column, alias: string): Comparable => {
  const sql = columnReference(alias, column)
  const isOrdered = column.type.enum !== null || ORDERED.has(column.type.name)
  if (column.type.isArray && !isOrdered) return { sql: `${sql}::${TEXT}[]`, type: `${TEXT}[]` }
  if (!isOrdered) return { sql: `${sql}::${TEXT}`, type: TEXT }
  return { sql, type: column.type.comparableSql }
}
