// Errors of GraphQL documents: what is too much, and what is not valid. See errorTable.ts.

import type { ErrorRow } from './errorRow.ts'

const row = (
  what: string,
  graphql: string,
  text: string,
  subCode?: string,
  code = 'BAD_USER_INPUT',
): ErrorRow => ({
  what,
  graphql,
  status: 400,
  code,
  ...(subCode === undefined ? {} : { subCode }),
  text,
})

const fields = (count: number): string => Array.from({ length: count }, (_, at) => `a${at}: name`).join(' ')
const roots = (count: number): string =>
  Array.from({ length: count }, (_, at) => `a${at}: people { totalCount }`).join(' ')

export const LIMITS: readonly ErrorRow[] = [
  row(
    'too many fields',
    `{ companies { edges { node { ${fields(2001)} } } } }`,
    'Query too complex - Too many fields requested: 2004 - Maximum allowed fields: 2000',
    'TOO_COMPLEX_QUERY',
  ),
  row(
    'the same mutation twice',
    'mutation { a: createCompany(data: {}) { id } b: createCompany(data: {}) { id } }',
    'Duplicate root resolver: "createCompany"',
  ),
  row(
    'a list inside a list',
    '{ companies { edges { node { people { edges { node { pointOfContactForOpportunities { edges { node { id } } } } } } } } } }',
    'Query complexity is too high. One-to-Many relation cannot be nested in another One-to-Many relation.',
    'TOO_COMPLEX_QUERY',
  ),
  row(
    'too many results of a search',
    '{ search(searchInput: "a", limit: 101) { pageInfo { hasNextPage } } }',
    'Limit cannot exceed 100 items',
  ),
  row(
    'a document that does not end',
    '{ people',
    'Syntax Error: Expected Name, found <EOF>.',
    undefined,
    'GRAPHQL_PARSE_FAILED',
  ),
  row(
    'a field that the schema does not have',
    '{ people { edges { node { x } } } }',
    'Cannot query field "x" on type "Person".',
    undefined,
    'GRAPHQL_VALIDATION_FAILED',
  ),
  row(
    'too many roots',
    `{ ${roots(21)} }`,
    'Query too complex - Too many root resolvers requested: 21 - Maximum allowed root resolvers: 20',
    'TOO_COMPLEX_QUERY',
  ),
]
