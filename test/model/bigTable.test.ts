import test from 'ava'
import { createField, updateField } from '../../tenants/model/change/field/field.ts'
import { createObject } from '../../tenants/model/change/object/object.ts'
import { fieldIn, finishBuilds, objectIn, openModel } from '../support/model.ts'
import { until } from '../support/until.ts'

const ROWS = 10_100

/** So many that blocking is not acceptable. */
const fill = `insert into @.rocket (name) select md5(n::text) from generate_series(1, ${ROWS}) n`

test('on a big table keys are checked and indexes built after the change, without stopping writers', async (t) => {
  const { pool, workspace, makeObject, sql, idOf, describe } = await openModel(t)
  const { id } = await makeObject('rocket')
  await sql(fill)
  await sql('analyze @.rocket')
  const { plan } = await createField(pool, workspace.id, {
    objectMetadataId: id,
    name: 'owner',
    label: 'Owner',
    type: 'RELATION',
    relationCreationPayload: {
      targetObjectMetadataId: await idOf('person'),
      targetFieldLabel: 'Rockets',
      type: 'MANY_TO_ONE',
    },
  })
  t.true(plan.statements.some((statement) => statement.endsWith('not valid')))
  t.true(plan.statements.some((statement) => statement.includes('validate constraint')))
  t.true(plan.statements.some((statement) => statement.startsWith('create index concurrently')))
  t.deepEqual(plan.rows, [{ table: 'rocket', effect: 'scan', count: ROWS }])
  await finishBuilds(pool)
  t.deepEqual(
    await sql(`select convalidated as valid from pg_constraint where conname = 'rocket_owner_id_fkey'`),
    [{ valid: true }],
  )
  t.true(objectIn(await describe(), 'rocket').indexes.every((index) => index.isValid))

  const fuel = await createField(pool, workspace.id, {
    objectMetadataId: id,
    name: 'fuel',
    label: 'Fuel',
    type: 'TEXT',
    defaultValue: "'RP-1'",
  })
  t.deepEqual(fuel.plan.rows, [], 'a constant default touches no row')
  const unique = await createField(pool, workspace.id, {
    objectMetadataId: id,
    name: 'code',
    label: 'Code',
    type: 'TEXT',
    isUnique: true,
  })
  t.true(fieldIn(unique.model, 'rocket', 'code').isUnique)
})

type OpenModel = Awaited<ReturnType<typeof openModel>>

const fileOf = async ({ sql, workspace }: OpenModel): Promise<unknown> =>
  sql('select pg_relation_filenode(format($1, $2::text)::regclass) as file', [
    '%I.rocket',
    workspace.schemaName,
  ])

const INSERT_EMPTY = `insert into @.rocket (uid) values (null)`

test('a default that differs from row to row fills a big table without rewriting it', async (t) => {
  const model = await openModel(t)
  const { pool, workspace, makeObject, sql } = model
  const { id } = await makeObject('rocket')
  await sql(fill)
  await sql('analyze @.rocket')
  const file = await fileOf(model)
  const changed = await createField(pool, workspace.id, {
    objectMetadataId: id,
    name: 'uid',
    label: 'Uid',
    type: 'UUID',
    defaultValue: 'uuid',
    isNullable: false,
  })
  t.deepEqual(changed.plan.rows, [
    { table: 'rocket', effect: 'update', count: ROWS },
    { table: 'rocket', effect: 'scan', count: ROWS },
  ])
  t.is(fieldIn(changed.model, 'rocket', 'uid').isNullable, false)
  await finishBuilds(pool)
  t.deepEqual(await fileOf(model), file)
  t.deepEqual(await sql('select count(distinct uid)::int as count from @.rocket'), [{ count: ROWS }])
  await sql('insert into @.rocket (name) values (null)')
  await t.throwsAsync(sql(INSERT_EMPTY), { code: '23502' })
  t.deepEqual(
    await sql(
      `select conname from pg_constraint where contype = 'c' and conrelid::regclass::text like '%rocket'`,
    ),
    [],
  )
})

