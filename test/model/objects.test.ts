import test from 'ava'
import { deleteField } from '../../tenants/model/change/field/field.ts'
import { createObject, deleteObject, updateObject } from '../../tenants/model/change/object/object.ts'
import { fieldIn, objectIn, openModel, refusalOf } from '../support/model.ts'

const names = (nameSingular: string, namePlural = `${nameSingular}s`) => ({
  nameSingular,
  namePlural,
  labelSingular: 'thing',
  labelPlural: 'things',
})

test('makes an object with its base fields, its name and its ties to notes, tasks, files and history', async (t) => {
  const { makeObject, sql } = await openModel(t)
  const { id, model } = await makeObject('rocket')
  const rocket = objectIn(model, 'rocket')
  t.like(rocket, {
    id,
    table: 'rocket',
    labelSingular: 'Rocket',
    labelPlural: 'Rockets',
    isCustom: true,
    isActive: true,
    isSystem: false,
  })
  t.deepEqual(
    rocket.fields.map((field) => `${field.name} ${field.type}`),
    [
      'id UUID',
      'name TEXT',
      'createdAt DATE_TIME',
      'updatedAt DATE_TIME',
      'deletedAt DATE_TIME',
      'createdBy ACTOR',
      'updatedBy ACTOR',
      'position POSITION',
      'searchVector TS_VECTOR',
      'attachments RELATION',
      'noteTargets RELATION',
      'taskTargets RELATION',
      'timelineActivities RELATION',
    ],
  )
  t.is(rocket.labelIdentifierFieldMetadataId, fieldIn(model, 'rocket', 'name').id)
  const target = fieldIn(model, 'noteTarget', 'target')
  t.is(target.type, 'MORPH_RELATION')
  t.is(target.morphRelations?.length, 4)
  t.true(target.morphRelations?.some((relation) => relation.targetObjectId === id))
  await sql(`insert into @.rocket (name) values ('Ariane')`)
  t.like((await sql('select name, created_by_source from @.rocket'))[0], { created_by_source: 'MANUAL' })
})

test('skips the name field on request, and then names records by their id', async (t) => {
  const { makeObject } = await openModel(t)
  const { model } = await makeObject('rocket', { skipNameField: true })
  const rocket = objectIn(model, 'rocket')
  t.false(rocket.fields.some((field) => field.name === 'name'))
  t.is(rocket.labelIdentifierFieldMetadataId, fieldIn(model, 'rocket', 'id').id)
})

test('renames an object with its table and everything that is called after it, and keeps all ids', async (t) => {
  const { makeObject, makeField, pool, workspace, sql } = await openModel(t)
  const { id } = await makeObject('rocket')
  const options = [{ value: 'A', label: 'A', position: 0, color: 'red' }]
  await makeField('rocket', { name: 'stage', type: 'SELECT', options })
  await makeField('rocket', { name: 'code', type: 'TEXT', isUnique: true })
  const { model: before } = await makeField('rocket', { name: 'phone', type: 'PHONES', isUnique: true })
  const { model } = await updateObject(pool, workspace.id, id, {
    nameSingular: 'launchVehicle',
    namePlural: 'launchVehicles',
  })
  const after = objectIn(model, 'launchVehicle')
  t.is(after.id, id)
  t.is(after.table, 'launch_vehicle')
  t.deepEqual(
    after.fields.map((field) => [field.name, field.id]),
    objectIn(before, 'rocket').fields.map((field) => [field.name, field.id]),
  )
  t.is(fieldIn(model, 'noteTarget', 'target').id, fieldIn(before, 'noteTarget', 'target').id)
  const left = await sql(
    `select relname as name from pg_class where relname like '%rocket%'
     union all select conname from pg_constraint where conname like '%rocket%' and contype <> 'n'
     union all select typname from pg_type where typname like '%rocket%'
     union all select attname from pg_attribute join pg_class c on c.oid = attrelid
       where attname like '%rocket%' and not attisdropped and c.relkind = 'r'`,
  )
  t.deepEqual(left, [])
  t.deepEqual(
    (
      await sql(
        `select indexrelid::regclass::text like '%launch_vehicle%' as follows from pg_index where indrelid = '@.launch_vehicle'::regclass`,
      )
    ).map((row) => row.follows),
    Array(5).fill(true),
  )
})

test('switches an object off and on without losing anything', async (t) => {
  const { makeObject, pool, workspace } = await openModel(t)
  const { id, model: before } = await makeObject('rocket')
  const off = await updateObject(pool, workspace.id, id, { isActive: false, description: 'gone' })
  t.like(objectIn(off.model, 'rocket'), { isActive: false, description: 'gone' })
  const on = await updateObject(pool, workspace.id, id, { isActive: true })
  t.deepEqual(
    objectIn(on.model, 'rocket').fields.map((field) => field.id),
    objectIn(before, 'rocket').fields.map((field) => field.id),
  )
})

test('names records by another field, and searches it', async (t) => {
  const { makeObject, makeField, pool, workspace, sql } = await openModel(t)
  const { id } = await makeObject('rocket')
  const { id: title } = await makeField('rocket', { name: 'title', type: 'TEXT' })
  await sql(`insert into @.rocket (name, title) values ('one', 'two')`)
  const { model } = await updateObject(pool, workspace.id, id, { labelIdentifierFieldMetadataId: title })
  t.is(objectIn(model, 'rocket').labelIdentifierFieldMetadataId, title)
  t.deepEqual(await sql('select search_vector::text as vector from @.rocket'), [{ vector: "'two':1" }])
  const hidden = await makeField('rocket', { name: 'hidden', type: 'TEXT', isActive: false })
  t.deepEqual(
    await refusalOf(updateObject(pool, workspace.id, id, { labelIdentifierFieldMetadataId: hidden.id })),
    ['labelIdentifierFieldMetadataId validation failed: "hidden" is switched off'],
  )
  const name = fieldIn(model, 'rocket', 'name').id
  const gone = await deleteField(pool, workspace.id, name)
  t.false(objectIn(gone.model, 'rocket').fields.some((field) => field.id === name))
})

