// The requests for a large table, with what each may take: the table of the size that docs/large-tables.md
// describes.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'

interface Asked {
  readonly name: string
  /** Milliseconds; null: only shown. */
  readonly targetMs: number | null
  /** Default: the administrators'. */
  readonly role?: 'rare'
}

export type RowsRequest = Asked &
  (
    | { readonly path: string; readonly body?: unknown }
    | { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> }
  )

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
const cursorAt = async (
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

const FIELDS = 'fields=id,name,jobTitle,createdAt'
const ORDER_MS = 20

const countRequests = (cursor: string): readonly RowsRequest[] => [
  ...['exact', 'estimated', 'none'].map((mode) => ({
    name: `list 60, count=${mode}`,
    targetMs: mode === 'exact' ? null : ORDER_MS,
    path: `/rest/people?count=${mode}`,
  })),
  {
    name: 'list 60 deep in the order of the key, count=none',
    targetMs: ORDER_MS,
    path: `/rest/people?count=none&starting_after=${cursor}`,
  },
  { name: 'list 20 with relations', targetMs: null, path: '/rest/people?count=none&depth=1&limit=20' },
  { name: 'the rare role: list 60, exact', targetMs: null, role: 'rare', path: '/rest/people' },
  {
    name: 'the rare role: list 60 by createdAt desc',
    targetMs: ORDER_MS,
    role: 'rare',
    path: '/rest/people?count=none&order_by=createdAt[DescNullsLast]',
  },
]

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

const orderRequests = async (
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
  return requests
}

const relationRequests = (): readonly RowsRequest[] => {
  const byTitle = encodeURIComponent('[{"jobTitle":true}]')
  const byCompany = encodeURIComponent('[{"company":{"name":true}}]')
  const byMonth = encodeURIComponent('[{"createdAt":{"granularity":"MONTH"}}]')
  return [
    {
      name: 'order by company.name',
      targetMs: 2_000,
      path: `/rest/people?count=none&${FIELDS}&order_by=company.name`,
    },
    { name: 'groups by jobTitle', targetMs: 1_500, path: `/rest/people/groupBy?group_by=${byTitle}` },
    {
      name: 'groups by the month of createdAt',
      targetMs: 1_500,
      path: `/rest/people/groupBy?group_by=${byMonth}`,
    },
    { name: 'groups by company.name', targetMs: 1_500, path: `/rest/people/groupBy?group_by=${byCompany}` },
    {
      name: 'groups by jobTitle with sample records',
      targetMs: 1_500,
      path: `/rest/people/groupBy?group_by=${byTitle}&include_records_sample=true`,
    },
    {
      name: 'groups by company.name with sample records',
      targetMs: 1_500,
      path: `/rest/people/groupBy?group_by=${byCompany}&include_records_sample=true`,
    },
    {
      name: '60 companies with people(first: 3) and totals',
      targetMs: null,
      query:
        '{ companies(first: 60) { edges { node { id people(first: 3) { totalCount edges { node { id } } } } } } }',
    },
  ]
}

const filterRequests = (): readonly RowsRequest[] => {
  const filtered = (filter: string) => `/rest/people?${FIELDS}&filter=${encodeURIComponent(filter)}`
  return [
    { name: 'filter jobTitle[eq] without a match', targetMs: null, path: filtered('jobTitle[eq]:absent') },
    {
      name: 'filter by e-mail',
      targetMs: null,
      path: filtered('emails.primaryEmail[eq]:person-4711@example.test'),
    },
    {
      name: 'ilike "%mily1234%", trigrams',
      targetMs: 50,
      path: filtered('name.lastName[ilike]:"%mily1234%"'),
    },
    { name: 'ilike of no record, trigrams', targetMs: 50, path: filtered('name.lastName[ilike]:"%xyzabc%"') },
    {
      name: 'startsWith "Family123", trigrams',
      targetMs: 50,
      path: filtered('name.lastName[startsWith]:Family123'),
    },
    {
      name: 'startsWith "Family123", count=none',
      targetMs: 50,
      path: `${filtered('name.lastName[startsWith]:Family123')}&count=none`,
    },
  ]
}

const searchRequests = (): readonly RowsRequest[] => {
  const query =
    'query S($text: String!) { search(searchInput: $text, limit: 20) { edges { node { recordId } } isPartial } }'
  const words: readonly (readonly [string, string])[] = [
    ['a common letter', 'l'],
    ['a word of a third of all', 'first'],
    ['two common words', 'first last'],
    ['a phone number', '0049 30 00012344'],
    ['part of a phone number', '00123'],
    ['the beginning of a word', 'family1999'],
    ['one person', 'person-4711@example.test'],
    ['no record', 'zzzzzz'],
    ['nothing', ''],
  ]
  return [
    ...words.map(([what, text]) => ({
      name: `search for ${what}`,
      targetMs: 500,
      query,
      variables: { text },
    })),
    {
      name: 'the rare role: search for a common letter',
      targetMs: 500,
      role: 'rare' as const,
      query,
      variables: { text: 'l' },
    },
    {
      name: 'REST filter searchVector[search] of a common letter',
      targetMs: null,
      path: `/rest/people?${FIELDS}&count=none&filter=${encodeURIComponent('searchVector[search]:"l"')}`,
    },
  ]
}

const duplicateRequests = async (pool: Pool, schema: string): Promise<readonly RowsRequest[]> => {
  const one = async (where: string): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>(
      bindSchema(
        `select id from ${inWorkspace('person')} where ${where} and deleted_at is null limit 1`,
        schema,
      ),
    )
    return rows[0]?.id ?? ''
  }
  const of = (name: string, id: string): RowsRequest => ({
    name: `duplicates of ${name}`,
    targetMs: 50,
    path: '/rest/people/duplicates',
    body: { ids: [id] },
  })
  return [
    of(
      'a person with all criteria',
      await one(
        'name_first_name is not null and name_last_name is not null and emails_primary_email is not null and linkedin_link_primary_link_url is not null',
      ),
    ),
    of(
      'a person with an e-mail alone',
      await one('name_first_name is null and emails_primary_email is not null'),
    ),
  ]
}

export const requestsOf = async (
  pool: Pool,
  schema: string,
  people: number,
  isAsked: (name: string) => boolean,
): Promise<readonly RowsRequest[]> => [
  ...countRequests(await cursorAt(pool, schema, [], 'id', Math.floor(people / 2))),
  ...(await orderRequests(pool, schema, Math.floor(people * 0.96), isAsked)),
  ...relationRequests(),
  ...filterRequests(),
  ...searchRequests(),
  ...(await duplicateRequests(pool, schema)),
]
