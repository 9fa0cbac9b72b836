import test from 'ava'
import { startTestGateway } from '../support/gateway.ts'

const server = await startTestGateway()
test.after.always(server.close)

const TYPES: Readonly<Record<string, string>> = {
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  'timestamp(0)[]': 'timestamp[]',
  moment: 'timestamp',
  'moment[]': 'timestamp[]',
  mood: 'mood',
  'mood[]': 'mood[]',
  '"odd ""range"""': 'odd "range"',
  money: 'money',
  'numeric(10,2)': 'numeric',
  'inet[][]': 'inet[]',
}

test('a field has the type of its column, over both metadata APIs', async (t) => {
  const client = await server.enter()
  const columns = Object.keys(TYPES).map((type, index) => `c${index} ${type}`)
  const connection = await server.gateway.pool.connect()
  await connection.query(`set search_path = "${client.workspace.schemaName}", pg_catalog`)
  await connection.query(`
    create domain moment as timestamp;
    create type mood as enum ('a');
    create type "odd ""range""" as range (subtype = float8);
    create table typed (id int primary key, ${columns.join(', ')});
    reset search_path`)
  connection.release()
  const typesOf = (fields: readonly { readonly name: string; readonly columnType: string | null }[]) =>
    Object.fromEntries(fields.map(({ name, columnType }) => [name, columnType]))
  const expected = {
    id: 'int4',
    ...Object.fromEntries(Object.values(TYPES).map((type, index) => [`c${index}`, type])),
  }
  const { object } = (await client.get('/rest/metadata/objects/typed')).body.data
  t.deepEqual(typesOf(object.fields), expected)
  const query =
    '{ objects(paging: { first: 1000 }) { edges { node { nameSingular fieldsList { name columnType } } } } }'
  const { body } = await client.request('POST', '/metadata', { query })
  const fieldsOf = (name: string) =>
    typesOf(
      body.data.objects.edges.find(
        ({ node }: { readonly node: { readonly nameSingular: string } }) => node.nameSingular === name,
      ).node.fieldsList,
    )
  t.deepEqual(fieldsOf('typed'), expected)
  t.like(fieldsOf('person'), { id: 'uuid', jobTitle: 'text', name: null, company: null })
})
