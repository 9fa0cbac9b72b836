// How a column is compared and sorted: an SQL expression, and the type of values to compare with. Types whose
// operators may be outside pg_catalog (extensions, xml, geometry …) compare as text, because statements run
// with `search_path = pg_catalog`.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ColumnType } from '../../../tenants/model/model.ts'
import type { Params } from '../params.ts'

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

interface Comparable {
  readonly sql: string
  /** SQL of the type that values are cast to. */
  readonly type: string
}

const TEXT = 'pg_catalog.text'

export const columnReference = (alias: string, column: Column): string =>
  `${alias}.${quoteIdentifier(column.name)}`

/** Whether values of the type, or elements of its lists, have operators of their own. */
export const isComparableElement = (type: ColumnType): boolean => type.enum !== null || ORDERED.has(type.name)

export const comparable = (column: Column, alias: string): Comparable =>
  comparableOf(column, columnReference(alias, column))

/** Any SQL of the column's type. */
export const comparableOf = (column: Column, sql: string): Comparable => {
  const isOrdered = isComparableElement(column.type)
  if (column.type.isArray && !isOrdered) return { sql: `${sql}::${TEXT}[]`, type: `${TEXT}[]` }
  if (!isOrdered) return { sql: `${sql}::${TEXT}`, type: TEXT }
  const { sql: own, comparableSql } = column.type
  // Postgres has no operators for a domain over an enum.
  const isEnumDomain = column.type.enum !== null && own !== comparableSql
  return { sql: isEnumDomain ? `${sql}::${comparableSql}` : sql, type: comparableSql }
}

/**
 * A condition on a whole value, which may have several spellings: a value compared as text is first converted
 * to Postgres' spelling.
 */
export const equals = (e: Params, column: Column, alias: string, text: string | null): string => {
  const { sql, type } = comparable(column, alias)
  const { comparableSql } = column.type
  return `${sql} = ${e.param(text, comparableSql)}${type === comparableSql ? '' : `::${type}`}`
}

export const COMPARISONS = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
export type Comparison = keyof typeof COMPARISONS

/**
 * Whether a text stands for its millisecond: it has no microseconds, and clients see milliseconds only.
 * @param emptyStringForNull whether they do
 */
export const isMillisecond = (
  { emptyStringForNull }: { readonly emptyStringForNull: boolean },
  text: string,
): boolean => emptyStringForNull && /^\d{4}-/.test(text) && !/ BC$|\.\d{3}\d*[1-9]/.test(text)

const ISO_LENGTH = 'YYYY-MM-DDTHH:mm:ss.sss'.length

/** The start of the next millisecond, or of the instant's own: clients see milliseconds only. */
const millisecond = (instant: string, after: 0 | 1): string => {
  const iso = new Date(Math.trunc(Date.parse(instant)) + after).toISOString()
  return `${iso.slice(0, ISO_LENGTH)}Z`
}

export const compareInstant = (
  e: Params,
  column: Column,
  alias: string,
  operator: Comparison,
  text: string,
): string => {
  const { sql, type } = comparable(column, alias)
  const from = () => e.param(millisecond(text, 0), type)
  const until = () => e.param(millisecond(text, 1), type)
  switch (operator) {
    case 'eq':
      return `(${sql} >= ${from()} and ${sql} < ${until()})`
    case 'neq':
      return `(${sql} < ${from()} or ${sql} >= ${until()})`
    case 'gt':
      return `${sql} >= ${until()}`
    case 'gte':
      return `${sql} >= ${from()}`
    case 'lt':
      return `${sql} < ${from()}`
    case 'lte':
      return `${sql} < ${until()}`
  }
}
