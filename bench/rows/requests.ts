// The requests for a large table, with what each may take: the table of the size that docs/large-tables.md
// describes.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { RARE_TITLE } from './fill.ts'
import { cursorAt, orderRequests } from './orders.ts'
import { FIELDS, ORDER_MS, type RowsRequest } from './request.ts'

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

/** Companies by conditions on all of their people. */
const quantifierRequests = (): readonly RowsRequest[] => {
  const conditions = [
    ['a rare title', { jobTitle: { eq: RARE_TITLE } }],
    ['a frequent title', { jobTitle: { eq: 'Title 0' } }],
    ['any title', { jobTitle: { is: 'NOT_NULL' } }],
  ] as const
  return ['some', 'every', 'none'].flatMap((quantifier) =>
    conditions.flatMap(([what, condition]) =>
      ['', ' totalCount'].map((total) => ({
        name: `companies with people[${quantifier}] of ${what}${total === '' ? '' : ', and their total'}`,
        targetMs: null,
        query: `query C($filter: CompanyFilterInput) { companies(first: 60, filter: $filter) {${total} edges { node { id } } } }`,
        variables: { filter: { people: { [quantifier]: condition } } },
      })),
    ),
  )
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
  ...quantifierRequests(),
  ...searchRequests(),
  ...(await duplicateRequests(pool, schema)),
]
