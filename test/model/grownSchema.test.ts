// The same tables give the same names, however a schema came to be what it is: tables and keys one after
// another in any order, columns that are added later, or everything at once, as a dump restores it.

import test from 'ava'
import fc from 'fast-check'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { ModelField } from '../../tenants/model/model.ts'
import { toCamelCase } from '../../tenants/model/name.ts'
import { derivedObjectNames } from '../../tenants/model/naturalNames.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { withoutId } from '../../tenants/model/read/fieldNaming.ts'
import { createTestDatabase } from '../support/database.ts'
import { tableName } from './tableName.ts'

const SEED = 20_261_128
const RUNS = 12

interface Link {
  readonly column: string
  /** Position of the table that it points at. */
  readonly target: number
}

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly links: readonly Link[]
  readonly later: readonly string[]
}

const COLUMNS = [
  ...['fooBar', 'foo_bar', 'foo_bar_value', 'foo', 'Foo', 'and', 'and_value', 'aggregate', 'price'],
  ...['price_amount', 'ä', '1st', 'select', 'author', 'author_person', 'not'],
]
const LINKS = [
  ...['parent_id', 'author_id', 'invoice_id', 'person_id', 'author', 'foo_id', '日本_id', 'Person Id'],
  ...['aggregate_id', 'or'],
]

/** Two columns with one key ask for one name. */
const askedFor = (column: string): string => withoutId(toCamelCase(column))

const tables = (areTwinsWanted: boolean): fc.Arbitrary<readonly Table[]> =>
  tableName(2)
    .chain((name) =>
      fc.uniqueArray(name, {
        minLength: 3,
        maxLength: 7,
        selector: (table) => derivedObjectNames(table).names.nameSingular,
      }),
    )
    .chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          fc
            .record({
              columns: fc.uniqueArray(fc.constantFrom(...COLUMNS), { maxLength: 5 }),
              links: fc.uniqueArray(
                fc.record({
                  column: fc.constantFrom(...LINKS),
                  target: fc.nat({ max: names.length - 1 }),
                }),
                { maxLength: 4, selector: ({ column }) => column },
              ),
              later: fc.uniqueArray(fc.constantFrom(...COLUMNS), { maxLength: 3 }),
            })
            .map(({ columns, links, later }): Table => {
              const taken = new Set<string>()
              const isFree = (column: string): boolean => {
                const key = areTwinsWanted ? column : askedFor(column)
                return !taken.has(key) && taken.add(key) !== undefined
              }
              return {
                name,
                links: links.filter(({ column }) => isFree(column)),
                columns: columns.filter(isFree),
                later: later.filter(isFree),
              }
            }),
        ),
      ),
    )

const create = ({ name, columns, links }: Table, later: readonly string[]): string =>
  `create table ${quoteIdentifier(name)} (${[
    'id int primary key',
    ...[...columns, ...later].map((column) => `${quoteIdentifier(column)} text`),
    ...links.map(({ column }) => `${quoteIdentifier(column)} int`),
  ].join(', ')})`

const key = (source: Table, column: string, target: Table): string =>
  `alter table ${quoteIdentifier(source.name)} add foreign key (${quoteIdentifier(column)})
   references ${quoteIdentifier(target.name)}`

/** Keys that become possible when the last table is there. */
const newKeys = (all: readonly Table[], there: readonly Table[], last: Table): readonly string[] =>
  there.flatMap((source) =>
    source.links.flatMap(({ column, target }) => {
      const to = all[target]
      const isNew = to !== undefined && there.includes(to) && (source === last || to === last)
      return isNew ? [key(source, column, to)] : []
    }),
  )

const identityOf = (field: ModelField): string =>
  field.kind === 'scalar'
    ? field.column.name
    : 'constraint' in field
      ? `${field.kind} ${field.constraint} ${field.target}`
      : field.kind

test('tables, keys and columns that are added rename nothing, and a restored schema has the same names', async (t) => {
  const { pool } = await createTestDatabase(t)
  const client = await pool.connect()
  let schemas = 0

  /** Names by what they stand on, after statements in a schema of their own. */
  const grow = async (steps: readonly (readonly string[])[], isStable: boolean) => {
    schemas += 1
    const schema = `grown_${schemas}`
    await client.query(`create schema ${schema}; set search_path to ${schema}`)
    let names = new Map<string, string>()
    for (const step of steps) {
      await client.query(step.join(';\n'))
      const catalog = await readCatalog(client, schema)
      if (catalog === null) throw new Error('There is no schema.')
      const { objects, omitted } = deriveModel(catalog, { standard: false })
      t.deepEqual(omitted, [])
      const now = new Map(
        objects.flatMap(({ table, nameSingular, namePlural, fields }) => [
          [table, `${nameSingular} ${namePlural}`] as const,
          ...[...fields.values()].map((field) => [`${table}: ${identityOf(field)}`, field.name] as const),
        ]),
      )
      if (isStable)
        for (const [what, name] of names) t.is(now.get(what), name, `${what} after ${step.join('; ')}`)
      names = now
    }
    await client.query(`drop schema ${schema} cascade`)
    return names
  }

  const grownAndRestored = async (all: readonly Table[], order: readonly Table[], areTwins: boolean) => {
    const there: Table[] = []
    const tablesAndKeys = order.flatMap((table) => {
      there.push(table)
      return [create(table, []), ...newKeys(all, there, table)].map((statement) => [statement])
    })
    const columns = order.flatMap(({ name, later }) =>
      later.map((column) => [`alter table ${quoteIdentifier(name)} add ${quoteIdentifier(column)} text`]),
    )
    const grown = await grow([...tablesAndKeys, ...columns], !areTwins)
    const dumped = all.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const restored = [
      ...dumped.map((table) => create(table, [])),
      ...columns.flat(),
      ...dumped
        .flatMap((source) =>
          source.links.flatMap(({ column, target }) => {
            const to = all[target]
            return to === undefined ? [] : [key(source, column, to)]
          }),
        )
        .toReversed(),
    ]
    t.deepEqual(new Map([...(await grow([restored], false))].sort()), new Map([...grown].sort()))
  }

  t.teardown(() => client.release(true))
  await fc.assert(
    fc.asyncProperty(
      fc.boolean().chain((areTwins) => fc.tuple(fc.constant(areTwins), tables(areTwins))),
      fc.infiniteStream(fc.nat()),
      async ([areTwins, all], numbers) => {
        const order = all
          .map((table) => ({ table, at: numbers.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
        await grownAndRestored(
          all,
          order.map(({ table }) => table),
          areTwins,
        )
      },
    ),
    { seed: SEED, numRuns: RUNS },
  )
})
