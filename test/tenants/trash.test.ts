import test from 'ava'
import { createField } from '../../tenants/model/change/field/field.ts'
import { purgeTrash } from '../../tenants/trash.ts'
import { createWorkspace, suspendWorkspace } from '../../tenants/workspace.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import { openModel } from '../support/model.ts'

const NOW = new Date('2030-06-15T12:00:00Z')
const DAY_MS = 86_400_000
const daysBefore = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS)
const later = (days: number): Date => daysBefore(-days)

const trashed = (
  sql: Awaited<ReturnType<typeof openModel>>['sql'],
  names: Readonly<Record<string, number>>,
) =>
  sql(
    `insert into @.company (name, deleted_at)
     select n, $1::timestamptz - interval '1 day' * d from unnest($2::text[], $3::float8[]) as t (n, d)`,
    [NOW, Object.keys(names), Object.values(names)],
  )

const namesIn = async (sql: Awaited<ReturnType<typeof openModel>>['sql'], table = 'company') =>
  (await sql(`select name from @.${table} order by name`)).map(({ name }) => name)

test('records go after 14 days in the trash, others stay', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  await trashed(sql, { older: 14.01, younger: 13.99 })
  await sql(`insert into @.company (name, created_at) values ('live', '2001-01-01')`)
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [
    { workspaceId: workspace.id, purged: { company: 1 }, kept: {} },
  ])
  t.deepEqual(await namesIn(sql), ['live', 'younger'])
})

test('a workspace is gone through once a day', async (t) => {
  const { pool, sql } = await openModel(t)
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [])
  await trashed(sql, { old: 20 })
  t.deepEqual(await purgeTrash(pool, { now: later(0.99) }), [])
  t.deepEqual(await namesIn(sql), ['old'])
  t.is((await purgeTrash(pool, { now: later(1) })).length, 1)
  t.deepEqual(await namesIn(sql), [])
})

test('the retention is configurable, and 0 keeps the trash forever', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  await trashed(sql, { ancient: 4000, recent: 3 })
  await updateWorkspaceSettings(pool, workspace.id, { trashRetentionDays: 0 })
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [])
  await updateWorkspaceSettings(pool, workspace.id, { trashRetentionDays: 2 })
  await purgeTrash(pool, { now: NOW })
  t.deepEqual(await namesIn(sql), [])
})

test('a suspended workspace keeps its trash until it is active again', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  await trashed(sql, { old: 20 })
  await suspendWorkspace(pool, workspace.id)
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [])
  t.deepEqual(await namesIn(sql), ['old'])
})

test('objects made through the API are emptied, tables made by SQL are not', async (t) => {
  const { pool, workspace, makeObject, sql } = await openModel(t)
  await makeObject('rocket')
  await sql(`insert into @.rocket (name, deleted_at) values ('old', $1)`, [daysBefore(20)])
  await sql(`create table @."Invoi""ce" (id int primary key, name text, deleted_at timestamptz)`)
  await sql(`insert into @."Invoi""ce" values (1, 'theirs', $1)`, [daysBefore(4000)])
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [
    { workspaceId: workspace.id, purged: { rocket: 1 }, kept: {} },
  ])
  t.deepEqual(await namesIn(sql, '"Invoi""ce"'), ['theirs'])
})

test('in a workspace without standard objects a table named company is never purged', async (t) => {
  const { pool } = await openModel(t)
  const { schemaName } = await createWorkspace(pool, { name: 'bare', standardObjects: false })
  await pool.query(`create table "${schemaName}".company (id int primary key, deleted_at timestamptz)`)
  await pool.query(`insert into "${schemaName}".company values (1, '2001-01-01')`)
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [])
})

test('a record that another one must keep stays, and holds up no other', async (t) => {
  const { pool, workspace, makeObject, sql, idOf } = await openModel(t)
  const { id } = await makeObject('rocket')
  await createField(pool, workspace.id, {
    objectMetadataId: id,
    name: 'builder',
    label: 'Builder',
    type: 'RELATION',
    settings: { onDelete: 'RESTRICT' },
    relationCreationPayload: {
      targetObjectMetadataId: await idOf('company'),
      targetFieldLabel: 'Rockets',
      type: 'MANY_TO_ONE',
    },
  })
  await trashed(sql, { needed: 30, spare: 20 })
  await sql(
    `insert into @.rocket (name, builder_id) select 'Ariane', id from @.company where name = 'needed'`,
  )
  t.deepEqual(await purgeTrash(pool, { now: NOW }), [
    { workspaceId: workspace.id, purged: { company: 1 }, kept: { company: 1 } },
  ])
  t.deepEqual(await namesIn(sql), ['needed'])
  await sql('update @.rocket set deleted_at = $1', [daysBefore(20)])
  // The rocket is deleted after the company was tried; the company goes in the pass after that.
  t.deepEqual(await purgeTrash(pool, { now: later(1) }), [
    { workspaceId: workspace.id, purged: { company: 1, rocket: 1 }, kept: {} },
  ])
})

test('deletes in batches, and a stop keeps the finished ones', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  await sql(`insert into @.company (name, deleted_at) select n::text, $1 from generate_series(1, 25) n`, [
    daysBefore(20),
  ])
  let asked = 0
  const isEnding = (): boolean => {
    asked += 1
    return asked > 2
  }
  t.deepEqual(await purgeTrash(pool, { now: NOW, batchRecords: 10, isEnding }), [])
  t.is((await namesIn(sql)).length, 5)
  t.deepEqual(await purgeTrash(pool, { now: NOW, batchRecords: 10 }), [
    { workspaceId: workspace.id, purged: { company: 5 }, kept: {} },
  ])
})

test('a locked table is skipped until later', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  await trashed(sql, { old: 20 })
  await sql(`insert into @.person (job_title, deleted_at) values ('old', $1)`, [daysBefore(20)])
  const other = await pool.connect()
  await other.query('begin')
  await other.query(`lock table "${workspace.schemaName}".company in access exclusive mode`)
  t.like(await purgeTrash(pool, { now: NOW }), { 0: { purged: { person: 1 } } })
  await other.query('rollback')
  other.release()
  t.deepEqual(await namesIn(sql), ['old'])
})
