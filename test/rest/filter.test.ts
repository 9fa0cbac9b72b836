import test from 'ava'
import fc from 'fast-check'
import { Problem } from '../../gateway/error/problem.ts'
import { parseFilter } from '../../gateway/rest/filter.ts'

const CASES: readonly [text: string, filter: unknown][] = [
  ['name[eq]:Acme', { name: { eq: 'Acme' } }],
  ['name[eq]:"Acme"', { name: { eq: 'Acme' } }],
  ["name[eq]:'Acme'", { name: { eq: 'Acme' } }],
  ['name[eq]:""', { name: { eq: '' } }],
  ['name[eq]:Acme (UK), Ltd[eq]:x', { and: [{ name: { eq: 'Acme (UK)' } }, { Ltd: { eq: 'x' } }] }],
  ['name[eq]:"a, b) [c] (d"', { name: { eq: 'a, b) [c] (d' } }],
  ['name[eq]:"say \\"hi\\" \\\\ it\'s"', { name: { eq: 'say "hi" \\ it\'s' } }],
  ['name[like]:"100\\%"', { name: { like: '100\\%' } }],
  ['createdAt[gte]:2026-01-01T10:00:00Z', { createdAt: { gte: '2026-01-01T10:00:00Z' } }],
  ['emails.primaryEmail[ilike]:"%@acme.test"', { emails: { primaryEmail: { ilike: '%@acme.test' } } }],
  ['stage[in]:["NEW","MEETING"]', { stage: { in: ['NEW', 'MEETING'] } }],
  ['stage[in]:[NEW, MEETING]', { stage: { in: ['NEW', 'MEETING'] } }],
  ['name[in]:["a,b","c]d"]', { name: { in: ['a,b', 'c]d'] } }],
  ['name[in]:[]', { name: { in: [] } }],
  ['deletedAt[is]:NULL', { deletedAt: { is: 'NULL' } }],
  ['a[eq]:1,b[eq]:2', { and: [{ a: { eq: '1' } }, { b: { eq: '2' } }] }],
  ['or(a[eq]:1,b[eq]:2)', { or: [{ a: { eq: '1' } }, { b: { eq: '2' } }] }],
  [
    'or(a[eq]:1),or(b[eq]:2,c[eq]:3)',
    { and: [{ or: [{ a: { eq: '1' } }] }, { or: [{ b: { eq: '2' } }, { c: { eq: '3' } }] }] },
  ],
  [
    'and(or(city[eq]:"Paris",city[eq]:"Lyon"),not(deletedAt[is]:NULL))',
    {
      and: [
        { or: [{ city: { eq: 'Paris' } }, { city: { eq: 'Lyon' } }] },
        { not: { deletedAt: { is: 'NULL' } } },
      ],
    },
  ],
  ['order[eq]:1', { order: { eq: '1' } }],
]

for (const [text, filter] of CASES) {
  test(`reads ${text}`, (t) => {
    t.deepEqual(parseFilter(text), filter as never)
  })
}

test('reads nothing as no filter', (t) => {
  t.is(parseFilter(undefined), undefined)
  t.is(parseFilter('  '), undefined)
})

const REFUSALS: readonly [text: string, message: string][] = [
  ['name', "'filter' invalid for 'name'. eg: price[gte]:10"],
  ['name[eq]', "'filter' invalid for 'name[eq]'. eg: price[gte]:10"],
  ['name[eq]:', "'filter' invalid for 'name[eq]:'. eg: price[gte]:10"],
  ['a[eq]:1,', "'filter' invalid for ''. eg: price[gte]:10"],
  [
    'name[foo]:1',
    "'filter' invalid for 'name[foo]:1', comparator foo not in eq, neq, in, containsAny, is, gt, gte, lt, lte, startsWith, endsWith, like, ilike, containsIlike, isEmptyArray, search",
  ],
  [
    'name[in]:a',
    "'filter' invalid for 'in' operator. Received 'a' but array value expected eg: 'field[in]:[value_1,value_2]'",
  ],
  ['or(a[eq]:1', "'filter' invalid. 1 close bracket is missing in the query"],
  ['and(or(a[eq]:1', "'filter' invalid. 2 close brackets are missing in the query"],
  ['a[eq]:1))', "'filter' invalid. 2 open brackets are missing in the query"],
  [
    'not(a[eq]:1,b[eq]:2)',
    "'filter' invalid. 'not' conjunction should contain only 1 condition. eg: not(field[eq]:1)",
  ],
  ['name[eq]:"open', `'filter' invalid. A quoted value does not end: "open`],
]

for (const [text, message] of REFUSALS) {
  test(`refuses ${text}`, (t) => {
    const error = t.throws(() => parseFilter(text), { instanceOf: Problem })
    t.is(error?.message, message)
    t.is(error?.status, 400)
  })
}

test('refuses ten thousand levels without falling over', (t) => {
  const deep = `${'and('.repeat(10_000)}a[eq]:1${')'.repeat(10_000)}`
  const error = t.throws(() => parseFilter(deep), { instanceOf: Problem })
  t.is(error?.status, 400)
  t.regex(error?.message ?? '', /at most 20 levels/)
})

test('any value survives quoting', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const quoted = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
      t.deepEqual(parseFilter(`name[eq]:"${quoted}",x[in]:["${quoted}"]`), {
        and: [{ name: { eq: value } }, { x: { in: [value] } }],
      } as never)
    }),
    { numRuns: 500 },
  )
})

test('any text is either read or refused, never a crash', (t) => {
  const piece = fc.constantFrom(
    'and(',
    'or(',
    'not(',
    ')',
    ',',
    '[eq]:',
    '[in]:',
    '[',
    ']',
    '"',
    "'",
    '\\',
    'a',
    '.',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 30 }), (pieces) => {
      try {
        parseFilter(pieces.join(''))
      } catch (error) {
        t.true(error instanceof Problem && error.status === 400)
      }
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})