test('deletes an object with its table, its types and the columns that pointed at it', async (t) => {
  const { makeObject, makeField, pool, workspace, sql, describe } = await openModel(t)
  const before = await describe()
  const { id } = await makeObject('rocket')
  const options = [{ value: 'A', label: 'A', position: 0, color: 'red' }]
  await makeField('rocket', { name: 'stage', type: 'SELECT', options })
  const changed = await deleteObject(pool, workspace.id, id)
  t.is(changed.id, id)
  t.is(objectIn(changed.before, 'rocket').id, id)
  t.deepEqual(
    changed.model.objects.map((object) => [object.id, object.fields.map((field) => field.name)]),
    before.objects.map((object) => [object.id, object.fields.map((field) => field.name)]),
  )
  t.deepEqual(await sql(`select typname from pg_type where typname like '%rocket%'`), [])
  t.deepEqual(await sql(`select id from tenantry.fields`), [])
})

test('makes room where an option type bears the name that a table needs', async (t) => {
  const { makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  const options = [{ value: 'A', label: 'A', position: 0, color: 'red' }]
  await makeField('rocket', { name: 'stage', type: 'SELECT', options })
  const { model } = await makeObject('rocketStage')
  t.is(objectIn(model, 'rocketStage').table, 'rocket_stage')
  t.is(fieldIn(model, 'rocket', 'stage').type, 'SELECT')
  const kind = await makeField('rocketStage', { name: 'kind', type: 'SELECT', options })
  t.is(fieldIn(kind.model, 'rocketStage', 'kind').options?.length, 1)
})

test('refuses in the words of the contract, and leaves nothing behind', async (t) => {
  const { pool, workspace, describe, makeObject, idOf } = await openModel(t)
  const { id: rocket } = await makeObject('rocket')
  const { version } = await describe()
  const create = (input: Parameters<typeof createObject>[2]) =>
    refusalOf(createObject(pool, workspace.id, input))
  const INVALID =
    'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters'
  const RESERVED = 'This name is reserved. Use a different name or the system will add "Custom" suffix.'
  const table: readonly (readonly [Parameters<typeof createObject>[2], string])[] = [
    [names('Rocket'), INVALID],
    [names('my-rocket'), INVALID],
    [names(''), 'Name is too short'],
    [names('a'.repeat(64)), 'Name is too long'],
    [{ ...names('plane'), labelSingular: '' }, 'Object label is too short'],
    [{ ...names('plane'), labelSingular: 'x'.repeat(64) }, 'Object label is too long'],
    [names('workspace'), RESERVED],
    [names('connection', 'fullNames'), RESERVED],
    [names('query', 'queries'), RESERVED],
    [names('sheep', 'sheep'), 'The singular and plural names cannot be the same for an object'],
    [names('sheep', 'SHEEP'.toLowerCase()), 'The singular and plural names cannot be the same for an object'],
    [names('company', 'firms'), 'Object already exists'],
    [names('firm', 'companies'), 'Object already exists'],
    [names('rockets', 'rocketss'), 'Object already exists'],
    [{ ...names('plane'), isLabelSyncedWithName: true }, 'Names are not synced with labels'],
    [{ ...names('plane'), isRemote: true }, 'Remote objects are not supported yet'],
  ]
  for (const [input, message] of table)
    t.true((await create(input)).includes(message), `${input.nameSingular}: ${message}`)
  const company = await idOf('company')
  const noteTarget = await idOf('noteTarget')
  const update = (id: string, wanted: Parameters<typeof updateObject>[3]) =>
    refusalOf(updateObject(pool, workspace.id, id, wanted))
  t.deepEqual(await update(company, { nameSingular: 'firm' }), [
    'Cannot edit standard object metadata properties: nameSingular',
  ])
  t.deepEqual(await update(noteTarget, { labelSingular: 'x' }), [
    'System objects cannot be updated directly. Use overrides for cosmetic changes.',
  ])
  t.deepEqual(await update(rocket, { nameSingular: 'company' }), ['Object already exists'])
  const identifier = fieldIn(await describe(), 'rocket', 'createdAt').id
  t.regex(
    (await update(rocket, { labelIdentifierFieldMetadataId: identifier })).join(),
    /TEXT, FULL_NAME or UUID/,
  )
  t.deepEqual(await refusalOf(deleteObject(pool, workspace.id, company)), [
    'Standard objects cannot be deleted',
  ])
  t.deepEqual(await refusalOf(deleteObject(pool, workspace.id, noteTarget)), [
    'System objects cannot be deleted',
  ])
  t.deepEqual(await refusalOf(deleteObject(pool, workspace.id, workspace.id)), ['Object not found'])
  t.is((await describe()).version, version)
})

test('labels of a standard object may change, and the standard comes back where they are not given', async (t) => {
  const { pool, workspace, idOf } = await openModel(t)
  const id = await idOf('company')
  const { model } = await updateObject(pool, workspace.id, id, { labelSingular: 'firm', color: 'blue' })
  t.like(objectIn(model, 'company'), { labelSingular: 'Firm', labelPlural: 'Companies', color: 'blue' })
})
