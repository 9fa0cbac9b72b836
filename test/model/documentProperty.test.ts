// Random models: applying another workspace's document makes any workspace equal to it.

import test from 'ava'
import fc from 'fast-check'
import { applyModel, diffModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import type { ModelDocument } from '../../tenants/model/document/document.ts'
import { parseDocument } from '../../tenants/model/document/parse.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const OBJECTS = ['rocket', 'pad', 'crew', 'rocketCrew'] as const
const NAMES = ['name', 'title', 'size', 'crewSize', 'a1'] as const
const OPTIONS = ['IDLE', 'FLYING', 'GONE', 'OPTION_4'] as const

const hostile = fc.constantFrom('Label', "O'Brien's", '"quoted"', 'ünï ☃', 'a; drop table x')
const side = {
  label: hostile,
  description: fc.option(hostile),
  icon: fc.option(fc.constant('IconBox')),
  isSystem: fc.boolean(),
}

const options = fc
  .uniqueArray(fc.constantFrom(...OPTIONS), { minLength: 1 })
  .map((values) => values.map((value) => ({ value, label: `Option ${value}`, color: 'red' })))
const value = fc.oneof(
  fc.constantFrom('BOOLEAN', 'DATE', 'RAW_JSON', 'ARRAY', 'RATING', 'NUMERIC').map((type) => ({ type })),
  fc.record({ type: fc.constantFrom('TEXT', 'UUID', 'EMAILS', 'PHONES', 'LINKS'), isUnique: fc.boolean() }),
  fc.record({ type: fc.constantFrom('FULL_NAME', 'CURRENCY', 'ADDRESS', 'RICH_TEXT', 'ACTOR') }),
  fc.record({
    type: fc.constant('NUMBER'),
    settings: fc.record({
      dataType: fc.constantFrom('int', 'bigint', 'float'),
      decimals: fc.constantFrom(0, 2),
    }),
    isUnique: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('TEXT'),
    isNullable: fc.boolean(),
    defaultValue: hostile.map((text) => `'${text}'`),
  }),
  fc.record({
    type: fc.constant('FULL_NAME'),
    isNullable: fc.boolean(),
    defaultValue: fc.constant({ firstName: "''", lastName: "'O''Neil'" }),
  }),
  options.chain((all) =>
    fc.record({
      type: fc.constant('SELECT'),
      options: fc.constant(all),
      isNullable: fc.boolean(),
      defaultValue: fc.constantFrom(...all).map((option) => `'${option.value}'`),
    }),
  ),
  options.chain((all) =>
    fc.record({
      type: fc.constant('MULTI_SELECT'),
      options: fc.constant(all),
      defaultValue: fc.option(fc.constantFrom(...all).map((option) => [`'${option.value}'`])),
    }),
  ),
)
const field = (name: string) =>
  fc.tuple(fc.record(side), value).map(([its, kind]) => ({ name, ...its, ...kind }))

const onDelete = fc.constantFrom('CASCADE', 'SET_NULL', 'RESTRICT', 'NO_ACTION')
const isText = ({ type }: { readonly type: string }) => type === 'TEXT' || type === 'FULL_NAME'

const object = (nameSingular: string, others: readonly string[]) =>
  fc
    .record({
      names: fc.subarray([...NAMES]),
      look: fc.record({
        labelSingular: hostile,
        description: fc.option(hostile),
        isSearchable: fc.boolean(),
      }),
      targets: fc.subarray([...others]),
      morph: fc.subarray([...others].filter((other) => other !== nameSingular)),
      onDelete,
      isOff: fc.boolean(),
      isIndexed: fc.boolean(),
    })
    .chain(({ names, look, targets, morph, onDelete: action, isOff, isIndexed }) =>
      fc.tuple(...names.map(field)).chain((fields) =>
        fc.constantFrom('id', ...fields.filter(isText).map(({ name }) => name)).map((labelIdentifier) => {
          const indexed = fields.find(({ type }) => type === 'NUMBER' || type === 'DATE')
          return {
            nameSingular,
            namePlural: `${nameSingular}s`,
            ...look,
            labelIdentifier,
            fields: [
              ...fields,
              ...targets.map((target) => ({
                name: `of${target}`,
                type: 'RELATION',
                isActive: !isOff,
                relation: { target, onDelete: action, inverse: { name: `${nameSingular}Ones` } },
              })),
              ...(morph.length === 0
                ? []
                : [
                    {
                      name: 'about',
                      type: 'MORPH_RELATION',
                      relations: morph.map((target) => ({
                        target,
                        onDelete: action,
                        inverse: { name: `${nameSingular}Abouts`, label: look.labelSingular },
                      })),
                    },
                  ]),
            ],
            indexes: isIndexed && indexed !== undefined ? [{ fields: [indexed.name] }] : [],
          }
        }),
      ),
    )

const model = fc
  .subarray([...OBJECTS])
  .chain((names) => fc.tuple(...names.map((name) => object(name, names))))
  .map((objects) => ({ format: 'tenantry-model-1', objects }))

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          // The order of options means something.
          Object.entries(value).map(([key, each]) => [key, key === 'options' ? each : sorted(each)]),
        )
      : value
