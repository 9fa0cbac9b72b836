// Errors of reads: filters, orders, pages and groups. See errorTable.ts.

import type { ErrorRow } from './errorRow.ts'

const encoded = (path: string): string =>
  path.replace(/=([^&]*)/g, (_, value: string) => `=${encodeURIComponent(value)}`)

const row = (
  what: string,
  rest: string | null,
  graphql: string | null,
  text: string,
  subCode?: string,
  more: Partial<ErrorRow> = {},
): ErrorRow => ({
  what,
  ...(rest === null ? {} : { rest: ['GET', encoded(rest)] as const }),
  ...(graphql === null ? {} : { graphql }),
  status: 400,
  code: 'BAD_USER_INPUT',
  ...(subCode === undefined ? {} : { subCode }),
  text,
  ...more,
})

const filters = (what: string, rest: string | null, graphql: string | null, text: string): ErrorRow =>
  row(
    what,
    rest === null ? null : `/people?filter=${rest}`,
    graphql === null ? null : `{ people(filter: ${graphql}) { totalCount } }`,
    text,
    'INVALID_ARGS_FILTER',
  )

const FILTERS: readonly ErrorRow[] = [
  filters(
    'an open bracket',
    'or(city[eq]:x',
    null,
    `'filter' invalid. 1 close bracket is missing in the query`,
  ),
  filters(
    'closed brackets',
    'city[eq]:x))',
    null,
    `'filter' invalid. 2 open brackets are missing in the query`,
  ),
  filters(
    'a negation of two conditions',
    'not(jobTitle[eq]:1,jobTitle[eq]:2)',
    null,
    `'filter' invalid. 'not' conjunction should contain only 1 condition. eg: not(field[eq]:1)`,
  ),
  filters(
    'a condition without an operator',
    'jobTitle',
    null,
    `'filter' invalid for 'jobTitle'. eg: price[gte]:10`,
  ),
  filters(
    'an operator in a text where a list is due',
    'jobTitle[in]:x',
    null,
    `'filter' invalid for 'in' operator. Received 'x' but array value expected eg: 'field[in]:[value_1,value_2]'`,
  ),
  filters('an unknown field in a filter', 'x[eq]:1', null, `Object person doesn't have any "x" field.`),
  filters(
    'an operator of another type',
    'position[like]:1',
    null,
    'Operator "like" is not valid for field "position" of type POSITION - Allowed operators: eq, neq, gt, gte, lt, lte, in, is',
  ),
  filters(
    'a relation compared itself',
    'company[eq]:1',
    null,
    'Cannot filter by relation field "company": use "companyId" instead',
  ),
  filters(
    'another word for null',
    'jobTitle[is]:EMPTY',
    null,
    'Invalid filter value for "is" operator. Expected "NULL" or "NOT_NULL"',
  ),
  filters(
    'a malformed id in a filter',
    'companyId[eq]:x',
    null,
    `Invalid UUID value 'x' for field "companyId"`,
  ),
]

const LITERAL_OPERATOR: ErrorRow = {
  what: 'an operator of another type in the document',
  graphql: '{ people(filter: { position: { like: "1" } }) { totalCount } }',
  status: 400,
  code: 'GRAPHQL_VALIDATION_FAILED',
  text: 'Operator "like" is not valid for field "position" of type POSITION - Allowed operators: eq, neq, gt, gte, lt, lte, in, is',
}

const PAGES: readonly ErrorRow[] = [
  row(
    'both cursors',
    '/people?starting_after=a&ending_before=b',
    '{ people(after: "a", before: "b") { totalCount } }',
    'Cannot provide both before and after',
    'ARGS_CONFLICT',
  ),
  row(
    'both ends of a list',
    null,
    '{ people(first: 1, last: 1) { totalCount } }',
    'Cannot provide both first and last',
  ),
  row(
    'first before a cursor',
    null,
    '{ people(first: 1, before: "x") { totalCount } }',
    'Cannot provide both before and first',
  ),
  row(
    'last after a cursor',
    null,
    '{ people(last: 1, after: "x") { totalCount } }',
    'Cannot provide both after and last',
  ),
  row(
    'fewer than none of the first',
    null,
    '{ people(first: -1) { totalCount } }',
    'First argument must be non-negative',
  ),
  row(
    'fewer than none of the last',
    null,
    '{ people(last: -1) { totalCount } }',
    'Last argument must be non-negative',
  ),
  row('a negative limit', '/people?limit=-1', null, `limit '-1' is invalid. Should be an integer`),
  row(
    'a malformed cursor',
    '/people?starting_after=x',
    '{ people(after: "x") { edges { node { id } } } }',
    'Invalid cursor: x',
    'INVALID_CURSOR',
  ),
]

