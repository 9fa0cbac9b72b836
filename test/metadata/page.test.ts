import test from 'ava'
import {
  type CursorPaging,
  parsePaging,
  takePage,
  toConnection,
} from '../../gateway/metadata/connectionPage.ts'
import { matchesFilter } from '../../gateway/metadata/filter.ts'

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const things = [3, 1, 5, 2, 4].map((n) => ({ body: { id: id(n), n } }))
const page = (paging: CursorPaging, all = things) => toConnection(takePage(all, parsePaging(paging)))
const numbers = (paging: CursorPaging, all = things) => page(paging, all).edges.map(({ node }) => node.body.n)
const cursor = (n: number): string => Buffer.from(id(n)).toString('base64')

test('pages begin with the largest id and follow each other by cursors', (t) => {
  const first = page({ first: 2 })
  t.deepEqual(
    first.edges.map(({ node }) => node.body.n),
    [5, 4],
  )
  t.like(first.pageInfo, { hasNextPage: true, hasPreviousPage: false })
  t.deepEqual(numbers({ first: 2, after: first.pageInfo.endCursor }), [3, 2])
  const last = page({ first: 2, after: cursor(2) })
  t.like(last.pageInfo, { hasNextPage: false, hasPreviousPage: true })
  t.deepEqual(numbers({ last: 2, before: cursor(2) }), [4, 3])
  t.deepEqual(numbers({ last: 2 }), [2, 1])
})

test('a page neither repeats nor hides others when the thing at its cursor is gone', (t) => {
  const without = things.filter(({ body }) => body.n !== 4)
  t.deepEqual(numbers({ first: 2, after: cursor(4) }, without), [3, 2])
  t.deepEqual(numbers({ last: 2, before: cursor(4) }, without), [5])
})

test('without a size a page holds ten, and never more than a thousand', (t) => {
  const many = Array.from({ length: 20 }, (_, n) => ({ body: { id: id(n), n } }))
  t.is(numbers({}, many).length, 10)
  t.deepEqual(numbers({ first: 0 }), [])
  for (const paging of [{ first: 1001 }, { first: -1 }, { last: 1001 }, { first: 1, last: 1 }])
    t.throws(() => page(paging), { name: 'Problem' })
  t.throws(() => page({ after: 'nonsense' }), { message: /^Invalid cursor/ })
  t.deepEqual(page({ first: 0 }).pageInfo, {
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: null,
  })
})

const filters: readonly (readonly [
  title: string,
  filter: Parameters<typeof matchesFilter>[0],
  holds: boolean,
])[] = [
  ['nothing asked', {}, true],
  ['is true', { isActive: { is: true } }, true],
  ['is false', { isActive: { is: false } }, false],
  ['isNot true', { isActive: { isNot: true } }, false],
  ['null is null', { nothing: { is: null } }, true],
  ['a uuid is no boolean', { id: { is: true } }, false],
  ['eq', { id: { eq: id(2) } }, true],
  ['neq', { id: { neq: id(2) } }, false],
  ['in', { id: { in: [id(1), id(2)] } }, true],
  ['in nothing', { id: { in: [] } }, false],
  ['notIn', { id: { notIn: [id(1)] } }, true],
  ['gt and lt', { id: { gt: id(1), lt: id(3) } }, true],
  ['gt, but not lt', { id: { gt: id(1), lt: id(2) } }, false],
  ['two conditions hold together', { isActive: { is: true }, id: { eq: id(1) } }, false],
  ['or', { or: [{ id: { eq: id(1) } }, { id: { eq: id(2) } }] }, true],
  ['and', { and: [{ id: { eq: id(2) } }, { isActive: { is: false } }] }, false],
  ['or beside a condition', { isActive: { is: false }, or: [{ id: { eq: id(2) } }] }, false],
  ['empty lists ask nothing', { and: [], or: [] }, true],
]

for (const [title, filter, holds] of filters)
  test(`a filter: ${title}`, (t) => {
    t.is(matchesFilter(filter, { id: id(2), isActive: true, nothing: null }), holds)
  })
