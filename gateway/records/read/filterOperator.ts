// Filter operators of both protocols: the table of operators with their SQL, and the operators of each type.

import type { CompositePart } from '../../../tenants/model/compositeType.ts'
import { foldedText } from '../../../tenants/model/ddl/search.ts'
import { SCALARS, type ScalarType, type ValueKind } from '../../../tenants/model/scalarType.ts'
import { badInputOf, Problem } from '../../error/problem.ts'
import { arrayLiteral, type Params } from '../params.ts'
import { holdsInnerList, jsonList, mayBeJsonList } from '../values/innerList.ts'
import { toColumnText, type ValueTarget } from '../values/value.ts'
import {
  COMPARISONS,
  type Comparison,
  columnReference,
  comparable,
  compareInstant,
  isComparableElement,
  isMillisecond,
} from './comparable.ts'
import { readsNull, readsValue, textIn } from './jsonNull.ts'
import { searchQuery } from './searchWords.ts'

export interface Operand extends ValueTarget {
  /** Absent text counts as empty text, absent lists as empty lists. */
  readonly emptyStringForNull: boolean
  /** Values are text from a URL. */
  readonly isLenient: boolean
  readonly hasOurIndexes?: boolean
}

type Compile = (e: Params, operand: Operand, alias: string, value: unknown) => string

const bad = badInputOf('INVALID_ARGS_FILTER')

const itemsOf = (value: unknown, { path }: Operand, operator: string): unknown[] => {
  if (!Array.isArray(value))
    throw bad(
      `'filter' invalid for '${operator}' operator. Received '${String(value)}' but array value expected eg: '${path}[${operator}]:[value_1,value_2]'`,
    )
  return value
}

const isBlankable = (operand: Operand): boolean =>
  operand.emptyStringForNull && SCALARS[operand.type].value === 'text'

const textOf = (value: unknown, { path }: Operand): string => {
  if (typeof value !== 'string')
    throw bad(`Invalid string value ${JSON.stringify(value)} for text field "${path}"`)
  return value
}

const isEmptyList = (sql: string, wanted: boolean): string =>
  `coalesce(pg_catalog.cardinality(${sql}), 0) ${wanted ? '=' : '>'} 0`

