import test from 'ava'
import { createMaintenance } from '../../gateway/jobs/maintenance.ts'
import { isWithin, parseWindow } from '../../gateway/maintenanceWindow.ts'
import { tryAlone } from '../../sql/advisoryLock.ts'
import { createField } from '../../tenants/model/change/field/field.ts'
import { deleteIndex } from '../../tenants/model/change/object/indexes.ts'
import { type RowRuleInput, upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { measureSizes } from '../../tenants/quota/size.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestGateway } from '../support/gateway.ts'
import { fieldIn, objectIn, openModel } from '../support/model.ts'
import { until } from '../support/until.ts'

const recorder = () => {
  const lines: { readonly fields: object; readonly message: string }[] = []
  const write = (fields: object, message: string): void => void lines.push({ fields, message })
  return { lines, log: { debug: write, info: write, warn: write, error: write } }
}

test('a gateway empties old trash when it starts, and logs counts', async (t) => {
  const one = await startTestGateway()
  t.teardown(one.close)
  const { workspace, get, request } = await one.enter()
  const { body } = await request('POST', '/rest/companies', { name: 'old' })
  const { id } = body.data.createCompany
  await request('DELETE', `/rest/companies/${id}?soft_delete=true`)
  await one.gateway.pool.query(
    `update "${workspace.schemaName}".company set deleted_at = now() - interval '15 days' where id = $1`,
    [id],
  )
  await one.gateway.pool.query('delete from tenantry.trash_purges')
  const other = await startTestGateway({ database: one.database })
  t.teardown(other.close)
  await until('the trash is empty', async () => {
    const { rowCount } = await one.gateway.pool.query(`select from "${workspace.schemaName}".company`)
    return rowCount === 0
  })
  t.is((await get('/rest/companies')).status, 200)
})

test('one of several gateways works, and logs what it did', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  await sql(`insert into @.company (name, deleted_at) values ('old', '2030-01-01')`)
  const { lines, log } = recorder()
  const clock = () => new Date('2030-06-01')
  const several = [1, 2, 3].map(() => createMaintenance({ pool, log, clock, feedRetentionDays: 7 }))
  await Promise.all(several.map(({ run }) => run()))
  // Each is done once. By this clock the months of the audit log are over, too.
  t.deepEqual(
    lines.map(({ fields }) => fields).filter((fields) => !('partitions' in fields)),
    [{ workspaceId: workspace.id, purged: { company: 1 }, kept: {} }],
  )
  t.is(lines.filter(({ fields }) => 'partitions' in fields).length, 1)
  await Promise.all(several.map(({ close }) => close()))
})

test('a database that fails is one warning, and no rejection', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { lines, log } = recorder()
  await pool.query('drop table tenantry.trash_purges')
  const maintenance = createMaintenance({ pool, log, feedRetentionDays: 7 })
  await maintenance.run()
  t.is(lines.length, 1)
  t.like(lines[0]?.fields, { job: 'empty' })
  await maintenance.close()
})