const ORDERS: readonly ErrorRow[] = [
  row(
    'an unknown direction',
    '/people?order_by=jobTitle[Up]',
    null,
    `'order_by' direction 'Up' invalid. Allowed values are 'AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'. eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3`,
    'INVALID_ARGS_ORDER',
  ),
  row(
    'an order by an unknown field',
    '/people?order_by=x',
    null,
    `Object person doesn't have any "x" field.`,
    'INVALID_ARGS_ORDER',
  ),
  row(
    'an order by a composite',
    '/people?order_by=name[AscNullsLast]',
    null,
    `Cannot order by composite field "name" itself: name a sub-field, eg: name.firstName`,
    'INVALID_ARGS_ORDER',
  ),
]

const groups = (
  what: string,
  rest: string,
  graphql: string | null,
  text: string,
  subCode?: string,
): ErrorRow =>
  row(
    what,
    `/opportunities/groupBy?${rest}`,
    graphql === null ? null : `{ opportunitiesGroupBy(${graphql}) { totalCount } }`,
    text,
    subCode,
  )

const GROUP_BY = `Invalid group_by query parameter - should be a valid array of objects - ex: [{"stage": true}, {"closeDate": {"granularity": "MONTH"}}]`

const GROUPS: readonly ErrorRow[] = [
  groups('no groups', 'limit=1', null, GROUP_BY, 'INVALID_ARGS_GROUP_BY'),
  groups('groups that are not JSON', 'group_by=stage', null, GROUP_BY, 'INVALID_ARGS_GROUP_BY'),
  groups(
    'groups by an unknown field',
    'group_by=[{"x":true}]',
    null,
    `Object opportunity doesn't have any "x" field.`,
    'INVALID_ARGS_GROUP_BY',
  ),
  groups(
    'an unknown granularity',
    'group_by=[{"closeDate":{"granularity":"AGE"}}]',
    null,
    'Invalid granularity \'AGE\' for "closeDate". Allowed values are DAY, WEEK, MONTH, QUARTER, YEAR, DAY_OF_THE_WEEK, MONTH_OF_THE_YEAR, QUARTER_OF_THE_YEAR, NONE',
    'INVALID_ARGS_GROUP_BY',
  ),
  groups(
    'an unknown time zone',
    'group_by=[{"closeDate":{"granularity":"DAY","timeZone":"Mars/North"}}]',
    'groupBy: [{ closeDate: { granularity: DAY, timeZone: "Mars/North" } }]',
    `Invalid time zone 'Mars/North' for "closeDate". eg: Europe/Paris`,
    'INVALID_TIMEZONE',
  ),
  groups(
    'an aggregate that is not there',
    'group_by=[{"stage":true}]&aggregate=["a","b"]',
    null,
    'Unknown aggregate field(s): a, b',
  ),
  groups(
    'aggregates that are not JSON',
    'group_by=[{"stage":true}]&aggregate=sum',
    null,
    'Invalid aggregate query parameter - should be a valid array of string - ex: ["countNotEmptyId", "countEmptyField"]',
    'INVALID_ARGS_GROUP_BY',
  ),
]

const REST_PATHS: readonly ErrorRow[] = [
  row('an unknown object', '/things', null, `object 'things' not found. eg: companies`, 'OBJECT_NOT_FOUND', {
    status: 404,
  }),
  row(
    'a path with too many parts',
    '/a/b/c',
    null,
    `Query path '/rest/a/b/c' invalid. Valid examples: /rest/companies/id or /rest/companies or /rest/batch/companies`,
  ),
  row(
    'fields that are not there',
    '/people?fields=id,a,b',
    null,
    `'fields' parameter invalid. Unknown or unreadable fields on 'person': a, b`,
    'INVALID_ARGS_FIELDS',
  ),
]

export const READS: readonly ErrorRow[] = [
  ...FILTERS,
  LITERAL_OPERATOR,
  ...PAGES,
  ...ORDERS,
  ...GROUPS,
  ...REST_PATHS,
]
