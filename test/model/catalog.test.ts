import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { deleteObject, updateObject } from '../../tenants/model/change/object/object.ts'
import { COMPOSITES } from '../../tenants/model/compositeType.ts'
import { partComment, tableComment } from '../../tenants/model/ddl/comment.ts'
import { applyModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import { parseDocument } from '../../tenants/model/document/parse.ts'
import { fieldIn, objectIn, openModel } from '../support/model.ts'
import { bigModel } from './bigModel.ts'
import { offences } from './catalogRules.ts'

const OBJECTS = 30

const openBigModel = async (t: Parameters<typeof openModel>[0], objects: number) => {
  const model = await openModel(t)
  const { format, objects: standard } = await readModelDocument(model.pool, model.workspace.id)
  const document = parseDocument(
    JSON.parse(JSON.stringify({ format, objects: [...standard, ...bigModel(objects)] })),
  )
  await applyModel(model.pool, model.workspace.id, document)
  return model
}

test('a model of thirty objects with fields of all types is a schema that a DBA would have written', async (t) => {
  const { pool, workspace } = await openBigModel(t, OBJECTS)
  const { rows } = await pool.query(
    `select count(*)::int as tables from pg_class where relnamespace = $1::regnamespace and relkind = 'r'`,
    [quoteIdentifier(workspace.schemaName)],
  )
  t.true(rows[0].tables >= OBJECTS + 10)
  t.deepEqual(await offences(pool, workspace.schemaName), [])
})

test('renames, new options, deletions and other words leave nothing behind', async (t) => {
  const { pool, workspace, describe } = await openBigModel(t, 5)
  const { id: workspaceId, schemaName } = workspace
  const idOf = async (object: string, field: string) => fieldIn(await describe(), object, field).id
  const update = async (object: string, field: string, change: Parameters<typeof updateField>[3]) =>
    updateField(pool, workspaceId, await idOf(object, field), change)

  const { fields } = objectIn(await describe(), 'vessel1')
  for (const { name, isSystem, relation } of fields) {
    if (isSystem || relation?.type === 'ONE_TO_MANY') continue
    await update('vessel1', name, { name: `${name}Renamed`, label: `${name} renamed`, description: 'Now' })
  }
  const { id } = objectIn(await describe(), 'vessel1')
  await updateObject(pool, workspaceId, id, {
    nameSingular: 'ship',
    namePlural: 'ships',
    labelSingular: 'Ship',
    labelPlural: 'Ships',
    description: 'They float',
  })
  const options = fieldIn(await describe(), 'vessel2', 'status').options ?? []
  await update('vessel2', 'status', { options: options.slice(0, 2) })
  await update('vessel2', 'tags', {
    options: [...options, { value: 'NEW', label: 'new', position: 3, color: 'red' }].map(({ ...option }) => ({
      ...option,
      id: undefined,
    })),
  })
  await update('vessel2', 'code', { isUnique: false })
  await update('vessel2', 'serial', { isUnique: true })
  await update('vessel2', 'amount', { settings: { dataType: 'bigint' } })
  await updateObject(pool, workspaceId, objectIn(await describe(), 'vessel2').id, {
    labelIdentifierFieldMetadataId: await idOf('vessel2', 'code'),
  })
  for (const name of ['status', 'mails', 'tags', 'rating', 'place', 'owner', 'about', 'extra', 'code']) {
    const field = await idOf('vessel3', name)
    await updateField(pool, workspaceId, field, { isActive: false })
    await deleteField(pool, workspaceId, field)
  }
  const gone = objectIn(await describe(), 'windowOfMaintenanceByTheOperationsDepartment').id
  await updateObject(pool, workspaceId, gone, { isActive: false })
  await deleteObject(pool, workspaceId, gone)
  t.deepEqual(await offences(pool, schemaName), [])
})

test('comments follow labels and descriptions, unless written by hand', async (t) => {
  const { pool, workspace, makeObject, makeField, describe, sql } = await openModel(t)
  const commentOf = async (table: string, column: string) => {
    const [row] = await sql(
      `select col_description(c.oid, a.attnum) as text from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = $1::regnamespace and c.relname = $2 and a.attname = $3`,
      [workspace.schemaName, table, column],
    )
    return row?.text
  }
  const { id } = await makeObject('rocket')
  await makeField('rocket', { name: 'fuel', type: 'TEXT', label: 'Fuel', description: '' })
  await makeField('rocket', { name: 'home', type: 'ADDRESS', label: 'Home' })
  await makeField('rocket', { name: 'secret', type: 'TEXT', label: '@hidden' })
  t.is(await commentOf('rocket', 'fuel'), 'Fuel')
  t.is(await commentOf('rocket', 'secret'), '"@hidden"')
  t.true(fieldIn(await describe(), 'rocket', 'secret').isActive)
  const update = async (name: string, change: Parameters<typeof updateField>[3]) =>
    updateField(pool, workspace.id, fieldIn(await describe(), 'rocket', name).id, change)
  await update('fuel', { name: 'propellant', label: 'Propellant', description: 'What it burns' })
  t.is(await commentOf('rocket', 'propellant'), 'Propellant: What it burns')
  await update('home', { label: 'Base' })
  for (const part of COMPOSITES.ADDRESS.parts)
    t.is(await commentOf('rocket', `home_${part.suffix}`), partComment('Base', part))
  await sql(`comment on column @.rocket.propellant is 'Mine'`)
  await update('propellant', { label: 'Fuel again' })
  t.is(await commentOf('rocket', 'propellant'), 'Mine')

  await updateObject(pool, workspace.id, id, {
    labelPlural: 'Launchers',
    description: 'They fly',
    labelSingular: 'Launcher',
  })
  const tableText = async () =>
    (
      await sql(`select obj_description(format('%I.rocket', $1::text)::regclass, 'pg_class') as text`, [
        workspace.schemaName,
      ])
    )[0]?.text
  t.is(await tableText(), tableComment('Launchers', 'They fly'))
  t.is(await commentOf('note_target', 'target_rocket_id'), 'Target: Launcher')
  await sql(`comment on table @.rocket is 'Mine'`)
  await updateObject(pool, workspace.id, id, { description: 'They fly high' })
  t.is(await tableText(), 'Mine')
})