test('a job that one session is at is left to it, and free when that session has died', async (t) => {
  const { pool } = await createTestDatabase(t)
  let pid: number | undefined
  const first = tryAlone(pool, 'job', async () => {
    t.is(await tryAlone(pool, 'job', async () => 'twice'), null)
    t.is(await tryAlone(pool, 'another job', async () => pool.totalCount - pool.idleCount), 1)
    // Of this database: on the same server other tests hold locks, too.
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory'
         and database = (select oid from pg_database where datname = current_database())`,
    )
    pid = rows[0]?.pid
    await pool.query('select pg_terminate_backend($1::int)', [pid])
    await until('the lock is free', async () => (await tryAlone(pool, 'job', async () => true)) === true)
    return 'done'
  })
  t.is(await first, 'done')
  t.is(await tryAlone(pool, 'job', async () => 'again'), 'again')
})

test('a connection that has held the locks of many jobs is as it was', async (t) => {
  const { pool } = await createTestDatabase(t)
  const listeners = async (): Promise<number> => {
    const client = await pool.connect()
    const count = client.listenerCount('error')
    client.release()
    return count
  }
  const before = await listeners()
  for (let round = 0; round < 3; round += 1) await tryAlone(pool, 'job', async () => round)
  t.is(await listeners(), before)
  t.is(pool.totalCount, 1)
})

test('builds begin within the maintenance window', async (t) => {
  const { pool, workspace, makeObject, sql, describe, grownTo } = await openModel(t)
  const { id } = await makeObject('rocket')
  await sql(`insert into @.rocket (name) select n::text from generate_series(1, 50) n`)
  await grownTo('rocket', 50)
  const field = { objectMetadataId: id, name: 'code', label: 'Code', type: 'TEXT', isUnique: true } as const
  await createField(pool, workspace.id, field, { largeRows: 20 })
  const { log } = recorder()
  let now = '2026-03-01T21:59:59Z'
  const clock = () => new Date(now)
  const maintenance = createMaintenance({
    pool,
    log,
    clock,
    feedRetentionDays: 7,
    maintenanceWindow: '22:00-04:30',
  })
  const stateAt = async (time: string) => {
    now = time
    await maintenance.build()
    return fieldIn(await describe(), 'rocket', 'code').build?.state ?? 'ready'
  }
  t.is(await stateAt('2026-03-01T21:59:59Z'), 'pending')
  t.is(await stateAt('2026-03-02T04:30:00Z'), 'pending')
  t.is(await stateAt('2026-03-02T04:29:59Z'), 'ready')
  await maintenance.close()
  t.true(isWithin('02:00-05:00', new Date('2026-03-01T02:00:00Z')))
  t.false(isWithin('02:00-05:00', new Date('2026-03-01T05:00:00Z')))
  for (const text of ['2:00-05:00', '02:00-24:00', '02:00-02:00', '02:00', ''])
    t.is(parseWindow(text), undefined, text)
})

test('tables of more than 10,000 records get the indexes of their orders and duplicates, which the model shows', async (t) => {
  const { pool, workspace, sql, describe, counts } = await openModel(t)
  await sql(`insert into @.person (name_last_name) select 'x' from generate_series(1, 10001)`)
  // It has the columns of a wanted one, but another order: it is the user's, and serves no order of ours.
  await sql('create index by_hand on @.person (name_last_name, id)')
  // So has the index of an earlier version, which has the trash, too.
  await sql('create index of_before on @.person (created_at desc, id)')
  await sql('create index also_by_hand on @.person (position)')
  await sql(`insert into @.company (name) select 'x' from generate_series(1, 9000)`)
  // An estimate of a node has rows twice that it counts after it has analysed them.
  await counts('person', 10_001)
  await counts('company', 9_000)
  await sql(`analyze @.person, @.company`)
  // The rows of a cluster's nodes are known from there.
  await measureSizes(pool)
  const before = objectIn(await describe(), 'person').indexes.map(({ name }) => name)
  const { lines, log } = recorder()
  const jobs: string[] = []
  const traced = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    jobs.push(name)
    return work()
  }
  const maintenance = createMaintenance({ pool, log, feedRetentionDays: 7, traced })
  maintenance.start()
  await maintenance.run()
  const ran = (name: string): number => jobs.filter((each) => each === name).length
  t.deepEqual([ran('purge'), ran('index')], [2, 1], 'indexes are not built in the round of the start')
  const wanted = [
    ['id'],
    ['created_at', 'id'],
    ['updated_at', 'id'],
    ['name_first_name', 'id'],
    ['name_last_name', 'id'],
    ['name_first_name', 'name_last_name', 'id'],
    ['name_last_name', 'name_first_name', 'id'],
    ['position', 'id'],
    ['position', 'id'],
    ['company_id', 'id'],
    ['company_id', 'id'],
    ['linkedin_link_primary_link_url'],
    ['deleted_at', 'id'],
  ]
  const built = wanted.map((columns) => ({ workspaceId: workspace.id, table: 'person', columns }))
  t.deepEqual(
    lines.map(({ fields }) => fields),
    built,
  )
  const person = objectIn(await describe(), 'person')
  const byHand = person.indexes.find(({ name }) => name === 'by_hand')
  t.is(byHand?.isCustom, true)
  const shorter = person.indexes.filter(({ fields }) => fields.length === 1).map(({ name }) => name)
  t.true(shorter.includes('also_by_hand'))
  // Those of (position, id) and (company_id, id) replace them.
  t.deepEqual(
    shorter.filter((name) => /^person_(position|company_id)_idx/.test(name)),
    [],
  )
  const ofBefore = person.indexes.find(({ name }) => name === 'of_before')
  t.is(ofBefore?.isCustom, true)
  const indexes = person.indexes.filter((each) => !before.includes(each.name))
  t.deepEqual(
    indexes.map(({ isCustom, isValid }) => [isCustom, isValid]),
    wanted.map(() => [false, true]),
  )
  const [index] = indexes
  const dropped = wanted.find((columns) => index?.name === `person_${columns.join('_')}_idx`)
  await t.throwsAsync(deleteIndex(pool, workspace.id, index?.id ?? ''), { message: /System indexes/ })
  await sql(`drop index @."${index?.name}"`)
  await sql(`update tenantry.workspaces set version = version + 1`)
  await maintenance.run()
  t.deepEqual(
    lines.map(({ fields }) => fields),
    [...built, { workspaceId: workspace.id, table: 'person', columns: dropped }],
  )
  await t.notThrowsAsync(deleteIndex(pool, workspace.id, ofBefore?.id ?? ''))
  await t.notThrowsAsync(deleteIndex(pool, workspace.id, byHand?.id ?? ''))

  // Columns that record rules compare, unless an index begins with them.
  const role = await createRole(pool, workspace.id, { label: 'Some', canReadAllObjectRecords: true })
  const setRules = (rules: readonly RowRuleInput[]) =>
    upsertRowRules(pool, workspace.id, role.id, 'person', { rules, groups: [] })
  await setRules([
    { column: 'job_title', operand: 'IS', value: 'CTO' },
    { column: 'updated_by_name', operand: 'IS_NOT', value: 'x' },
    { column: 'company_id', operand: 'IS', memberColumn: 'id' },
    { column: 'created_at', operand: 'IS_IN_PAST' },
    { column: 'emails_primary_email', operand: 'IS', value: 'a@b.example' },
  ])
  await maintenance.run()
  await maintenance.run()
  t.deepEqual(
    lines.slice(built.length + 1).map(({ fields }) => fields),
    [{ workspaceId: workspace.id, table: 'person', columns: ['job_title'] }],
  )
  const isOfRules = async () =>
    objectIn(await describe(), 'person').indexes.find(({ name }) => name === 'person_job_title_idx')
  t.is((await isOfRules())?.isCustom, false)
  await setRules([])
  const left = await isOfRules()
  t.is(left?.isCustom, true, 'without a rule it may be dropped')
  await t.notThrowsAsync(deleteIndex(pool, workspace.id, left?.id ?? ''))
  await maintenance.close()
})
