// The change feed over a real socket: what a caller learns of changes made over REST, GraphQL and SQL, and
// what its role keeps from it.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

interface Change {
  readonly object?: string
  readonly operation: string
  readonly id?: string
  readonly changedFields?: readonly string[]
  readonly actor: Record<string, string>
  readonly position: string
  // biome-ignore lint/suspicious/noExplicitAny: records are what tests look into.
  readonly record?: any
  // biome-ignore lint/suspicious/noExplicitAny: records are what tests look into.
  readonly previous?: any
  readonly rowCount?: number
}

const follow = async (client: Client, query = '') => {
  let { position } = (await client.get('/changes')).body
  return async (): Promise<readonly Change[]> => {
    const changes: Change[] = []
    for (let hasMore = true; hasMore; ) {
      const { body, status } = await client.get(`/changes?after=${position}${query}`)
      if (status !== 200) throw new Error(JSON.stringify(body))
      changes.push(...body.data.changes)
      position = body.position
      hasMore = body.hasMore
    }
    return changes
  }
}

const short = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ object, operation }) => `${object} ${operation}`)

const tableOf = ({ workspace }: Client, table: string): string =>
  `${quoteIdentifier(workspace.schemaName)}.${table}`

test('writes over REST, GraphQL and SQL give the same events', async (t) => {
  const client = await gateway.enter()
  const next = await follow(client)
  const { body } = await client.request('POST', '/rest/companies', { name: 'a' })
  const { id } = body.data.createCompany
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'b', position: 30 })
  await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  await client.request('PATCH', `/rest/companies/${id}/restore`)
  await client.request('DELETE', `/rest/companies/${id}`)
  const rest = await next()
  const made = (await client.graphql('mutation { createCompany(data: {name: "a"}) { id } }')).body.data
    .createCompany.id
  await client.graphql(`mutation { updateCompany(id: "${made}", data: {name: "b", position: 30}) { id } }`)
  await client.graphql(`mutation { deleteCompany(id: "${made}") { id } }`)
  await client.graphql(`mutation { restoreCompany(id: "${made}") { id } }`)
  await client.graphql(`mutation { destroyCompany(id: "${made}") { id } }`)
  const graphql = await next()
  const table = tableOf(client, 'company')
  const key = '0199a000-0000-7000-8000-00000000000a'
  await pool.query(`insert into ${table} (id, name) values ('${key}', 'a')`)
  await pool.query(`update ${table} set name = 'b', position = 30 where id = '${key}'`)
  await pool.query(`update ${table} set deleted_at = now() where id = '${key}'`)
  await pool.query(`update ${table} set deleted_at = null where id = '${key}'`)
  await pool.query(`delete from ${table} where id = '${key}'`)
  const sql = await next()
  const expected = ['created', 'updated', 'deleted', 'restored', 'destroyed'].map((each) => `company ${each}`)
  for (const [changes, recordId] of [
    [rest, id],
    [graphql, made],
    [sql, key],
  ] as const) {
    t.deepEqual(short(changes), expected)
    t.true(changes.every((change) => change.id === recordId))
    t.deepEqual(
      changes[1]?.changedFields?.filter((name) => !name.startsWith('updated')),
      ['name', 'position'],
    )
  }
  t.truthy(rest[0]?.actor.keyId)
  t.truthy(rest[0]?.actor.requestId)
  t.deepEqual(Object.keys(sql[0]?.actor ?? {}), ['databaseUser'])
})

test('a record comes as it is now, and as it was', async (t) => {
  const client = await gateway.enter()
  const { body } = await client.request('POST', '/rest/companies', { name: 'first', position: 1 })
  const { id } = body.data.createCompany
  const next = await follow(client, '&include=record,previous&objects=companies')
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'second' })
  await client.request('PATCH', `/rest/companies/${id}`, { position: 9 })
  const [first, second] = await next()
  t.like(first?.previous, { name: 'first', position: 1, id })
  t.like(first?.record, { name: 'second', position: 9, id })
  t.like(second?.previous, { name: 'second', position: 1 })
  const read = (await client.get(`/rest/companies/${id}`)).body.data.company
  t.deepEqual(second?.record, read)
  await client.request('DELETE', `/rest/companies/${id}`)
  const [gone] = await next()
  t.like(gone, { operation: 'destroyed', record: null })
  t.deepEqual(gone?.previous, read)
})

