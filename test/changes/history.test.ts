// The history of records over a real socket: what is kept, who may see what of it, and that filling it loses
// and doubles nothing.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { purgeFeed } from '../../tenants/changes/capture.ts'
import { tick } from '../../tenants/changes/feed.ts'
import { fillHistory, turnHistory } from '../../tenants/changes/history.ts'
import { settleWorkspace } from '../../tenants/changes/settle.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const enter = async (): Promise<Client> => {
  const client = await gateway.enter()
  const { body } = await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { history: true }) { history capture } }',
  })
  if (body.data?.updateWorkspace.history !== true) throw new Error(JSON.stringify(body))
  return client
}

const tableOf = ({ workspace }: Client, table: string): string =>
  `${quoteIdentifier(workspace.schemaName)}.${table}`

const create = async (client: Client, data: Record<string, unknown>): Promise<string> =>
  (await client.request('POST', '/rest/companies', data)).body.data.createCompany.id

interface Entry {
  readonly position: string
  readonly operation: string
  readonly actor: Record<string, string> | null
  readonly changedFields?: readonly string[]
  // biome-ignore lint/suspicious/noExplicitAny: records are what tests look into.
  readonly before: any
  // biome-ignore lint/suspicious/noExplicitAny: records are what tests look into.
  readonly after: any
}

const historyOf = async (client: Client, path: string): Promise<readonly Entry[]> => {
  const { status, body } = await client.get(`/rest/${path}/history`)
  if (status !== 200) throw new Error(JSON.stringify(body))
  const [entries] = Object.values<readonly Entry[]>(body.data)
  return entries ?? []
}

const operations = (entries: readonly Entry[]): string => entries.map(({ operation }) => operation).join(' ')

test('a record’s changes are read newest first, with who made them, old and new', async (t) => {
  const client = await enter()
  const id = await create(client, { name: 'a', position: 1 })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'b', address: { addressCity: 'Paris' } })
  await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  await client.request('PATCH', `/rest/companies/${id}/restore`)
  await pool.query(`update ${tableOf(client, 'company')} set position = 2 where id = $1`, [id])
  await client.request('DELETE', `/rest/companies/${id}`)
  const entries = await historyOf(client, `companies/${id}`)
  t.is(operations(entries), 'destroyed updated restored deleted updated created')
  const [destroyed, byHand, , , updated, created] = entries
  t.like(created, { before: null, after: { id, name: 'a', position: 1 } })
  t.truthy(created?.actor?.keyId)
  t.like(updated, { before: { name: 'a' }, after: { name: 'b', address: { addressCity: 'Paris' } } })
  t.deepEqual(Object.keys(updated?.after ?? {}).toSorted(), [...(updated?.changedFields ?? [])].toSorted())
  t.like(byHand, { before: { position: 1 }, after: { position: 2 } })
  t.deepEqual(Object.keys(byHand?.actor ?? {}), ['databaseUser'])
  t.like(destroyed, { before: { id, name: 'b', position: 2 }, after: null })
})

test('pages go on where the last one ended, over both protocols', async (t) => {
  const client = await enter()
  const id = await create(client, { name: '0' })
  for (const name of ['1', '2', '3', '4']) await client.request('PATCH', `/rest/companies/${id}`, { name })
  const names: string[] = []
  for (let after = ''; ; ) {
    const { body } = await client.get(`/rest/companies/${id}/history?limit=2${after}`)
    names.push(...body.data.companyHistory.map((entry: Entry) => entry.after.name))
    t.is(body.pageInfo.hasPreviousPage, after !== '')
    if (!body.pageInfo.hasNextPage) break
    after = `&starting_after=${body.pageInfo.endCursor}`
  }
  t.deepEqual(names, ['4', '3', '2', '1', '0'])
  const query = `query ($after: String) { companyHistory(id: "${id}", first: 3, after: $after) {
    completeSince pageInfo { hasNextPage endCursor }
    edges { cursor node { position at operation changedFields actor { keyId __typename } old: before { name } after { name people { totalCount } } __typename } } } }`
  const first = (await client.graphql(query)).body.data.companyHistory
  t.deepEqual(
    first.edges.map(({ node }: { node: { old: Entry['before']; after: Entry['after'] } }) => [
      node.old.name,
      node.after.name,
    ]),
    [
      ['3', '4'],
      ['2', '3'],
      ['1', '2'],
    ],
  )
  t.like(first.edges[0].node, { operation: 'updated', __typename: 'CompanyHistoryEntry' })
  t.is(first.edges[0].node.actor.__typename, 'ChangeActor')
  t.true(first.pageInfo.hasNextPage)
  t.truthy(first.completeSince)
  const rest = (await client.graphql(query, { after: first.pageInfo.endCursor })).body.data.companyHistory
  t.deepEqual(rest.edges.at(-1).node.old, null)
  t.false(rest.pageInfo.hasNextPage)
})

