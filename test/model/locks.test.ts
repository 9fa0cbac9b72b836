import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { createField, deleteField } from '../../tenants/model/change/field/field.ts'
import { createObject } from '../../tenants/model/change/object/object.ts'
import { fieldIn, objectIn, openModel } from '../support/model.ts'

const text = (objectMetadataId: string, name: string) => ({
  objectMetadataId,
  name,
  label: name,
  type: 'TEXT' as const,
})

test('changes of one workspace queue up, and each sees the results of the others', async (t) => {
  const { pool, workspace, makeObject, describe } = await openModel(t)
  const { id } = await makeObject('rocket')
  const names = Array.from({ length: 8 }, (_, index) => `field${index}`)
  await Promise.all(names.map((name) => createField(pool, workspace.id, text(id, name))))
  const twins = await Promise.allSettled(
    [1, 2, 3].map(() => createField(pool, workspace.id, text(id, 'twin'))),
  )
  t.is(twins.filter(({ status }) => status === 'fulfilled').length, 1)
  const fields = objectIn(await describe(), 'rocket').fields.map((field) => field.name)
  t.deepEqual(
    names.filter((name) => !fields.includes(name)),
    [],
  )
})

test('waits for a briefly locked table', async (t) => {
  const { pool, workspace, makeObject, sql } = await openModel(t)
  const { id } = await makeObject('rocket')
  const other = await pool.connect()
  await other.query('begin')
  await other.query(`lock table "${workspace.schemaName}".rocket in access share mode`)
  const change = createField(pool, workspace.id, text(id, 'fuel'))
  await sql('select pg_sleep(0.6)')
  await other.query('commit')
  other.release()
  t.is(fieldIn((await change).model, 'rocket', 'fuel').type, 'TEXT')
})

test('gives up with a reason on a table that stays held, and leaves nothing behind', async (t) => {
  const { pool, workspace, makeObject, describe } = await openModel(t)
  const { id } = await makeObject('rocket')
  const before = await describe()
  const other = await pool.connect()
  await other.query('begin')
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid')
  await other.query(`lock table "${workspace.schemaName}".rocket in access share mode`)
  // Long already when the change begins.
  await sleep(3_100)
  const error = await t.throwsAsync(
    createField(pool, workspace.id, {
      ...text(id, 'fuel'),
      type: 'SELECT',
      options: [{ value: 'A', label: 'A' }],
    }),
  )
  t.like(error, { code: 'CONFLICT', retryAfterSeconds: 30 })
  t.regex(
    error?.message ?? '',
    new RegExp(
      `^Table "rocket" is in use by a long transaction that is idle \\(.+, process ${rows[0]?.pid}, for \\d+ s\\)`,
    ),
  )
  await other.query('commit')
  other.release()
  t.deepEqual(await describe(), before)
})

test('gets its lock under constant short transactions that follow each other without a gap', async (t) => {
  const { pool, workspace, makeObject } = await openModel(t)
  const { id } = await makeObject('rocket')
  let isOver = false
  let held = 0
  // Two at least hold the table at any time, each for longer than the first attempts wait.
  const holder = async (delayMs: number): Promise<void> => {
    await sleep(delayMs)
    while (!isOver) {
      const client = await pool.connect()
      await client.query('begin')
      await client.query(`lock table "${workspace.schemaName}".rocket in access share mode`)
      held += 1
      await client.query('select pg_sleep(0.6)')
      await client.query('commit')
      client.release()
    }
  }
  const holders = [0, 200, 400].map(holder)
  await sleep(700)
  for (const name of ['one', 'two', 'three']) {
    const { model } = await createField(pool, workspace.id, text(id, name))
    t.is(fieldIn(model, 'rocket', name).type, 'TEXT')
  }
  isOver = true
  await Promise.all(holders)
  t.true(held > 3)
})

