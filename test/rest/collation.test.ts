import test from 'ava'
import { startTestGateway } from '../support/gateway.ts'

const server = await startTestGateway()
test.after.always(server.close)

/** Operators of texts and of lists of texts, with a value that finds the record. */
const FILTERS = [
  'name[eq]:"foo"',
  'name[neq]:"bar"',
  'name[in]:["foo"]',
  'name[gte]:"foo"',
  'name[like]:"%o%"',
  'name[like]:"F__"',
  'name[ilike]:"%o%"',
  'name[startsWith]:"F"',
  'name[endsWith]:"o"',
  'tags[containsAny]:["Foo"]',
  'tags[containsIlike]:"%o%"',
]

test('a filter on a nondeterministic collation answers, or names the collation as the reason', async (t) => {
  const client = await server.enter()
  const schema = `"${client.workspace.schemaName}"`
  await server.gateway.pool.query(`
    create collation ${schema}.folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table ${schema}.term (id int primary key, name text collate ${schema}.folded,
      tags text[] collate ${schema}.folded);
    insert into ${schema}.term values (1, 'Foo', '{Foo}')`)
  const refused: string[] = []
  for (const filter of FILTERS) {
    const { status, body } = await client.get(`/rest/terms?${new URLSearchParams({ filter })}`)
    if (status === 200) {
      t.is(body.data.terms.length, 1, filter)
      continue
    }
    refused.push(filter)
    t.is(status, 400, filter)
    t.is(body.code, 'NOT_SUPPORTED', filter)
    t.regex(body.messages[0], /collation is nondeterministic/, filter)
  }
  t.true(refused.includes('name[ilike]:"%o%"'))
  t.deepEqual(
    refused.filter((filter) => /\[(?:eq|neq|in|gte|containsAny)\]/.test(filter)),
    [],
  )
})
