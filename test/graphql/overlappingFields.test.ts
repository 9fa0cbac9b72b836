// Our rule for fields of one name in an answer agrees with GraphQL's own, which compares each with each.

import test from 'ava'
import fc from 'fast-check'
import { buildSchema, OverlappingFieldsCanBeMergedRule, parse, validate } from 'postgraphile/graphql'
import { overlappingFields } from '../../gateway/graphql/validation/overlappingFields.ts'

const schema = buildSchema(`
  type Query { a: Thing, b(of: Int, by: In): Thing, c: [Thing], n: Int }
  type Thing { a: Other, b(of: Int, by: In): Thing, c: [Thing], n: Int, m: Int!, s: String, l: [Int], k: [Int!], e: E, f: E! }
  type Other { a: Thing, b(of: Int, by: In): Other, c: [Other!], n: String, m: Int, s: String, l: [Int], k: [Int], e: Int, f: E }
  enum E { X Y }
  input In { p: Int, q: [String], r: In }
`)

const FRAGMENTS = ['f0', 'f1', 'f2', 'f3']
const TARGETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Query: { a: 'Thing', b: 'Thing', c: 'Thing' },
  Thing: { a: 'Other', b: 'Thing', c: 'Thing' },
  Other: { a: 'Thing', b: 'Other', c: 'Other' },
}
const LEAVES: Readonly<Record<string, readonly string[]>> = {
  Query: ['n', '__typename', 'missing'],
  Thing: ['n', 'm', 's', 'l', 'k', 'e', 'f', '__typename', 'missing'],
  Other: ['n', 'm', 's', 'l', 'k', 'e', 'f', '__typename', 'missing'],
}

const ARGUMENTS = fc.constantFrom(
  ...['', '', '(of: 1)', '(of: 2)', '(of: $v)', '(by: { p: 1, q: ["x"] })', '(by: { q: ["x"], p: 1 })'],
  ...['(of: 1, by: { r: { p: 1 } })', '(by: { r: { p: 1 } }, of: 1)', '(by: { q: ["""x"""] })', '(by: null)'],
)
const ALIAS = fc.constantFrom('', '', '', 'x: ', 'y: ', 'n: ', 'a: ')

/** The types of the fragments are chosen first. @param next first fragment that may be spread: none contains itself */
const selections = (
  types: readonly string[],
  type: string,
  next: number,
  depth: number,
): fc.Arbitrary<string> => {
  const leaf = fc.tuple(ALIAS, fc.constantFrom(...(LEAVES[type] ?? []))).map(([alias, name]) => alias + name)
  const choices: fc.Arbitrary<string>[] = [leaf, leaf]
  const spread = FRAGMENTS.map((name, at) => ({ name, at })).filter(
    ({ at }) => at >= next && types[at] === type,
  )
  if (spread.length > 0) choices.push(fc.constantFrom(...spread.map(({ name }) => `...${name}`)))
  if (depth > 0) {
    choices.push(
      fc
        .constantFrom('a', 'b', 'c')
        .chain((name) =>
          fc
            .tuple(ALIAS, ARGUMENTS, selections(types, TARGETS[type]?.[name] ?? type, next, depth - 1))
            .map(([alias, given, inner]) => `${alias}${name}${name === 'b' ? given : ''} { ${inner} }`),
        ),
      fc
        .tuple(fc.constantFrom('...', `... on ${type}`), selections(types, type, next, depth - 1))
        .map(([head, inner]) => `${head} { ${inner} }`),
    )
  }
  return fc.array(fc.oneof(...choices), { minLength: 1, maxLength: 4 }).map((each) => each.join(' '))
}

const DOCUMENT = fc.tuple(...FRAGMENTS.map(() => fc.constantFrom('Query', 'Thing', 'Other'))).chain((types) =>
  fc
    .tuple(
      selections(types, 'Query', 0, 3),
      ...FRAGMENTS.map((_, at) => selections(types, types[at] ?? 'Thing', at + 1, 2)),
    )
    .map(([operation, ...fragments]) => {
      // An unused fragment is refused by another rule, and ours never looks into it.
      let text = `query ($v: Int) { ${operation} }`
      for (const [at, name] of FRAGMENTS.entries())
        if (text.includes(`...${name}`)) text += ` fragment ${name} on ${types[at]} { ${fragments[at]} }`
      return text
    }),
)

const errorsOf = (text: string, rule: typeof OverlappingFieldsCanBeMergedRule): readonly string[] =>
  validate(schema, parse(text), [rule]).map(({ message }) => message)

test('finds a conflict where the rule of GraphQL itself finds one', (t) => {
  let conflicts = 0
  let merges = 0
  fc.assert(
    fc.property(DOCUMENT, (text) => {
      const expected = errorsOf(text, OverlappingFieldsCanBeMergedRule)
      const found = errorsOf(text, overlappingFields)
      t.is(found.length > 0, expected.length > 0, `${text}\n${[...expected, ...found].join('\n')}`)
      if (expected.length > 0) conflicts += 1
      else merges += 1
    }),
    { numRuns: 600 },
  )
  t.true(conflicts > 50, `${conflicts} conflicts`)
  t.true(merges > 50, `${merges} documents without a conflict`)
})

test('names the fields and the reason like GraphQL itself', (t) => {
  for (const text of [
    '{ n: __typename n }',
    '{ b(of: 1) { n } b(of: 2) { n } }',
    '{ a { x: n } a { x: s } }',
    '{ a { a { x: n } } ...f0 } fragment f0 on Query { a { a { x: m } } }',
    '{ a { b { x: l } } a { b { x: k } } }',
    '{ c { x: a { n } x: b { n } } }',
  ])
    t.deepEqual(errorsOf(text, overlappingFields), errorsOf(text, OverlappingFieldsCanBeMergedRule), text)
})

test('a fragment that contains itself is left to the rule of cycles', (t) => {
  t.deepEqual(errorsOf('{ a { ...f0 } } fragment f0 on Other { a { a { ...f0 } } }', overlappingFields), [])
})