test('a vacuum that the server runs by itself makes way for a change', async (t) => {
  const { pool, makeObject } = await openModel(t)
  await pool.query(`create table public.waits (lock interval, deadlock interval);
    create function public.note_waits() returns event_trigger language plpgsql as
      $$ begin insert into public.waits values (current_setting('lock_timeout')::interval, current_setting('deadlock_timeout')::interval); end $$;
    create event trigger note_waits on ddl_command_end when tag in ('CREATE TABLE') execute function public.note_waits()`)
  await makeObject('rocket')
  // A wait shorter than deadlock_timeout never makes the vacuum yield, and readers queue up behind a long one.
  const { rows } = await pool.query(
    `select bool_and(deadlock < lock and lock > interval '0') as "makesWay", bool_and(lock <= interval '500 ms') as "isBrief"
     from public.waits`,
  )
  t.deepEqual(rows, [{ makesWay: true, isBrief: true }])
})

test('a change that Postgres refuses leaves nothing behind', async (t) => {
  const { pool, workspace, makeObject, makeField, sql, describe } = await openModel(t)
  await makeObject('rocket')
  const { id } = await makeField('rocket', { name: 'fuel', type: 'TEXT' })
  await sql('create view @.fuels as select fuel from @.rocket')
  const before = await describe()
  const error = await t.throwsAsync(deleteField(pool, workspace.id, id))
  t.regex(error?.message ?? '', /depends on it/)
  t.deepEqual(await describe(), before)
})

test('a dry run lists what the change then does, with the locks that it takes', async (t) => {
  const { pool, workspace, describe, makeObject } = await openModel(t)
  await makeObject('plane')
  const before = await describe()
  const input = {
    nameSingular: 'rocket',
    namePlural: 'rockets',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
  }
  const dry = await createObject(pool, workspace.id, input, { dryRun: true })
  t.deepEqual(dry.model.objects, before.objects)
  t.deepEqual(await describe(), before)
  const wet = await createObject(pool, workspace.id, input)
  t.deepEqual(dry.plan, wet.plan)
  const planned = Object.fromEntries(dry.plan.locks.map(({ table, mode }) => [table, mode]))
  t.deepEqual(planned, {
    attachment: 'ACCESS EXCLUSIVE',
    note_target: 'ACCESS EXCLUSIVE',
    rocket: 'SHARE ROW EXCLUSIVE',
    task_target: 'ACCESS EXCLUSIVE',
    timeline_activity: 'ACCESS EXCLUSIVE',
  })
})

test('the locks of a dry run are the ones that Postgres takes', async (t) => {
  const { pool, workspace, makeObject, makeField, idOf } = await openModel(t)
  await makeObject('rocket')
  const relation = {
    targetObjectMetadataId: await idOf('person'),
    targetFieldLabel: 'Rockets',
    type: 'MANY_TO_ONE',
  }
  const inputs = [
    { name: 'fuel', type: 'TEXT' as const, isUnique: true },
    { name: 'owner', type: 'RELATION' as const, relationCreationPayload: relation },
  ]
  for (const input of inputs) {
    const objectMetadataId = await idOf('rocket')
    const { plan } = await createField(
      pool,
      workspace.id,
      { ...input, objectMetadataId, label: input.name },
      { dryRun: true },
    )
    const client = await pool.connect()
    await client.query('begin')
    await client.query(plan.statements.join(';\n'))
    const { rows } = await client.query<{ table: string; mode: string }>(
      `select c.relname as table, l.mode from pg_locks l join pg_class c on c.oid = l.relation
       join pg_namespace n on n.oid = c.relnamespace
       where l.pid = pg_backend_pid() and n.nspname = $1 and c.relkind = 'r'
         and l.mode in ('AccessExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')`,
      [workspace.schemaName],
    )
    await client.query('rollback')
    client.release()
    const strongest = new Map<string, string>()
    for (const { table, mode } of rows)
      if (strongest.get(table) !== 'AccessExclusiveLock') strongest.set(table, mode)
    const names: Readonly<Record<string, string>> = {
      'ACCESS EXCLUSIVE': 'AccessExclusiveLock',
      'SHARE ROW EXCLUSIVE': 'ShareRowExclusiveLock',
    }
    t.deepEqual(
      Object.fromEntries([...strongest].sort()),
      Object.fromEntries(plan.locks.map(({ table, mode }) => [table, names[mode] ?? mode] as const).sort()),
    )
  }
  t.is((await makeField('rocket', { name: 'last', type: 'TEXT' })).model.workspaceId, workspace.id)
})
