// Names that Postgres would cut, and labels that no name follows from: refused in the contract's words,
// before anything is done.

import test from 'ava'
import { createField, updateField } from '../../tenants/model/change/field/field.ts'
import { createObject, updateObject } from '../../tenants/model/change/object/object.ts'
import type { FieldType } from '../../tenants/model/fieldType.ts'
import { openModel, refusalOf } from '../support/model.ts'

const long = (bytes: number): string => `x${'y'.repeat(bytes - 1)}`
const TOO_LONG = ['Name is too long']

test('an object whose columns on notes and tasks would be cut has too long a name', async (t) => {
  const { pool, workspace, makeObject, idOf } = await openModel(t)
  const make = (nameSingular: string) =>
    createObject(pool, workspace.id, {
      nameSingular,
      namePlural: 'many',
      labelSingular: 'One',
      labelPlural: 'Many',
    })
  t.deepEqual(await refusalOf(make(long(54))), TOO_LONG)
  t.deepEqual(await refusalOf(make('aB'.repeat(25))), TOO_LONG, 'it is the name in Postgres that counts')
  await makeObject('rocket')
  const id = await idOf('rocket')
  const rename = (nameSingular: string) => updateObject(pool, workspace.id, id, { nameSingular })
  t.deepEqual(await refusalOf(rename(long(54))), TOO_LONG)
  await t.notThrowsAsync(rename(long(53)))
})

test('a field whose columns would be cut has too long a name', async (t) => {
  const { pool, workspace, makeObject, makeField, idOf } = await openModel(t)
  await makeObject('rocket')
  await makeObject('pad')
  const relationCreationPayload = {
    targetObjectMetadataId: await idOf('pad'),
    targetFieldLabel: 'Rockets',
    type: 'MANY_TO_ONE',
  }
  const make = (name: string, type: FieldType, more = {}) =>
    makeField('rocket', { name, label: 'Short', type, ...more })
  t.deepEqual(await refusalOf(make(long(58), 'ADDRESS')), TOO_LONG)
  t.deepEqual(await refusalOf(make('aB'.repeat(25), 'TEXT')), TOO_LONG)
  t.deepEqual(await refusalOf(make(long(61), 'RELATION', { relationCreationPayload })), TOO_LONG)
  t.deepEqual(
    await refusalOf(
      make(long(58), 'MORPH_RELATION', { morphRelationsCreationPayload: [relationCreationPayload] }),
    ),
    TOO_LONG,
  )
  await t.notThrowsAsync(make(long(63), 'TEXT'))
  await t.notThrowsAsync(make(`z${long(59)}`, 'RELATION', { relationCreationPayload }))
  for (const type of ['ADDRESS', 'TEXT', 'RELATION'] as const) {
    const name = `short${type.toLowerCase()}`
    const payload = { ...relationCreationPayload, targetFieldLabel: 'More rockets' }
    const { id } = await make(name, type, type === 'RELATION' ? { relationCreationPayload: payload } : {})
    t.deepEqual(
      await refusalOf(updateField(pool, workspace.id, id, { name: 'cD'.repeat(31) })),
      TOO_LONG,
      type,
    )
  }
})

test('a label without a valid name cannot name the other side of a relation', async (t) => {
  const { pool, workspace, makeObject, idOf, describe } = await openModel(t)
  await makeObject('rocket')
  const relate = async (targetFieldLabel: string) =>
    createField(pool, workspace.id, {
      objectMetadataId: await idOf('rocket'),
      name: 'owner',
      label: 'Owner',
      type: 'RELATION',
      relationCreationPayload: {
        targetObjectMetadataId: await idOf('person'),
        targetFieldLabel,
        type: 'MANY_TO_ONE',
      },
    })
  t.deepEqual(await refusalOf(relate('!!!')), [
    'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters',
  ])
  await relate('Rockets!')
  const morph = await createField(pool, workspace.id, {
    objectMetadataId: await idOf('rocket'),
    name: 'about',
    label: 'About',
    type: 'MORPH_RELATION',
    morphRelationsCreationPayload: [
      {
        targetObjectMetadataId: await idOf('company'),
        targetFieldLabel: 'About rockets',
        type: 'MANY_TO_ONE',
      },
    ],
  })
  const add = async (targetFieldLabel: string, more = {}) =>
    updateField(pool, workspace.id, morph.id, {
      morphRelationsUpdatePayload: [
        { targetObjectMetadataId: await idOf('person'), targetFieldLabel, type: 'MANY_TO_ONE', ...more },
      ],
    })
  t.deepEqual(await refusalOf(add('→ ☃')), [
    'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters',
  ])
  await add('→ ☃', { targetFieldName: 'snowmen' })
  const names = (await describe()).objects.flatMap(({ fields }) => fields.map(({ name }) => name))
  t.true(names.includes('snowmen'))
  t.false(names.includes('unnamed'))
})
