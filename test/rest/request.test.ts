import test from 'ava'
import { Problem } from '../../gateway/error/problem.ts'
import { parsedRequest } from '../support/restRequest.ts'

test('fills in the defaults of a list', (t) => {
  t.deepEqual(parsedRequest('GET', '/companies', ''), {
    kind: 'findMany',
    plural: 'companies',
    shown: { depth: 0, fields: null },
    list: {
      filter: undefined,
      orderBy: [],
      page: { first: 60, last: null, offset: null, cursor: null },
      isLenient: true,
    },
    count: null,
  })
})

test('clamps a limit to 200 and ignores parameters it does not know', (t) => {
  const request = parsedRequest('GET', '/companies/', 'limit=1000&nonsense=1&limit:3')
  t.is(request.kind === 'findMany' ? request.list.page.first : null, 200)
})

test('reads order_by with and without directions and sub-fields', (t) => {
  const request = parsedRequest('GET', '/people', 'order_by=name.lastName[AscNullsLast],createdAt')
  t.deepEqual(request.kind === 'findMany' ? request.list.orderBy : null, [
    { name: { lastName: 'AscNullsLast' } },
    { createdAt: 'AscNullsFirst' },
  ])
})

test('PUT is PATCH and HEAD is GET', (t) => {
  t.is(parsedRequest('PUT', '/companies/1', '').kind, 'updateOne')
  t.is(parsedRequest('HEAD', '/companies/1', '').kind, 'findOne')
})

const REFUSALS: readonly [path: string, search: string, status: number, message: string][] = [
  ['/companies', 'limit=abc', 400, "limit 'abc' is invalid. Should be an integer"],
  ['/companies', 'limit=-1', 400, "limit '-1' is invalid. Should be an integer"],
  ['/companies', 'depth=2', 400, "'depth=2' parameter invalid. Allowed values are 0, 1"],
  ['/companies', 'starting_after=a&ending_before=b', 400, 'Cannot provide both before and after'],
  [
    '/companies',
    'filter=a[eq]:1&filter=b[eq]:2',
    400,
    "'filter' is given 2 times. Combine them: filter=and(…,…)",
  ],
]

for (const [path, search, status, message] of REFUSALS) {
  test(`refuses GET ${path}?${search}`, (t) => {
    const error = t.throws(() => parsedRequest('GET', path, search), { instanceOf: Problem })
    t.is(error?.status, status)
    t.is(error?.message, message)
  })
}