const nullTest: Compile = (_, operand, alias, value) => {
  const sql = columnReference(alias, operand.column)
  if (value !== 'NULL' && value !== 'NOT_NULL')
    throw bad('Invalid filter value for "is" operator. Expected "NULL" or "NOT_NULL"')
  if (operand.emptyStringForNull && operand.column.type.isArray) return isEmptyList(sql, value === 'NULL')
  if (isBlankable(operand))
    return value === 'NULL' ? `(${sql} is null or ${sql} = '')` : `(${sql} is not null and ${sql} <> '')`
  return value === 'NULL' ? readsNull(operand.column, sql) : readsValue(operand.column, sql)
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

const compare = (operator: Comparison, [e, operand, alias, value]: Parameters<Compile>): string => {
  const { sql, type } = comparable(operand.column, alias)
  if (value === null)
    throw bad(`Operator "${operator}" of field "${operand.path}" needs a value; use is: NULL`)
  const text = filterText(value, operand, !operand.isLenient)
  if (SCALARS[operand.type].value === 'instant' && isMillisecond(operand, text))
    return compareInstant(e, operand.column, alias, operator, text)
  const test = `${sql} ${COMPARISONS[operator]} ${e.param(text, type)}`
  return orAbsent(operand, sql, EMPTY_COMPARES[operator](text), test)
}

const isOneOf = (operator: string, [e, operand, alias, value]: Parameters<Compile>): string => {
  const { sql, type } = comparable(operand.column, alias)
  const texts = itemsOf(value, operand, operator).map((item) => {
    if (item === null) throw bad(`A list for "${operand.path}" may not contain null`)
    return filterText(item, operand, !operand.isLenient)
  })
  if (SCALARS[operand.type].value === 'instant' && operand.emptyStringForNull) {
    const windows = texts.map((text) =>
      isMillisecond(operand, text)
        ? compareInstant(e, operand.column, alias, 'eq', text)
        : `${sql} = ${e.param(text, type)}`,
    )
    return windows.length === 0 ? 'false' : `(${windows.join(' or ')})`
  }
  const among = `${sql} = any(${e.param(arrayLiteral(texts), `${type}[]`)})`
  return isBlankable(operand) && texts.includes('') ? `(${sql} is null or ${among})` : among
}

/** `like` or `ilike`. */
const isLike =
  (operator: string): Compile =>
  (e, operand, alias, value) => {
    const sql = textIn(alias, operand.column)
    const text = textOf(value, operand)
    const test = `${sql} ${operator} ${e.param(text, 'pg_catalog.text')}`
    return orAbsent(operand, sql, /^%*$/.test(text), test)
  }

/** A `like` beside it, for trigrams, makes Postgres expect the square of the share that matches. */
const startsWith: Compile = (e, operand, alias, value) => {
  const sql = textIn(alias, operand.column)
  const text = textOf(value, operand)
  const begins = `pg_catalog.starts_with(${sql}, ${e.param(text, 'pg_catalog.text')})`
  const pattern = () => e.param(`${text.replaceAll(/[\\%_]/g, '\\$&')}%`, 'pg_catalog.text')
  const test = operand.hasOurIndexes ? begins : `(${begins} and ${sql} like ${pattern()})`
  return orAbsent(operand, sql, text === '', test)
}

const endsWith: Compile = (e, operand, alias, value) => {
  const sql = textIn(alias, operand.column)
  const text = textOf(value, operand)
  const param = e.param(text, 'pg_catalog.text')
  const test = `pg_catalog.right(${sql}, pg_catalog.length(${param})) = ${param}`
  return orAbsent(operand, sql, text === '', test)
}

const isEmpty: Compile = (_, operand, alias, value) => {
  const sql = columnReference(alias, operand.column)
  const wanted = operand.isLenient ? String(value) === 'true' : value === true
  if (!wanted && value !== false && !(operand.isLenient && value === 'false'))
    throw bad(`Operator "isEmptyArray" of field "${operand.path}" needs true or false`)
  if (operand.column.type.isArray) return isEmptyList(sql, wanted)
  return `${sql} is ${wanted ? '' : 'not '}null`
}

const overlaps: Compile = (e, operand, alias, value) => {
  const sql = columnReference(alias, operand.column)
  if (!operand.column.type.isArray) return isOneOf('containsAny', [e, operand, alias, value])
  const items = itemsOf(value, operand, 'containsAny')
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

const anyItemLike: Compile = (e, operand, alias, value) => {
  const item = e.alias()
  const pattern = e.param(textOf(value, operand), 'pg_catalog.text')
  const items = `pg_catalog.unnest(${columnReference(alias, operand.column)}::pg_catalog.text[])`
  return `exists (select from ${items} ${item} (value) where ${item}.value ilike ${pattern})`
}

/** Every word must begin a word of the document. */
const searches: Compile = (e, operand, alias, value) => {
  const query = searchQuery(textOf(value, operand))
  const sql = columnReference(alias, operand.column)
  const text = e.param(query, 'pg_catalog.text')
  // The vectors of our own tables contain text without accents.
  const folded = operand.emptyStringForNull ? foldedText(text) : text
  return `${sql} operator(pg_catalog.@@) pg_catalog.to_tsquery('pg_catalog.simple', ${folded})`
}

interface Definition {
  /** In GraphQL. */
  readonly description: string
  /** Type of the value in GraphQL: the field's own, a list of it, a text, a boolean, or `FilterIs`. */
  readonly takes: 'own' | 'list' | 'text' | 'boolean' | 'presence'
  /** A predicate on the stored value. */
  readonly compile: Compile
  /** Whether it holds for a missing value; without it, unknown, as in SQL. */
  readonly matchesAbsent?: (value: unknown) => boolean
}

const comparison = (operator: Comparison, description: string): Definition => ({
  description,
  takes: 'own',
  compile: (...given) => compare(operator, given),
})

/** All operators, in the order of the contract's messages about URLs. */
const DEFINITIONS = {
  eq: comparison('eq', 'Equal.'),
  neq: comparison('neq', 'Not equal. Does not match null.'),
  in: { description: 'One of these.', takes: 'list', compile: (...given) => isOneOf('in', given) },
  containsAny: { description: 'Contains at least one of these.', takes: 'list', compile: overlaps },
  is: {
    description: 'Null, or not null.',
    takes: 'presence',
    compile: nullTest,
    matchesAbsent: (value) => value === 'NULL',
  },
  gt: comparison('gt', 'Greater.'),
  gte: comparison('gte', 'Greater than or equal.'),
  lt: comparison('lt', 'Less.'),
  lte: comparison('lte', 'Less than or equal.'),
  startsWith: { description: 'Starts with this text.', takes: 'text', compile: startsWith },
  endsWith: { description: 'Ends with this text.', takes: 'text', compile: endsWith },
  like: {
    description: 'Matches the pattern: `%` stands for any text, `_` for one character.',
    takes: 'text',
    compile: isLike('like'),
  },
  ilike: { description: 'Matches the pattern in any letter case.', takes: 'text', compile: isLike('ilike') },
  containsIlike: {
    description: 'An item matches the pattern in any letter case.',
    takes: 'text',
    compile: anyItemLike,
  },
  isEmptyArray: {
    description: 'Has no items.',
    takes: 'boolean',
    compile: isEmpty,
    matchesAbsent: (value) => String(value) === 'true',
  },
  search: { description: 'Full-text search finds these words.', takes: 'text', compile: searches },
} as const satisfies Readonly<Record<string, Definition>>

export type FilterOperator = keyof typeof DEFINITIONS

export const isOperatorName = (name: string): name is FilterOperator => Object.hasOwn(DEFINITIONS, name)

export const OPERATOR_NAMES = Object.keys(DEFINITIONS).filter(isOperatorName)

const ORDERED = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'is'] as const
const OPTION = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'containsAny', 'is', 'isEmptyArray'] as const
const LIST = ['containsAny', 'containsIlike', 'is', 'isEmptyArray'] as const

