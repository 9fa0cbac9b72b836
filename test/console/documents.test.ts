// The console's GraphQL documents: no browser needed.

import { readFile } from 'node:fs/promises'
import test from 'ava'
import { buildSchema } from 'graphql'
import { generateDocuments, generateTypes } from '../../console/generateDocuments.ts'
import { pathsIn } from '../support/sources.ts'

const ROOT = new URL('../../', import.meta.url)

test('the generated documents are current: npm run documents rewrites them', async (t) => {
  const generated = await generateDocuments()
  t.true(generated.size > 0)
  for (const [path, text] of generated) t.is(await readFile(new URL(path, ROOT), 'utf8'), text, path)
  t.deepEqual(
    pathsIn('console').filter((path) => path.endsWith('.graphql.ts') && !generated.has(path)),
    [],
    'without a .graphql file',
  )
})

test('a document that the schema does not know is refused', async (t) => {
  const schema = buildSchema('type Query { apple: String! } ')
  t.regex(await generateTypes(schema, 'console/x.graphql', 'query Fruit { apple }'), /readonly apple: string/)
  await t.throwsAsync(generateTypes(schema, 'console/x.graphql', 'query Fruit { pear }'), { message: /pear/ })
  await t.throwsAsync(generateTypes(schema, 'console/x.graphql', '{ apple }'), { message: /needs a name/ })
})
