import test from 'ava'
import { applyStatements } from '../schemas/apply.ts'
import { readListing } from '../schemas/faults.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const TABLES = [
  'create type pair as (a int, b text)',
  'create table typed of pair',
  'create table parent (id int primary key, note text)',
  'create table child (own text) inherits (parent)',
  'create table divided (id int, part int) partition by list (part)',
  'create table divided_one partition of divided for values in (1)',
  'create table summed (id int primary key, twice int generated always as (id * 2) stored)',
  'create view seen as select id, note from parent',
  'create materialized view kept as select id, note from parent',
  'create table guarded (id int primary key, owner text)',
  "create policy mine on guarded using (owner = 'x')",
]

test('a change that the kind of a table forbids is refused', async (t) => {
  t.timeout(300_000)
  const client = await server.enter('Kinds', { standardObjects: false })
  const taken = await applyStatements(server.gateway.pool, client.workspace.id, TABLES)
  t.is(taken.length, TABLES.length)
  const { objects } = await readListing(client)
  t.true(objects.length >= 7)
  const refused: string[] = []
  const change = async (query: string, variables: Record<string, unknown>, what: string) => {
    const { status, text } = await client.request('POST', '/metadata', { query, variables })
    t.true(status < 500 && !text.includes('INTERNAL_SERVER_ERROR'), `${what}: ${status} ${text}`)
    if (text.includes('"errors"')) refused.push(what)
  }
  // Children before parents, whose changes reach them.
  const inOrder = objects.toSorted((a, b) => (a.nameSingular < b.nameSingular ? -1 : 1))
  for (const { nameSingular, fields } of inOrder)
    for (const { id, name } of fields) {
      const what = `${nameSingular}.${name}`
      await change(
        'mutation ($id: UUID!, $update: UpdateFieldInput!) { updateOneField(input: { id: $id, update: $update }) { id } }',
        { id, update: { name: `${name}New`, label: `${name} new` } },
        `rename ${what}`,
      )
      await change(
        'mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id } }',
        { id },
        `delete ${what}`,
      )
    }
  t.true(refused.includes('rename typed.a'), refused.join(', '))
  t.true(refused.includes('rename child.note'), refused.join(', '))
})
