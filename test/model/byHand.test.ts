import test from 'ava'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { updateField } from '../../tenants/model/change/field/field.ts'
import { updateObject } from '../../tenants/model/change/object/object.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import type { Registry } from '../../tenants/model/read/registry.ts'
import { derivedUuid } from '../../tenants/uuid.ts'
import { fieldIn, objectIn, openModel } from '../support/model.ts'

/** The model as the record APIs see it. */
const recordModel = async ({ pool, workspace }: Awaited<ReturnType<typeof openModel>>) => {
  const catalog = await readCatalog(pool, workspace.schemaName)
  const { rows } = await pool.query<{ registry: Registry }>('select tenantry.registry($1) as registry', [
    workspace.id,
  ])
  if (catalog === null || rows[0] === undefined) throw new Error('no workspace')
  return deriveModel(catalog, { standard: true, registry: rows[0].registry })
}

test('tables made in SQL are custom objects, with labels made of their names', async (t) => {
  const { sql, describe } = await openModel(t)
  await sql(`create domain @.email as text check (value like '%@%')`)
  await sql(`create table @.order_line (order_id int, line_no int, net_price numeric not null default 1.5, mail @.email,
    primary key (order_id, line_no))`)
  await sql('create view @.cheap_line as select * from @.order_line where net_price < 10')
  await sql('create materialized view @.line_count as select count(*) as total from @.order_line')
  await sql('create table @.event_log (id bigint, at timestamptz) partition by range (at)')
  const model = await describe()
  t.like(objectIn(model, 'orderLine'), {
    table: 'order_line',
    labelSingular: 'Order line',
    labelPlural: 'Order lines',
    isCustom: true,
  })
  t.like(fieldIn(model, 'orderLine', 'netPrice'), {
    label: 'Net price',
    type: 'NUMERIC',
    isNullable: false,
    isCustom: true,
    defaultValue: 1.5,
  })
  t.is(fieldIn(model, 'orderLine', 'mail').type, 'TEXT')
  for (const name of ['cheapLine', 'lineCount', 'eventLog']) t.true(objectIn(model, name).isCustom, name)
})

test('a relation to a column other than the key names that column', async (t) => {
  const { sql, describe } = await openModel(t)
  await sql('create table @.country (id int primary key, "iso code" text unique)')
  await sql(`create table @.town (id int primary key, country_code text references @.country ("iso code"),
    country_id int references @.country)`)
  const model = await describe()
  const { fields } = objectIn(model, 'town')
  const referenced = fields
    .filter(({ relation }) => relation !== null)
    .map(({ settings }) => [settings?.joinColumnName, settings?.referencedColumnName])
  t.deepEqual(
    referenced.toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
    [
      ['countryCode', 'isoCode'],
      ['countryId', undefined],
    ],
  )
})

test('names that the API cannot spell are labels as they are', async (t) => {
  const { sql, describe } = await openModel(t)
  await sql('create table @."таблица_имён" (id int primary key, "Größe" int, "2nd_try" text, "名前" text)')
  await sql(`comment on column @."таблица_имён"."名前" is '@name callName'`)
  const model = await describe()
  const object = model.objects.find(({ table }) => table === 'таблица_имён')
  t.is(object?.labelSingular, 'Таблица имён')
  t.is(object?.labelPlural, 'Таблица имён')
  t.deepEqual(object?.fields.map(({ label }) => label).sort(), ['2nd try', 'Call name', 'Größe', 'Id'])
})

test('several foreign keys on one column are several relations', async (t) => {
  const { sql, describe } = await openModel(t)
  await sql('create table @.party (id int primary key)')
  await sql('create table @.client (id int primary key)')
  await sql(`create table @.deal (id int primary key, party_id int references @.party references @.client,
    foreign key (party_id) references @.party)`)
  const model = await describe()
  const relations = objectIn(model, 'deal').fields.flatMap(({ name, relation }) =>
    relation === null ? [] : [{ name, target: relation.targetObjectId, inverse: relation.targetFieldId }],
  )
  const [party, client] = [objectIn(model, 'party'), objectIn(model, 'client')]
  t.deepEqual(relations.map(({ target }) => target).sort(), [party.id, party.id, client.id].sort())
  const inverses = [...party.fields, ...client.fields].filter(({ type }) => type === 'RELATION')
  t.deepEqual(inverses.map(({ id }) => id).sort(), relations.map(({ inverse }) => inverse).sort())
  const ids = model.objects.flatMap(({ fields }) => fields).map(({ id }) => id)
  t.is(new Set(ids).size, ids.length)
})

test('a foreign table whose wrapper can do nothing hides nothing else', async (t) => {
  const { pool, workspace, sql, describe } = await openModel(t)
  await sql('create foreign data wrapper idle; create server nowhere foreign data wrapper idle')
  await sql('create foreign table @.far (id int) server nowhere')
  t.true(objectIn(await describe(), 'far').isRemote)
  const far = (await readCatalog(pool, workspace.schemaName))?.relations.find(({ name }) => name === 'far')
  t.is(far?.writes, 0)
})

test('ids survive renames in SQL, and a dropped and recreated thing gets a new one', async (t) => {
  const { sql, describe } = await openModel(t)
  await sql('create table @.track (id int primary key, title text, place text)')
  const before = await describe()
  await sql('alter table @.track rename column title to name')
  await sql('alter table @.track rename to song')
  await sql('alter table @.company rename column name to legal_name')
  const after = await describe()
  t.is(objectIn(after, 'song').id, objectIn(before, 'track').id)
  t.is(fieldIn(after, 'song', 'name').id, fieldIn(before, 'track', 'title').id)
  t.is(fieldIn(after, 'song', 'place').id, fieldIn(before, 'track', 'place').id)
  t.is(fieldIn(after, 'company', 'legalName').id, fieldIn(before, 'company', 'name').id)
  await sql('drop table @.song')
  await sql('create table @.song (id int primary key)')
  t.not(objectIn(await describe(), 'song').id, objectIn(before, 'track').id)
})