const nameOf = (value: unknown): string => {
  const named = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}))
  return String(
    named.get('nameSingular') ?? named.get('name') ?? named.get('target') ?? JSON.stringify(value),
  )
}

interface Named {
  readonly name: string
}
interface Given {
  readonly nameSingular: string
  readonly fields: readonly Named[]
}

/** New names replace dropped ones, one for one, where the draw includes a rename. */
const formerNames = (wanted: readonly string[], known: readonly string[], draw: readonly boolean[]) => {
  const gone = known.filter((name) => !wanted.includes(name))
  const fresh = wanted.filter((name) => !known.includes(name))
  return new Map(fresh.flatMap((name, at) => (draw[at % draw.length] && gone[at] ? [[name, gone[at]]] : [])))
}

const withRenames = <Document extends { readonly objects: readonly Given[] }>(
  document: Document,
  before: ModelDocument,
  draw: readonly boolean[],
) => {
  const namesOf = (objects: readonly { readonly nameSingular: string }[]) =>
    objects.map(({ nameSingular }) => nameSingular)
  const objects = formerNames(namesOf(document.objects), namesOf(before.objects), draw)
  return {
    ...document,
    objects: document.objects.map((object) => {
      const renamedFrom = objects.get(object.nameSingular)
      const known = before.objects.find(
        ({ nameSingular }) => nameSingular === (renamedFrom ?? object.nameSingular),
      )
      const fields = formerNames(
        object.fields.map(({ name }) => name),
        (known?.fields ?? []).map(({ name }) => name),
        draw,
      )
      return {
        ...object,
        renamedFrom,
        fields: object.fields.map((field) => ({ ...field, renamedFrom: fields.get(field.name) })),
      }
    }),
  }
}

test('any model is made into any other, and then nothing differs', async (t) => {
  t.timeout(600_000)
  const database = await openTestDatabase()
  t.teardown(database.close)
  const { pool } = database
  const { id } = await createWorkspace(pool, { name: 'O\'Brien "x"', standardObjects: false })
  const schema = (await pool.query('select schema_name as name from tenantry.workspaces')).rows[0].name
  const runs = Number(process.env.MODEL_RUNS ?? 25)
  await fc.assert(
    fc.asyncProperty(model, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), async (given, draw) => {
      const before = await readModelDocument(pool, id)
      const document = parseDocument(withRenames(given, before, draw))
      const planned = await applyModel(pool, id, document, { dryRun: true })
      t.deepEqual(await readModelDocument(pool, id), before)
      const { changes, plan } = await applyModel(pool, id, document, { allowDestructive: true })
      t.deepEqual(changes, planned.changes)
      t.deepEqual(
        plan.statements.map((statement) => statement.slice(0, 20)),
        planned.plan.statements.map((statement) => statement.slice(0, 20)),
      )
      t.deepEqual(await diffModel(pool, id, document), [])
      t.deepEqual(sorted(await readModelDocument(pool, id)), sorted(parseDocument(given)))
      // The next model meets records.
      for (const { nameSingular } of document.objects)
        await pool.query(
          `insert into "${schema}"."${nameSingular === 'rocketCrew' ? 'rocket_crew' : nameSingular}" default values`,
        )
    }),
    { numRuns: runs, endOnFailure: true, includeErrorInReport: true },
  )
})