/** Operators by the kind of a value, in the order of messages about fields. */
export const OPERATORS: Readonly<Record<ValueKind, readonly FilterOperator[]>> = {
  text: [...ORDERED, 'like', 'ilike', 'startsWith', 'endsWith'],
  uuid: ORDERED,
  number: ORDERED,
  day: ORDERED,
  instant: ORDERED,
  boolean: ['eq', 'is'],
  option: OPTION,
  options: LIST,
  texts: LIST,
  json: ['is', 'like'],
  searchVector: ['search'],
}
/** Of long documents, which are searched instead of compared. */
export const DOCUMENT_OPERATORS: readonly FilterOperator[] = ['ilike']

export const operatorsOf = (type: ScalarType): readonly FilterOperator[] => OPERATORS[SCALARS[type].value]

/** Operators of a composite's part. */
export const partOperators = ({ type, isDocument }: CompositePart): readonly FilterOperator[] =>
  isDocument === true ? DOCUMENT_OPERATORS : operatorsOf(type)

export const operatorDefinition = (operator: FilterOperator): Definition => DEFINITIONS[operator]

/** One predicate on the stored value. The caller has checked that the field has the operator. */
export const compileOperator = (
  e: Params,
  operand: Operand,
  alias: string,
  operator: FilterOperator,
  value: unknown,
): string => DEFINITIONS[operator].compile(e, operand, alias, value)
