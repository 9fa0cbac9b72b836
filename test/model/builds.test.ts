// Builds of model changes on large tables: jobs with a state, which a session runs after the change.

import test from 'ava'
import type { CreateFieldInput, UpdateFieldInput } from '../../tenants/model/change/check/input.ts'
import { createField, deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { createCustomIndex, deleteIndex } from '../../tenants/model/change/object/indexes.ts'
import { deleteObject, updateObject } from '../../tenants/model/change/object/object.ts'
import { forceBuilds, retryBuilds } from '../../tenants/model/change/run/buildStatus.ts'
import { type RunOptions, runBuilds } from '../../tenants/model/change/run/runBuilds.ts'
import { openTestDatabase } from '../support/database.ts'
import { clusterOfTests } from '../support/environment.ts'
import { fieldIn, objectIn, openModel } from '../support/model.ts'
import { until } from '../support/until.ts'

const database = openTestDatabase()
test.after.always(async () => (await database).close())

type OpenModel = Awaited<ReturnType<typeof openModel>>

/** A table of this many rows counts as large here. */
const LARGE = { largeRows: 20 }

const openLarge = async (t: { teardown(work: () => Promise<void>): void }) => {
  const model = await openModel(t, { database: await database, standardObjects: false })
  const { pool, workspace, sql } = model
  await model.makeObject('rocket')
  await model.makeField('rocket', { name: 'code', type: 'TEXT' })
  await sql(`insert into @.rocket (name, code) select 'rocket', n::text from generate_series(1, 50) n`)
  await model.grownTo('rocket', 50)
  const field = async (name: string) => fieldIn(await model.describe(), 'rocket', name)
  return {
    ...model,
    field,
    run: (options: RunOptions = {}) => runBuilds(pool, { ...options, workspaceId: workspace.id }),
    create: async (input: Omit<CreateFieldInput, 'objectMetadataId' | 'label'>) =>
      createField(
        pool,
        workspace.id,
        { label: input.name, ...input, objectMetadataId: await model.idOf('rocket') },
        LARGE,
      ),
    update: async (name: string, input: UpdateFieldInput) =>
      updateField(pool, workspace.id, (await field(name)).id, input, LARGE),
    index: async (name: string) => {
      const { id } = objectIn(await model.describe(), 'rocket')
      const fields = [{ fieldMetadataId: (await field(name)).id }]
      return createCustomIndex(
        pool,
        workspace.id,
        { objectMetadataId: id, indexType: 'BTREE', fields },
        LARGE,
      )
    },
    states: async () => {
      const text = 'select state from tenantry.unfinished_steps where workspace_id = $1 order by id'
      return (await sql(text, [workspace.id])).map(({ state }) => state)
    },
    indexNamed: async (name: string) =>
      sql(
        `select i.indisvalid as "isValid" from pg_index i join pg_class c on c.oid = i.indexrelid
         join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
        [workspace.schemaName, name],
      ),
  }
}

type Large = Awaited<ReturnType<typeof openLarge>>

const relationTo = async (model: OpenModel, object: string) => ({
  name: 'owner',
  type: 'RELATION' as const,
  relationCreationPayload: {
    targetObjectMetadataId: await model.idOf(object),
    targetFieldLabel: 'Rockets',
    type: 'MANY_TO_ONE',
  },
})

const shown = async (model: Large, name: string) => {
  const { build, isUnique, isNullable } = await model.field(name)
  return { state: build?.state ?? 'ready', isUnique, isNullable }
}

test.serial(
  'a field of a large table is there at once, and what it asks for is built after it',
  async (t) => {
    const model = await openLarge(t)
    const { run } = model
    await model.create({ name: 'serial', type: 'TEXT', isUnique: true })
    await model.create({ name: 'token', type: 'UUID', defaultValue: 'uuid', isNullable: false })
    await model.create(await relationTo(model, 'rocket'))
    await model.update('code', { isNullable: false, defaultValue: "'none'" })
    const promised = {
      serial: { state: 'pending', isUnique: true, isNullable: true },
      token: { state: 'pending', isUnique: false, isNullable: false },
      owner: { state: 'pending', isUnique: false, isNullable: true },
      code: { state: 'pending', isUnique: false, isNullable: false },
    }
    for (const [name, want] of Object.entries(promised)) t.deepEqual(await shown(model, name), want, name)
    t.is(fieldIn(await model.describe(), 'rocket', 'rockets').build?.state, 'pending')
    // Old rows without the value of a default can be changed meanwhile.
    await model.sql(`update @.rocket set name = 'x'`)
    const steps = await run()
    t.deepEqual(
      steps.filter(({ state }) => state !== 'ready'),
      [],
    )
    for (const [name, want] of Object.entries(promised))
      t.deepEqual(await shown(model, name), { ...want, state: 'ready' }, name)
    t.deepEqual(await model.sql('select count(distinct token)::int as n from @.rocket'), [{ n: 50 }])
    t.deepEqual(await model.indexNamed('rocket_owner_id_idx'), [{ isValid: true }])
    t.deepEqual(
      await model.sql(
        `select conname as name, convalidated as valid from pg_constraint
       where conrelid = (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = 'rocket' and n.nspname = $1)
         and contype in ('c', 'f')`,
        [model.workspace.schemaName],
      ),
      [{ name: 'rocket_owner_id_fkey', valid: true }],
    )
    await t.throwsAsync(model.sql('insert into @.rocket (token) values (null)'), { code: '23502' })
    t.deepEqual(await run(), [])
  },
)

test.serial('records that forbid a build leave the field, count the values, and are retried', async (t) => {
  const model = await openLarge(t)
  const { pool, workspace, sql, run } = model
  await sql(`insert into @.rocket (code) values ('7'), ('7'), ('8')`)
  await sql(`insert into @.rocket (code, deleted_at) values ('9', now())`)
  await model.update('code', { isUnique: true })
  const [step] = await run()
  t.is(step?.state, 'failed')
  const { build, isUnique } = await model.field('code')
  t.false(isUnique)
  t.is(build?.state, 'failed')
  t.regex(build?.error ?? '', /: 2 values occur more than once, in 5 records\. Change or delete/)
  t.deepEqual(await model.indexNamed('rocket_code_key'), [])
  t.deepEqual(await run(), [], 'a failed build does not run by itself')
  await sql(`delete from @.rocket where code in ('7', '8')`)
  await retryBuilds(pool, workspace.id, build?.steps ?? [])
  t.true((await model.field('code')).isUnique, 'promised again')
  t.is((await run())[0]?.state, 'ready')
  t.like(await shown(model, 'code'), { state: 'ready', isUnique: true })
  await t.throwsAsync(retryBuilds(pool, workspace.id, build?.steps ?? []), { message: /no failed build/ })
})

test.serial('asking again after a failure replaces the build, and taking it back forgets it', async (t) => {
  const model = await openLarge(t)
  await model.sql(`insert into @.rocket (code) values ('7')`)
  await model.update('code', { isUnique: true })
  await model.run()
  t.deepEqual(await model.states(), ['failed'])
  await model.update('code', { isUnique: true })
  t.deepEqual(await model.states(), ['pending'])
  await model.run()
  await model.update('code', { isUnique: false })
  t.deepEqual(await model.states(), [])
  t.is((await model.field('code')).build, null)
})

/** Each renames what is to be built, and gives the index that must be there in the end. */
const RENAMES: readonly (readonly [string, (model: Large) => Promise<unknown>, string])[] = [
  ['nothing', async () => undefined, 'rocket_code_key'],
  ['the field', (model) => model.update('code', { name: 'cipher', label: 'Cipher' }), 'rocket_cipher_key'],
  [
    'the object',
    async (model) =>
      updateObject(model.pool, model.workspace.id, await model.idOf('rocket'), {
        nameSingular: 'ship',
        namePlural: 'ships',
      }),
    'ship_code_key',
  ],
  [
    'the column by hand',
    (model) => model.sql('alter table @.rocket rename code to "it\'s ""odd"" $1 \\"'),
    'rocket_code_key',
  ],
  [
    'the table by hand',
    (model) => model.sql('alter table @.rocket rename to "o\'dd ""table"""'),
    'rocket_code_key',
  ],
]

for (const [what, rename, index] of RENAMES)
  test.serial(`builds follow when ${what} is renamed`, async (t) => {
    const model = await openLarge(t)
    await model.update('code', { isUnique: true })
    await model.create({ name: 'token', type: 'UUID', defaultValue: 'uuid', isNullable: false })
    await model.create(await relationTo(model, 'rocket'))
    await rename(model)
    const steps = await model.run()
    t.deepEqual(
      steps.filter(({ state }) => state !== 'ready'),
      [],
    )
    t.deepEqual(await model.indexNamed(index), [{ isValid: true }])
    t.deepEqual(
      (await model.states()).filter((state) => state !== 'ready'),
      [],
    )
  })

test.serial('an index of a dropped field or object is not built', async (t) => {
  const model = await openLarge(t)
  const { pool, workspace, run } = model
  await model.update('code', { isUnique: true })
  await model.create({ name: 'token', type: 'UUID', defaultValue: 'uuid' })
  await deleteField(pool, workspace.id, (await model.field('code')).id)
  t.deepEqual(await model.states(), ['pending'])
  await model.sql('alter table @.rocket drop column token')
  t.deepEqual(await run(), [])
  t.deepEqual(await model.states(), [])
  await model.create({ name: 'serial', type: 'TEXT', isUnique: true })
  await deleteObject(pool, workspace.id, await model.idOf('rocket'))
  t.deepEqual(await model.states(), [])
})

test.serial('an index has one id from the request on, and is not asked for twice', async (t) => {
  const model = await openLarge(t)
  const { pool, workspace, run } = model
  const made = await model.index('code')
  const find = async () => objectIn(await model.describe(), 'rocket').indexes.find(({ id }) => id === made.id)
  t.like(await find(), {
    name: 'rocket_code_idx',
    isValid: false,
    isCustom: true,
    build: { state: 'pending' },
  })
  await t.throwsAsync(model.index('code'), { message: /indexed already/ })
  await run()
  t.like(await find(), { name: 'rocket_code_idx', isValid: true, build: null })
  await model.update('code', { name: 'cipher', label: 'Cipher' })
  t.like(await find(), { name: 'rocket_cipher_idx', isValid: true })
  await deleteIndex(pool, workspace.id, made.id)
  t.is(await find(), undefined)
  const again = await model.index('cipher')
  await deleteIndex(pool, workspace.id, again.id)
  t.deepEqual(await run(), [])
  t.deepEqual(await model.indexNamed('rocket_cipher_idx'), [])
})

test.serial('outside the maintenance window a build waits, unless an operator forces it', async (t) => {
  const model = await openLarge(t)
  const closed = { mayBegin: () => false }
  await model.create({ name: 'token', type: 'UUID', defaultValue: 'uuid', isNullable: false })
  t.deepEqual(await model.run(closed), [])
  t.like(await shown(model, 'token'), { state: 'pending' })
  // It closes after the first step has begun.
  const looks = [true, true]
  const mayBegin = () => looks.pop() ?? false
  const first = await model.run({ mayBegin })
  t.is(first.length, 5, 'a build that has begun goes on')
  await model.update('code', { isUnique: true })
  t.deepEqual(await model.run(closed), [])
  t.is(await forceBuilds(model.pool, model.workspace.id), 1)
  t.like(await model.run(closed), { length: 1, 0: { state: 'ready' } })
})

test.serial('a long transaction makes a build wait, which goes on when it has ended', async (t) => {
  const model = await openLarge(t)
  const { pool, run } = model
  await model.update('code', { isUnique: true })
  await model.create({ name: 'note', type: 'UUID', defaultValue: 'uuid' })
  const holder = await pool.connect()
  try {
    await holder.query('begin')
    await holder.query(`insert into "${model.workspace.schemaName}".rocket (code) values ('held')`)
    const steps = await run()
    t.is(steps[0]?.state, 'waiting')
    t.regex(steps[0]?.error ?? '', /the oldest belongs to .* \(process \d+, for \d+ s\)/)
    t.notDeepEqual(await model.indexNamed('rocket_code_key'), [{ isValid: true }])
    t.like(await shown(model, 'code'), { state: 'pending', isUnique: true })
  } finally {
    await holder.query('commit')
    holder.release()
  }
  await model.sql(`update tenantry.unfinished_steps set not_before = now()`)
  await run()
  t.deepEqual(await model.indexNamed('rocket_code_key'), [{ isValid: true }])
})

test.serial('a build gives way to a transaction that it waits for and that needs its lock', async (t) => {
  const model = await openLarge(t)
  const { pool, workspace, sql, run } = model
  await model.index('code')
  // Later attempts wait for minutes.
  await sql('update tenantry.unfinished_steps set attempts = 9')
  const user = await pool.connect()
  const ask = (text: string) => user.query(text.replaceAll('@.', `"${workspace.schemaName}".`))
  try {
    // Postgres does not solve the deadlock, at the cost of this transaction.
    await ask(`begin; set local deadlock_timeout = '10min'`)
    await ask(`insert into @.rocket (code) values ('held')`)
    const building = run()
    await until('the build waits', async () => {
      const rows = await sql(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and query like 'create index concurrently%'`,
      )
      return rows.length > 0
    })
    await ask('analyze @.rocket')
    t.like(await building, { 0: { state: 'waiting' } })
    await ask('commit')
  } finally {
    user.release(true)
  }
  await sql('update tenantry.unfinished_steps set not_before = now()')
  await run()
  t.deepEqual(await model.indexNamed('rocket_code_idx'), [{ isValid: true }])
})

