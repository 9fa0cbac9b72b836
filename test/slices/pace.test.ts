// Lists of a GraphQL schema, completed in slices by GraphQL's own executor.

import test from 'ava'
import { buildSchema, execute, type GraphQLObjectType, parse } from 'postgraphile/graphql'
import { createPace } from '../../gateway/slices/pace.ts'

const MAX_UNITS = 50

const schema = buildSchema(`
  type Query { objects: [Object!]! }
  type Object { name: String! fields: [Field] }
  type Field { name: String! length: Int }
`)

const OBJECTS = Array.from({ length: 120 }, (_, object) => ({
  name: `object ${object}`,
  fields: Array.from({ length: object % 40 }, (_field, at) =>
    // One without a value, and one with an error.
    object === 39 && at === 7 ? null : { name: object === 79 && at === 9 ? null : `field ${at}`, length: at },
  ),
}))

const answer = async (onSlice?: (units: number) => void) => {
  const pace = createPace({ maxUnits: MAX_UNITS, onSlice })
  const list = onSlice === undefined ? (items: readonly unknown[]) => items : pace.list
  const paced = (name: string) => (source: object) => list(Reflect.get(source, name))
  const resolvers = [
    ['Query', 'objects'],
    ['Object', 'fields'],
  ] as const
  for (const [type, name] of resolvers) {
    const field = (schema.getType(type) as GraphQLObjectType).getFields()[name]
    if (field !== undefined) field.resolve = paced(name)
  }
  const document = parse('{ objects { name fields { name length } } }')
  const { data, errors = [] } = await execute({ schema, document, rootValue: { objects: OBJECTS } })
  pace.end()
  return JSON.stringify({ data, errors: errors.map(({ message, path }) => [message, path]) })
}

test('lists that are completed in slices have the values, nulls and errors of those completed at once', async (t) => {
  const slices: number[] = []
  const whole = await answer()
  t.is(await answer((units) => slices.push(units)), whole)
  t.true(whole.includes('object 119'))
  const nodes = OBJECTS.length + OBJECTS.reduce((sum, { fields }) => sum + fields.length, 0)
  t.is(
    slices.reduce((sum, units) => sum + units, 0),
    nodes,
  )
  t.true(slices.length > nodes / (2 * MAX_UNITS), `${slices.length}`)
  t.true(Math.max(...slices) <= 2 * MAX_UNITS, `${Math.max(...slices)}`)
})

test('a short list is itself', (t) => {
  const { list } = createPace({ maxUnits: 3 })
  const [short, long] = [
    [1, 2],
    [3, 4],
  ]
  t.is(list(short), short)
  t.false(Object.is(list(long), long))
})
