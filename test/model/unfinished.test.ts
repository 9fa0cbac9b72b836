import test from 'ava'
import { createField, updateField } from '../../tenants/model/change/field/field.ts'
import { createCustomIndex } from '../../tenants/model/change/object/indexes.ts'
import { finishAbandoned } from '../../tenants/model/change/run/unfinished.ts'
import { fieldIn, objectIn, openModel } from '../support/model.ts'
import { until } from '../support/until.ts'

type OpenModel = Awaited<ReturnType<typeof openModel>>

/** More than 10,000 records, so that validations and indexes follow after the transaction. */
const openBigTable = async (t: { teardown(work: () => Promise<void>): void }): Promise<OpenModel> => {
  const model = await openModel(t)
  await model.makeObject('rocket')
  await model.makeField('rocket', { name: 'code', type: 'TEXT' })
  await model.sql(
    `insert into @.rocket (name, code) select md5(n::text), n::text from generate_series(1, 10100) n`,
  )
  return model
}

/**
 * Runs a change while another session holds a lock, and ends its backend when a statement of it like
 * `pattern` waits for that lock.
 */
const killWhile = async (
  { pool, workspace, sql }: OpenModel,
  pattern: string,
  hold: string,
  change: () => Promise<unknown>,
): Promise<void> => {
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query(hold.replaceAll('@.', `"${workspace.schemaName}".`))
  const changing = Promise.allSettled([change()])
  await until(`the change waits at ${pattern}`, async () => {
    const rows = await sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
      [pattern],
    )
    return rows.length > 0
  })
  const [{ status }] = await changing
  await holder.query('rollback')
  holder.release()
  if (status === 'fulfilled') throw new Error('The change survived its backend.')
}

const notes = async ({ sql }: OpenModel) => sql('select statement from tenantry.unfinished_steps order by id')

const indexState = async ({ sql, workspace }: OpenModel, name: string) =>
  sql(
    `select i.indisvalid as "isValid" from pg_index i join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`,
    [workspace.schemaName, name],
  )

const WRITTEN = `insert into @.rocket (name, code) values ('somebody is writing', 'held')`

const makeCodeUnique = async (model: OpenModel) => {
  const { id } = fieldIn(await model.describe(), 'rocket', 'code')
  return updateField(model.pool, model.workspace.id, id, { isUnique: true })
}

test('an index whose backend dies reads as invalid, and the next gateway builds it', async (t) => {
  const model = await openBigTable(t)
  const { id, fields } = objectIn(await model.describe(), 'rocket')
  const fieldMetadataId = fields.find(({ name }) => name === 'code')?.id ?? ''
  const input = { objectMetadataId: id, indexType: 'BTREE' as const, fields: [{ fieldMetadataId }] }
  await killWhile(model, 'create index concurrently%', WRITTEN, () =>
    createCustomIndex(model.pool, model.workspace.id, input),
  )
  const shown = async () =>
    objectIn(await model.describe(), 'rocket').indexes.find(({ name }) => name === 'rocket_code_idx')
  // Not there at all, if the backend died before it had begun.
  t.not((await shown())?.isValid, true)
  const finished = await finishAbandoned(model.pool, null)
  t.like(finished, { length: 1, 0: { workspaceId: model.workspace.id, error: null } })
  t.is((await shown())?.isValid, true)
  t.deepEqual(await notes(model), [])
  t.deepEqual(await finishAbandoned(model.pool, null), [])
})

/** Ends every backend at the moment when it begins a statement like `pattern`. */
const dieAt = async ({ sql }: OpenModel, pattern: string): Promise<void> => {
  await sql(`create function public.die() returns event_trigger language plpgsql as $$ begin
    if current_query() like '${pattern}' then perform pg_terminate_backend(pg_backend_pid()), pg_sleep(60); end if; end $$`)
  await sql('create event trigger die on ddl_command_start execute function public.die()')
}