test('digits, renamed columns and tables without a key keep their values', async (t) => {
  const client = await gateway.enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  await pool.query(`create table ${schema}.measure (id bigint primary key, value numeric, label text);
    create table ${schema}.line (text text)`)
  const next = await follow(client, '&include=previous')
  await pool.query(`insert into ${schema}.measure values (9007199254740993, 0.12345678901234567890, 'a')`)
  await pool.query(`update ${schema}.measure set value = 0.12345678901234567891`)
  await pool.query(`alter table ${schema}.measure rename column label to tag`)
  await pool.query(`update ${schema}.measure set tag = 'b'`)
  await pool.query(`insert into ${schema}.line values ('x'), ('y')`)
  await pool.query(`truncate ${schema}.measure`)
  const [made, changed, renamed, line, truncated] = await next()
  t.is(made?.id, '9007199254740993')
  t.deepEqual(changed?.changedFields, ['value'])
  t.is(changed?.previous.value, '0.12345678901234567890')
  t.is(changed?.previous.tag, 'a')
  t.deepEqual(renamed?.changedFields, ['tag'])
  t.like(line, { object: 'line', operation: 'created', rowCount: 2 })
  t.like(truncated, { object: 'measure', operation: 'truncated' })
})

const restricted = async (client: Client, city: string): Promise<Client> => {
  const label = `Sees ${city}`
  const { id } = client.workspace
  const role = await createRole(pool, id, {
    label,
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
  })
  const entered = await gateway.client(client.workspace, label)
  await upsertRowRules(pool, id, role.id, 'company', {
    rules: [{ column: 'address_city', operand: 'IS', value: city }],
    groups: [],
  })
  return entered
}

test('record rules hold for images: what a record was under another rule stays hidden', async (t) => {
  const client = await gateway.enter()
  const seller = await restricted(client, 'Paris')
  const next = await follow(seller, '&include=record,previous&objects=company')
  const move = (id: string, city: string, place: number) =>
    client.request('PATCH', `/rest/companies/${id}`, { address: { addressCity: city }, position: place })
  const { body } = await client.request('POST', '/rest/companies', {
    name: 'x',
    position: 100,
    address: { addressCity: 'London' },
  })
  const { id } = body.data.createCompany
  t.deepEqual(await next(), [])
  await move(id, 'Paris', 200)
  const [arrived] = await next()
  t.like(arrived, { operation: 'updated', id, previous: null })
  t.is(arrived?.changedFields, undefined)
  t.is(arrived?.record.position, 200)
  await move(id, 'Paris', 201)
  t.like((await next())[0], { operation: 'updated', previous: { position: 200 } })
  await move(id, 'Rome', 987_654_321)
  const [left] = await next()
  t.like(left, { operation: 'removed', id })
  t.false(JSON.stringify(left).includes('987654321'))
  await move(id, 'Rome', 1000)
  await client.request('DELETE', `/rest/companies/${id}`)
  t.deepEqual(await next(), [])
})

test('a rule over a column that had another type or name judges no older image', async (t) => {
  const client = await gateway.enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  await pool.query(`create table ${schema}.deal (id int primary key, owner text, price int)`)
  const guest = await gateway.client(client.workspace, 'Guest')
  await pool.query(
    `create policy own on ${schema}.deal for select using (owner = 'me'); alter table ${schema}.deal enable row level security`,
  )
  const next = await follow(guest, '&include=previous')
  await pool.query(`insert into ${schema}.deal values (1, 'me', 5), (2, 'you', 6)`)
  t.deepEqual(
    (await next()).map(({ id }) => id),
    ['1'],
  )
  await pool.query(`update ${schema}.deal set price = 7`)
  await pool.query(`alter table ${schema}.deal rename column owner to keeper`)
  const [bare, ...more] = await next()
  t.is(more.length, 1)
  t.deepEqual(Object.keys(bare ?? {}).sort(), ['actor', 'at', 'operation', 'position', 'previous'])
  t.is(bare?.previous, null)
  await pool.query(
    `drop policy own on ${schema}.deal; create policy odd on ${schema}.deal for select using (1 / (id - 1) > 0 or keeper = 'you')`,
  )
  await pool.query(`update ${schema}.deal set price = 8`)
  const judged = await next()
  t.deepEqual(
    judged.map(({ id, operation }) => [id, operation]),
    [
      [undefined, 'updated'],
      ['2', 'updated'],
    ],
  )
  // The image that the rule fails on spoils no other, however many a page has.
  await pool.query(`insert into ${schema}.deal select n, 'you', 1 from generate_series(3, 70) n`)
  await next()
  await pool.query(`update ${schema}.deal set price = 10`)
  const many = await next()
  t.deepEqual([many.length, many.filter(({ id }) => id === undefined).length], [70, 1])
  await pool.query(`delete from ${schema}.deal where id > 2`)
  await next()
  await pool.query(
    `drop policy odd on ${schema}.deal; create policy dice on ${schema}.deal for select using (random() < 2)`,
  )
  await pool.query(`update ${schema}.deal set price = 9`)
  t.deepEqual(
    (await next()).map(({ id }) => id),
    [undefined, undefined],
  )
})