test('records of tables made in SQL are found by composite keys, through renamed keys and truncation', async (t) => {
  const client = await enter()
  const place = tableOf(client, 'place')
  await pool.query(
    `create table ${place} (country text, number int, label text, primary key (country, number))`,
  )
  await pool.query(`insert into ${place} values ('a,b', 1, 'x'), ('c', 2, 'y')`)
  await pool.query(`update ${place} set label = 'z'`)
  await pool.query(`update ${place} set number = 7 where country = 'a,b'`)
  await pool.query(`alter table ${place} rename column country to land`)
  await pool.query(`truncate ${place}`)
  t.is(operations(await historyOf(client, 'places/a%2Cb,7')), 'truncated updated')
  t.is(operations(await historyOf(client, 'places/a%2Cb,1')), 'truncated updated updated created')
  const { body } = await client.graphql(
    '{ placeHistory(land: "c", number: 2) { edges { node { operation before { label } after { land label } } } } }',
  )
  t.deepEqual(
    body.data.placeHistory.edges.map(({ node }: { node: Entry }) => node.after),
    [null, { land: 'c', label: 'z' }, { land: 'c', label: 'y' }],
  )
  t.is((await client.get('/rest/places/c,two/history')).status, 400)
})

test('a record rule hides what a record was under another owner, and fields that the role may not read', async (t) => {
  const client = await enter()
  const { id: workspaceId } = client.workspace
  const role = await createRole(pool, workspaceId, { label: 'Paris', canReadAllObjectRecords: true })
  const seller = await gateway.client(client.workspace, 'Paris')
  await upsertRowRules(pool, workspaceId, role.id, 'company', {
    rules: [{ column: 'address_city', operand: 'IS', value: 'Paris' }],
    groups: [],
  })
  const id = await create(client, { name: 'x', position: 100, address: { addressCity: 'London' } })
  const move = (city: string, position: number) =>
    client.request('PATCH', `/rest/companies/${id}`, { address: { addressCity: city }, position })
  await move('Paris', 200)
  await move('Paris', 201)
  await move('Rome', 999)
  const entries = await historyOf(seller, `companies/${id}`)
  t.is(operations(entries), 'removed updated updated')
  t.regex(JSON.stringify(entries), /"position":200/)
  t.notRegex(JSON.stringify(entries), /London|Rome|"position":(?:100|999)/)
  t.is(operations(await historyOf(client, `companies/${id}`)), 'updated updated updated created')
})

test('history is kept where it is on, and complete since a moment that the answer names', async (t) => {
  const client = await gateway.enter()
  const id = await create(client, { name: 'before' })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'still before' })
  t.like((await client.get(`/rest/companies/${id}/history`)).body, {
    completeSince: null,
    data: { companyHistory: [] },
  })
  await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { history: true }) { id } }',
  })
  const { completeSince } = (await client.get(`/rest/companies/${id}/history`)).body
  t.true(Date.parse(completeSince) <= Date.now())
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'after' })
  t.is((await historyOf(client, `companies/${id}`))[0]?.after.name, 'after')
  await updateWorkspaceSettings(pool, client.workspace.id, { history: false })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'off' })
  t.is((await historyOf(client, `companies/${id}`))[0]?.after.name, 'after')
  t.is((await client.get(`/rest/companies/${id}/history?starting_after=x`)).status, 400)
})

