import test, { type ExecutionContext } from 'ava'
import type { UpdateFieldInput } from '../../tenants/model/change/check/input.ts'
import { deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { updateObject } from '../../tenants/model/change/object/object.ts'
import type { FieldMetadata, ModelMetadata } from '../../tenants/model/metadata.ts'
import { fieldIn, objectIn, openModel, refusalOf } from '../support/model.ts'

const payload = (targetObjectMetadataId: string, targetFieldLabel = 'Flown rockets') => ({
  targetObjectMetadataId,
  targetFieldLabel,
  targetFieldIcon: 'IconRocket',
  type: 'MANY_TO_ONE',
})

const targetsOf = (model: ModelMetadata, { morphRelations }: FieldMetadata): readonly string[] =>
  (morphRelations ?? [])
    .map(({ targetObjectId }) => model.objects.find(({ id }) => id === targetObjectId)?.nameSingular ?? '')
    .sort()

const openMorph = async (t: ExecutionContext) => {
  const model = await openModel(t)
  const { makeObject, makeField, idOf, pool, workspace, sql } = model
  const { id: rocket } = await makeObject('rocket')
  const [person, company] = [await idOf('person'), await idOf('company')]
  const { id } = await makeField('rocket', {
    name: 'payer',
    label: 'Payer',
    icon: 'IconCoin',
    type: 'MORPH_RELATION',
    settings: { onDelete: 'RESTRICT' },
    morphRelationsCreationPayload: [payload(person)],
  })
  return {
    ...model,
    id,
    rocket,
    person,
    company,
    update: (update: UpdateFieldInput, options = {}) => updateField(pool, workspace.id, id, update, options),
    keys: () =>
      sql(`select conname as name, convalidated as valid, confdeltype as "onDelete",
             confrelid::regclass::text like '%company' as "isCompany"
           from pg_constraint where contype = 'f' and conname like 'rocket\\_%' and conname not like '%by%' order by 1`),
    indexes: async () =>
      (
        await sql(`select indexname as name from pg_indexes where indexname like 'rocket\\_%person_id%'
                    or indexname like 'rocket\\_%company_id%' order by 1`)
      ).map(({ name }) => name),
  }
}

test('a morph relation gets another target: column, key, index and the other side', async (t) => {
  const { update, company, id, keys, indexes, describe } = await openMorph(t)
  const morphRelationsUpdatePayload = [payload(company, 'Paid rockets')]
  const { version } = await describe()
  const dry = await update({ morphRelationsUpdatePayload }, { dryRun: true })
  t.deepEqual(await describe().then((each) => each.version), version)
  t.regex(dry.plan.statements.join('\n'), /add column "payer_company_id"/)
  t.regex(dry.plan.statements.join('\n'), /foreign key \("payer_company_id"\).*on delete restrict/)
  t.deepEqual(dry.plan.locks.map(({ table }) => table).sort(), ['company', 'rocket'])
  const { model } = await update({ morphRelationsUpdatePayload })
  t.is(model.version, version + 1)
  const field = fieldIn(model, 'rocket', 'payer')
  t.like(field, { id, label: 'Payer', icon: 'IconCoin', settings: { onDelete: 'RESTRICT' } })
  t.deepEqual(targetsOf(model, field), ['company', 'person'])
  t.like(fieldIn(model, 'company', 'paidRockets'), {
    label: 'Paid rockets',
    icon: 'IconRocket',
    isCustom: true,
    settings: { relationType: 'ONE_TO_MANY' },
    relation: { targetFieldId: id },
  })
  t.deepEqual(await keys(), [
    { name: 'rocket_payer_company_id_fkey', valid: true, onDelete: 'r', isCompany: true },
    { name: 'rocket_payer_person_id_fkey', valid: true, onDelete: 'r', isCompany: false },
  ])
  t.deepEqual(await indexes(), ['rocket_payer_company_id_idx', 'rocket_payer_person_id_idx'])
})

test('the other sides are renamed, and targets that are not mentioned stay', async (t) => {
  const { update, company, person, id } = await openMorph(t)
  await update({ morphRelationsUpdatePayload: [payload(company)] })
  const inverse = fieldIn((await update({})).model, 'person', 'flownRockets').id
  const { model } = await update({
    morphRelationsUpdatePayload: [
      {
        targetObjectMetadataId: person,
        targetFieldLabel: 'Ships',
        targetFieldIcon: 'IconShip',
        targetFieldName: 'ships',
      },
      { targetObjectMetadataId: company },
    ],
  })
  t.like(fieldIn(model, 'person', 'ships'), { id: inverse, label: 'Ships', icon: 'IconShip' })
  t.like(fieldIn(model, 'company', 'flownRockets'), { label: 'Flown rockets', icon: 'IconRocket' })
  const relabelled = await update({
    morphRelationsUpdatePayload: [{ targetObjectMetadataId: company, targetFieldLabel: 'Rides' }],
  })
  t.like(fieldIn(relabelled.model, 'company', 'flownRockets'), { label: 'Rides', icon: 'IconRocket' })
  t.deepEqual(targetsOf(relabelled.model, fieldIn(relabelled.model, 'rocket', 'payer')), [
    'company',
    'person',
  ])
  t.is(fieldIn(relabelled.model, 'rocket', 'payer').id, id)
})

test('one change renames the field, adds a target, renames one and changes the delete action', async (t) => {
  const { update, company, person, keys, indexes, sql } = await openMorph(t)
  const { model } = await update({
    name: 'sponsor',
    label: 'Sponsor',
    isActive: false,
    settings: { onDelete: 'CASCADE' },
    morphRelationsUpdatePayload: [
      payload(company, 'Sponsored'),
      { targetObjectMetadataId: person, targetFieldName: 'sponsored', targetFieldLabel: 'Sponsored' },
    ],
  })
  const field = fieldIn(model, 'rocket', 'sponsor')
  t.like(field, { label: 'Sponsor', isActive: false, settings: { onDelete: 'CASCADE' } })
  t.deepEqual(targetsOf(model, field), ['company', 'person'])
  t.is(fieldIn(model, 'person', 'sponsored').label, 'Sponsored')
  t.is(fieldIn(model, 'company', 'sponsored').label, 'Sponsored')
  t.deepEqual(await keys(), [
    { name: 'rocket_sponsor_company_id_fkey', valid: true, onDelete: 'c', isCompany: true },
    { name: 'rocket_sponsor_person_id_fkey', valid: true, onDelete: 'c', isCompany: false },
  ])
  t.deepEqual(await indexes(), ['rocket_sponsor_company_id_idx', 'rocket_sponsor_person_id_idx'])
  t.deepEqual(
    await sql(`select f.column_name as name from tenantry.fields f where f.column_name like '%payer%'`),
    [],
  )
})

test('a target is only removed explicitly, and its values are counted first', async (t) => {
  const { update, company, person, keys, sql, workspace } = await openMorph(t)
  await update({ morphRelationsUpdatePayload: [payload(company)] })
  await sql(`insert into @.company (name) values ('Acme')`)
  await sql(`insert into @.rocket (name, payer_company_id) select 'Ariane', id from @.company`)
  await sql('analyze @.rocket')
  const kept = await update({ morphRelationsUpdatePayload: [{ targetObjectMetadataId: person }] })
  t.deepEqual(targetsOf(kept.model, fieldIn(kept.model, 'rocket', 'payer')), ['company', 'person'])
  const morphRelationsUpdatePayload = [{ targetObjectMetadataId: company, isRemoved: true }]
  const dry = await update({ morphRelationsUpdatePayload }, { dryRun: true })
  t.deepEqual(dry.plan.statements, [
    `alter table "${workspace.schemaName}"."rocket" drop column "payer_company_id"`,
  ])
  t.deepEqual(dry.plan.rows, [{ table: 'rocket', effect: 'clear', count: 1 }])
  const { model } = await update({ morphRelationsUpdatePayload })
  t.deepEqual(targetsOf(model, fieldIn(model, 'rocket', 'payer')), ['person'])
  t.false(objectIn(model, 'company').fields.some(({ name }) => name === 'flownRockets'))
  t.is((await keys()).length, 1)
  t.deepEqual(await sql(`select 1 from tenantry.fields where column_name = 'payer_company_id'`), [])
  t.deepEqual(
    await refusalOf(
      update({ morphRelationsUpdatePayload: [{ targetObjectMetadataId: person, isRemoved: true }] }),
    ),
    ['A morph relation needs a target: delete the field "payer" instead'],
  )
})

test('invalid payloads are refused with their fault', async (t) => {
  const { update, company, person, rocket, makeField, pool, workspace, describe } = await openMorph(t)
  const { id: text } = await makeField('rocket', { name: 'motto', type: 'TEXT' })
  const { version } = await describe()
  const refused = (...morphRelationsUpdatePayload: readonly unknown[]) =>
    refusalOf(update({ morphRelationsUpdatePayload }))
  const invalid = 'Morph relation update payload is invalid: '
  t.deepEqual(await refused('x'), [`${invalid}each entry must be an object`])
  t.deepEqual(await refused({}), [`${invalid}targetObjectMetadataId must be a UUID`])
  t.deepEqual(await refused({ ...payload(company), colour: 'red' }), [`${invalid}"colour" is not known`])
  t.deepEqual(await refused({ ...payload(company), type: 'ONE_TO_MANY' }), [
    `${invalid}type must be MANY_TO_ONE`,
  ])
  t.deepEqual(await refused({ ...payload(company), targetFieldLabel: 7 }), [
    `${invalid}targetFieldLabel must be a string`,
  ])
  t.deepEqual(await refused({ targetObjectMetadataId: person, isRemoved: 'yes' }), [
    `${invalid}isRemoved must be a boolean`,
  ])
  t.deepEqual(await refused(payload(crypto.randomUUID())), [
    'Object metadata relation target not found for relation creation payload',
  ])
  t.deepEqual(await refused(payload(rocket)), ['Source object cannot be the target object'])
  t.deepEqual(await refused(payload(company), payload(company)), [
    'Morph relation creation payloads must have only relation to the same object metadata',
  ])
  t.deepEqual(await refused({ targetObjectMetadataId: company, isRemoved: true }), [
    'The morph relation "payer" does not point at "company"',
  ])
  t.deepEqual(await refused(payload(company, 'People')), [
    'Name "people" is not available as it is already used by another field',
  ])
  t.deepEqual(
    await refusalOf(
      updateField(pool, workspace.id, text, { morphRelationsUpdatePayload: [payload(company)] }),
    ),
    ['Only morph relations have targets: "motto" is a field of type TEXT'],
  )
  t.is((await describe()).version, version)
  await updateField(pool, workspace.id, text, { morphRelationsUpdatePayload: [] })
  await updateField(pool, workspace.id, text, { morphRelationsUpdatePayload: null })
})

test('a target without a label is called as the others call the field', async (t) => {
  const { update, company } = await openMorph(t)
  const { model } = await update({ morphRelationsUpdatePayload: [{ targetObjectMetadataId: company }] })
  t.like(fieldIn(model, 'company', 'flownRockets'), { label: 'Flown rockets', icon: 'IconRocket' })
})

test('a morph relation on a standard object is its maker’s: renamed, given targets, deleted', async (t) => {
  const { makeField, makeObject, idOf, pool, workspace } = await openModel(t)
  await makeObject('rocket')
  const { id, model } = await makeField('company', {
    name: 'sponsor',
    type: 'MORPH_RELATION',
    morphRelationsCreationPayload: [payload(await idOf('person'), 'Sponsored')],
  })
  t.true(fieldIn(model, 'company', 'sponsor').isCustom)
  t.false(fieldIn(model, 'noteTarget', 'target').isCustom)
  const updated = await updateField(pool, workspace.id, id, {
    name: 'backer',
    morphRelationsUpdatePayload: [payload(await idOf('rocket'), 'Backed')],
  })
  t.deepEqual(targetsOf(updated.model, fieldIn(updated.model, 'company', 'backer')), ['person', 'rocket'])
  const standard = fieldIn(updated.model, 'noteTarget', 'target').id
  t.deepEqual(
    await refusalOf(
      updateField(pool, workspace.id, standard, {
        morphRelationsUpdatePayload: [payload(await idOf('workspaceMember'), 'Notes of')],
      }),
    ),
    ['Cannot edit standard field metadata properties: morphRelationsUpdatePayload'],
  )
  const gone = await deleteField(pool, workspace.id, id)
  t.false(objectIn(gone.model, 'rocket').fields.some(({ name }) => name === 'backed'))
})

test('a target that is renamed gives its new name to the relation and its column', async (t) => {
  const { update, makeObject, pool, workspace, indexes } = await openMorph(t)
  const { id: pad } = await makeObject('pad')
  await update({ morphRelationsUpdatePayload: [payload(pad)] })
  await updateObject(pool, workspace.id, pad, { nameSingular: 'company2', namePlural: 'companies2' })
  const { model } = await update({ name: 'sponsor' })
  t.deepEqual(targetsOf(model, fieldIn(model, 'rocket', 'sponsor')), ['company2', 'person'])
  t.deepEqual(await indexes(), ['rocket_sponsor_person_id_idx'])
  const { rows } = await pool.query(
    `select a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = 'rocket' and a.attname like 'sponsor%' order by 1`,
    [workspace.schemaName],
  )
  t.deepEqual(rows, [{ name: 'sponsor_company2_id' }, { name: 'sponsor_person_id' }])
})