test('a rule over columns that no image holds, or over the whole row, shows no image that it would hide', async (t) => {
  const client = await gateway.enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  const { rows } = await pool.query<{ hasVirtual: boolean }>(
    `select current_setting('server_version_num')::integer >= 180000 as "hasVirtual"`,
  )
  const stored = rows[0]?.hasVirtual === true ? 'virtual' : 'stored'
  await pool.query(
    `create table ${schema}.deal (id int primary key, price int, secret int generated always as (price * 2) ${stored});
     create function ${schema}.is_small(${schema}.deal) returns boolean language sql stable as 'select ($1).price < 10'`,
  )
  const guest = await gateway.client(client.workspace, 'Guest')
  const rules: readonly (readonly [rule: string, isBare: boolean])[] = [
    ['secret is null or secret < 20', stored === 'virtual'],
    [`${schema}.is_small(deal)`, stored === 'virtual'],
  ]
  await pool.query(`alter table ${schema}.deal enable row level security`)
  for (const [rule, isBare] of rules) {
    await pool.query(`create policy own on ${schema}.deal for select using (${rule})`)
    const next = await follow(guest, '&include=previous')
    await pool.query(`insert into ${schema}.deal values (1, 5), (2, 50)`)
    const shown = await next()
    t.deepEqual(
      shown.map(({ id }) => id),
      isBare ? [undefined, undefined] : ['1'],
      rule,
    )
    await pool.query(`drop policy own on ${schema}.deal; delete from ${schema}.deal`)
  }
  await pool.query(
    `alter table ${schema}.deal drop column secret;
     create policy own on ${schema}.deal for select using (${schema}.is_small(deal))`,
  )
  const next = await follow(guest)
  await pool.query(`insert into ${schema}.deal values (1, 5), (2, 50)`)
  t.deepEqual(
    (await next()).map(({ id }) => id),
    ['1'],
  )
  // What the rule reads has changed since.
  await pool.query(`update ${schema}.deal set price = price + 1`)
  await pool.query(`alter table ${schema}.deal add column owner text`)
  t.deepEqual(
    (await next()).map(({ id }) => id),
    [undefined, undefined],
  )
})

test('changes of a table that has left the workspace are not those of its namesake', async (t) => {
  const client = await gateway.enter()
  const other = await gateway.enter()
  const [schema, away] = [client, other].map(({ workspace }) => quoteIdentifier(workspace.schemaName))
  const [next, nextAway] = [await follow(client, '&include=previous'), await follow(other)]
  await pool.query(`create table ${schema}.parcel (id int primary key, secret text)`)
  await pool.query(`insert into ${schema}.parcel values (1, 'before')`)
  t.deepEqual(short(await next()), ['parcel created'])
  await pool.query(`insert into ${schema}.parcel values (2, 'before')`)
  await pool.query(`alter table ${schema}.parcel set schema ${away}`)
  await pool.query(`create table ${schema}.parcel (id int primary key, secret text)`)
  await pool.query(
    `insert into ${away}.parcel values (3, 'away'); insert into ${schema}.parcel values (4, 'here')`,
  )
  t.deepEqual(
    (await next()).map(({ id }) => id),
    ['4'],
  )
  t.deepEqual(
    (await nextAway()).map(({ id }) => id),
    ['3'],
  )
  // Outside of all workspaces.
  await pool.query(`create schema if not exists elsewhere; alter table ${schema}.parcel set schema elsewhere`)
  await pool.query(`insert into elsewhere.parcel values (5, 'outside')`)
  await pool.query(`create table ${schema}.parcel (id int primary key, secret text)`)
  t.deepEqual(await next(), [])
  await pool.query('drop table elsewhere.parcel')
})

test('direct writes to a partition are judged and shown as those of its table', async (t) => {
  const client = await gateway.enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  await pool.query(
    `create table ${schema}.visit (id int, place text, owner text, primary key (id, place)) partition by list (place);
     create table ${schema}.visit_other (owner text, place text not null, id int not null);
     alter table ${schema}.visit attach partition ${schema}.visit_other default;
     alter table ${schema}.visit alter owner type varchar(20); alter table ${schema}.visit rename owner to keeper;
     create policy own on ${schema}.visit for select using (keeper = 'me');
     alter table ${schema}.visit enable row level security`,
  )
  const guest = await gateway.client(client.workspace, 'Guest')
  const next = await follow(guest, '&include=previous')
  for (const table of ['visit', 'visit_other'])
    await pool.query(
      `insert into ${schema}.${table} (id, place, keeper) values (1, 'a', 'me'), (2, 'a', 'you');
       update ${schema}.${table} set id = id + 2; delete from ${schema}.${table}`,
    )
  const shown = (await next()).map(({ object, operation, id, previous }) => [
    object,
    operation,
    id,
    previous?.keeper,
  ])
  const once = [
    ['visit', 'created', '1,a', undefined],
    ['visit', 'updated', '3,a', 'me'],
    ['visit', 'destroyed', '3,a', 'me'],
  ]
  t.deepEqual(shown, [...once, ...once])
  await pool.query(`truncate ${schema}.visit_other`)
  t.deepEqual(short(await next()), ['visit destroyed'])
})

