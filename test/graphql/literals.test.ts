// Values written in documents: our own ways to coerce and to validate them agree with GraphQL's.

import test from 'ava'
import {
  buildSchema,
  type FieldNode,
  type GraphQLError,
  GraphQLError as GraphQLFault,
  getArgumentValues,
  Kind,
  parse,
  specifiedRules,
  validate,
} from 'postgraphile/graphql'
import { Problem } from '../../gateway/error/problem.ts'
import { withLocations } from '../../gateway/graphql/locations.ts'
import { argumentsOf } from '../../gateway/graphql/select/arguments.ts'
import { rulesFor } from '../../gateway/graphql/validation/rules.ts'
import { createParams } from '../../gateway/records/params.ts'
import { createRun } from '../../gateway/records/run.ts'

const schema = buildSchema(`
  enum Colour { RED GREEN }
  input Needs { id: ID!, note: String = "none", inner: [Plain!] }
  input Plain { b: Int, a: String, colour: Colour, list: [[Int]], not: Plain, constructor: Int }
  input Either @oneOf { id: ID, name: String }
  type Query {
    of(plain: Plain, needs: Needs, either: Either, ids: [ID!], count: Int! = 3, colour: Colour): Int
    must(id: ID!): Int
  }
`)

const ARGUMENTS: readonly string[] = [
  'plain: {a: "x", b: 1}',
  'plain: {b: 1, a: null, colour: RED, list: [[1, null], null, 3]}',
  'plain: {list: 7, not: {not: {a: "deep"}}}',
  'plain: {constructor: 4}',
  'plain: {}',
  'plain: {a: $text, list: [[$number]]}',
  'plain: {a: $absent, list: [$absent]}',
  'plain: $plain',
  'plain: $absent',
  'plain: null',
  'plain: {b: "no number"}',
  'plain: {colour: BLUE}',
  'plain: {a: 1, a: 2}',
  'plain: {unknown: 1}',
  'plain: {constructor: {}}',
  'plain: [1]',
  'needs: {id: 5}',
  'needs: {id: 5, inner: {a: "one"}}',
  'needs: {id: 5, inner: [null]}',
  'needs: {id: null}',
  'needs: {note: "x"}',
  'needs: {id: $text}',
  'needs: {id: $absent}',
  'either: {id: 1}',
  'either: {id: 1, name: "x"}',
  'either: {id: $absent}',
  'either: {name: null}',
  'ids: 1',
  'ids: [1, "2"]',
  'ids: [$absent]',
  'ids: [$empty]',
  'count: null',
  'count: $absent',
  'count: $empty',
  'colour: $colour',
  'colour: "RED"',
  'nothing: 1',
]

const VARIABLES = { text: 'given', number: 4, plain: { a: 'whole' }, empty: null, colour: 'GREEN' }

const outcome = (work: () => unknown): unknown => {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof Problem || error instanceof GraphQLFault) return { message: error.message }
    throw error
  }
}

const fieldIn = (text: string): FieldNode => {
  const [operation] = parse(text, { noLocation: true }).definitions
  const selection =
    operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections[0] : null
  if (selection?.kind !== Kind.FIELD) throw new Error('The document has no field.')
  return selection
}

for (const given of [...ARGUMENTS, ''])
  test(`the arguments (${given}) have the values that GraphQL gives them`, (t) => {
    for (const name of ['of', 'must']) {
      const definition = schema.getQueryType()?.getFields()[name]
      if (definition === undefined) return t.fail()
      const node = fieldIn(`{ ${name}${given === '' ? '' : `(${given})`} }`)
      const ours = outcome(() => argumentsOf(definition, node)(createRun(createParams(), VARIABLES)))
      const theirs = outcome(() => getArgumentValues(definition, node, VARIABLES))
      t.deepEqual(JSON.stringify(ours), JSON.stringify(theirs))
    }
  })

const shown = (errors: readonly GraphQLError[]) =>
  errors.map(({ message, locations }) => ({ message, locations }))

for (const given of ARGUMENTS)
  for (const declared of ['', '($text: ID, $number: Int, $plain: Plain, $absent: Int, $unused: Int)'])
    test(`a document with (${given}) and the variables ${declared} has the errors and places of GraphQL`, (t) => {
      const text = `query Q${declared} {\n  of(${given})\n}`
      const document = parse(text, { noLocation: true })
      const ours = withLocations(validate(schema, document, rulesFor(text)), document, text)
      t.deepEqual(shown(ours), shown(validate(schema, parse(text), specifiedRules)))
    })