/** Ends the backend of a build when a statement of it like `pattern` waits for a lock. */
const killBuild = async ({ pool, workspace, sql, run }: Large, pattern: string): Promise<void> => {
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query(`insert into "${workspace.schemaName}".rocket (code) values ('held')`)
  const building = Promise.allSettled([run()])
  await until(`the build waits at ${pattern}`, async () => {
    const rows = await sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
      [pattern],
    )
    return rows.length > 0
  })
  const [{ status }] = await building
  await holder.query('commit')
  holder.release()
  if (status === 'fulfilled') throw new Error('The build survived its backend.')
}

test.serial(
  'a build whose backend dies half-way is finished by the next one, under the names of then',
  async (t) => {
    const model = await openLarge(t)
    await model.update('code', { isUnique: true })
    await killBuild(model, 'create unique index concurrently%')
    // Citus makes the index of the coordinator last.
    const halfWay = clusterOfTests() === null ? [{ isValid: false }] : []
    t.deepEqual(await model.indexNamed('rocket_code_key'), halfWay)
    t.deepEqual(await model.states(), ['running'])
    await model.update('code', { name: 'cipher', label: 'Cipher' })
    const rounds = await Promise.all([1, 2, 3].map(() => model.run()))
    t.deepEqual(rounds.map(({ length }) => length).sort(), [0, 0, 1])
    t.deepEqual(await model.indexNamed('rocket_code_key'), [])
    t.deepEqual(await model.indexNamed('rocket_cipher_key'), [{ isValid: true }])
    t.like(await shown(model, 'cipher'), { state: 'ready', isUnique: true })
  },
)