test('positions and questions that do not fit are refused with what there is', async (t) => {
  const client = await gateway.enter()
  const other = await gateway.enter()
  const { position } = (await other.get('/changes')).body
  const refused = async (query: string, pattern: RegExp) => {
    const { status, body } = await client.get(`/changes?${query}`)
    t.is(status, 400, query)
    t.regex(body.messages.join(' '), pattern, query)
  }
  await refused(`after=${position}`, /not a position of this workspace/)
  await refused('after=1.2-x', /not a position/)
  await refused('objects=company,nothing', /nothing.*There are: .*company/)
  await refused('operations=exploded', /created, updated, deleted/)
  await refused('include=everything', /record, previous/)
  await refused('limit=0', /from 1 to 1000/)
  await refused('limit=1000001', /from 1 to 1000/)
  await refused('wait=61', /from 0 to 60/)
  await refused('since=1', /after/)
  t.is((await client.request('POST', '/changes')).status, 405)
})

test.serial('a position of a window that is gone or not the same is answered with a reset', async (t) => {
  const client = await gateway.enter()
  const { position } = (await client.get('/changes')).body
  const number = position.split('.')[0]
  const saved = await pool.query('select * from tenantry_runtime.windows where number = $1', [number])
  await client.request('POST', '/rest/companies', { name: 'after' })
  await client.get('/changes')
  await pool.query('update tenantry_runtime.windows set token = token + 1 where number = $1', [number])
  const { body } = await client.get(`/changes?after=${position}`)
  t.like(body, { reset: true, data: { changes: [] } })
  t.is((await client.get(`/changes?after=${body.position}`)).body.reset, undefined)
  await pool.query('update tenantry_runtime.windows set token = $2 where number = $1', [
    number,
    saved.rows[0].token,
  ])
  t.is((await client.get(`/changes?after=${position}`)).body.data.changes.length, 1)
})

test('a page ends at its limit and goes on from there', async (t) => {
  const client = await gateway.enter()
  const { position } = (await client.get('/changes')).body
  const names = Array.from({ length: 25 }, (_, index) => `company ${index}`)
  await client.request(
    'POST',
    '/rest/batch/companies',
    names.map((name) => ({ name })),
  )
  const read: string[] = []
  let after = position
  let pages = 0
  for (let hasMore = true; hasMore; pages += 1) {
    const { body } = await client.get(`/changes?after=${after}&limit=10&include=record`)
    read.push(...body.data.changes.map(({ record }: Change) => record.name))
    after = body.position
    hasMore = body.hasMore
  }
  t.deepEqual(read, names)
  t.true(pages >= 3)
  const { body } = await client.get(`/changes?after=oldest&limit=1000&operations=created`)
  t.is(body.data.changes.length, 25)
})

test('an update of many rows is paged through, each row once, beside other workspaces', async (t) => {
  const [client, neighbour] = [await gateway.enter('Many', { standardObjects: false }), await gateway.enter()]
  const table = tableOf(client, 'reading')
  const count = 21_000
  await pool.query(`create table ${table} (id int primary key, value int)`)
  await pool.query(`insert into ${table} select n, 0 from generate_series(1, ${count}) n`)
  let { position: after } = (await client.get('/changes')).body
  const nearby = await follow(neighbour)
  await pool.query(`update ${table} set value = 1`)
  await neighbour.request('POST', '/rest/companies', { name: 'beside' })
  t.deepEqual(short(await nearby()), ['company created'])
  const seen = new Set<string>()
  let entries = 0
  for (let hasMore = true; hasMore; ) {
    const { body, status } = await client.get(`/changes?after=${after}&limit=1000`)
    t.is(status, 200)
    entries += body.data.changes.length
    for (const { id, operation } of body.data.changes) seen.add(`${operation} ${id}`)
    after = body.position
    hasMore = body.hasMore
  }
  t.deepEqual([entries, seen.size, seen.has(`updated ${count}`)], [count, count, true])
  const { rows } = await pool.query(
    `select count(*)::int as open from pg_stat_activity where datname = current_database() and application_name like 'tenantry%'`,
  )
  t.true(rows[0].open < 40)
})

test('a question that waits is answered by the change it waits for', async (t) => {
  const client = await gateway.enter()
  const { position } = (await client.get('/changes')).body
  const waiting = client.get(`/changes?after=${position}&wait=60`)
  await client.request('POST', '/rest/companies', { name: 'soon' })
  t.deepEqual(short((await waiting).body.data.changes), ['company created'])
})
