// Filter operators of both protocols: which type has which, and their SQL: from a column, an operator and its
// value to a boolean expression.

import { inWorkspace } from '../../../sql/placeholder.ts'
import type { Column } from '../../../tenants/model/model.ts'
import type { ScalarType } from '../../../tenants/model/storage.ts'
import { badInputOf, Problem } from '../../error/problem.ts'
import { arrayLiteral, type Params } from '../params.ts'
import { holdsInnerList, jsonList, mayBeJsonList } from '../values/innerList.ts'
import { type Target, toColumnText } from '../values/value.ts'
import { columnReference, comparable, isComparableElement } from './comparable.ts'
import { searchQuery } from './searchWords.ts'

const COMPARISONS = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
type Comparison = keyof typeof COMPARISONS
const isComparison = (operator: string): operator is Comparison => Object.hasOwn(COMPARISONS, operator)

const ORDERED = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'is'] as const
const OPTION = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'containsAny', 'is', 'isEmptyArray'] as const

const LIST = ['containsAny', 'containsIlike', 'is', 'isEmptyArray'] as const

/** Operators by type, in the order of messages. */
export const OPERATORS = {
  TEXT: [...ORDERED, 'like', 'ilike', 'startsWith', 'endsWith'],
  UUID: ORDERED,
  NUMBER: ORDERED,
  NUMERIC: ORDERED,
  POSITION: ORDERED,
  DATE: ORDERED,
  DATE_TIME: ORDERED,
  BOOLEAN: ['eq', 'is'],
  SELECT: OPTION,
  RATING: OPTION,
  MULTI_SELECT: LIST,
  ARRAY: LIST,
  RAW_JSON: ['is', 'like'],
  TS_VECTOR: ['search'],
} as const satisfies Readonly<Record<ScalarType, readonly string[]>>

/** Sub-fields of RICH_TEXT are long documents: they are searched, not compared. */
export const RICH_TEXT_OPERATORS = ['ilike'] as const

/** Operators that take a list of values. */
export const LIST_OPERATORS: readonly string[] = ['in', 'containsAny']

export interface Operand extends Target {
  /** Absent text counts as empty text, absent lists as empty lists. */
  readonly emptyStringForNull: boolean
  /** Values are text from a URL. */
  readonly isLenient: boolean
}

const bad = badInputOf('INVALID_ARGS_FILTER')

const listOf = (value: unknown, { path }: Operand, operator: string): unknown[] => {
  if (!Array.isArray(value))
    throw bad(
      `'filter' invalid for '${operator}' operator. Received '${String(value)}' but array value expected eg: '${path}[${operator}]:[value_1,value_2]'`,
    )
  return value
}

const isBlankable = (operand: Operand): boolean => operand.emptyStringForNull && operand.type === 'TEXT'

const textOf = (value: unknown, { path }: Operand): string => {
  if (typeof value !== 'string')
    throw bad(`Invalid string value ${JSON.stringify(value)} for text field "${path}"`)
  return value
}

const isEmptyList = (sql: string, wanted: boolean): string =>
  `coalesce(pg_catalog.cardinality(${sql}), 0) ${wanted ? '=' : '>'} 0`

const nullTest = (sql: string, value: unknown, operand: Operand): string => {
  if (value !== 'NULL' && value !== 'NOT_NULL')
    throw bad('Invalid filter value for "is" operator. Expected "NULL" or "NOT_NULL"')
  if (operand.emptyStringForNull && operand.column.type.isArray) return isEmptyList(sql, value === 'NULL')
  if (isBlankable(operand))
    return value === 'NULL' ? `(${sql} is null or ${sql} = '')` : `(${sql} is not null and ${sql} <> '')`
  return value === 'NULL' ? `${sql} is null` : `${sql} is not null`
}

/**
 * A value without microseconds stands for its millisecond if clients see milliseconds only; one with more
 * digits stands for itself.
 */
const isWindow = ({ emptyStringForNull }: Operand, text: string): boolean =>
  emptyStringForNull && /^\d{4}-/.test(text) && !/ BC$|\.\d{3}\d*[1-9]/.test(text)

const ISO_LENGTH = 'YYYY-MM-DDTHH:mm:ss.sss'.length

/** The start of the next millisecond, or of the instant's own: clients see milliseconds only. */
const millisecond = (instant: string, after: 0 | 1): string => {
  const iso = new Date(Math.trunc(Date.parse(instant)) + after).toISOString()
  return `${iso.slice(0, ISO_LENGTH)}Z`
}