test('a big table requires a field without being rewritten', async (t) => {
  const model = await openModel(t)
  const { pool, workspace, makeObject, makeField, sql, describe } = model
  await makeObject('rocket')
  await makeField('rocket', { name: 'uid', type: 'TEXT' })
  await sql(fill)
  await sql(`update @.rocket set uid = id::text`)
  const { id } = fieldIn(await describe(), 'rocket', 'uid')
  const before = await describe()
  const dry = await updateField(
    pool,
    workspace.id,
    id,
    { isNullable: false, defaultValue: "'x'" },
    { dryRun: true },
  )
  t.true(dry.plan.statements.some((statement) => statement.includes('not valid')))
  t.deepEqual(await describe(), before)
  const file = await fileOf(model)
  const required = await updateField(pool, workspace.id, id, {
    isNullable: false,
    defaultValue: "'x'",
    name: 'code',
    label: 'Code',
  })
  t.false(fieldIn(required.model, 'rocket', 'code').isNullable)
  await finishBuilds(pool)
  t.deepEqual(await fileOf(model), file)
  const nullable = await updateField(pool, workspace.id, id, { isNullable: true })
  t.true(fieldIn(nullable.model, 'rocket', 'code').isNullable)
})

test('a big table is rewritten only where the caller allows it, and the dry run shows what that costs', async (t) => {
  const model = await openModel(t)
  const { pool, workspace, makeObject, makeField, sql, describe } = model
  await makeObject('rocket')
  await makeField('rocket', { name: 'count', type: 'NUMBER', settings: { dataType: 'int' } })
  await sql(fill)
  await sql('analyze @.rocket')
  const { id } = fieldIn(await describe(), 'rocket', 'count')
  const wider = { settings: { dataType: 'bigint' } }
  const file = await fileOf(model)
  const { plan } = await updateField(pool, workspace.id, id, wider, { dryRun: true })
  t.like(plan.sizes, { length: 1, 0: { table: 'rocket', rows: ROWS } })
  t.like(plan.rewrites, {
    length: 1,
    0: { table: 'rocket', rows: ROWS, seconds: 1, needsAllowRewrite: true },
  })
  const refused = await t.throwsAsync(updateField(pool, workspace.id, id, wider))
  t.like(refused, { code: 'CONFLICT' })
  t.regex(refused?.message ?? '', /rewrite the table "rocket" \(about 10100 rows, \d+ MB\)/)
  t.deepEqual(await fileOf(model), file)
  await updateField(pool, workspace.id, id, wider, { allowRewrite: true })
  t.notDeepEqual(await fileOf(model), file)
})

test('on a big table a key that is to do something else is checked after the change', async (t) => {
  const { pool, workspace, makeObject, makeField, sql, idOf } = await openModel(t)
  await makeObject('rocket')
  const [person, company] = [await idOf('person'), await idOf('company')]
  const { id } = await makeField('rocket', {
    name: 'payer',
    type: 'MORPH_RELATION',
    morphRelationsCreationPayload: [
      { targetObjectMetadataId: person, targetFieldLabel: 'Rockets', type: 'MANY_TO_ONE' },
    ],
  })
  await sql(fill)
  await sql('analyze @.rocket')
  const update = {
    settings: { onDelete: 'CASCADE' },
    morphRelationsUpdatePayload: [{ targetObjectMetadataId: company }],
  }
  const dry = await updateField(pool, workspace.id, id, update, { dryRun: true })
  const { plan } = await updateField(pool, workspace.id, id, update)
  t.deepEqual(plan, dry.plan)
  await finishBuilds(pool)
  for (const column of ['payer_person_id', 'payer_company_id']) {
    const key = `"rocket_${column}_fkey"`
    const added = plan.statements.find((statement) => statement.includes(`add constraint ${key}`))
    t.regex(added ?? '', /on delete cascade not valid$/)
    t.true(plan.statements.some((statement) => statement.endsWith(`validate constraint ${key}`)))
  }
  t.true(
    plan.statements.some((statement) =>
      statement.startsWith('create index concurrently "rocket_payer_company_id_idx"'),
    ),
  )
  t.deepEqual(
    await sql(
      `select conname as name, convalidated as valid, confdeltype as action from pg_constraint
       where conname like 'rocket\\_payer%' order by 1`,
    ),
    [
      { name: 'rocket_payer_company_id_fkey', valid: true, action: 'c' },
      { name: 'rocket_payer_person_id_fkey', valid: true, action: 'c' },
    ],
  )
})

test('a connection that is killed in the middle of a change leaves nothing half-made', async (t) => {
  const { pool, workspace, sql, describe } = await openModel(t)
  const before = await describe()
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query(`lock table "${workspace.schemaName}".timeline_activity in access share mode`)
  const change = createObject(pool, workspace.id, {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  })
  change.catch(() => {})
  // Of this database: on the same server other tests change their models, too.
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  try {
    await until('the change waits, and is killed', async () => (await sql(kill)).length > 0)
    await t.throwsAsync(change)
  } finally {
    await holder.query('commit')
    holder.release()
  }
  t.deepEqual(await describe(), before)
})
