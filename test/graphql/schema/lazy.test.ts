// What of a schema is built when, and in which slices.

import test from 'ava'
import {
  type DocumentNode,
  executeSync,
  GraphQLSchema,
  getIntrospectionQuery,
  getOperationAST,
  isInputObjectType,
  isObjectType,
  parse,
  printSchema,
} from 'postgraphile/graphql'
import { prepareDocument } from '../../../gateway/graphql/document.ts'
import { introspect } from '../../../gateway/graphql/introspect.ts'
import { printInSlices } from '../../../gateway/graphql/introspection.ts'
import { type CompiledSchema, compileSchema } from '../../../gateway/graphql/schema/compile.ts'
import { collectFields, fragmentsOf } from '../../../gateway/graphql/select/collect.ts'
import { readCatalog } from '../../../sql/catalog/catalog.ts'
import { indexObjects, type Model, type ObjectModel } from '../../../tenants/model/model.ts'
import { deriveModel } from '../../../tenants/model/read/derive.ts'
import { openModel } from '../../support/model.ts'

/** Fields after which a slice ends. */
const MAX_UNITS = 250

let standard: Model

test.before(async (t) => {
  const closes: (() => Promise<void>)[] = []
  const { pool, workspace } = await openModel({ teardown: (work) => void closes.push(work) })
  const catalog = await readCatalog(pool, workspace.schemaName)
  for (const close of closes) await close()
  if (catalog === null) return t.fail()
  standard = deriveModel(catalog, { standard: true })
})

/** Copies of companies beside the standard objects. */
const withCopies = (count: number): Model => {
  const [company] = standard.objects.filter(({ nameSingular }) => nameSingular === 'company')
  if (company === undefined) throw new Error('There are no companies.')
  const copyOf = (index: number): ObjectModel => ({
    ...company,
    table: `copy ${index}`,
    nameSingular: `copy${index}`,
    namePlural: `copies${index}`,
    typeName: `Copy${index}`,
    pluralTypeName: `Copies${index}`,
  })
  const copies = Array.from({ length: count }, (_, index) => copyOf(index))
  return { ...standard, ...indexObjects([...standard.objects, ...copies]) }
}

/** Names of types whose fields were built. */
const builtOf = ({ schema }: CompiledSchema, names: readonly string[]): readonly string[] =>
  names.filter((name) => {
    const type = schema.getType(name)
    if (!isObjectType(type) && !isInputObjectType(type)) return false
    return typeof Reflect.get(type, '_fields') !== 'function'
  })

const validated = (text: string, { schema }: CompiledSchema) => prepareDocument(text, schema, () => null)

test('a document builds the fields of the types that it selects from, in a large model too', async (t) => {
  const names = Object.keys((await compileSchema(standard)).schema.getTypeMap())
  for (const model of [standard, withCopies(50)]) {
    const compiled = await compileSchema(model)
    t.deepEqual(
      builtOf(compiled, names).filter((name) => !name.startsWith('__')),
      ['Query', 'Mutation', 'Subscription'],
    )
    validated(
      'query ($id: UUID) { companies(filter: { id: { eq: $id } }) { edges { node { name } } } }',
      compiled,
    )
    t.deepEqual(
      builtOf(compiled, names)
        .filter((name) => !name.startsWith('__'))
        .toSorted(),
      [
        ...['Company', 'CompanyConnection', 'CompanyEdge', 'CompanyFilterInput'],
        ...['Mutation', 'Query', 'Subscription', 'UUIDFilter'],
      ],
    )
  }
})

test('a type that does not exist is refused with the names of others, and builds nothing', async (t) => {
  const compiled = await compileSchema(standard)
  const { message } = t.throws(() =>
    validated('query ($id: Compani) { company(filter: {}) { id } }', compiled),
  )
  t.is(message.split('.')[0], 'Unknown type "Compani"')
  t.true(message.includes('"Company"'), message)
  t.deepEqual(builtOf(compiled, ['Person', 'PersonConnection', 'PersonFilterInput']), [])
})

