// What is remembered of documents: the same text is parsed and planned once, and all texts together stay
// within a bound.

import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { getOperationAST } from 'postgraphile/graphql'
import { createCacheBudget, unlimitedBudget } from '../../gateway/cache/budget.ts'
import { createGraphQLDocuments } from '../../gateway/graphql/document.ts'
import { createPlans } from '../../gateway/graphql/plan.ts'
import { compileSchema } from '../../gateway/graphql/schema/compile.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

test('documents are remembered by their text, and the oldest are forgotten', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createWorkspace(pool, { name: 'Documents' })
  const catalog = await readCatalog(pool, workspace.schemaName)
  if (catalog === null) return t.fail()
  const schema = await compileSchema(deriveModel(catalog, { standard: true }))
  const budget = createCacheBudget(32_000_000)
  const other = budget.open<string, boolean>({ name: 'other' })
  other.set('permissions', true, 24_000_000)
  const { prepare: documentOf } = createGraphQLDocuments(budget)
  // Long texts fill the bound soon: a string costs little to parse.
  const textOf = (at: number): string =>
    `query q${at} { companies(filter: { name: { eq: "${'x'.repeat(20_000)}" } }) { totalCount } }`
  const first = documentOf(textOf(0), schema)
  t.is(documentOf(textOf(0), schema), first)
  for (let at = 1; at < 30; at += 1) documentOf(textOf(at), schema)
  t.not(documentOf(textOf(0), schema), first)
  t.is(documentOf(textOf(29), schema), documentOf(textOf(29), schema))
  t.true(other.get('permissions'), 'documents take a quarter of the budget at most')

  const { prepare: large } = createGraphQLDocuments(createCacheBudget(4_000_000_000))
  const kept = large(textOf(0), schema)
  for (let at = 1; at < 25; at += 1) large(textOf(at), schema)
  t.is(large(textOf(0), schema), kept)
  for (let at = 25; at < 95; at += 1) large(textOf(at), schema)
  t.not(large(textOf(0), schema), kept, 'and 64 MB of a large one')
})

test('a kept document has no places and no tokens', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createWorkspace(pool, { name: 'Places' })
  const catalog = await readCatalog(pool, workspace.schemaName)
  if (catalog === null) return t.fail()
  const schema = await compileSchema(deriveModel(catalog, { standard: true }))
  const document = createGraphQLDocuments(unlimitedBudget()).prepare(
    '{ companies(filter: { or: [] }) { totalCount } }',
    schema,
  )
  const kinds = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('kind' in value && 'loc' in value) kinds.add(String(value.kind))
    t.false('startToken' in value)
    for (const [key, inner] of Object.entries(value)) if (key !== 'source') walk(inner)
  }
  walk(document)
  t.deepEqual([...kinds], [])
})

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const heapUsed = (): number => {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('the counted memory of a document follows what it selects, not its text alone', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createWorkspace(pool, { name: 'Memory' })
  const catalog = await readCatalog(pool, workspace.schemaName)
  if (catalog === null) return t.fail()
  const model = deriveModel(catalog, { standard: true })
  const compiled = await compileSchema(model)
  const many = (count: number, make: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => make(at))
  const fragment =
    'fragment f on Company { id name createdAt updatedAt deletedAt position address { addressCity } }'
  const shapes = {
    fields: many(400, (at) => `a${at}: jobTitle`).join(' '),
    relations: many(80, (at) => `a${at}: company { id }`).join(' '),
    fragments: `${many(80, (at) => `a${at}: company { ...f }`).join(' ')}`,
    lists: many(40, (at) => `a${at}: noteTargets { edges { node { id } } }`).join(' '),
  }
  for (const [name, selection] of Object.entries(shapes)) {
    const budget = createCacheBudget(1_000_000_000)
    const { prepare, grow } = createGraphQLDocuments(budget)
    const planOf = createPlans(grow)
    const plan = (at: number): void => {
      const used = selection.includes('...f') ? fragment : ''
      const document = prepare(
        `query q${at} { people { edges { node { ${selection} } } } } ${used}`,
        compiled,
      )
      const operation = getOperationAST(document)
      if (!operation) throw new Error('The document has no operation.')
      const [root] = planOf({ schema: compiled.schema, model, document, operation }, {}).roots
      t.is(root?.kind, 'answered')
    }
    plan(0)
    // References that were read in this turn keep the documents of the last schema.
    await setImmediate()
    const [heap, counted] = [heapUsed(), budget.bytes()]
    for (let at = 1; at <= 30; at += 1) plan(at)
    const ratio = (heapUsed() - heap) / (budget.bytes() - counted)
    t.log(`${name}: ${ratio.toFixed(2)} of what is counted`)
    t.true(ratio > 0.2 && ratio < 1.6, `${name}: ${ratio}`)
  }
})
