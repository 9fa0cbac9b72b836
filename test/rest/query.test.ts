import test from 'ava'
import fc from 'fast-check'
import { decodePercent, parseQuery } from '../../gateway/http/query.ts'

const CASES: readonly [encoded: string, text: string][] = [
  ['plain', 'plain'],
  ['a%20b', 'a b'],
  ['%C3%A9', 'é'],
  ['%F0%9F%98%80', '😀'],
  ['"%ac%"', '"%ac%"'],
  ['%ac%22', '%ac"'],
  ['%', '%'],
  ['100%', '100%'],
  ['%zz', '%zz'],
  ['%C3', '%C3'],
  ['%ED%A0%80', '%ED%A0%80'],
  ['%00', '\u0000'],
]

for (const [encoded, text] of CASES) {
  test(`decodes ${encoded}`, (t) => {
    t.is(decodePercent(encoded), text)
  })
}

test('decoding returns any encoded text', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      t.is(decodePercent(encodeURIComponent(text)), text)
    }),
  )
})

test('repeated, empty and valueless parameters keep their places', (t) => {
  const query = parseQuery('filter=a&filter=b&limit=&x&&=y&limit:3')
  t.deepEqual(query.get('filter'), ['a', 'b'])
  t.deepEqual(query.get('limit'), [''])
  t.deepEqual(query.get('x'), [''])
  t.deepEqual(query.get('limit:3'), [''])
})

test('a plus is a space and an encoded plus is a plus', (t) => {
  t.deepEqual(parseQuery('q=a+b%2Bc').get('q'), ['a b+c'])
})