const compareInstant = (
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

/** If empty text matches, absent text must match too, in objects where absent text reads as empty. */
const orAbsent = (operand: Operand, sql: string, matchesEmpty: boolean, test: string): string =>
  isBlankable(operand) && matchesEmpty ? `(${sql} is null or ${test})` : test

/** The result of comparing empty text with a given text. */
const EMPTY_COMPARES: Readonly<Record<Comparison, (text: string) => boolean>> = {
  eq: (text) => text === '',
  neq: (text) => text !== '',
  gt: () => false,
  gte: (text) => text === '',
  lt: (text) => text !== '',
  lte: () => true,
}

/** The value of a comparison; an invalid one is a fault of the filter. */
const filterText = (value: unknown, operand: Operand, isStrict: boolean): string => {
  try {
    return toColumnText(value, operand, isStrict)
  } catch (error) {
    if (!(error instanceof Problem) || error.options.subCode !== 'INVALID_ARGS_DATA') throw error
    throw bad(error.message)
  }
}

const compare = (
  e: Params,
  operand: Operand,
  alias: string,
  operator: Comparison,
  value: unknown,
): string => {
  const { sql, type } = comparable(operand.column, alias)
  if (value === null)
    throw bad(`Operator "${operator}" of field "${operand.path}" needs a value; use is: NULL`)
  const text = filterText(value, operand, !operand.isLenient)
  if (operand.type === 'DATE_TIME' && isWindow(operand, text))
    return compareInstant(e, operand.column, alias, operator, text)
  const test = `${sql} ${COMPARISONS[operator]} ${e.param(text, type)}`
  return orAbsent(operand, sql, EMPTY_COMPARES[operator](text), test)
}

const isOneOf = (e: Params, operand: Operand, alias: string, value: unknown, operator: string): string => {
  const { sql, type } = comparable(operand.column, alias)
  const texts = listOf(value, operand, operator).map((item) => {
    if (item === null) throw bad(`A list for "${operand.path}" may not contain null`)
    return filterText(item, operand, !operand.isLenient)
  })
  if (operand.type === 'DATE_TIME' && operand.emptyStringForNull) {
    const windows = texts.map((text) =>
      isWindow(operand, text)
        ? compareInstant(e, operand.column, alias, 'eq', text)
        : `${sql} = ${e.param(text, type)}`,
    )
    return windows.length === 0 ? 'false' : `(${windows.join(' or ')})`
  }
  const among = `${sql} = any(${e.param(arrayLiteral(texts), `${type}[]`)})`
  return isBlankable(operand) && texts.includes('') ? `(${sql} is null or ${among})` : among
}

const matches = (e: Params, operand: Operand, alias: string, operator: string, value: unknown): string => {
  const reference = columnReference(alias, operand.column)
  const sql = operand.column.type.name === 'text' ? reference : `${reference}::pg_catalog.text`
  const text = textOf(value, operand)
  const param = e.param(text, 'pg_catalog.text')
  switch (operator) {
    case 'like':
    case 'ilike':
      return orAbsent(operand, sql, /^%*$/.test(text), `${sql} ${operator} ${param}`)
    case 'startsWith':
      return orAbsent(operand, sql, text === '', `pg_catalog.starts_with(${sql}, ${param})`)
    case 'endsWith':
      return orAbsent(
        operand,
        sql,
        text === '',
        `pg_catalog.right(${sql}, pg_catalog.length(${param})) = ${param}`,
      )
    default:
      throw new Error(`The operator "${operator}" has no SQL.`)
  }
}

const isEmpty = (operand: Operand, alias: string, value: unknown): string => {
  const sql = columnReference(alias, operand.column)
  const wanted = operand.isLenient ? String(value) === 'true' : value === true
  if (!wanted && value !== false && !(operand.isLenient && value === 'false'))
    throw bad(`Operator "isEmptyArray" of field "${operand.path}" needs true or false`)
  if (operand.column.type.isArray) return isEmptyList(sql, wanted)
  return `${sql} is ${wanted ? '' : 'not '}null`
}

const overlaps = (e: Params, operand: Operand, alias: string, value: unknown): string => {
  const sql = columnReference(alias, operand.column)
  if (!operand.column.type.isArray) return isOneOf(e, operand, alias, value, 'containsAny')
  const items = listOf(value, operand, 'containsAny')
  const text = filterText(items, operand, false)
  const { type } = operand.column
  // Elements without operators of their own are compared as text.
  const test = isComparableElement(type)
    ? `${sql} operator(pg_catalog.&&) ${e.param(text, type.comparableSql)}`
    : `${sql}::pg_catalog.text[] operator(pg_catalog.&&) ${e.param(text, 'pg_catalog.text[]')}`
  const inner = items.filter((item) => typeof item === 'string' && jsonList(item) !== undefined)
  if (inner.length === 0 || !mayBeJsonList(operand.column)) return test
  const texts = e.param(arrayLiteral(inner.map(String)), 'pg_catalog.text[]')
  return `(${test} or ${holdsInnerList(sql, texts)})`
}

const anyItemLike = (e: Params, operand: Operand, alias: string, value: unknown): string => {
  const item = e.alias()
  const pattern = e.param(textOf(value, operand), 'pg_catalog.text')
  const items = `pg_catalog.unnest(${columnReference(alias, operand.column)}::pg_catalog.text[])`
  return `exists (select from ${items} ${item} (value) where ${item}.value ilike ${pattern})`
}

/** Every word must begin a word of the document. */
const searches = (e: Params, operand: Operand, alias: string, value: unknown): string => {
  const query = searchQuery(textOf(value, operand))
  const sql = columnReference(alias, operand.column)
  const text = e.param(query, 'pg_catalog.text')
  // The vectors of our own tables contain text whose case and accents the workspace's function has folded.
  const folded = operand.emptyStringForNull ? `${inWorkspace('search_text')}(${text})` : text
  return `${sql} operator(pg_catalog.@@) pg_catalog.to_tsquery('pg_catalog.simple', ${folded})`
}

/** One predicate on the stored value. The caller has checked that the field has the operator. */
export const compileOperator = (
  e: Params,
  operand: Operand,
  alias: string,
  operator: string,
  value: unknown,
): string => {
  if (isComparison(operator)) return compare(e, operand, alias, operator, value)
  switch (operator) {
    case 'is':
      return nullTest(columnReference(alias, operand.column), value, operand)
    case 'in':
      return isOneOf(e, operand, alias, value, 'in')
    case 'containsAny':
      return overlaps(e, operand, alias, value)
    case 'isEmptyArray':
      return isEmpty(operand, alias, value)
    case 'containsIlike':
      return anyItemLike(e, operand, alias, value)
    case 'search':
      return searches(e, operand, alias, value)
    default:
      return matches(e, operand, alias, operator, value)
  }
}