test('a column that was made by the API follows its rename in SQL', async (t) => {
  const { sql, describe, makeObject, makeField } = await openModel(t)
  await makeObject('rocket')
  const { id } = await makeField('rocket', { name: 'serialID', type: 'TEXT', label: 'Serial' })
  await sql('alter table @.rocket rename column serial_id to number')
  t.like(fieldIn(await describe(), 'rocket', 'number'), { id, label: 'Serial' })
  await sql('alter table @.rocket rename to ship')
  t.is(fieldIn(await describe(), 'ship', 'number').id, id)
})

test('ids survive a restore, where everything has new oids', async (t) => {
  const { sql, describe, makeObject, makeField, pool } = await openModel(t)
  await makeObject('rocket')
  await makeField('rocket', { name: 'gone', type: 'TEXT' })
  await makeField('rocket', { name: 'kept', type: 'TEXT' })
  await sql('create table @.track (id int, a text, b text)')
  await sql('alter table @.track drop column a')
  const before = await describe()
  // What a restore leaves: other oids everywhere, attribute numbers without gaps.
  await pool.query('update tenantry.objects set table_oid = table_oid::bigint + 1000000')
  await pool.query(
    `update tenantry.fields set column_number = column_number + 1 where column_name in ('kept', 'b')`,
  )
  const after = await describe()
  const ids = (model: typeof before) =>
    model.objects.map((object) => [object.id, object.fields.map((field) => field.id)])
  t.deepEqual(ids(after), ids(before))
})

test('comments in SQL give names and labels, and hide', async (t) => {
  const context = await openModel(t)
  const { sql, describe } = context
  await sql(
    'create table @.t_inv (id int primary key, ttl numeric, secret text, client int references @.t_inv)',
  )
  await sql(`comment on table @.t_inv is E'@name invoice invoices\\n@label Bill\\nWhat a customer owes'`)
  await sql(`comment on column @.t_inv.ttl is E'@name total\\n@label Grand total\\nIn euro'`)
  await sql(`comment on column @.t_inv.secret is '@hidden'`)
  const model = await describe()
  t.like(objectIn(model, 'invoice'), {
    namePlural: 'invoices',
    labelSingular: 'Bill',
    description: 'What a customer owes',
  })
  t.like(fieldIn(model, 'invoice', 'total'), { label: 'Grand total', description: 'In euro', isActive: true })
  t.false(fieldIn(model, 'invoice', 'secret').isActive)
  const records = await recordModel(context)
  t.deepEqual(
    [...(records.bySingular.get('invoice')?.fields.keys() ?? [])],
    ['id', 'total', 'client', 'clientInvoice', 'invoicesByClient'],
  )
  await sql('alter table @.t_inv add column payer_id int constraint t_inv_payer references @.t_inv')
  await sql(`comment on constraint t_inv_payer on @.t_inv is '@name billedTo paidInvoices'`)
  const named = [...((await recordModel(context)).bySingular.get('invoice')?.fields.keys() ?? [])]
  t.true(named.includes('billedTo'))
  t.true(named.includes('paidInvoices'))
  await sql(`comment on table @.t_inv is '@hidden'`)
  t.false((await recordModel(context)).byTable.has('t_inv'))
})

test('inactive things vanish from the record APIs, and nothing else is renamed', async (t) => {
  const context = await openModel(t)
  const { makeObject, makeField, idOf, pool, workspace } = context
  const { id } = await makeObject('rocket')
  const { id: field } = await makeField('rocket', { name: 'fuel', type: 'TEXT' })
  const person = await idOf('person')
  const relation = { targetObjectMetadataId: person, targetFieldLabel: 'Rockets', type: 'MANY_TO_ONE' }
  await makeField('rocket', { name: 'owner', type: 'RELATION', relationCreationPayload: relation })
  const full = await recordModel(context)
  t.true(full.bySingular.get('rocket')?.fields.has('fuel'))
  t.true(full.bySingular.get('rocket')?.emptyStringForNull)
  t.true(full.bySingular.get('person')?.fields.has('rockets'))
  await updateField(pool, workspace.id, field, { isActive: false })
  const less = await recordModel(context)
  t.false(less.bySingular.get('rocket')?.fields.has('fuel'))
  t.not(less.schemaHash, full.schemaHash)
  await updateObject(pool, workspace.id, id, { isActive: false })
  const none = await recordModel(context)
  t.false(none.bySingular.has('rocket'))
  t.false(none.bySingular.get('person')?.fields.has('rockets'))
  t.false(none.bySingular.get('noteTarget')?.fields.has('targetRocket'))
  await updateObject(pool, workspace.id, id, { isActive: true })
  await updateField(pool, workspace.id, field, { isActive: true })
  t.is((await recordModel(context)).schemaHash, full.schemaHash)
})

test('the gateway and Postgres derive the same ids', async (t) => {
  const { pool } = await openModel(t)
  for (const text of ['x', 'O\'Brien "x":12:own', 'ü☃'])
    t.is((await pool.query('select tenantry.derived_id($1) as id', [text])).rows[0]?.id, derivedUuid(text))
})
