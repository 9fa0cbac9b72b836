// Derived names that another thing already has: they step aside without asking the user.

import test from 'ava'
import { createField, deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { createCustomIndex } from '../../tenants/model/change/object/indexes.ts'
import { updateObject } from '../../tenants/model/change/object/object.ts'
import { applyModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { fieldIn, openModel } from '../support/model.ts'

type Model = Awaited<ReturnType<typeof openModel>>

const twins = async (model: Model): Promise<void> => {
  await model.makeObject('rocket')
  await model.makeObject('rocketCrew')
}

const namesOf = async (model: Model, kind: string): Promise<readonly string[]> =>
  (
    await model.sql(
      `select c.relname from pg_class c where c.relnamespace = to_regnamespace($1) and c.relkind = $2
       and c.relname like 'rocket%' order by 1`,
      [`"${model.workspace.schemaName}"`, kind],
    )
  ).map(({ relname }) => relname)

test('an index whose name belongs to another table’s gets a number', async (t) => {
  const model = await openModel(t)
  await twins(model)
  const index = async (object: string, name: string) => {
    await model.makeField(object, { name, type: 'TEXT' })
    const field = fieldIn(await model.describe(), object, name)
    return createCustomIndex(model.pool, model.workspace.id, {
      objectMetadataId: field.objectMetadataId,
      indexType: 'BTREE',
      fields: [{ fieldMetadataId: field.id }],
    })
  }
  await index('rocketCrew', 'size')
  const { plan, model: after } = await index('rocket', 'crewSize')
  t.true(plan.statements.join().includes('"rocket_crew_size_idx1"'))
  const rocket = after.objects.find(({ nameSingular }) => nameSingular === 'rocket')
  t.deepEqual(
    rocket?.indexes.filter(({ isCustom }) => isCustom).map(({ name }) => name),
    ['rocket_crew_size_idx1'],
  )
})

test('unique fields and relations of two tables may want the same names', async (t) => {
  const model = await openModel(t)
  await twins(model)
  await model.makeField('rocketCrew', { name: 'size', type: 'TEXT', isUnique: true })
  await model.makeField('rocket', { name: 'crewSize', type: 'TEXT', isUnique: true })
  const relation = async (object: string, name: string) =>
    model.makeField(object, {
      name,
      type: 'RELATION',
      relationCreationPayload: {
        targetObjectMetadataId: await model.idOf('person'),
        targetFieldLabel: `${object} of ${name}`,
        type: 'MANY_TO_ONE',
      },
    })
  await relation('rocketCrew', 'boss')
  await relation('rocket', 'crewBoss')
  const names = await namesOf(model, 'i')
  t.deepEqual(
    names.filter((name) => /size|boss/.test(name)),
    ['rocket_crew_boss_id_idx', 'rocket_crew_boss_id_idx1', 'rocket_crew_size_key', 'rocket_crew_size_key1'],
  )
  await updateField(
    model.pool,
    model.workspace.id,
    fieldIn(await model.describe(), 'rocket', 'crewSize').id,
    {
      name: 'length',
    },
  )
  t.true((await namesOf(model, 'i')).includes('rocket_length_key'), 'a numbered name follows, too')
})

test('a field becomes unique, and is called differently, where the names are taken', async (t) => {
  const model = await openModel(t)
  await twins(model)
  await model.makeField('rocketCrew', { name: 'size', type: 'TEXT', isUnique: true })
  const { id } = await model.makeField('rocket', { name: 'crewSize', type: 'TEXT' })
  await updateField(model.pool, model.workspace.id, id, { isUnique: true })
  t.true((await namesOf(model, 'i')).includes('rocket_crew_size_key1'))
  await updateField(model.pool, model.workspace.id, id, { name: 'length' })
  await updateField(model.pool, model.workspace.id, id, { name: 'crewSize' })
  t.true((await namesOf(model, 'i')).includes('rocket_crew_size_key1'))
  await updateField(model.pool, model.workspace.id, id, { name: 'weight', isUnique: false })
  await updateField(model.pool, model.workspace.id, id, { name: 'mass', isUnique: true })
  t.true((await namesOf(model, 'i')).includes('rocket_mass_key'), 'by the name it has afterwards')
})

test('enum types step aside twice, and go with their fields', async (t) => {
  const model = await openModel(t)
  await twins(model)
  await model.sql('create type @.rocket_crew_state as (a int)')
  await model.sql("create type @.rocket_crew_state_options as enum ('A')")
  const options = [{ value: 'GO', label: 'Go', position: 0, color: 'green' }]
  const { id } = await model.makeField('rocket', { name: 'crewState', type: 'SELECT', options })
  const enums = async () =>
    (
      await model.sql(
        `select typname from pg_type where typnamespace = to_regnamespace($1) and typtype = 'e'
         and typname like 'rocket%' order by 1`,
        [`"${model.workspace.schemaName}"`],
      )
    ).map(({ typname }) => typname)
  t.deepEqual(await enums(), ['rocket_crew_state_options', 'rocket_crew_state_options1'])
  await updateField(model.pool, model.workspace.id, id, { name: 'mood' })
  t.deepEqual(await enums(), ['rocket_crew_state_options', 'rocket_mood_options'])
  await updateField(model.pool, model.workspace.id, id, { name: 'crewState' })
  await deleteField(model.pool, model.workspace.id, id)
  t.deepEqual(await enums(), ['rocket_crew_state_options'])
})

test('a new table takes the name of an index, a sequence or a type, which steps aside', async (t) => {
  const model = await openModel(t)
  await model.makeObject('rocket')
  await model.makeObject('rocketPositionIdx')
  await model.makeObject('rocketPositionSeq')
  await model.makeObject('rocketPkey')
  t.deepEqual(await namesOf(model, 'r'), [
    'rocket',
    'rocket_pkey',
    'rocket_position_idx',
    'rocket_position_seq',
  ])
  const { id } = await model.makeObject('ship')
  await updateObject(model.pool, model.workspace.id, id, { nameSingular: 'rocketPkeyPkey', namePlural: 'rp' })
  t.true((await namesOf(model, 'r')).includes('rocket_pkey_pkey'))
  const [{ id: record }] = await model.sql('insert into @.rocket (name) values (null) returning id')
  t.truthy(record)
  await updateObject(model.pool, model.workspace.id, await model.idOf('rocket'), {
    nameSingular: 'rover',
    namePlural: 'rovers',
  })
  const left = (
    await model.sql(
      `select relname from pg_class where relnamespace = to_regnamespace($1) and relname like 'rover%' order by 1`,
      [`"${model.workspace.schemaName}"`],
    )
  ).map(({ relname }) => relname)
  t.deepEqual(left, [
    'rover',
    'rover_pkey',
    'rover_position_idx',
    'rover_position_seq',
    'rover_search_vector_idx',
  ])
})

test('an object comes where a hand-made thing has the name of its sequence', async (t) => {
  const model = await openModel(t)
  await model.sql('create sequence @.rocket_position_seq')
  await model.sql('create view @.rocket_pkey as select 1 as one')
  await model.sql('create type @.rocket_position_idx as (a int)')
  await model.makeObject('rocket')
  const rows = await model.sql('insert into @.rocket (name) values (null), (null) returning position')
  t.deepEqual(rows, [{ position: 1 }, { position: 2 }])
  const [own] = await model.sql("select pg_get_serial_sequence($1, 'position') as name", [
    `"${model.workspace.schemaName}".rocket`,
  ])
  t.true(own.name.endsWith('rocket_position_seq1'))
})

test('a key whose name a renamed column left behind gets a number', async (t) => {
  const model = await openModel(t)
  await model.makeObject('rocket')
  const relation = async (name: string, label: string) =>
    createField(model.pool, model.workspace.id, {
      objectMetadataId: await model.idOf('rocket'),
      name,
      label: name,
      type: 'RELATION',
      relationCreationPayload: {
        targetObjectMetadataId: await model.idOf('person'),
        targetFieldLabel: label,
        type: 'MANY_TO_ONE',
      },
    })
  await relation('owner', 'Owned')
  await model.sql('alter table @.rocket rename column owner_id to captain_id')
  await t.notThrowsAsync(relation('owner', 'Owned again'))
  const { id } = fieldIn(await model.describe(), 'rocket', 'owner')
  await updateField(model.pool, model.workspace.id, id, { settings: { onDelete: 'CASCADE' }, name: 'chief' })
  const keys = await model.sql(
    `select conname from pg_constraint where conrelid = $1::regclass and contype = 'f' order by 1`,
    [`"${model.workspace.schemaName}".rocket`],
  )
  t.deepEqual(
    keys.map(({ conname }) => conname),
    ['rocket_chief_id_fkey', 'rocket_owner_id_fkey'],
  )
})

test('a document makes both at once, and a second workspace the same', async (t) => {
  const model = await openModel(t)
  await twins(model)
  const options = [{ value: 'GO', label: 'Go', position: 0, color: 'green' }]
  for (const [object, name, state] of [
    ['rocketCrew', 'size', 'state'],
    ['rocket', 'crewSize', 'crewState'],
  ] as const) {
    await model.makeField(object, { name, type: 'TEXT', isUnique: true })
    await model.makeField(object, { name: state, type: 'SELECT', options })
    const field = fieldIn(await model.describe(), object, name)
    await createCustomIndex(model.pool, model.workspace.id, {
      objectMetadataId: field.objectMetadataId,
      indexType: 'BTREE',
      fields: [{ fieldMetadataId: fieldIn(await model.describe(), object, state).id }],
    })
  }
  const document = await readModelDocument(model.pool, model.workspace.id)
  const other = await createWorkspace(model.pool, { name: 'Other' })
  await applyModel(model.pool, other.id, document)
  t.deepEqual(await readModelDocument(model.pool, other.id), document)
})

test('an option goes where the name for the old type belongs to another field', async (t) => {
  const model = await openModel(t)
  await model.makeObject('rocket')
  const options = ['GO', 'STOP'].map((value, position) => ({ value, label: value, position, color: 'green' }))
  await model.makeField('rocket', { name: 'stateOld', type: 'SELECT', options })
  const { id } = await model.makeField('rocket', { name: 'state', type: 'SELECT', options })
  await updateField(model.pool, model.workspace.id, id, {
    options: options.slice(1).map((each) => ({ ...each, position: 0 })),
  })
  t.deepEqual(
    fieldIn(await model.describe(), 'rocket', 'state').options?.map(({ value }) => value),
    ['STOP'],
  )
  t.is(fieldIn(await model.describe(), 'rocket', 'stateOld').options?.length, 2)
})
