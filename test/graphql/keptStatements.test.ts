// Kept statements give the answers of compiled ones: generated documents × variables × roles, while the
// role's permissions and the model change. A document with another comment has no plan yet: its statement is
// compiled.

import test from 'ava'
import type { CacheUse } from '../../gateway/cache/budget.ts'
import { importSql } from '../../tenants/importSql.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { upsertFieldPermissions } from '../../tenants/permission/object.ts'
import { createRole, type Role } from '../../tenants/permission/role.ts'
import { ask, type Client, HOSTILE_NAME, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'
import { createDraw, type Generated, generate } from './keptStatements.ts'

const SCRIPT = `
create table shelf (id int primary key, name text);
create table book (id int primary key, title text, pages int, published timestamptz, tags text[],
  shelf_id int references shelf);
insert into shelf values (1, 'Ada'), (2, null);
insert into book values (1, 'Ada', 1, '2026-01-01T00:00:00.123Z', '{}', 1), (2, '', 40, null, null, 1),
  (3, null, 7, '2026-01-01T00:00:00.123456Z', '{a}', null), (4, 'Bo', 7, '2020-01-01', '{b,""}', 2);
create function book_label(book) returns text language sql stable return ($1).title || ($1).pages;
create function long_books(fewest int) returns setof book language sql stable
  begin atomic select * from book where pages >= fewest; end;
`

/** Documents, and sets of variables for each in each pass. */
const DOCUMENTS = 40
const SETS = 6

let server: TestGateway
let admin: Client
let limited: Client
let role: Role

const hits = async (): Promise<number> => {
  const { secret } = await createOperatorKey(server.gateway.pool, 'kept')
  const { body } = await ask(`${server.url}/admin/caches`, 'GET', undefined, {
    authorization: `Bearer ${secret}`,
  })
  return body.caches.find(({ name }: CacheUse) => name === 'list statements').hits
}

test.before(async () => {
  server = await startTestGateway()
  admin = await server.enter(HOSTILE_NAME)
  const { pool } = server.gateway
  await importSql(pool, admin.workspace.id, SCRIPT)
  role = await createRole(pool, admin.workspace.id, { label: 'Limited', canReadAllObjectRecords: true })
  limited = await server.client(admin.workspace, role.label)
  const { createField, objectId } = metadataOf(admin)
  await createField({
    objectMetadataId: await objectId('company'),
    ...{ name: 'employees', label: 'Employees', type: 'NUMBER' },
  })
  const companies = ['Ada', 'Bo', '', 'Bo%', 'x"y'].map((name, at) => ({
    name,
    employees: [1, 7, 40, null, 0][at],
    address: { addressCity: ['Bo', '', 'Adana', 'x', ''][at] },
  }))
  const created = await admin.request('POST', '/rest/batch/companies', companies)
  if (created.status !== 201) throw new Error(created.text)
  const ids = created.body.data.createCompanies.map(({ id }: { id: string }) => id)
  const people = ['Ada', '', 'Bo', 'Cy', 'Ada', 'x"y'].map((jobTitle, at) => ({
    jobTitle,
    name: { firstName: ['Ada', 'Bo', '', 'Cy', 'Bo', ''][at] },
    position: [0, 1, 2.5, 3, 40, -1][at],
    companyId: [ids[0], ids[0], ids[1], null, ids[2], ids[0]][at],
  }))
  const made = await admin.request('POST', '/rest/batch/people', people)
  if (made.status !== 201) throw new Error(made.text)
  await admin.request('DELETE', `/rest/companies/${ids[4]}?soft_delete=true`)
  await until('the model has books', async () => (await admin.get('/rest/books')).status === 200)
})
test.after.always(() => server?.close())

let comments = 0
let answered = 0

type Answer = Awaited<ReturnType<Client['graphql']>>

/** Fields that run in parallel may fail in either order. */
const withSortedErrors = ({ status, text, body }: Answer): string =>
  body.errors === undefined
    ? `${status} ${text}`
    : JSON.stringify({
        status,
        ...body,
        errors: body.errors.map((error: unknown) => JSON.stringify(error)).sort(),
      })

/** The answers of both, or the first that differ. */
const differences = async (asker: Client, documents: readonly Generated[]): Promise<readonly unknown[]> => {
  const found: unknown[] = []
  for (const { query, variables } of documents)
    for (let set = 0; set < SETS; set += 1) {
      const given = variables()
      const kept = await asker.graphql(query, given)
      comments += 1
      const fresh = await asker.graphql(`${query} # ${comments}`, given)
      if (kept.body.errors === undefined) answered += 1
      if (withSortedErrors(kept) !== withSortedErrors(fresh))
        found.push({ query, given, kept: kept.text, fresh: fresh.text })
    }
  return found
}

const documentsOf = (seed: number): readonly Generated[] => {
  const draw = createDraw(seed)
  return Array.from({ length: DOCUMENTS }, () => generate(draw))
}

test.serial('kept statements answer like fresh ones, for roles that see other columns', async (t) => {
  const { pool } = server.gateway
  const documents = documentsOf(1)
  const before = await hits()
  t.deepEqual(await differences(admin, documents), [])
  t.deepEqual(await differences(limited, documents), [])
  await upsertFieldPermissions(pool, admin.workspace.id, role.id, [
    { table: 'company', column: 'employees', canRead: false, canUpdate: false },
    { table: 'person', column: 'company_id', canRead: false, canUpdate: false },
    { table: 'book', column: 'title', canRead: false, canUpdate: false },
  ])
  const sees = (name: string) => limited.graphql(`{ companies { edges { node { ${name} } } } }`)
  await until('the role lost a field', async () => (await sees('employees')).text.includes('FORBIDDEN'))
  t.deepEqual(await differences(limited, documents), [])
  t.deepEqual(await differences(admin, documents), [])
  t.true((await hits()) - before > 2 * DOCUMENTS)
  // The other requests are refused, by both alike.
  t.true(answered > DOCUMENTS * SETS)
})

test.serial('kept statements answer like fresh ones while the model changes', async (t) => {
  const documents = documentsOf(2)
  t.deepEqual(await differences(admin, documents), [])
  const { createField, objectId } = metadataOf(admin)
  await createField({
    objectMetadataId: await objectId('company'),
    ...{ name: 'nickname', label: 'Nickname', type: 'TEXT' },
  })
  t.deepEqual(await differences(admin, documents), [])
  await importSql(server.gateway.pool, admin.workspace.id, 'alter table book drop column pages cascade;')
  await until('books have no pages', async () => {
    const { text } = await admin.graphql('{ books { edges { node { pages } } } }')
    return text.includes('Cannot query field')
  })
  t.deepEqual(await differences(admin, documents), [])
})
