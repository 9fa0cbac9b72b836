// Cursors: the exact sort values of a row, as base64 of JSON. From order terms and a client's cursor to the
// ranges of rows after or before it, correct for nulls, ties and mixed directions. Clients treat a cursor as
// opaque; cursors work across both protocols.

import { Problem } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import { hasSecond, isAgainstIndex, isBySecond, type OrderTerm } from './order.ts'

const invalidCursor = (cursor: string): Problem =>
  new Problem('BAD_USER_INPUT', `Invalid cursor: ${cursor.slice(0, 200)}`, { subCode: 'INVALID_CURSOR' })

/** SQL of a row's cursor values: a JSON array of texts, in the order of the terms. */
export const cursorSelect = (terms: readonly OrderTerm[]): string =>
  `pg_catalog.json_build_array(${terms.map(({ sql }) => `(${sql})::pg_catalog.text`).join(', ')})`

const setIn = (root: Record<string, unknown>, path: readonly string[], value: unknown): void => {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length === 0) {
    root[name] = value
    return
  }
  const inner = root[name]
  const next: Record<string, unknown> = typeof inner === 'object' && inner !== null ? { ...inner } : {}
  setIn(next, rest, value)
  root[name] = next
}

const getIn = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    root,
  )

/**
 * The cursor of a row.
 * @param values the parsed result of `cursorSelect`
 */
export const encodeCursor = (terms: readonly OrderTerm[], values: readonly unknown[]): string => {
  const content: Record<string, unknown> = {}
  for (const [index, { path }] of terms.entries()) setIn(content, path, values[index])
  return Buffer.from(JSON.stringify(content)).toString('base64')
}

/** The cursor's texts for the terms. A cursor of another order is refused. */
const decodeCursor = (terms: readonly OrderTerm[], cursor: string): (string | null)[] => {
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8'))
  } catch {
    throw invalidCursor(cursor)
  }
  return terms.map(({ path }) => {
    const value = getIn(content, path)
    if (value !== null && typeof value !== 'string') throw invalidCursor(cursor)
    return value
  })
}

/** Where rows lie after a cursor, in the direction of reading. */
interface Bound {
  readonly term: OrderTerm
  readonly way: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
  /** SQL of the cursor's value; null: the value is null. */
  readonly param: string | null
}

const equal = ({ term, param }: Bound): string =>
  param === null ? `${term.sql} is null` : `${term.sql} = ${param}`

const operatorOf = ({ way }: Bound): string => (way === 'asc' ? '>' : '<')

/** Whether null follows the value. */
const endsInNulls = ({ term, nulls, param }: Bound): boolean =>
  term.isNullable && nulls === 'last' && param !== null

/** Rows strictly after the value; null if there can be none. */
const behind = (bound: Bound): string | null => {
  const { term, nulls, param } = bound
  if (param === null) return nulls === 'first' ? `${term.sql} is not null` : null
  const strictly = `${term.sql} ${operatorOf(bound)} ${param}`
  return endsInNulls(bound) ? `(${strictly} or ${term.sql} is null)` : strictly
}

/** One condition for all terms. It starts with a plain bound on the first one, which an index can use. */
const conditionOf = (bounds: readonly Bound[]): string => {
  const equals: string[] = []
  const branches: string[] = []
  for (const bound of bounds) {
    const beyond = behind(bound)
    if (beyond !== null) branches.push([...equals, beyond].join(' and '))
    equals.push(equal(bound))
  }
  if (branches.length === 0) return 'false'
  if (branches.length === 1) return `${branches[0]}`
  const reach = `(${branches.map((branch) => `(${branch})`).join(' or ')})`
  const [first] = bounds
  if (first === undefined || first.param === null || endsInNulls(first)) return reach
  return `${first.term.sql} ${operatorOf(first)}= ${first.param} and ${reach}`
}

/** A part of an order whose rows an index finds side by side. */
export interface Range {
  /** Null: all rows. */
  readonly condition: string | null
  /** Terms before the others that are null in all rows: an index has the order only behind them. */
  readonly nulls: readonly OrderTerm[]
  /** The order within. */
  readonly terms: readonly OrderTerm[]
}

/** Terms with ranges of their own; ties of further terms are skipped one by one. */
const MOST_LEVELS = 3

const flipped = (term: OrderTerm): OrderTerm => ({
  ...term,
  nulls: term.nulls === 'first' ? 'last' : 'first',
  isFlipped: false,
})

/** Without nulls their place is free: it is the one that the index of the column has. */
const withoutNulls = ([first, ...rest]: readonly OrderTerm[]): readonly OrderTerm[] =>
  first === undefined ? [] : [first.isFlipped ? flipped(first) : first, ...rest]

/**
 * The range of rows with another null in front. Sorting by it changes nothing, but Postgres takes the order
 * from an index only if the index's first column is named, in the direction of the next one.
 */
export const behindNull = (term: OrderTerm, range: Range): Range => {
  const next = range.nulls[0] ?? range.terms[0]
  if (next === undefined) return range
  const { direction, nulls } = term.isFlipped ? flipped(term) : term
  const isLow = (direction === 'asc') === (nulls === 'first')
  const place = (next.direction === 'asc') === isLow ? 'first' : 'last'
  const front = { ...term, direction: next.direction, nulls: place, isFlipped: false } as const
  return { ...range, nulls: [front, ...range.nulls] }
}

