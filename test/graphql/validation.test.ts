// Documents are validated as by GraphQL's own `validate` and rules: the same errors, in the same order, at the
// same nodes.

import test from 'ava'
import fc from 'fast-check'
import { buildSchema, type GraphQLError, parse, specifiedRules, validate } from 'postgraphile/graphql'
import { rulesFor } from '../../gateway/graphql/validation/rules.ts'
import { validateDocument } from '../../gateway/graphql/validation/validate.ts'

const schema = buildSchema(`
  type Query { a(of: Int!, by: In, all: [Int!]): Thing, n: Int }
  type Thing { a(by: In, is: E = X): Thing, n: Int, s: String }
  enum E { X Y }
  input In { p: Int, q: [String!], r: In, e: E! }
`)

const VALUE = fc.constantFrom(
  ...['1', '"x"', '$v', '$w', '$missing', 'X', 'Z', 'null', 'true', '[1, $v]', '["x", null]'],
  ...[
    '{ e: X }',
    '{ p: $v, e: Y }',
    '{ p: 1, p: 2, e: X }',
    '{ q: ["x", $w], r: { e: $e }, e: X }',
    '{ z: 1 }',
  ],
)
const DIRECTIVES = fc.constantFrom(
  ...['', '', '', '@include(if: $c)', '@skip(if: true) @skip(if: false)', '@include', '@skip(if: $v)'],
  ...['@include(if: $c, if: $c)', '@missing(of: $w)', '@include(if: $c, other: 1)', '@deprecated'],
)
const ARGUMENTS = fc
  .array(fc.tuple(fc.constantFrom('of', 'of', 'by', 'all', 'is', 'missing'), VALUE), { maxLength: 3 })
  .map((each) =>
    each.length === 0 ? '' : `(${each.map(([name, value]) => `${name}: ${value}`).join(', ')})`,
  )

const selections = (depth: number): fc.Arbitrary<string> => {
  const leaf = fc
    .tuple(
      fc.constantFrom('n', 's', '__typename', 'missing', 'x: n', '...f', '...g', '...absent'),
      DIRECTIVES,
    )
    .map((each) => each.join(' '))
  const inner = fc.tuple(ARGUMENTS, DIRECTIVES, depth > 0 ? selections(depth - 1) : fc.constant('n'))
  const nested = fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'y: a', 'n'), inner)
      .map(([name, [given, directives, set]]) => `${name}${given} ${directives} { ${set} }`),
    fc
      .tuple(fc.constantFrom('...', '... on Thing', '... on E', '... on Absent'), inner)
      .map(([head, [, directives, set]]) => `${head} ${directives} { ${set} }`),
  )
  return fc.array(fc.oneof(leaf, nested), { minLength: 1, maxLength: 3 }).map((each) => each.join(' '))
}

const DEFINITION = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('query', 'query q', 'query r', 'mutation', 'subscription'),
      fc.uniqueArray(
        fc.constantFrom(
          '$v: Int',
          '$v: Int = 1',
          '$w: [String!]',
          '$c: Boolean!',
          '$e: E',
          '$e: Absent',
          '$c: Thing',
        ),
        { maxLength: 4 },
      ),
      DIRECTIVES,
      selections(2),
    )
    .map(
      ([head, variables, directives, set]) =>
        `${head}${variables.length === 0 ? '' : `(${variables.join(', ')})`} ${directives} { ${set} }`,
    ),
  fc
    .tuple(fc.constantFrom('f', 'g'), fc.constantFrom('Query', 'Thing', 'In'), DIRECTIVES, selections(1))
    .map(([name, type, directives, set]) => `fragment ${name} on ${type} ${directives} { ${set} }`),
  fc.constant('type Query { n: Int }'),
)
const DOCUMENT = fc.array(DEFINITION, { minLength: 1, maxLength: 4 }).map((each) => each.join('\n'))

/** Texts of errors with their nodes. Conflicts of names have a rule of ours (overlappingFields.test.ts). */
const shown = (errors: readonly GraphQLError[]): readonly string[] =>
  errors
    .filter(({ message }) => !message.startsWith('Fields "'))
    .map(({ message, nodes }) => `${message} ${nodes?.map(({ loc }) => `${loc?.start}-${loc?.end}`).join()}`)

test('finds the errors that the rules of GraphQL find, at the same nodes', (t) => {
  const kinds = new Set<string>()
  fc.assert(
    fc.property(DOCUMENT, (text) => {
      const document = parse(text)
      const expected = shown(validate(schema, document, specifiedRules, { maxErrors: 1_000 }))
      t.deepEqual(shown(validateDocument(schema, document, rulesFor(text), 1_000)), expected, text)
      for (const message of expected) kinds.add(message.replaceAll(/"[^"]*"|[\d,-]+$/g, ''))
    }),
    { numRuns: 150 },
  )
  t.true(kinds.size > 25, [...kinds].join('\n'))
})

test('stops after the given number of errors, with one that names the limit', (t) => {
  const document = parse(`{ ${Array.from({ length: 30 }, (_, at) => `missing${at}`).join(' ')} }`)
  for (const limit of [1, 20]) {
    const [found, expected] = [
      validateDocument(schema, document, rulesFor(''), limit),
      validate(schema, document, rulesFor(''), { maxErrors: limit }),
    ]
    t.is(found.length, limit + 1)
    t.deepEqual(shown(found), shown(expected))
  }
})
