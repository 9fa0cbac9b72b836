// GIN indexes on text: what they become in Postgres, with and without the extension for trigrams.

import test from 'ava'
import { createCustomIndex, deleteIndex, planIndex } from '../../tenants/model/change/object/indexes.ts'
import { describe as describeSources } from '../../tenants/model/describe/describe.ts'
import { buildLargeTableIndexes } from '../../tenants/model/largeTables.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import { fieldIn, objectIn, openModel, refusalOf } from '../support/model.ts'

test('a GIN index on text installs trigrams, or is a B-tree of the beginnings without them', async (t) => {
  const { pool, workspace, sql, describe } = await openModel(t)
  const model = await describe()
  const objectMetadataId = objectIn(model, 'person').id
  const fields = [{ fieldMetadataId: fieldIn(model, 'person', 'jobTitle').id }]
  const input = { objectMetadataId, fields, indexType: 'GIN' } as const
  const make = (isDryRun: boolean) => createCustomIndex(pool, workspace.id, input, { dryRun: isDryRun })
  const installed = async () => (await sql(`select from pg_extension where extname = 'pg_trgm'`)).length

  const before = describeSources(await readSources(pool, workspace.id))
  const { index } = planIndex(before, input, 'beginnings')
  t.like(index, { method: 'btree', keys: ['"job_title" pg_catalog.text_pattern_ops'] })
  t.throws(() => planIndex(before, input, 'none'), { message: /pg_trgm/ })
  const id = { fieldMetadataId: fieldIn(model, 'person', 'id').id }
  const sorting = planIndex(before, { ...input, fields: [...fields, id], indexType: 'BTREE' }, 'none').index
  // As in the default order of lists.
  t.deepEqual(sorting.keys, ['"job_title" nulls first', '"id"'])

  const planned = await make(true)
  t.regex(JSON.stringify(planned.plan), /create extension if not exists pg_trgm.*using gin/)
  t.is(await installed(), 0)
  await make(false)
  t.is(await installed(), 1)
  const indexes = () => sql(`select indexdef from pg_indexes where indexname = 'person_job_title_idx'`)
  t.regex((await indexes())[0]?.indexdef, /using gin \(job_title (public\.)?gin_trgm_ops\)/i)
  const shown = objectIn(await describe(), 'person').indexes.find(({ name }) => name === index.name)
  t.like(shown, { indexType: 'GIN', isCustom: true, isValid: true })
  t.regex((await refusalOf(make(false))).join(), /indexed already/)
})

test('a B-tree of the beginnings stands beside one that sorts, once', async (t) => {
  const { pool, workspace, sql, describe } = await openModel(t)
  await sql('create index on @.person (job_title)')
  const model = await describe()
  const input = {
    objectMetadataId: objectIn(model, 'person').id,
    fields: [{ fieldMetadataId: fieldIn(model, 'person', 'jobTitle').id }],
    indexType: 'GIN',
  } as const
  const plan = async () =>
    planIndex(describeSources(await readSources(pool, workspace.id)), input, 'beginnings')
  const { index } = await plan()
  await sql(`create index on @.person (${index.keys?.join()})`)
  await t.throwsAsync(plan, { message: /indexed already/ })
})

test('a text with trigrams gets a B-tree of its beginnings, too, when its table is large', async (t) => {
  const { pool, workspace, sql, describe, makeObject, makeField } = await openModel(t, {
    standardObjects: false,
  })
  await makeObject('rocket')
  await makeField('rocket', { name: 'code', type: 'TEXT' })
  await sql('create index on @.rocket (code) where deleted_at is null')
  const model = await describe()
  const { id } = await createCustomIndex(pool, workspace.id, {
    objectMetadataId: objectIn(model, 'rocket').id,
    fields: [{ fieldMetadataId: fieldIn(model, 'rocket', 'code').id }],
    indexType: 'GIN',
  })
  await sql(`update pg_class set reltuples = 20000 where oid = '@.rocket'::regclass`)
  const built = async () => {
    const columns: string[] = []
    const options = { settled: new Map<string, string>(), clock: () => new Date(0), isEnding: () => false }
    for await (const { error, columns: each } of buildLargeTableIndexes(pool, options)) {
      t.is(error, null)
      columns.push(each.join())
    }
    return columns
  }
  t.true((await built()).includes('code'))
  t.deepEqual(await built(), [])
  const [found, ...more] = await sql(
    `select indexname as name, indexdef as text from pg_indexes where indexdef like '%rocket%text_pattern_ops%'`,
  )
  t.regex(found?.text, /\(code text_pattern_ops\) WHERE \(deleted_at IS NULL\)/)
  t.deepEqual(more, [])
  const shown = async () =>
    objectIn(await describe(), 'rocket').indexes.flatMap(({ name, isCustom, fields }) =>
      fields.length === 1 && fields[0]?.fieldMetadataId === fieldIn(model, 'rocket', 'code').id
        ? [[name === found?.name, isCustom]]
        : [],
    )
  // The index of trigrams and the one that sorts are the user's.
  t.deepEqual((await shown()).sort(), [
    [false, true],
    [false, true],
    [true, false],
  ])
  await deleteIndex(pool, workspace.id, id)
  t.deepEqual((await shown()).sort(), [
    [false, true],
    [true, true],
  ])
})