test.serial('a fill whose backend died leaves nothing behind when its column is dropped', async (t) => {
  const model = await openLarge(t)
  const { pool, sql } = model
  await model.create({ name: 'token', type: 'UUID', defaultValue: 'uuid', isNullable: false })
  // As on a cluster, where a backend that died has left it.
  await sql(`select tenantry.fill_by_trigger('@.rocket'::regclass, 'token', true)`)
  await sql(
    `update tenantry.unfinished_steps set state = 'running' where purpose = 'default' and workspace_id = $1`,
    [model.workspace.id],
  )
  await deleteField(pool, model.workspace.id, (await model.field('token')).id)
  const triggers = `select tgname from pg_trigger where tgrelid = '@.rocket'::regclass and tgname ~ '^tenantry_fill'`
  t.deepEqual(await sql(triggers), [])
  // A column of the same name gets no values of the default before.
  await model.create({ name: 'token', type: 'UUID' })
  await sql('update @.rocket set name = name')
  t.deepEqual(await sql('select count(token)::int as n from @.rocket'), [{ n: 0 }])
})

test.serial('a build that is stopped with its gateway begins again', async (t) => {
  const model = await openLarge(t)
  const { pool, run } = model
  await model.update('code', { isUnique: true })
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query(`lock table "${model.workspace.schemaName}".rocket in share update exclusive mode`)
  const stop = new AbortController()
  const building = run({ signal: stop.signal })
  await until('it waits', async () => {
    const sql = `select from pg_stat_activity where query like 'create unique index%' and wait_event_type = 'Lock'
      and datname = current_database()`
    return (await model.sql(sql)).length > 0
  })
  stop.abort()
  t.like(await building, { length: 1, 0: { state: 'waiting' } })
  await holder.query('commit')
  holder.release()
  await model.sql('update tenantry.unfinished_steps set not_before = now()')
  t.like(await run(), { length: 1, 0: { state: 'ready' } })
})

