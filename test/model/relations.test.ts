import test from 'ava'
import { deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { createCustomIndex, deleteIndex } from '../../tenants/model/change/object/indexes.ts'
import { updateObject } from '../../tenants/model/change/object/object.ts'
import { fieldIn, objectIn, openModel, refusalOf } from '../support/model.ts'

const payload = (targetObjectMetadataId: string, more = {}) => ({
  targetObjectMetadataId,
  targetFieldLabel: 'Flown rockets',
  targetFieldIcon: 'IconRocket',
  type: 'MANY_TO_ONE',
  ...more,
})

test('a many-to-one relation has two sides and one foreign key', async (t) => {
  const { makeObject, makeField, idOf, sql } = await openModel(t)
  const { id: rocket } = await makeObject('rocket')
  const person = await idOf('person')
  const { id, model } = await makeField('rocket', {
    name: 'owner',
    type: 'RELATION',
    settings: { onDelete: 'CASCADE' },
    relationCreationPayload: payload(person),
  })
  const own = fieldIn(model, 'rocket', 'owner')
  const inverse = fieldIn(model, 'person', 'flownRockets')
  t.like(own, {
    id,
    type: 'RELATION',
    settings: { relationType: 'MANY_TO_ONE', onDelete: 'CASCADE', joinColumnName: 'ownerId' },
  })
  t.like(inverse, { label: 'Flown rockets', icon: 'IconRocket', settings: { relationType: 'ONE_TO_MANY' } })
  t.deepEqual(own.relation, {
    type: 'MANY_TO_ONE',
    sourceObjectId: rocket,
    sourceFieldId: id,
    targetObjectId: person,
    targetFieldId: inverse.id,
  })
  t.deepEqual(inverse.relation, {
    type: 'ONE_TO_MANY',
    sourceObjectId: person,
    sourceFieldId: inverse.id,
    targetObjectId: rocket,
    targetFieldId: id,
  })
  t.deepEqual(
    await sql(
      `select conname as name, convalidated as valid, pg_get_constraintdef(oid) like '%ON DELETE CASCADE' as cascades
       from pg_constraint where conname = 'rocket_owner_id_fkey'`,
    ),
    [{ name: 'rocket_owner_id_fkey', valid: true, cascades: true }],
  )
  t.true(
    objectIn(model, 'rocket').indexes.some(
      (index) => index.name === 'rocket_owner_id_idx' && !index.isCustom,
    ),
  )
})

test('a one-to-many relation puts the key on the other object', async (t) => {
  const { makeObject, makeField, idOf } = await openModel(t)
  await makeObject('rocket')
  const { id, model } = await makeField('rocket', {
    name: 'crew',
    type: 'RELATION',
    relationCreationPayload: payload(await idOf('person'), {
      type: 'ONE_TO_MANY',
      targetFieldLabel: 'Seat of',
    }),
  })
  t.like(fieldIn(model, 'rocket', 'crew'), { id, settings: { relationType: 'ONE_TO_MANY' } })
  t.like(fieldIn(model, 'person', 'seatOf'), {
    settings: { joinColumnName: 'seatOfId', onDelete: 'SET_NULL' },
  })
})

test('both sides are renamed and switched, and go together', async (t) => {
  const { makeObject, makeField, idOf, pool, workspace, sql } = await openModel(t)
  await makeObject('rocket')
  const { id } = await makeField('rocket', {
    name: 'owner',
    type: 'RELATION',
    relationCreationPayload: payload(await idOf('person')),
  })
  const { model } = await updateField(pool, workspace.id, id, { name: 'keeper', label: 'Keeper' })
  t.is(fieldIn(model, 'rocket', 'keeper').id, id)
  t.is(fieldIn(model, 'rocket', 'keeper').settings?.joinColumnName, 'keeperId')
  const inverse = fieldIn(model, 'person', 'flownRockets').id
  const renamed = await updateField(pool, workspace.id, inverse, { name: 'ships' })
  t.is(fieldIn(renamed.model, 'person', 'ships').id, inverse)
  t.deepEqual(await sql(`select conname as name from pg_constraint where conname like 'rocket_%fkey'`), [
    { name: 'rocket_keeper_id_fkey' },
  ])
  const off = await updateField(pool, workspace.id, id, { isActive: false })
  t.false(fieldIn(off.model, 'rocket', 'keeper').isActive)
  t.false(fieldIn(off.model, 'person', 'ships').isActive)
  const gone = await deleteField(pool, workspace.id, inverse)
  t.false(objectIn(gone.model, 'rocket').fields.some((field) => field.id === id))
  t.false(objectIn(gone.model, 'person').fields.some((field) => field.id === inverse))
})

test('a morph relation is one field with a key per target', async (t) => {
  const { makeObject, makeField, idOf, pool, workspace, sql } = await openModel(t)
  await makeObject('rocket')
  const [person, company] = [await idOf('person'), await idOf('company')]
  const { id, model } = await makeField('rocket', {
    name: 'payer',
    type: 'MORPH_RELATION',
    morphRelationsCreationPayload: [payload(person), payload(company)],
  })
  const field = fieldIn(model, 'rocket', 'payer')
  t.like(field, { id, type: 'MORPH_RELATION', morphId: id, relation: null })
  t.deepEqual(
    field.morphRelations?.map((relation) => relation.targetObjectId).sort(),
    [company, person].sort(),
  )
  t.is(fieldIn(model, 'company', 'flownRockets').relation?.targetFieldId, id)
  const { model: renamed } = await updateField(pool, workspace.id, id, { name: 'sponsor', label: 'Sponsor' })
  t.like(fieldIn(renamed, 'rocket', 'sponsor'), { id, label: 'Sponsor', type: 'MORPH_RELATION' })
  t.deepEqual(
    (
      await sql(
        `select attname as name from pg_attribute where attrelid = '@.rocket'::regclass and attname like '%\\_id' and attname not like '%member%' and not attisdropped order by 1`,
      )
    ).map((row) => row.name),
    ['sponsor_company_id', 'sponsor_person_id'],
  )
  const gone = await deleteField(pool, workspace.id, id)
  t.false(objectIn(gone.model, 'company').fields.some((each) => each.name === 'flownRockets'))
  t.deepEqual(await sql(`select 1 from tenantry.fields where column_name like 'sponsor%'`), [])
})

test('refuses relations in the words of the contract', async (t) => {
  const { makeObject, makeField, idOf, describe } = await openModel(t)
  const { id: rocket } = await makeObject('rocket')
  const person = await idOf('person')
  const { version } = await describe()
  const relation = (relationCreationPayload: object, more = {}) =>
    refusalOf(makeField('rocket', { name: 'owner', type: 'RELATION', relationCreationPayload, ...more }))
  const morph = (...morphRelationsCreationPayload: object[]) =>
    refusalOf(makeField('rocket', { name: 'owner', type: 'MORPH_RELATION', morphRelationsCreationPayload }))
  t.deepEqual(await relation(payload('x')), [
    'Relation creation payload is invalid: targetObjectMetadataId must be a UUID',
  ])
  t.deepEqual(await relation(payload(person, { type: 'X' })), [
    'Relation creation payload is invalid: type must be one of the following values: MANY_TO_ONE, ONE_TO_MANY',
  ])
  t.deepEqual(await relation(payload(crypto.randomUUID())), [
    'Object metadata relation target not found for relation creation payload',
  ])
  t.deepEqual(
    await relation(payload(person, { type: 'ONE_TO_MANY' }), { settings: { onDelete: 'CASCADE' } }),
    ['On delete action is only supported for many to one relations'],
  )
  t.deepEqual(await relation(payload(person, { targetFieldLabel: 'Emails' })), [
    'Name "emails" is not available as it is already used by another field',
  ])
  t.deepEqual(await morph(payload(person), payload(person)), [
    'Morph relation creation payloads must have only relation to the same object metadata',
  ])
  t.deepEqual(await morph(payload(person), payload(await idOf('company'), { type: 'ONE_TO_MANY' })), [
    'Morph relation creation payloads must have the same relation type',
  ])
  t.deepEqual(await morph(payload(rocket)), ['Source object cannot be the target object'])
  t.is((await describe()).version, version)
})

test('a join column holds its name', async (t) => {
  const { makeObject, makeField, idOf } = await openModel(t)
  await makeObject('rocket')
  await makeField('rocket', {
    name: 'owner',
    type: 'RELATION',
    relationCreationPayload: payload(await idOf('person')),
  })
  t.deepEqual(await refusalOf(makeField('rocket', { name: 'ownerId', type: 'UUID' })), [
    'Name "ownerId" is not available as it is already used by join column name',
  ])
})

test('a side of a relation takes no name that another field has', async (t) => {
  const { makeObject, makeField, idOf, describe } = await openModel(t)
  await makeObject('rocket')
  await makeField('rocket', { name: 'payerPerson', type: 'TEXT' })
  const person = await idOf('person')
  const { version } = await describe()
  const taken = (name: string) => [`Name "${name}" is not available as it is already used by another field`]
  t.deepEqual(
    await refusalOf(
      makeField('rocket', {
        name: 'payer',
        type: 'MORPH_RELATION',
        morphRelationsCreationPayload: [payload(person)],
      }),
    ),
    taken('payerPerson'),
  )
  t.deepEqual(
    await refusalOf(
      makeField('rocket', {
        name: 'crew',
        type: 'RELATION',
        relationCreationPayload: payload(person, { type: 'ONE_TO_MANY', targetFieldLabel: 'Job title' }),
      }),
    ),
    taken('jobTitle'),
  )
  t.is((await describe()).version, version)
})

test('a side whose label is a reserved word is called by it and "Custom"', async (t) => {
  const { makeObject, makeField, idOf } = await openModel(t)
  await makeObject('rocket')
  const { model } = await makeField('rocket', {
    name: 'owner',
    type: 'RELATION',
    relationCreationPayload: payload(await idOf('person'), { targetFieldLabel: 'Type' }),
  })
  t.is(fieldIn(model, 'person', 'typeCustom').label, 'Type')
})

test('an object whose relations point at itself can be made and renamed', async (t) => {
  const { makeObject, makeField, pool, workspace } = await openModel(t)
  const { id } = await makeObject('rocket')
  await makeField('rocket', {
    name: 'parent',
    type: 'RELATION',
    relationCreationPayload: payload(id, { targetFieldLabel: 'Children' }),
  })
  const { model } = await updateObject(pool, workspace.id, id, { nameSingular: 'ship', namePlural: 'ships' })
  t.is(fieldIn(model, 'ship', 'parent').relation?.targetFieldId, fieldIn(model, 'ship', 'children').id)
})

test('indexes are built, shown, and dropped', async (t) => {
  const { makeObject, makeField, pool, workspace } = await openModel(t)
  const { id: rocket } = await makeObject('rocket')
  const { id: thrust } = await makeField('rocket', { name: 'thrust', type: 'NUMBER' })
  const { id: tags } = await makeField('rocket', { name: 'tags', type: 'ARRAY' })
  const { id: home, model } = await makeField('rocket', { name: 'home', type: 'ADDRESS' })
  const index = (
    fields: Parameters<typeof createCustomIndex>[2]['fields'],
    indexType: 'BTREE' | 'GIN' = 'BTREE',
  ) => createCustomIndex(pool, workspace.id, { objectMetadataId: rocket, fields, indexType })
  const made = await index([
    { fieldMetadataId: home, subFieldName: 'addressCity' },
    { fieldMetadataId: thrust },
  ])
  t.like(
    objectIn(made.model, 'rocket').indexes.find(({ id }) => id === made.id),
    {
      isCustom: true,
      isUnique: false,
      isValid: true,
      indexType: 'BTREE',
      name: 'rocket_home_city_thrust_idx',
    },
  )
  t.regex(made.plan.statements[0] ?? '', /^create index "/)
  const gin = await index([{ fieldMetadataId: tags }], 'GIN')
  t.is(objectIn(gin.model, 'rocket').indexes.find(({ id }) => id === gin.id)?.indexType, 'GIN')
  t.regex((await refusalOf(index([{ fieldMetadataId: thrust }], 'GIN'))).join(), /GIN/)
  t.regex((await refusalOf(index([{ fieldMetadataId: home }]))).join(), /subFieldName/)
  t.deepEqual(await refusalOf(index([{ fieldMetadataId: tags, subFieldName: 'first' }])), [
    'Field "tags" has no sub-fields: leave subFieldName out',
  ])
  t.regex(
    (await refusalOf(index([{ fieldMetadataId: thrust }, { fieldMetadataId: thrust }]))).join(),
    /twice/,
  )
  t.regex(
    (await refusalOf(index([{ fieldMetadataId: fieldIn(model, 'rocket', 'attachments').id }]))).join(),
    /one-to-many/,
  )
  const { model: after } = await deleteIndex(pool, workspace.id, gin.id)
  t.false(objectIn(after, 'rocket').indexes.some(({ id }) => id === gin.id))
  const search = objectIn(after, 'rocket').indexes.find((each) => each.name.includes('search'))?.id ?? ''
  t.deepEqual(await refusalOf(deleteIndex(pool, workspace.id, search)), ['System indexes cannot be deleted'])
})
