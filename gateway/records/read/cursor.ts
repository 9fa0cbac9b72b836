// Cursors: the exact sort values of a row, as base64 of JSON. From order terms and a client's cursor to the
// condition for rows after or before it, correct for nulls, ties and mixed directions. Clients treat a cursor
// as opaque; cursors work across both protocols.

import { Problem } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import type { OrderTerm } from './order.ts'

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

/** Rows strictly after `value` in the term's direction; null if there can be none. */
const behind = (
  term: OrderTerm,
  way: 'asc' | 'desc',
  nulls: 'first' | 'last',
  param: string | null,
): string | null => {
  if (param === null) return nulls === 'first' ? `${term.sql} is not null` : null
  const strictly = `${term.sql} ${way === 'asc' ? '>' : '<'} ${param}`
  return term.isNullable && nulls === 'last' ? `(${strictly} or ${term.sql} is null)` : strictly
}

/**
 * The condition for the rows after (or before) a cursor. Throws Problem BAD_USER_INPUT `Invalid cursor: …`.
 * If the leading term is not nullable the condition starts with a plain bound on it, which an index can use.
 */
export const compileCursor = (
  e: Params,
  terms: readonly OrderTerm[],
  cursor: string,
  side: 'after' | 'before',
): string => {
  const values = decodeCursor(terms, cursor)
  const params = terms.map((term, index) => {
    const value = values[index] ?? null
    return value === null ? null : e.param(value, term.type)
  })
  const equals: string[] = []
  const branches: string[] = []
  for (const [index, term] of terms.entries()) {
    const param = params[index] ?? null
    const isForward = side === 'after'
    const way = (term.direction === 'asc') === isForward ? 'asc' : 'desc'
    const nulls = (term.nulls === 'first') === isForward ? 'first' : 'last'
    const beyond = behind(term, way, nulls, param)
    if (beyond !== null) branches.push([...equals, beyond].join(' and '))
    equals.push(param === null ? `${term.sql} is null` : `${term.sql} = ${param}`)
  }
  if (branches.length === 0) return 'false'
  const [first] = terms
  const bound = params[0] ?? null
  const reach =
    branches.length > 1 ? `(${branches.map((branch) => `(${branch})`).join(' or ')})` : `${branches[0]}`
  if (first === undefined || bound === null || first.isNullable || branches.length === 1) return reach
  const isAscending = (first.direction === 'asc') === (side === 'after')
  return `${first.sql} ${isAscending ? '>=' : '<='} ${bound} and ${reach}`
}
