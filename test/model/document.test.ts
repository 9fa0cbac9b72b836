import test, { type ExecutionContext } from 'ava'
import { MetadataRefusal } from '../../tenants/model/change/check/metadataRefusal.ts'
import { applyModel, diffModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import type { ModelChange } from '../../tenants/model/document/diff.ts'
import type { ModelDocument } from '../../tenants/model/document/document.ts'
import { parseDocument } from '../../tenants/model/document/parse.ts'
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

test('an impossible document is refused as a whole', async (t) => {
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

test('tables made by hand are neither exported nor touched', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  const before = await readModelDocument(pool, workspace.id)
  await sql(
    `create table @."T inv" (a int, b text, primary key (a, b), company_id uuid references @.company)`,
  )
  t.deepEqual(await readModelDocument(pool, workspace.id), before)
  t.deepEqual((await applyModel(pool, workspace.id, before)).plan.statements, [])
  t.deepEqual(await sql(`select count(*)::int as n from @."T inv"`), [{ n: 0 }])
})

test('all faults of a document are reported at once', (t) => {
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
      'rocket: "a" appears twice',
      'rocket.createdAt: Every object has this field by itself, so it cannot be declared',
      'rocket.b: The document has no object "nowhere" to point at',
    ],
  )
})

/** An older model with records in it, and the document of a newer one that calls it differently. */
const openRenaming = async (t: ExecutionContext) => {
  const { pool, sql } = await openModel(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Older "one"', standardObjects: false })
  await applyModel(pool, id, parseDocument(DOCUMENT))
  const at = (text: string) => sql(text.replaceAll('@.', `"${schemaName}".`))
  await at(`insert into @.pad (title_first_name) values ('Kourou')`)
  await at(`insert into @.rocket (name, status, price_amount_micros, price_currency_code, serial, pad_id, cargo_pad_id)
    select 'Ariane', 'FLYING', 7000000, 'EUR', 7, id, id from @.pad`)
  const [rocket, pad, rocketStatus, satellite] = DOCUMENT.objects
  const newer = {
    ...DOCUMENT,
    objects: [
      {
        ...rocket,
        renamedFrom: 'rocket',
        nameSingular: 'launchVehicle',
        namePlural: 'launchVehicles',
        fields: [
          { name: 'title', renamedFrom: 'name', type: 'TEXT' },
          {
            name: 'phase',
            renamedFrom: 'status',
            type: 'SELECT',
            isNullable: false,
            defaultValue: "'GROUNDED'",
            options: [
              { value: 'GROUNDED', renamedFrom: 'IDLE', label: 'Idle' },
              { value: 'FLYING', label: 'Flying', color: 'green' },
              { value: 'LANDED', label: 'Landed' },
            ],
          },
          { name: 'cost', renamedFrom: 'price', type: 'CURRENCY' },
          { name: 'serial', type: 'NUMBER', settings: { dataType: 'bigint' }, isUnique: true },
          {
            name: 'base',
            renamedFrom: 'pad',
            type: 'RELATION',
            relation: { target: 'site', onDelete: 'CASCADE', inverse: { name: 'vehicles' } },
          },
          {
            name: 'load',
            renamedFrom: 'cargo',
            type: 'MORPH_RELATION',
            relations: [
              { target: 'satellite', onDelete: 'CASCADE', inverse: { name: 'carriers' } },
              { target: 'site', inverse: { name: 'cargoRockets' } },
            ],
          },
        ],
        indexes: [{ fields: ['phase', 'cost.amountMicros'] }],
      },
      { ...pad, nameSingular: 'site', namePlural: 'sites', renamedFrom: 'pad' },
      { ...rocketStatus, description: 'Kept' },
      satellite,
    ],
  }
  return { pool, id, at, newer: parseDocument(newer) }
}

test('a document with former names keeps the records, and can be applied again', async (t) => {
  const { pool, id, at, newer } = await openRenaming(t)
  const before = await readModelDocument(pool, id)
  const dry = await applyModel(pool, id, newer, { dryRun: true })
  t.deepEqual(await readModelDocument(pool, id), before)
  t.false(dry.changes.some(({ isDestructive }) => isDestructive))
  t.deepEqual(words(dry.changes).slice(0, 7), [
    'RENAME_OBJECT launchVehicle',
    'RENAME_OBJECT site',
    'RENAME_FIELD launchVehicle title',
    'RENAME_FIELD launchVehicle phase',
    'RENAME_FIELD launchVehicle cost',
    'RENAME_FIELD launchVehicle base',
    'RENAME_FIELD launchVehicle load',
  ])
  t.true(dry.plan.locks.every(({ table }) => !['launch_vehicle', 'site'].includes(table)))
  t.false(dry.plan.statements.some((statement) => /drop (table|column)/.test(statement)))
  t.deepEqual(await diffModel(pool, id, newer), dry.changes)

  const done = await applyModel(pool, id, newer)
  t.deepEqual(done.changes, dry.changes)
  t.deepEqual([done.plan.statements, done.plan.locks], [dry.plan.statements, dry.plan.locks])
  t.deepEqual(inOrder(await readModelDocument(pool, id)), inOrder(newer))
  t.deepEqual(
    await at(`select v.title, v.phase::text, v.cost_amount_micros::int as cost, v.serial::int, b.title_first_name as base,
      v.load_site_id = b.id as "isLoaded" from @.launch_vehicle v join @.site b on b.id = v.base_id`),
    [{ title: 'Ariane', phase: 'FLYING', cost: 7_000_000, serial: 7, base: 'Kourou', isLoaded: true }],
  )
  await at(`insert into @.launch_vehicle (title, serial) values ('Vega', 8)`)
  t.deepEqual(await at(`select phase::text from @.launch_vehicle where serial = 8`), [{ phase: 'GROUNDED' }])

  t.deepEqual(await diffModel(pool, id, newer), [])
  const again = await applyModel(pool, id, newer)
  t.deepEqual([again.changes, again.plan.statements], [[], []])
  t.deepEqual(await at(`select count(*)::int as n from @.launch_vehicle`), [{ n: 2 }])
})

test('a rename by a document gives the names in Postgres that a new object would have', async (t) => {
  const { pool, id, at, newer } = await openRenaming(t)
  await applyModel(pool, id, newer)
  const fresh = await createWorkspace(pool, { name: 'Fresh', standardObjects: false })
  await applyModel(pool, fresh.id, newer)
  t.deepEqual(inOrder(await readModelDocument(pool, fresh.id)), inOrder(newer))
  const namesIn = (schema: string) =>
    at(`select c.relname as name, c.relkind as kind from pg_class c where c.relnamespace = ${schema}::regnamespace and c.relkind <> 'c'
      union all select regexp_replace(t.typname, '_options$', ''), 'type' from pg_type t where t.typnamespace = ${schema}::regnamespace and t.typtype = 'e'
      union all select k.conname, 'constraint' from pg_constraint k where k.connamespace = ${schema}::regnamespace and k.contype = 'f'
      union all select c.relname || '.' || a.attname, 'column' from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = ${schema}::regnamespace and c.relkind = 'r' and a.attnum > 0
      order by 2, 1`)
  const [{ older } = { older: '' }] = await at(
    `select schema_name as older from tenantry.workspaces where id = '${id}'`,
  )
  t.deepEqual(await namesIn(`'${older}'`), await namesIn(`'${fresh.schemaName}'`))
})

test('names that are handed on are handed on in the order that frees them', async (t) => {
  const { pool } = await openModel(t)
  const { id } = await createWorkspace(pool, { name: 'Chain', standardObjects: false })
  const object = (nameSingular: string, label: string, more = {}) => ({
    nameSingular,
    namePlural: `${nameSingular}s`,
    fields: [{ name: label, type: 'TEXT' }],
    ...more,
  })
  const model = (...objects: readonly object[]) => parseDocument({ format: 'tenantry-model-1', objects })
  await applyModel(pool, id, model(object('a', 'first'), object('b', 'second')))
  const handed = model(
    object('b', 'first', { renamedFrom: 'a' }),
    object('c', 'second', { renamedFrom: 'b' }),
  )
  const { changes } = await applyModel(pool, id, handed)
  t.deepEqual(words(changes), ['RENAME_OBJECT c', 'RENAME_OBJECT b'])
  t.deepEqual(inOrder(await readModelDocument(pool, id)), inOrder(handed))
  t.deepEqual((await applyModel(pool, id, handed)).changes, [])
})

test('ambiguous renames are refused, and standard things keep their names', async (t) => {
  const { pool, workspace } = await openModel(t)
  const options = [
    { value: 'A', label: 'A', renamedFrom: 'OLD' },
    { value: 'B', label: 'B', renamedFrom: 'OLD' },
  ]
  const field = (name: string, renamedFrom?: string) => ({ name, type: 'TEXT', renamedFrom })
  const refusal = t.throws(
    () =>
      parseDocument({
        format: 'tenantry-model-1',
        objects: [
          {
            nameSingular: 'rocket',
            namePlural: 'rockets',
            renamedFrom: 'pad',
            fields: [field('a'), field('b', 'a'), { name: 'c', type: 'SELECT', options }],
          },
          { nameSingular: 'pad', namePlural: 'pads' },
        ],
      }),
    { instanceOf: MetadataRefusal },
  )
  t.deepEqual(
    refusal.faults.map(({ message }) => message),
    [
      'rocket: "pad" is still in the document, so it cannot be what was renamed',
      'rocket.b: "a" is still in the document, so it cannot be what was renamed',
      'rocket.c.A: "OLD" cannot be renamed twice',
      'rocket.c.B: "OLD" cannot be renamed twice',
    ],
  )
  const document = await readModelDocument(pool, workspace.id)
  const text = JSON.stringify(document)
    .replaceAll('"target":"person"', '"target":"human"')
    .replace('"nameSingular":"person"', '"nameSingular":"human","renamedFrom":"person"')
  const renamed = parseDocument(JSON.parse(text))
  t.regex(
    (await refusalOf(applyModel(pool, workspace.id, renamed, { allowDestructive: true }))).join(),
    /Cannot edit standard object metadata properties: nameSingular/,
  )
})

test('options that are only added do not rewrite the table', async (t) => {
  const { pool, id, newer } = await openRenaming(t)
  await applyModel(pool, id, newer)
  const objects = newer.objects.map((object) => ({
    ...object,
    fields: object.fields.map((each) =>
      each.name === 'phase' && 'options' in each
        ? { ...each, options: [...(each.options ?? []), { value: 'LOST', label: 'Lost', color: 'red' }] }
        : each,
    ),
  }))
  const { plan } = await applyModel(pool, id, { ...newer, objects })
  t.deepEqual(
    plan.statements.map((statement) => statement.replace(/type "[^"]*"\./, 'type ')),
    [`alter type "launch_vehicle_phase_options" add value 'LOST' after 'LANDED'`],
  )
})

test('a field with a new name and a new type is recreated under the name', async (t) => {
  const { pool } = await openModel(t)
  const { id } = await createWorkspace(pool, { name: 'Replaced', standardObjects: false })
  const model = (field: object) =>
    parseDocument({
      format: 'tenantry-model-1',
      objects: [{ nameSingular: 'rocket', namePlural: 'rockets', fields: [field] }],
    })
  await applyModel(pool, id, model({ name: 'title', label: 'Old', type: 'NUMBER' }))
  const options = [{ value: 'IDLE', label: 'Idle' }]
  const newer = model({ name: 'size', renamedFrom: 'title', type: 'MULTI_SELECT', options })
  const refusal = await t.throwsAsync(applyModel(pool, id, newer), { instanceOf: Refusal })
  t.regex(refusal.message, /REPLACE_FIELD rocket\.size/)
  await applyModel(pool, id, newer, { allowDestructive: true })
  t.deepEqual(await diffModel(pool, id, newer), [])
})

test('one document names records by another field, and switches the field off that did', async (t) => {
  const { pool, workspace, makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  await makeField('rocket', { name: 'title', type: 'TEXT', isActive: false })
  const document = await readModelDocument(pool, workspace.id)
  const objects = document.objects.map((object) =>
    object.nameSingular === 'rocket'
      ? {
          ...object,
          labelIdentifier: 'title',
          fields: object.fields.map((field) => ({ ...field, isActive: field.name !== 'name' })),
        }
      : object,
  )
  await applyModel(pool, workspace.id, { ...document, objects })
  t.deepEqual(await readModelDocument(pool, workspace.id), { ...document, objects })
})