test.serial(
  'a filler that is killed in a page, or runs twice, neither loses nor doubles an entry',
  async (t) => {
    const client = await enter()
    const table = tableOf(client, 'company')
    await fillHistory(pool)
    const idle = await pool.connect()
    await idle.query(`begin; insert into ${table} (name) values ('idle')`)
    await pool.query(`insert into ${table} (name, position) select 'n', n from generate_series(1, 25) n`)
    await tick(pool)
    const client2 = await pool.connect()
    await client2.query('begin; select tenantry_runtime.fill_history(10); rollback')
    client2.release()
    await pool.query(`update ${table} set position = position + 100 where name = 'n'`)
    await idle.query('commit')
    idle.release()
    await Promise.all([
      fillHistory(pool, { batch: 7 }),
      fillHistory(pool, { batch: 5 }),
      fillHistory(pool, { batch: 9 }),
    ])
    await fillHistory(pool, { batch: 6 })
    const { rows } = await pool.query(
      `select (select count(*)::int from tenantry_runtime.history where workspace_id = $1) as kept,
       (select count(distinct id)::int from tenantry_runtime.history where workspace_id = $1) as distinct,
       (select count(*)::int from tenantry_runtime.changes c where workspace_id = $1 and not exists (
         select from tenantry_runtime.history h where h.id = c.id)) as missing`,
      [client.workspace.id],
    )
    t.like(rows[0], { missing: 0 })
    t.is(rows[0].kept, rows[0].distinct)
    t.true(rows[0].kept >= 51)
  },
)

test.serial('old entries are not answered, and their partition is dropped as a whole', async (t) => {
  const client = await enter()
  await updateWorkspaceSettings(pool, client.workspace.id, { eventLogRetentionDays: 80 })
  const id = await create(client, { name: 'old' })
  t.is(operations(await historyOf(client, `companies/${id}`)), 'created')
  const { rows } = await pool.query('select retention from tenantry_runtime.history where record_id = $1', [
    id,
  ])
  t.is(rows[0].retention, 90)
  const month = "to_char(now() at time zone 'UTC' - interval '%s days', 'YYYYMM')"
  await pool.query(`do $$ begin
    execute format('create table tenantry_runtime.history_90_%1$s partition of tenantry_runtime.history_90 for values from (%2$L) to (%3$L)',
      ${month.replace('%s', '200')}, date_trunc('month', now() - interval '200 days'), date_trunc('month', now() - interval '200 days') + interval '1 month'); end $$`)
  const age = (days: number) =>
    pool.query("update tenantry_runtime.history set at = at - $2 * interval '1 day' where record_id = $1", [
      id,
      days,
    ])
  await age(85)
  t.is(operations(await historyOf(client, `companies/${id}`)), '')
  await updateWorkspaceSettings(pool, client.workspace.id, { eventLogRetentionDays: 90 })
  t.is(operations(await historyOf(client, `companies/${id}`)), 'created')
  await age(115)
  await turnHistory(pool)
  t.is((await pool.query('select from tenantry_runtime.history where record_id = $1', [id])).rowCount, 0)
  const { rows: parts } = await pool.query(
    `select count(*)::int as parts from pg_class where relname ~ '^history_90_[0-9]{6}$'`,
  )
  t.deepEqual(parts, [{ parts: 2 }])
})

test.serial('the history of a dropped workspace is deleted', async (t) => {
  const client = await enter()
  const id = await create(client, { name: 'secret' })
  await historyOf(client, `companies/${id}`)
  await dropWorkspace(pool, client.workspace.id)
  await purgeFeed(pool)
  const { rowCount } = await pool.query('select from tenantry_runtime.history where workspace_id = $1', [
    client.workspace.id,
  ])
  t.is(rowCount, 0)
})

const undo = (client: Client, path: string, entry: Entry | undefined) =>
  client.request('POST', `/rest/${path}/history/${entry?.position}/undo`)

