import test from 'ava'
import fc from 'fast-check'
import { nameObjects } from '../../tenants/model/naming.ts'
import { derivedNames } from '../../tenants/model/naturalNames.ts'
import { tableName } from './tableName.ts'

const SEED = 20_261_128

const tableNames = tableName(5).chain((name) => fc.uniqueArray(name, { minLength: 2, maxLength: 14 }))

const namesOf = (tables: readonly string[]) =>
  nameObjects(
    tables.map((table) => ({ table, given: undefined, isRegistered: false, isHidden: false, since: 0 })),
    [],
  ).tables

/** Tables that are not another's spelling. */
const aloneAmong = (tables: readonly string[]): readonly string[] => {
  const groups = Map.groupBy(tables, (table) => derivedNames(table).names.nameSingular)
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
