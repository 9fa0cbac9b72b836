import test from 'ava'
import fc from 'fast-check'
import { nameObjects } from '../../tenants/model/naming.ts'
import { derivedObjectNames } from '../../tenants/model/naturalNames.ts'
import { tableName } from './tableName.ts'

const SEED = 20_261_128

const tableNames = tableName(5).chain((name) => fc.uniqueArray(name, { minLength: 2, maxLength: 14 }))

/** @param ages when each table came; all at once if there are none */
const namesOf = (tables: readonly string[], ages: readonly number[] = []) =>
  nameObjects(
    tables.map((table, at) => ({
      table,
      given: undefined,
      isRegistered: false,
      isHidden: false,
      since: ages[at] ?? 0,
    })),
    [],
  ).tables

const singularOf = (table: string): string => derivedObjectNames(table).names.nameSingular

/** Tables that are not another's spelling. */
const aloneAmong = (tables: readonly string[]): readonly string[] => {
  const groups = Map.groupBy(tables, singularOf)
  return [...groups.values()].filter(({ length }) => length === 1).flat()
}

test('the names of tables are distinct, and none follows from its neighbours', (t) => {
  fc.assert(
    fc.property(tableNames, fc.constantFrom(0, 1), (tables, from) => {
      const all = namesOf(tables)
      const named = tables.flatMap((table) => all.get(table)?.names ?? [])
      t.is(named.length, tables.length, 'no table goes without an object')
      const each = named.flatMap(({ nameSingular, namePlural }) => [nameSingular, namePlural])
      t.deepEqual([...new Set(each)], each)
      t.deepEqual(new Map(namesOf(tables.toReversed())), new Map(all))
      const some = namesOf(tables.slice(from, -1))
      for (const table of aloneAmong(tables))
        if (some.has(table)) t.deepEqual(some.get(table), all.get(table), table)
    }),
    { seed: SEED, numRuns: 500 },
  )
})

/** Singular, plural and other spellings of one word, and tables called as these could step aside. */
const family = fc
  .constantFrom('quokka', 'gizmo', 'news', 'basis', 'plan_b', 'foo_bar', 'box', 'actor', 'invoice_connection')
  .chain((stem) =>
    fc.uniqueArray(
      fc.constantFrom(
        ...[
          '',
          's',
          'es',
          '_record',
          '_records',
          '_record2',
          '_item',
          '_namesake',
          '_namesakes',
          '_namesake2',
        ].map((ending) => stem + ending),
        stem.toUpperCase(),
        `${stem}_record_record`,
        `${stem}_namesake_record`,
        `${stem}_namesakes2`,
      ),
      { minLength: 2, maxLength: 9 },
    ),
  )

test('the order of creation changes no name, and tables that ask for one name change no other', (t) => {
  fc.assert(
    fc.property(
      family.chain((tables) =>
        fc.tuple(fc.constant(tables), fc.shuffledSubarray([...tables.keys()], { minLength: tables.length })),
      ),
      ([tables, ages]) => {
        const all = namesOf(tables, ages)
        const named = tables.flatMap((table) => all.get(table)?.names ?? [])
        t.is(named.length, tables.length, 'no table goes without an object')
        const each = named.flatMap(({ nameSingular, namePlural }) => [nameSingular, namePlural])
        t.deepEqual([...new Set(each)], each)
        for (const table of aloneAmong(tables))
          t.deepEqual(all.get(table)?.names, derivedObjectNames(table).names, table)
        t.deepEqual(Object.fromEntries(all), Object.fromEntries(namesOf(tables)))
        // Except for spellings of its name, the tables before the youngest keep theirs when it comes.
        const youngest = tables[ages.indexOf(tables.length - 1)]
        const before = tables.filter((table) => table !== youngest)
        const earlier = namesOf(
          before,
          before.map((table) => ages[tables.indexOf(table)] ?? 0),
        )
        for (const [table, { names }] of earlier)
          if (singularOf(table) !== singularOf(youngest ?? ''))
            t.deepEqual(all.get(table)?.names, names, table)
      },
    ),
    { seed: SEED, numRuns: 2_000 },
  )
})