test('a change is undone by an ordinary write, and refused once it was overtaken', async (t) => {
  const client = await enter()
  const id = await create(client, { name: 'a', address: { addressCity: 'Paris', addressStreet1: '1' } })
  const path = `companies/${id}`
  const change = (data: Record<string, unknown>) => client.request('PATCH', `/rest/${path}`, data)
  await change({
    name: 'b',
    address: { addressCity: 'Rome' },
    annualRevenue: { amountMicros: '9007199254740993' },
  })
  await change({ address: { addressStreet1: '2' } })
  const [street, renamed, created] = await historyOf(client, path)
  const undone = await undo(client, path, renamed)
  t.is(undone.status, 200, undone.text)
  t.like(undone.body.data.undoCompanyChange, {
    name: 'a',
    address: { addressCity: 'Paris', addressStreet1: '2' },
    annualRevenue: { amountMicros: null },
  })
  const again = await undo(client, path, renamed)
  t.is(again.status, 409)
  t.is(again.body.code, 'CHANGE_OVERTAKEN')
  t.is((await undo(client, path, street)).status, 200)
  const [latest] = await historyOf(client, path)
  t.truthy(latest?.actor?.requestId)
  t.is((await undo(client, path, created)).status, 200)
  t.is((await client.get(`/rest/${path}`)).status, 404)
  t.is((await undo(client, path, created)).status, 409)
  const [deleted] = await historyOf(client, path)
  t.is(deleted?.operation, 'deleted')
  t.is((await undo(client, path, deleted)).status, 200)
  await client.request('DELETE', `/rest/${path}`)
  const [destroyed] = await historyOf(client, path)
  const { body } = await client.graphql(
    `mutation { undoCompanyChange(id: "${id}", position: "${destroyed?.position}") { id name address { addressStreet1 } } }`,
  )
  t.deepEqual(body.data.undoCompanyChange, { id, name: 'a', address: { addressStreet1: '1' } })
  t.is((await undo(client, path, destroyed)).status, 409)
  t.is((await client.request('POST', `/rest/${path}/history/1/undo`)).status, 404)
  t.is((await client.request('POST', `/rest/${path}/history/x/undo`)).status, 400)
})

test('a role undoes what it may write and see, and nothing else', async (t) => {
  const client = await enter()
  const id = await create(client, { name: 'a' })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'b' })
  const guest = await gateway.client(client.workspace, 'Guest')
  const [renamed] = await historyOf(guest, `companies/${id}`)
  t.is((await undo(guest, `companies/${id}`, renamed)).status, 403)
  t.is((await client.get(`/rest/companies/${id}`)).body.data.company.name, 'b')
  t.is((await guest.request('DELETE', `/rest/companies/${id}/history`)).status, 403)
})

test('erasure blanks the images of one record in feed and history, and is audited', async (t) => {
  const client = await enter()
  const other = await create(client, { name: 'kept' })
  const { position } = (await client.get('/changes')).body
  const id = await create(client, { name: 'secret' })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'more secret' })
  const { status, body } = await client.request('DELETE', `/rest/companies/${id}/history`)
  t.is(status, 200)
  t.deepEqual(body, { data: { eraseCompanyHistory: { changes: 2 } } })
  const entries = await historyOf(client, `companies/${id}`)
  t.is(operations(entries), 'updated created')
  t.true(entries.every(({ before, after }) => before === null && after === null))
  t.truthy(entries[0]?.actor)
  t.is((await undo(client, `companies/${id}`, entries[0])).status, 400)
  const feed = await client.get(`/changes?after=${position}&include=previous`)
  t.is(feed.body.data.changes.length, 2)
  t.notRegex(feed.text, /secret/)
  t.is((await historyOf(client, `companies/${other}`))[0]?.after.name, 'kept')
  const { rows } = await pool.query(
    `select count(*)::int as left from (
       select before, after from tenantry_runtime.changes union all select before, after from tenantry_runtime.history
     ) e where coalesce(before::text, '') || coalesce(after::text, '') like '%secret%'`,
  )
  t.is(rows[0].left, 0)
  const { rows: audited } = await pool.query(
    `select details from tenantry.audit where workspace_id = $1 and action = 'history.erase'`,
    [client.workspace.id],
  )
  t.like(audited[0]?.details, { table: 'company', record: id, changes: 2 })
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'later' })
  t.is((await historyOf(client, `companies/${id}`))[0]?.after.name, 'later')
})

