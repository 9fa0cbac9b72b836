// A dry run lists exactly the statements that Postgres gets: each change is planned first and made then,
// while all statements of the connections are recorded.

import test, { type ExecutionContext } from 'ava'
import type { PoolClient } from 'pg'
import type {
  ChangeOptions,
  CreateFieldInput,
  UpdateFieldInput,
} from '../../tenants/model/change/check/input.ts'
import { createField, deleteField, updateField } from '../../tenants/model/change/field/field.ts'
import { createCustomIndex, deleteIndex } from '../../tenants/model/change/object/indexes.ts'
import { createObject, deleteObject, updateObject } from '../../tenants/model/change/object/object.ts'
import { BRIEFLY } from '../../tenants/model/change/run/lockTimeout.ts'
import { applyModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import { fieldIn, finishBuilds, objectIn, openModel } from '../support/model.ts'

interface Planned {
  readonly plan: { readonly statements: readonly string[] }
}

/** Records the statements of every client of the pool. */
const listenTo = (pool: { on(event: 'connect', listener: (client: PoolClient) => void): unknown }) => {
  const sent: string[] = []
  pool.on('connect', (client) => {
    const query = client.query
    Object.assign(client, {
      query: (...args: unknown[]) => {
        if (typeof args[0] === 'string') sent.push(args[0])
        return Reflect.apply(query, client, args)
      },
    })
  })
  return sent
}

const DDL = /^(alter|create|drop|comment|update|do)\b/

const withoutTimeout = (text: string): string =>
  text.startsWith(BRIEFLY) ? text.slice(BRIEFLY.length).replace(/^;\s*(?:--\s*)?/, '') : text

const openRecorded = async (t: ExecutionContext) => {
  const model = await openModel(t)
  const { pool, workspace } = model
  // Existing connections are not recorded.
  const warm = await Promise.all(Array.from({ length: pool.idleCount }, () => pool.connect()))
  for (const client of warm) client.release(true)
  const sent = listenTo(pool)
  const made = (): readonly string[] =>
    sent
      .splice(0)
      .map(withoutTimeout)
      .filter((text) => DDL.test(text) && text.includes(`"${workspace.schemaName}".`))
      // A job that another session made wait is tried again.
      .filter((text, at, all) => text !== all[at - 1] && !text.startsWith('drop index concurrently'))
  let planned = 0
  const same = async <Result extends Planned>(
    what: string,
    change: (options: ChangeOptions) => Promise<Result>,
  ): Promise<Result> => {
    made()
    const dry = await change({ dryRun: true })
    t.deepEqual(made(), [], `${what}: planned, not made`)
    const done = await change({ allowRewrite: true })
    await finishBuilds(pool)
    t.is(made().join(';\n'), dry.plan.statements.map(withoutTimeout).join(';\n'), what)
    t.deepEqual(done.plan.statements, dry.plan.statements, `${what}: the run has the same statements`)
    planned += dry.plan.statements.length
    return done
  }
  const create = async (object: string, input: Omit<CreateFieldInput, 'objectMetadataId' | 'label'>) => {
    const objectMetadataId = await model.idOf(object)
    return same(`create ${object}.${input.name}`, (options) =>
      createField(pool, workspace.id, { label: input.name, ...input, objectMetadataId }, options),
    )
  }
  const update = async (object: string, field: string, input: UpdateFieldInput) => {
    const { id } = fieldIn(await model.describe(), object, field)
    return same(`update ${object}.${field} ${JSON.stringify(input)}`, (options) =>
      updateField(pool, workspace.id, id, input, options),
    )
  }
  const relation = async (target: string, label: string) => ({
    targetObjectMetadataId: await model.idOf(target),
    targetFieldLabel: label,
    type: 'MANY_TO_ONE',
  })
  return { ...model, same, create, update, relation, planned: () => planned }
}

const option = (value: string, position: number) => ({ value, label: value, position, color: 'red' })

/** More than 10,000 records. */
const fill = (table: string) =>
  `insert into ${table} (name) select repeat('x', 90) || n from generate_series(1, 10100) n`

for (const size of ['small', 'big'] as const)
  test(`every change of objects, fields and indexes of a ${size} table matches its dry run`, async (t) => {
    const { pool, workspace, same, create, update, relation, describe, idOf, sql, planned } =
      await openRecorded(t)
    const made = await same('create object', (options) =>
      createObject(
        pool,
        workspace.id,
        { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'Rocket', labelPlural: 'Rockets' },
        options,
      ),
    )
    t.true(made.plan.statements.length > 20)
    if (size === 'big') {
      await sql(fill('@.rocket'))
      await sql('vacuum @.rocket')
    }
    const plain = ['TEXT', 'UUID', 'BOOLEAN', 'DATE', 'DATE_TIME', 'RATING', 'ARRAY', 'RAW_JSON'] as const
    const composite = [
      'FULL_NAME',
      'EMAILS',
      'PHONES',
      'LINKS',
      'CURRENCY',
      'ADDRESS',
      'ACTOR',
      'RICH_TEXT',
    ] as const
    for (const type of [...plain, ...composite])
      await create('rocket', { type, name: `a${type.replace('_', '')}` })
    for (const dataType of ['int', 'bigint', 'float'])
      await create('rocket', { type: 'NUMBER', name: `${dataType}Number`, settings: { dataType } })
    await create('rocket', { type: 'UUID', name: 'token', defaultValue: 'uuid', isNullable: false })
    const { plan } = await create('rocket', { type: 'TEXT', name: 'code', isUnique: true })
    t.is(plan.statements.join().includes('create unique index concurrently'), size === 'big')
    await create('rocket', { type: 'EMAILS', name: 'contact', isUnique: true })
    await create('rocket', { type: 'PHONES', name: 'call', isUnique: true })
    await create('rocket', { type: 'TEXT', name: 'motto', defaultValue: "'O''Brien'", isNullable: false })
    await create('rocket', {
      type: 'SELECT',
      name: 'state',
      options: ['NEW', 'OLD'].map(option),
      defaultValue: "'NEW'",
      isNullable: false,
    })
    await create('rocket', { type: 'MULTI_SELECT', name: 'tags', options: ['A', 'B', 'C'].map(option) })
    await create('rocket', {
      type: 'RELATION',
      name: 'owner',
      relationCreationPayload: await relation('person', 'Rockets'),
    })
    await create('rocket', {
      type: 'RELATION',
      name: 'visits',
      relationCreationPayload: { ...(await relation('company', 'Visited')), type: 'ONE_TO_MANY' },
    })
    await create('rocket', {
      type: 'MORPH_RELATION',
      name: 'about',
      morphRelationsCreationPayload: [
        await relation('person', 'About these'),
        await relation('company', 'About those'),
      ],
    })

    await update('rocket', 'motto', { description: 'What it says', label: 'Slogan', defaultValue: "'x'" })
    await update('rocket', 'aTEXT', { isNullable: false, defaultValue: "'none'" })
    await update('rocket', 'aTEXT', { isNullable: true, defaultValue: null })
    await update('rocket', 'aFULLNAME', {
      isNullable: false,
      defaultValue: { firstName: "''", lastName: "''" },
    })
    await update('rocket', 'code', { isUnique: false, name: 'bText' })
    await update('rocket', 'bText', { isUnique: true, name: 'cText' })
    await update('rocket', 'intNumber', { settings: { dataType: 'bigint' } })
    await update('rocket', 'contact', { name: 'mail' })
    const states = async () => fieldIn(await describe(), 'rocket', 'state').options ?? []
    const [fresh, old] = await states()
    await update('rocket', 'state', {
      options: [{ ...fresh, value: 'FRESH' }, old, option('GONE', 2)],
    })
    await update('rocket', 'state', { options: (await states()).slice(0, 2), name: 'phase' })
    await update('rocket', 'tags', { options: [option('C', 0), option('A', 1)] })
    await update('rocket', 'cText', { isActive: false })
    await update('rocket', 'owner', { name: 'captain', settings: { onDelete: 'RESTRICT' } })
    await update('rocket', 'about', {
      morphRelationsUpdatePayload: [
        { ...(await relation('opportunity', 'About this')) },
        { targetObjectMetadataId: await idOf('person'), isRemoved: true },
      ],
    })
    await update('person', 'rockets', { label: 'Spacecraft', name: 'spacecraft' })

    const field = async (name: string) => fieldIn(await describe(), 'rocket', name).id
    const objectMetadataId = await idOf('rocket')
    const [phase, tags, contact] = [await field('phase'), await field('tags'), await field('mail')]
    for (const input of [
      { indexType: 'BTREE' as const, fields: [{ fieldMetadataId: phase }] },
      { indexType: 'GIN' as const, fields: [{ fieldMetadataId: tags }] },
      {
        indexType: 'BTREE' as const,
        fields: [{ fieldMetadataId: phase }, { fieldMetadataId: contact, subFieldName: 'primaryEmail' }],
      },
    ])
      await same('create index', (options) =>
        createCustomIndex(pool, workspace.id, { objectMetadataId, ...input }, options),
      )
    const [index] = objectIn(await describe(), 'rocket').indexes.filter(({ isCustom }) => isCustom)
    await same('delete index', (options) => deleteIndex(pool, workspace.id, index?.id ?? '', options))

    const change = async (update: Parameters<typeof updateObject>[3]) =>
      same(`update object ${JSON.stringify(update)}`, (options) =>
        updateObject(pool, workspace.id, objectMetadataId, update, options),
      )
    await change({ labelIdentifierFieldMetadataId: await field('motto') })
    await change({
      nameSingular: 'ship',
      namePlural: 'ships',
      labelSingular: 'Ship',
      description: "It's one",
    })
    await change({ isActive: false })
    for (const name of ['phase', 'tags', 'captain', 'visits', 'about', 'mail']) {
      const { id } = fieldIn(await describe(), 'ship', name)
      await same(`delete ${name}`, (options) => deleteField(pool, workspace.id, id, options))
    }
    await same('delete object', (options) => deleteObject(pool, workspace.id, objectMetadataId, options))
    t.true(planned() > 200)
  })

test('applying a document matches its dry run', async (t) => {
  const model = await openRecorded(t)
  const { pool, workspace, same, create, relation, makeObject } = model
  const empty = await readModelDocument(pool, workspace.id)
  await makeObject('rocket')
  await create('rocket', { type: 'TEXT', name: 'code', isUnique: true })
  await create('rocket', { type: 'SELECT', name: 'state', options: ['NEW', 'OLD'].map(option) })
  await create('rocket', {
    type: 'RELATION',
    name: 'owner',
    relationCreationPayload: await relation('person', 'Rockets'),
  })
  const full = await readModelDocument(pool, workspace.id)
  const apply = (want: typeof full) => (options: ChangeOptions) =>
    applyModel(pool, workspace.id, want, { ...options, allowDestructive: true })
  await same('everything goes', apply(empty))
  await same('everything comes', apply(full))
  const called = JSON.stringify(full.objects)
    .replaceAll('"target":"rocket"', '"target":"ship"')
    .replace('"nameSingular":"rocket","namePlural":"rockets"', '"nameSingular":"ship","namePlural":"ships"')
  const objects: typeof full.objects = JSON.parse(called)
  const renames = [{ object: 'ship', field: null, option: null, from: 'rocket' }]
  await same('it is called differently', apply({ ...full, objects, renames }))
})