test.serial('steps of a living session are left alone', async (t) => {
  const model = await openLarge(t)
  await model.update('code', { isUnique: true })
  const other = await model.pool.connect()
  await other.query(
    `update tenantry.unfinished_steps u set state = 'running', worker_pid = a.pid, worker_started_at = a.backend_start
     from pg_stat_activity a where a.pid = pg_backend_pid() and workspace_id = $1`,
    [model.workspace.id],
  )
  t.deepEqual(await model.run(), [])
  await t.throwsAsync(model.update('code', { isUnique: false }), { message: /is being built/ })
  other.release(true)
  await until('its session is gone', async () => (await model.run()).length === 1)
  t.deepEqual(await model.indexNamed('rocket_code_key'), [{ isValid: true }])
})

test.serial('a change first finishes the index that a gateway of the previous version began', async (t) => {
  const model = await openLarge(t)
  const statement = `create unique index concurrently "rocket_code_key" on "__WS__"."rocket" ("code") where "deleted_at" is null`
  await model.sql(
    `insert into tenantry.unfinished_steps (workspace_id, statement, index_name, undo, worker_pid, worker_started_at)
     values ($1, $2, 'rocket_code_key', 'drop index concurrently if exists "__WS__"."rocket_code_key"', 1, now())`,
    [model.workspace.id, statement],
  )
  await model.update('code', { name: 'cipher', label: 'Cipher' })
  t.deepEqual(await model.states(), [])
  t.deepEqual(await model.indexNamed('rocket_cipher_key'), [{ isValid: true }])
})

