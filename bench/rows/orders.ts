// The orders of a large table: pages at the start, in the middle and near the end, in both directions.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { FREQUENT_NAME } from './fill.ts'
import { FIELDS, ORDER_MS, type RowsRequest } from './request.ts'

/** Column and place in a cursor of each order term. */
type CursorTerm = readonly [column: string, path: readonly string[]]

const FIRST = ['name_first_name', ['name', 'firstName']] as const
const LAST = ['name_last_name', ['name', 'lastName']] as const
const CREATED = ['created_at', ['createdAt']] as const
const UPDATED = ['updated_at', ['updatedAt']] as const
const POSITION = ['position', ['position']] as const
const ID = ['id', ['id']] as const

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)

const merged = (into: Record<string, unknown>, path: readonly string[], value: unknown): void => {
  const [name = '', ...rest] = path
  const before = into[name]
  if (rest.length > 0 && typeof before === 'object' && before !== null)
    merged(before as Record<string, unknown>, rest, value)
  else into[name] = nested(rest, value)
}

/** The cursor of the record at a place of the order, as the API would return it. */
export const cursorAt = async (
  pool: Pool,
  schema: string,
  terms: readonly CursorTerm[],
  order: string,
  offset: number,
  where = 'deleted_at is null',
): Promise<string> => {
  const columns = [...terms, ID].map(([column]) => `${column}::text`)
  const { rows } = await pool.query<string[]>({
    text: bindSchema(
      `select ${columns.join(', ')} from ${inWorkspace('person')} where ${where} order by ${order} offset ${offset} limit 1`,
      schema,
    ),
    rowMode: 'array',
  })
  const cursor: Record<string, unknown> = {}
  for (const [index, [, path]] of [...terms, ID].entries()) merged(cursor, path, rows[0]?.[index] ?? null)
  return encodeURIComponent(Buffer.from(JSON.stringify(cursor)).toString('base64'))
}

interface Ordered {
  readonly orderBy: string
  readonly terms: readonly CursorTerm[]
  readonly sql: string
}

const ordered = (name: string, term: CursorTerm, others: readonly CursorTerm[] = []): readonly Ordered[] =>
  ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'].map((direction) => {
    const way = direction.startsWith('Asc') ? 'asc' : 'desc'
    const nulls = direction.endsWith('First') ? 'first' : 'last'
    const all = [term, ...others]
    return {
      orderBy: [name, ...others.map(([, path]) => path.join('.'))]
        .map((each) => `${each}[${direction}]`)
        .join(','),
      terms: all,
      sql: [...all.map(([column]) => `${column} ${way} nulls ${nulls}`), 'id'].join(', '),
    }
  })

/** Pages that begin at the first name of the most frequent last name: 100,000 of two million people have it. */
const frequentRequests = async (pool: Pool, schema: string, isAsked: (name: string) => boolean) => {
  const filter = encodeURIComponent(`name.lastName[eq]:${FREQUENT_NAME}`)
  const requests: RowsRequest[] = []
  for (const { orderBy, terms, sql } of ordered('name.lastName', LAST, [FIRST])) {
    const path = `/rest/people?count=none&${FIELDS}&order_by=${orderBy}`
    const name = `order by ${orderBy}, at a frequent last name`
    if (isAsked(name)) {
      const where = `deleted_at is null and name_last_name = '${FREQUENT_NAME}'`
      const cursor = await cursorAt(pool, schema, terms, sql, 0, where)
      requests.push({ name, targetMs: ORDER_MS, path: `${path}&starting_after=${cursor}` })
    }
    const within = `order by ${orderBy}, of a frequent last name`
    requests.push({ name: within, targetMs: ORDER_MS, path: `${path}&filter=${filter}` })
  }
  return requests
}

export const orderRequests = async (
  pool: Pool,
  schema: string,
  people: number,
  isAsked: (name: string) => boolean,
): Promise<readonly RowsRequest[]> => {
  const both = (all: readonly Ordered[]) => [all[0], all[3]].flatMap((each) => each ?? [])
  const orders = [
    ...both(ordered('createdAt', CREATED)),
    ...both(ordered('updatedAt', UPDATED)),
    ...both(ordered('position', POSITION)),
    ...ordered('name.lastName', LAST),
    ...both(ordered('name.firstName', FIRST)),
    ...both(ordered('name.firstName', FIRST, [LAST])),
    ...both(ordered('name.lastName', LAST, [FIRST])),
  ]
  const requests: RowsRequest[] = []
  for (const { orderBy, terms, sql } of orders) {
    const path = `/rest/people?count=none&${FIELDS}&order_by=${orderBy}`
    requests.push({ name: `order by ${orderBy}`, targetMs: ORDER_MS, path })
    for (const [share, where] of [
      [0.5, 'in the middle'],
      [0.93, 'near the end'],
    ] as const) {
      const name = `order by ${orderBy}, ${where}`
      // Finding the record costs seconds.
      if (!isAsked(name) && !isAsked(`${name}, backward`)) continue
      const cursor = await cursorAt(pool, schema, terms, sql, Math.floor(people * share))
      requests.push({
        name,
        targetMs: ORDER_MS,
        path: `${path}&starting_after=${cursor}`,
      })
      if (share === 0.5)
        requests.push({
          name: `${name}, backward`,
          targetMs: ORDER_MS,
          path: `${path}&ending_before=${cursor}`,
        })
    }
  }
  return [...requests, ...(await frequentRequests(pool, schema, isAsked))]
}
