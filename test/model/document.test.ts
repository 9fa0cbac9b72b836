import test from 'ava'
import { applyModel, diffModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import type { ModelChange } from '../../tenants/model/document/diff.ts'
import type { ModelDocument } from '../../tenants/model/document/document.ts'
import { parseDocument } from '../../tenants/model/document/parse.ts'
import { MetadataRefusal } from '../../tenants/model/metadataRefusal.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openModel, refusalOf } from '../support/model.ts'

const inOrder = ({ format, objects }: ModelDocument) => ({
  format,
  objects: [...objects]
    .map(({ fields, indexes, ...object }) => ({
      ...object,
      fields: [...fields].sort((a, b) => (a.name < b.name ? -1 : 1)),
      indexes: [...indexes].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    }))
    .sort((a, b) => (a.nameSingular < b.nameSingular ? -1 : 1)),
})

const words = (changes: readonly ModelChange[]): readonly string[] =>
  changes.map(({ kind, object, field, index }) =>
    [kind, object, field, index].filter((part) => part !== null).join(' '),
  )

const DOCUMENT = {
  format: 'tenantry-model-1',
  objects: [
    {
      nameSingular: 'rocket',
      namePlural: 'rockets',
      description: 'Flies; "mostly" O\'Brien\'s',
      icon: 'IconRocket',
      fields: [
        { name: 'name', type: 'TEXT' },
        {
          name: 'status',
          type: 'SELECT',
          isNullable: false,
          defaultValue: "'IDLE'",
          options: [
            { value: 'IDLE', label: 'Idle' },
            { value: 'FLYING', label: 'Flying', color: 'green' },
          ],
        },
        { name: 'price', type: 'CURRENCY' },
        { name: 'serial', type: 'NUMBER', settings: { dataType: 'bigint' }, isUnique: true },
        { name: 'pad', type: 'RELATION', relation: { target: 'pad', inverse: { name: 'rockets' } } },
        {
          name: 'cargo',
          type: 'MORPH_RELATION',
          relations: [
            { target: 'pad', inverse: { name: 'cargoRockets' } },
            { target: 'satellite', onDelete: 'CASCADE', inverse: { name: 'carriers', label: 'Carried by' } },
          ],
        },
      ],
      indexes: [{ fields: ['status', 'price.amountMicros'] }],
    },
    { nameSingular: 'pad', namePlural: 'pads', fields: [{ name: 'title', type: 'FULL_NAME' }] },
    // Its table is called like the enum type of rocket.status.
    { nameSingular: 'rocketStatus', namePlural: 'rocketStatuses', fields: [{ name: 'name', type: 'TEXT' }] },
    { nameSingular: 'satellite', namePlural: 'satellites', fields: [] },
  ],
}

test('a document becomes a model, and the model the same document', async (t) => {
  const { pool, sql } = await openModel(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Empty "one"', standardObjects: false })
  const document = parseDocument(DOCUMENT)
  const { changes } = await applyModel(pool, id, document)
  t.deepEqual(words(changes), [
    'CREATE_OBJECT rocket',
    'CREATE_OBJECT pad',
    'CREATE_OBJECT rocketStatus',
    'CREATE_OBJECT satellite',
  ])
  t.deepEqual(inOrder(await readModelDocument(pool, id)), inOrder(document))
  t.deepEqual(await diffModel(pool, id, document), [])
  const columns = await sql(
    `select a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = 'rocket' and a.attnum > 0 order by a.attnum`,
    [schemaName],
  )
  t.deepEqual(columns.map(({ name }) => name).slice(0, 6), [
    'id',
    'name',
    'status',
    'price_amount_micros',
    'price_currency_code',
    'serial',
  ])
})

test('the model of one workspace is applied to another, standard objects and all', async (t) => {
  const { pool, workspace, makeObject, makeField, idOf } = await openModel(t)
  await makeObject('rocket')
  await makeField('company', { name: 'rating', type: 'RATING' })
  await makeField('rocket', {
    name: 'owner',
    type: 'RELATION',
    relationCreationPayload: {
      targetObjectMetadataId: await idOf('company'),
      targetFieldLabel: 'Fleet',
      targetFieldIcon: 'IconRocket',
      type: 'MANY_TO_ONE',
    },
  })
  const document = await readModelDocument(pool, workspace.id)
  for (const standardObjects of [true, false]) {
    const { id } = await createWorkspace(pool, { name: 'Other', standardObjects })
    await applyModel(pool, id, parseDocument(JSON.parse(JSON.stringify(document))))
    t.deepEqual(inOrder(await readModelDocument(pool, id)), inOrder(document))
  }
})

test('destructive changes need to be allowed, and leave everything when they are not', async (t) => {
  const { pool, sql } = await openModel(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Empty', standardObjects: false })
  await applyModel(pool, id, parseDocument(DOCUMENT))
  await sql(`insert into "${schemaName}".rocket (name, status, serial) values ('Ariane', 'FLYING', 7)`)
  const before = await readModelDocument(pool, id)
  const [rocket, ...others] = DOCUMENT.objects
  const changed = parseDocument({
    ...DOCUMENT,
    objects: [
      {
        ...rocket,
        labelSingular: 'Launcher',
        fields: [
          // The name of records, of another type, so that the search vector loses its column.
          { name: 'name', type: 'FULL_NAME' },
          { name: 'status', type: 'SELECT', options: [{ value: 'IDLE', label: 'Idle' }] },
          { name: 'price', type: 'CURRENCY' },
          { name: 'serial', type: 'NUMBER', settings: { dataType: 'int' } },
          {
            name: 'pad',
            type: 'RELATION',
            relation: { target: 'pad', onDelete: 'RESTRICT', inverse: { name: 'standing' } },
          },
        ],
      },
      ...others.filter(({ nameSingular }) => nameSingular !== 'satellite'),
    ],
  })
  const refusal = await t.throwsAsync(applyModel(pool, id, changed), { instanceOf: Refusal })
  t.is(refusal.code, 'CONFLICT')
  for (const word of ['DELETE_OBJECT satellite', 'REPLACE_FIELD rocket.name', 'UPDATE_FIELD rocket.status'])
    t.true(refusal.message.includes(word), word)
  t.deepEqual(await readModelDocument(pool, id), before)

  const { plan, changes } = await applyModel(pool, id, changed, { dryRun: true })
  t.true(plan.statements.some((statement) => /^drop table .*"satellite"$/.test(statement)))
  t.true(plan.locks.some(({ table, mode }) => table === 'rocket' && mode === 'ACCESS EXCLUSIVE'))
  t.deepEqual(await readModelDocument(pool, id), before)

  const applied = await applyModel(pool, id, changed, { allowDestructive: true })
  t.deepEqual(applied.changes, changes)
  t.deepEqual(inOrder(await readModelDocument(pool, id)), inOrder(changed))
  t.deepEqual(await sql(`select status::text, name_first_name as name from "${schemaName}".rocket`), [
    { status: null, name: null },
  ])
})

test('what cannot be is refused as a whole', async (t) => {
  const { pool, workspace, sql, makeObject } = await openModel(t)
  await makeObject('rocket')
  const document = await readModelDocument(pool, workspace.id)
  const without = { ...document, objects: document.objects.filter((each) => each.nameSingular === 'rocket') }
  const faults = await refusalOf(
    Promise.resolve().then(() =>
      applyModel(pool, workspace.id, parseDocument(without), { allowDestructive: true }),
    ),
  )
  t.true(faults.some((fault) => fault.includes('Standard objects cannot be deleted')))
  t.deepEqual(await readModelDocument(pool, workspace.id), document)

  // The last step fails: two records share the value that is to be unique.
  await sql(`insert into @.rocket (name) values ('Ariane'), ('Ariane')`)
  const unique = {
    ...document,
    objects: [
      ...document.objects.map((each) =>
        each.nameSingular === 'rocket'
          ? {
              ...each,
              fields: each.fields.map((field) =>
                field.name === 'name' ? { ...field, isUnique: true } : field,
              ),
            }
          : each,
      ),
      { nameSingular: 'pad', namePlural: 'pads' },
    ],
  }
  const refusal = await t.throwsAsync(applyModel(pool, workspace.id, parseDocument(unique)), {
    instanceOf: Refusal,
  })
  t.is(refusal.code, 'CONFLICT')
  t.deepEqual(await readModelDocument(pool, workspace.id), document)
})

test('tables made by hand are neither told nor touched', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  const before = await readModelDocument(pool, workspace.id)
  await sql(
    `create table @."T inv" (a int, b text, primary key (a, b), company_id uuid references @.company)`,
  )
  t.deepEqual(await readModelDocument(pool, workspace.id), before)
  t.deepEqual((await applyModel(pool, workspace.id, before)).plan.statements, [])
  t.deepEqual(await sql(`select count(*)::int as n from @."T inv"`), [{ n: 0 }])
})

test('a document says everything that is wrong with it', (t) => {
  const faultsOf = (document: unknown): readonly string[] => {
    const refusal = t.throws(() => parseDocument(document), { instanceOf: MetadataRefusal })
    return refusal.faults.map(({ message }) => message)
  }
  t.deepEqual(faultsOf(null).length, 1)
  const faults = faultsOf({
    format: 'tenantry-model-1',
    objects: [
      {
        nameSingular: 'Rocket; drop table',
        namePlural: 'rockets',
        surprise: 1,
        fields: [{ name: 'a', type: 'FILES' }, { type: 'TEXT' }, 7],
      },
    ],
  })
  for (const place of [
    'objects.0.nameSingular',
    'objects.0.fields.0.type',
    'objects.0.fields.1.name',
    'objects.0.fields.2',
    'surprise',
  ])
    t.true(
      faults.some((fault) => fault.includes(place)),
      `${place} in ${faults.join(' | ')}`,
    )
  t.deepEqual(
    faultsOf({
      format: 'tenantry-model-1',
      objects: [
        {
          nameSingular: 'rocket',
          namePlural: 'rockets',
          fields: [
            { name: 'a', type: 'TEXT' },
            { name: 'a', type: 'TEXT' },
            { name: 'createdAt', type: 'DATE_TIME' },
            { name: 'b', type: 'RELATION', relation: { target: 'nowhere', inverse: { name: 'c' } } },
            { name: 'd', type: 'RELATION', relation: { target: 'rocket', inverse: { name: 'a' } } },
          ],
        },
      ],
    }),
    [
      'rocket: "a" stands here twice',
      'rocket.createdAt: Every object has this field by itself, so it cannot be declared',
      'rocket.b: The document has no object "nowhere" to point at',
    ],
  )
})