test.serial('a requirement can be taken back while it is built', async (t) => {
  const model = await openLarge(t)
  await model.update('code', { isNullable: false, defaultValue: "'none'" })
  await t.throwsAsync(model.sql('insert into @.rocket (code) values (null)'), { code: '23514' })
  await model.update('code', { isNullable: true, defaultValue: null })
  await t.notThrowsAsync(model.sql('insert into @.rocket (code) values (null)'))
  t.like(await shown(model, 'code'), { state: 'ready', isNullable: true })
  t.deepEqual(await model.run(), [])
})

test.serial('a dry run names the statements that will be jobs', async (t) => {
  const model = await openLarge(t)
  const input = { name: 'serial', label: 'Serial', type: 'TEXT' as const, isUnique: true }
  const objectMetadataId = await model.idOf('rocket')
  const make = (how: { readonly dryRun?: boolean; readonly largeRows?: number }) =>
    createField(model.pool, model.workspace.id, { ...input, objectMetadataId }, how)
  const { plan } = await make({ ...LARGE, dryRun: true })
  t.is(plan.jobs.length, 1)
  t.regex(plan.jobs[0] ?? '', /^create unique index concurrently/)
  t.true(plan.statements.includes(plan.jobs[0] ?? ''))
  t.deepEqual((await make({ dryRun: true })).plan.jobs, [])
  t.deepEqual((await make(LARGE)).plan.jobs, plan.jobs)
  const [step] = await model.run()
  t.is(step?.statement, plan.jobs[0])
})

for (const [rows, isJob] of [
  [19, false],
  [20, true],
] as const)
  test.serial(`records are counted where the estimate is near the limit: ${rows} of 20`, async (t) => {
    const model = await openLarge(t)
    await model.sql(`delete from @.rocket where code::int > $1`, [rows])
    const { hasBuilds } = await model.update('code', { isUnique: true })
    t.is(hasBuilds, isJob)
  })