for (const [what, pattern] of [
  ['validation', '%validate constraint%'],
  ['index', 'create index concurrently%'],
] as const)
  test(`a foreign key whose ${what} dies before it begins is validated and indexed`, async (t) => {
    const model = await openBigTable(t)
    const objectMetadataId = await model.idOf('rocket')
    const targetObjectMetadataId = await model.idOf('person')
    await dieAt(model, pattern)
    await t.throwsAsync(
      createField(model.pool, model.workspace.id, {
        objectMetadataId,
        name: 'owner',
        label: 'Owner',
        type: 'RELATION',
        relationCreationPayload: {
          targetObjectMetadataId,
          targetFieldLabel: 'Rockets',
          type: 'MANY_TO_ONE',
        },
      }),
    )
    await model.sql('drop event trigger die')
    const key = () =>
      model.sql(`select convalidated as "isValid" from pg_constraint where conname = 'rocket_owner_id_fkey'`)
    t.deepEqual(await key(), [{ isValid: what === 'index' }])
    t.deepEqual(await indexState(model, 'rocket_owner_id_idx'), [])
    const finished = await finishAbandoned(model.pool, null)
    t.deepEqual(
      finished.map(({ error }) => error),
      what === 'index' ? [null] : [null, null],
    )
    t.deepEqual(await key(), [{ isValid: true }])
    t.deepEqual(await indexState(model, 'rocket_owner_id_idx'), [{ isValid: true }])
    t.deepEqual(await notes(model), [])
  })

test('the next change first finishes the steps of the previous one, under the names of then', async (t) => {
  const model = await openBigTable(t)
  await killWhile(model, 'create unique index concurrently%', WRITTEN, () => makeCodeUnique(model))
  t.deepEqual(await indexState(model, 'rocket_code_key'), [{ isValid: false }])
  const { id } = fieldIn(await model.describe(), 'rocket', 'code')
  const renamed = await updateField(model.pool, model.workspace.id, id, { name: 'cipher', label: 'Cipher' })
  t.true(fieldIn(renamed.model, 'rocket', 'cipher').isUnique)
  t.deepEqual(await indexState(model, 'rocket_cipher_key'), [{ isValid: true }])
})

test('an index that the records have come to forbid is dropped, with the reason', async (t) => {
  const model = await openBigTable(t)
  await killWhile(model, 'create unique index concurrently%', WRITTEN, () => makeCodeUnique(model))
  // The build may have died before the index had a row in the catalog.
  await model.sql('drop index if exists @.rocket_code_key')
  await model.sql(`insert into @.rocket (name, code) values ('twin', '7')`)
  const [finished] = await finishAbandoned(model.pool, null)
  t.regex(finished?.error?.message ?? '', /could not create unique index/)
  t.deepEqual(await indexState(model, 'rocket_code_key'), [])
  t.false(fieldIn(await model.describe(), 'rocket', 'code').isUnique)
  t.deepEqual(await notes(model), [])
})

test('steps of a living session are left alone', async (t) => {
  const model = await openBigTable(t)
  const holder = await model.pool.connect()
  await holder.query('begin')
  await holder.query(WRITTEN.replaceAll('@.', `"${model.workspace.schemaName}".`))
  const changing = makeCodeUnique(model)
  await until('the index is being built', async () => (await notes(model)).length > 0)
  t.deepEqual(await finishAbandoned(model.pool, null), [])
  await holder.query('commit')
  holder.release()
  t.true(fieldIn((await changing).model, 'rocket', 'code').isUnique)
  t.deepEqual(await notes(model), [])
})

test('of several that look at once, one finishes', async (t) => {
  const model = await openBigTable(t)
  await killWhile(model, 'create unique index concurrently%', WRITTEN, () => makeCodeUnique(model))
  const rounds = await Promise.all([1, 2, 3].map(() => finishAbandoned(model.pool, null)))
  t.deepEqual(rounds.map(({ length }) => length).sort(), [0, 0, 1])
  t.deepEqual(await indexState(model, 'rocket_code_key'), [{ isValid: true }])
})

test('a step that depends on a blocked one waits for it', async (t) => {
  const model = await openBigTable(t)
  const onUpdate = (body: string) =>
    model.sql(
      `create or replace function @.each() returns trigger language plpgsql as $$ begin ${body}; return new; end $$`,
    )
  await onUpdate('perform pg_advisory_xact_lock_shared(43)')
  await model.sql('create trigger each before update on @.rocket for each row execute function @.each()')
  const objectMetadataId = await model.idOf('rocket')
  const input = { name: 'own', label: 'Own', type: 'UUID', defaultValue: 'uuid', isNullable: false } as const
  await killWhile(model, 'do $fill$%', 'select pg_advisory_xact_lock(43)', () =>
    createField(model.pool, model.workspace.id, { objectMetadataId, ...input }),
  )
  const left = await notes(model)
  t.is(left.length, 3)
  await onUpdate(`raise exception 'somebody is at it' using errcode = 'deadlock_detected'`)
  t.deepEqual(await finishAbandoned(model.pool, null), [])
  t.deepEqual(await notes(model), left)
  await onUpdate('null')
  t.deepEqual(
    (await finishAbandoned(model.pool, null)).map(({ error }) => error),
    [null, null, null],
  )
  t.false(fieldIn(await model.describe(), 'rocket', 'own').isNullable)
})