/** By type of the key: a stored value, spellings that are equal to it, and one that is not. */
const KEYS: readonly (readonly [type: string, stored: string, equal: readonly string[], other: string])[] = [
  ['numeric(6,2)', '1.5', ['1.5', '1.50', '01.500', '1.5e0'], '1.501'],
  ['numeric(6,-1)', '120', ['120', '120.0'], '121'],
  ['numeric', '1.50', ['1.5', '1.500'], '1.51'],
  ['cents', '2.5', ['2.5', '2.500'], '2.51'],
  ['char(4)', 'a', ['a', 'a   '], 'b'],
  ['varchar(3)', 'abc', ['abc'], 'abcd'],
  ['text collate folded', 'Abc', ['ABC', 'abc'], 'abd'],
  [
    'uuid',
    '0199a000-0000-7000-8000-00000000000a',
    ['0199A000-0000-7000-8000-00000000000A'],
    '0199a000-0000-7000-8000-00000000000b',
  ],
  [
    'timestamptz',
    '2026-01-02T00:00:00Z',
    ['2026-01-02T01:30:00+01:30', '2026-01-02 00:00:00.000+00'],
    '2026-01-02T00:00:01Z',
  ],
  ['moment', '2026-01-02T00:00:00Z', ['2026-01-02T05:45:00+05:45'], '2026-01-02T00:00:01Z'],
  ['timestamptz(0)', '2026-01-02T00:00:00Z', ['2026-01-02T00:00:00.000Z'], '2026-01-02T00:00:00.4Z'],
  ['timestamp(3)', '2026-01-02T00:00:00.5', ['2026-01-02T00:00:00.500'], '2026-01-02T00:00:00.5004'],
  ['date', '2026-01-02', ['2026-01-02'], '2026-01-03'],
  ['time(0)', '10:00', ['10:00', '10:00:00'], '10:00:00.4'],
  ['interval', '24 hours', ['24:00:00', '1 day'], '25 hours'],
  ['inet', '10.0.0.1', ['10.0.0.1', '10.0.0.1/32'], '10.0.0.2'],
  ['bigint', '7', ['7', '007'], '8'],
]

test('the history of a record is found and erased under every spelling of its key', async (t) => {
  const client = await enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  await pool.query(
    `create collation ${schema}.folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     create domain ${schema}.cents as numeric(6,2); create domain ${schema}.moment as timestamptz`,
  )
  // Settings of a writer's session decide how times and intervals are spelled.
  const traveller = await pool.connect()
  await traveller.query(
    `set time zone 'Asia/Kathmandu'; set intervalstyle = 'iso_8601'; set datestyle = 'SQL, DMY'`,
  )
  for (const [at, [type, stored]] of KEYS.entries()) {
    const qualified = type.replace(/\b(folded|cents|moment)\b/, `${schema}.$1`)
    await pool.query(
      `create table ${schema}.key${at} (id ${qualified} primary key, part int);
       insert into ${schema}.key${at} values ('${stored}', 1)`,
    )
    await traveller.query(`update ${schema}.key${at} set part = 2`)
  }
  traveller.release(true)
  for (const [at, [type, , equal, other]] of KEYS.entries()) {
    const path = (id: string): string => `key${at}s/${encodeURIComponent(id)}`
    for (const id of equal)
      t.is(operations(await historyOf(client, path(id))), 'updated created', `${type} ${id}`)
    const wrong = await client.request('DELETE', `/rest/${path(other)}/history`)
    t.true(wrong.status >= 400 || wrong.text.includes('"changes":0'), `${type} ${other}: ${wrong.text}`)
    const { status, text } = await client.request('DELETE', `/rest/${path(equal.at(-1) ?? '')}/history`)
    t.true(status === 200 && text.includes('"changes":2'), `${type}: ${text}`)
  }
})

const WAITS = `select count(*)::int as waiting from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%erase_record%'`