test('a complete schema has the types that GraphQL finds, in its order', async (t) => {
  const { schema, complete } = await compileSchema(standard)
  await complete()
  const { types: _, ...roots } = schema.toConfig()
  t.deepEqual(Object.entries(schema.getTypeMap()), Object.entries(new GraphQLSchema(roots).getTypeMap()))
  t.is(schema.getType('Company'), schema.getTypeMap().Company)
  t.is(schema.getType('Compani'), undefined)
  const again = await compileSchema(standard)
  t.deepEqual(Object.keys(again.schema.getTypeMap()), Object.keys(schema.getTypeMap()))
})

test('a schema is compiled in slices, and its root fields are listed without being made', async (t) => {
  const slices: number[] = []
  const { schema, size } = await compileSchema(withCopies(290), (units) => slices.push(units))
  const before = size.bytes()
  const fields = schema.getQueryType()?.getFields() ?? {}
  t.true(Object.keys(fields).length > 1_200)
  t.true('copies1' in fields)
  t.false(Reflect.has(fields, 'toString') || Reflect.get(fields, 'toString') !== undefined)
  t.is(size.bytes(), before)
  t.is(fields.copies1, fields.copies1)
  t.true(size.bytes() > before)
  // Types, then the fields of each root.
  t.true(slices.length >= 3, `${slices}`)
  t.true(Math.max(...slices) < 23 * 300, `${slices}`)
})

/** The answer for the first field of the document. */
const introspected = async (
  compiled: CompiledSchema,
  document: DocumentNode,
  onSlice?: (units: number) => void,
): Promise<string> => {
  const operation = getOperationAST(document)
  if (!operation) throw new Error('There is no operation.')
  const fragments = fragmentsOf(document)
  const [selected] = collectFields([operation.selectionSet], { fragments, variables: {} })
  if (selected === undefined) throw new Error('Nothing is selected.')
  const answer = await introspect(compiled, { document, operation, selected }, {}, onSlice)
  return typeof answer === 'string' ? answer : Buffer.concat(answer).toString()
}

test('a large schema is completed, introspected and printed in slices', async (t) => {
  const compiled = await compileSchema(withCopies(30))
  const slices: number[] = []
  await compiled.complete((units) => slices.push(units))
  const largest = Math.max(
    ...Object.values(compiled.schema.getTypeMap()).map((type) =>
      isObjectType(type) || isInputObjectType(type) ? Object.keys(type.getFields()).length : 1,
    ),
  )
  const ofType = Math.min(largest, 200)
  t.true(slices.length > 20, `${slices.length}`)
  t.true(Math.max(...slices) < MAX_UNITS + ofType, `${Math.max(...slices)}`)

  slices.length = 0
  const document = parse(getIntrospectionQuery())
  const text = await introspected(compiled, document, (units) => slices.push(units))
  t.true(slices.length > 20, `${slices.length}`)
  t.true(Math.max(...slices) <= MAX_UNITS, `${Math.max(...slices)}`)
  const { data } = executeSync({ schema: compiled.schema, document })
  t.is(text, JSON.stringify(data?.__schema))
  const printed = printSchema(compiled.schema)
  for (const maxFields of [1, 7, 1_000]) t.is((await printInSlices(compiled, maxFields)).toString(), printed)
})

const INTROSPECTIONS = [
  '{ __schema { queryType { name fields { name } } types { name } mutationType { name } } }',
  `{ __schema { one: types { name two: fields { name args { name } } fields { type { name } } } types { kind } } }`,
  `query ($no: Boolean = false, $yes: Boolean = true) { __schema { ...some types @include(if: $yes) { name
    fields(includeDeprecated: true) @skip(if: $no) { name } inputFields { name } enumValues { name } } } }
    fragment some on __Schema { directives { name } types { ...of } } fragment of on __Type { kind fields @skip(if: $yes) { name } }`,
  '{ __schema { __typename types @skip(if: true) { name } } }',
  '{ __schema { types @skip(if: true) { name } } }',
  '{ __schema { types { name @skip(if: true) } } }',
  '{ __type(name: "Query") { name fields { name type { name fields { name } } } } }',
]

test('introspection answers in slices what the executor answers at once', async (t) => {
  const compiled = await compileSchema(withCopies(30))
  for (const text of INTROSPECTIONS) {
    const document = parse(text)
    const answer = await introspected(compiled, document)
    const { data } = executeSync({ schema: compiled.schema, document })
    t.is(answer, JSON.stringify(Object.values(data ?? {})[0]), text)
  }
})