/** @param terms those of the order, the first of which is null in the ranges */
const amongNulls = (terms: readonly OrderTerm[], ranges: readonly Range[]): readonly Range[] => {
  const [first] = terms
  return first === undefined || isBySecond(terms) ? ranges : ranges.map((range) => behindNull(first, range))
}

/** `(a, b) > (1, 2)`: a single range of an index on these columns. Null where it differs from the order. */
const comparisonOf = (bounds: readonly Bound[]): string | null => {
  const [first, ...rest] = bounds
  if (first === undefined || bounds.some(({ param, term }) => param === null || term.ownColumn === null))
    return null
  if (rest.some((bound) => bound.way !== first.way || endsInNulls(bound))) return null
  if (rest.length === 0) return `${first.term.sql} ${operatorOf(first)} ${first.param}`
  const row = (values: readonly (string | null)[]): string => `(${values.join(', ')})`
  return `${row(bounds.map(({ term }) => term.sql))} ${operatorOf(first)} ${row(bounds.map(({ param }) => param))}`
}

const within = (condition: string, ranges: readonly Range[]): readonly Range[] =>
  ranges.map((range) => ({
    ...range,
    condition: range.condition === null ? condition : `${condition} and ${range.condition}`,
  }))

/** The rows whose first value is null. */
const rangesOfNulls = (terms: readonly OrderTerm[], isBackward: boolean): readonly Range[] => {
  const [first, ...rest] = terms
  if (first === undefined) return []
  const ranges = hasSecond(terms)
    ? rangesOfAll(rest, isBackward)
    : [{ condition: null, nulls: [], terms: rest }]
  return within(`${first.sql} is null`, amongNulls(terms, ranges))
}

/** All rows by one condition. The rows of a range have a value in its first column, or all have none. */
const rangesAtOnce = (bounds: readonly Bound[]): readonly Range[] => {
  const [first] = bounds
  const condition = conditionOf(bounds)
  if (first === undefined || condition === 'false') return []
  const { sql, isNullable, ownColumn } = first.term
  const terms = bounds.map(({ term }) => term)
  if (!isNullable || ownColumn === null) return [{ condition, nulls: [], terms }]
  const others = { condition: `${condition} and ${sql} is not null`, nulls: [], terms: withoutNulls(terms) }
  const ofNulls = { condition: null, nulls: [], terms: terms.slice(1) }
  const nulls = within(`${condition} and ${sql} is null`, amongNulls(terms, [ofNulls]))
  if (first.param === null) return first.nulls === 'first' ? [...nulls, others] : nulls
  return first.nulls === 'last' ? [others, ...nulls] : [others]
}

const rangesBehind = (bounds: readonly Bound[], isBackward: boolean, level = 0): readonly Range[] => {
  const [first, ...rest] = bounds
  if (first === undefined) return []
  const terms = bounds.map(({ term }) => term)
  if (first.term.ownColumn === null || level >= MOST_LEVELS) return rangesAtOnce(bounds)
  const comparison = isAgainstIndex(terms) || isBySecond(terms) ? null : comparisonOf(bounds)
  const { sql } = first.term
  const tied = comparison === null ? rangesBehind(rest, isBackward, level + 1) : []
  const ties = within(equal(first), first.param === null ? amongNulls(terms, tied) : tied)
  const beyond: Range[] = []
  if (first.param !== null)
    beyond.push({
      condition: comparison ?? `${sql} ${operatorOf(first)} ${first.param}`,
      nulls: [],
      terms: withoutNulls(terms),
    })
  else if (first.nulls === 'first')
    beyond.push({ condition: `${sql} is not null`, nulls: [], terms: withoutNulls(terms) })
  if (endsInNulls(first)) beyond.push(...rangesOfNulls(terms, isBackward))
  return [...ties, ...beyond]
}

/**
 * The ranges of rows after (or before) a cursor, in the order of reading: those with the cursor's own values
 * first. One condition for all of them would be read from the beginning of the order. None if no row can
 * follow. Throws Problem BAD_USER_INPUT `Invalid cursor: …`.
 */
export const rangesOfCursor = (
  e: Params,
  terms: readonly OrderTerm[],
  cursor: string,
  side: 'after' | 'before',
): readonly Range[] => {
  const values = decodeCursor(terms, cursor)
  const isForward = side === 'after'
  const bounds = terms.map((term, index): Bound => {
    const value = values[index] ?? null
    return {
      term,
      way: (term.direction === 'asc') === isForward ? 'asc' : 'desc',
      nulls: (term.nulls === 'first') === isForward ? 'first' : 'last',
      param: value === null ? null : e.param(value, term.type),
    }
  })
  return rangesBehind(bounds, !isForward)
}

/**
 * The ranges of a whole order. Two, where the index of its first column has the nulls at the other end, or
 * the key in the other direction: each is one range of that index, and the nulls are in the key's order.
 * More, where the nulls are better found in the order of the second column.
 */
export const rangesOfAll = (terms: readonly OrderTerm[], isBackward: boolean): readonly Range[] => {
  const [first] = terms
  const isSplit =
    first?.isFlipped === true ||
    (first?.isNullable === true && (isAgainstIndex(terms) || (first.indexed !== null && isBySecond(terms))))
  if (!isSplit) return [{ condition: null, nulls: [], terms }]
  const nulls = rangesOfNulls(terms, isBackward)
  const others = { condition: `${first.sql} is not null`, nulls: [], terms: withoutNulls(terms) }
  return (first.nulls === 'first') !== isBackward ? [...nulls, others] : [others, ...nulls]
}