test('erasure waits for transactions that changed the record, and refuses when they stay open', async (t) => {
  const client = await enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  await pool.query(`create table ${schema}.part (code text, number numeric(6, 2), name text, primary key (code, number));
    insert into ${schema}.part values ('a,b%', 1.5, 'hidden part')`)
  await until('the table is served', async () => (await client.get('/rest/parts')).status === 200)
  const company = await create(client, { name: 'hidden company' })
  const kinds: readonly (readonly [path: string, sql: string])[] = [
    [`companies/${company}`, `update ${schema}.company set name = 'hidden two' where id = '${company}'`],
    [`companies/${company}`, `update ${schema}.company set id = gen_random_uuid() where id = '${company}'`],
    ['parts/a%2Cb%25,1.50', `update ${schema}.part set name = 'hidden three'`],
    ['parts/a%2Cb%25,1.50', `delete from ${schema}.part`],
  ]
  const erase = (path: string) => client.request('DELETE', `/rest/${path}/history`)
  const writer = await pool.connect()
  for (const [path, sql] of kinds) {
    await writer.query(`begin; ${sql}`)
    const erased = erase(path)
    let isAnswered = false
    void erased.then(() => {
      isAnswered = true
    })
    await until(
      'the erasure waits',
      async () => isAnswered || (await pool.query(WAITS)).rows[0].waiting === 1,
    )
    await writer.query('commit')
    const { status, text } = await erased
    t.is(status, 200, text)
    const { rows } = await pool.query(
      `select count(*)::int as left from tenantry_runtime.changes
       where workspace_id = $1 and coalesce(before::text, '') || coalesce(after::text, '') like '%hidden%'
         and coalesce(before::text, '') || coalesce(after::text, '') like $2`,
      [client.workspace.id, path.startsWith('parts') ? '%a,b%' : `%${company}%`],
    )
    t.is(rows[0].left, 0, sql)
  }
  const other = await create(client, { name: 'held' })
  await writer.query(`begin; update ${schema}.company set name = 'held on' where id = '${other}'`)
  const { status, body } = await erase(`companies/${other}`)
  t.is(status, 503)
  t.is(body.code, 'CONCURRENT_CHANGE')
  await writer.query('rollback')
  writer.release()
})

test('capture and history are set per object, without a new version and without waiting for a table in use', async (t) => {
  const client = await gateway.enter()
  const { id: workspaceId, schemaName } = client.workspace
  const log = '/rest/metadata/changeLog'
  const version = async () =>
    (await pool.query('select version from tenantry.workspaces where id = $1', [workspaceId])).rows[0].version
  const before = await version()
  t.like((await client.get(`${log}/companies`)).body, {
    nameSingular: 'company',
    capture: null,
    isCaptured: true,
  })
  const off = (await client.request('PATCH', `${log}/company`, { capture: false })).body
  t.like(off, { capture: false, isCaptured: false, capturedSince: null })
  const id = await create(client, { name: 'unseen' })
  const { body } = await client.request('POST', '/metadata', {
    query: `mutation { updateObjectChangeLog(objectMetadataId: "${off.objectMetadataId}", history: true) {
      capture history isCaptured isHistoryKept capturedSince completeSince } }`,
  })
  const on = body.data.updateObjectChangeLog
  t.like(on, { capture: false, history: true, isCaptured: true, isHistoryKept: true })
  t.true(Date.parse(on.completeSince) >= Date.parse(on.capturedSince))
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'seen' })
  t.is(operations(await historyOf(client, `companies/${id}`)), 'updated')
  t.is((await client.get(`/rest/companies/${id}/history`)).body.completeSince, on.completeSince)
  const person = (await client.request('POST', '/rest/people', {})).body.data.createPerson.id
  t.deepEqual(await historyOf(client, `people/${person}`), [])

  await client.request('PATCH', `${log}/people`, { capture: false })
  const writer = await pool.connect()
  await writer.query(`begin; update ${quoteIdentifier(schemaName)}.person set position = 5`)
  const held = (await client.request('PATCH', `${log}/people`, { history: true })).body
  t.like(held, { isCaptured: true, capturedSince: null, completeSince: null })
  await writer.query('commit')
  writer.release()
  t.deepEqual((await settleWorkspace(pool, workspaceId)).waiting, [])
  t.truthy((await client.get(`${log}/people`)).body.completeSince)
  t.is(await version(), before)

  t.is((await client.get(`${log}/nothing`)).status, 404)
  t.is((await client.request('PATCH', `${log}/people`, { history: 'yes' })).status, 400)
  t.is((await client.request('PATCH', `${log}/people`, { story: true })).status, 400)
  const guest = await gateway.client(client.workspace, 'Guest')
  t.is((await guest.get(log)).status, 403)
  t.is((await client.get(log)).body.length > 5, true)
})
